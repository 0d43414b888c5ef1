/** What one would write in Node at first: a stream of lines, and one regular expression of all literals. */
import { createReadStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import split2 from 'split2';
import type { Rival } from './rival.js';

const SCRIPT = fileURLToPath(import.meta.url);

export function split2Regex(): Rival {
  return {
    name: 'split2 + regex',
    version: `node ${process.version}`,
    note: 'counts matching lines, no analysis',
    command: (log, literals) => [process.execPath, SCRIPT, log, literals],
  };
}

const [, script, log, literals] = process.argv;
if (script === SCRIPT && log !== undefined && literals !== undefined) {
  const escaped = readFileSync(literals, 'utf8')
    .trimEnd()
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const any = new RegExp(escaped.replaceAll('\n', '|'));
  let count = 0;
  for await (const line of createReadStream(log).pipe(split2())) if (any.test(line)) count += 1;
  process.stdout.write(`${count}\n`);
}
