/**
 * The speed of the scan stage by itself: `scan-only.js LOG LITERALS` reads a log, `-` for standard input, and scans
 * it for the literals in a file with one a line. Prints its counts as one line of JSON.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createScanner } from '../../lib/scan/scanner.js';

const CHUNK_BYTES = 256 * 1024;

const [, , path, literals] = process.argv;
if (path === undefined || literals === undefined) throw new TypeError('expected: scan-only.js LOG LITERALS');
const scanner = createScanner({
  source: path,
  literals: readFileSync(literals, 'utf8').trimEnd().split('\n'),
  onCandidate: () => {},
});
const fd = path === '-' ? 0 : openSync(path, 'r');
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk))
  scanner.push(chunk.subarray(0, size));
closeSync(fd);
scanner.end();
process.stdout.write(`${JSON.stringify(scanner.counts)}\n`);
