/**
 * Writes a seeded node log of any size for the throughput benchmark.
 *
 * `generate.js --bytes 1GiB --seed 1 --interesting 0.001 --out FILE`; `--no-newline` makes one endless line of the
 * same text, `--out -` writes to standard output. Memory does not depend on the size.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../random.js';
import { interestingLines, ordinaryLine } from './node-log.js';

export interface NodeLogOptions {
  /** Size of the log; its last line is cut there. */
  readonly bytes: number;
  readonly seed: number;
  /** Share of lines that hold a literal, 0 to 1. */
  readonly interesting: number;
  /** One line without an end. */
  readonly noNewline?: boolean;
}

const CHUNK_BYTES = 1 << 20;

/** The log as chunks of about 1 MiB, exactly `bytes` bytes in sum. */
export function* nodeLogChunks(options: NodeLogOptions): Generator<Buffer> {
  const random = createRandom(options.seed);
  const newline = options.noNewline === true ? ' ' : '\n';
  const start = Date.UTC(2023, 4, 1);
  let left = options.bytes;
  let lineNumber = 0;
  let waiting: string[] = [];
  const nextLine = (): string => {
    // 25 lines a second: a busy node. Sizes stay the same whatever the day.
    const context = { at: new Date(start + lineNumber * 40), node: 'node-17', random };
    lineNumber += 1;
    if (random.fraction() >= options.interesting) return ordinaryLine(context);
    if (waiting.length === 0) waiting = interestingLines(context);
    return waiting.shift() ?? ordinaryLine(context);
  };
  while (left > 0) {
    const lines: string[] = [];
    let size = 0;
    while (size < Math.min(left, CHUNK_BYTES)) {
      const line = nextLine() + newline;
      lines.push(line);
      size += line.length;
    }
    const chunk = Buffer.from(lines.join(''), 'latin1').subarray(0, left);
    left -= chunk.length;
    yield chunk;
  }
}

/** `1GiB`, `64KiB`, `1000`: bytes. */
export function parseSize(text: string): number {
  const found = /^(\d+)\s*(KiB|MiB|GiB)?$/.exec(text);
  if (found === null)
    throw new TypeError(`size "${text}": expected a number of bytes, or one with KiB, MiB or GiB`);
  const power = { KiB: 10, MiB: 20, GiB: 30 }[found[2] as 'KiB' | 'MiB' | 'GiB'] ?? 0;
  return Number(found[1]) * 2 ** power;
}

/** Writes the log to `path`, whose folder is made, or to standard output for `-`. */
export function writeNodeLog(path: string, options: NodeLogOptions): void {
  writeChunks(path, nodeLogChunks(options));
}

/** Writes them to `path`, whose folder is made, or to standard output for `-`. */
export function writeChunks(path: string, chunks: Iterable<Buffer>): void {
  if (path !== '-') mkdirSync(dirname(path), { recursive: true });
  const fd = path === '-' ? 1 : openSync(path, 'w');
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    }
  } finally {
    if (fd !== 1) closeSync(fd);
  }
}

function main(): void {
  const { values } = parseArgs({
    options: {
      bytes: { type: 'string', default: '1GiB' },
      seed: { type: 'string', default: '1' },
      interesting: { type: 'string', default: '0.001' },
      out: { type: 'string', default: '-' },
      'no-newline': { type: 'boolean', default: false },
    },
  });
  writeNodeLog(values.out, {
    bytes: parseSize(values.bytes),
    seed: Number(values.seed),
    interesting: Number(values.interesting),
    noNewline: values['no-newline'],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
