/**
 * Writes a seeded log in which every line is interesting: `generate-storm.js --bytes 100MiB --every 3.6 --out FILE`.
 *
 * A container begins to be stuck every so many seconds of the log's own time, and is told of in some forty lines, so
 * that 100 MiB tell of some ten thousand of them, a hundred and fifty at a time.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../random.js';
import { parseSize, writeChunks } from './generate.js';
import { type StormLine, stormScript } from './storm-log.js';

export interface StormOptions {
  /** Size of the log; its last line is cut there. */
  readonly bytes: number;
  readonly seed: number;
  /** Seconds of the log's time from one container to the next. */
  readonly every: number;
}

const CHUNK_BYTES = 1 << 20;
const START = Date.UTC(2023, 4, 1);

interface Due {
  readonly ms: number;
  readonly entry: StormLine;
}

/**
 * The log as chunks of about 1 MiB, exactly `bytes` bytes in sum. Throws a TypeError where the log's time would stand
 * still.
 */
export function* stormChunks({ bytes, seed, every }: StormOptions): Generator<Buffer> {
  if (!(every > 0)) throw new TypeError(`a container every ${every} s: expected a number above 0`);
  const random = createRandom(seed);
  /** What is due before the next container begins, and what comes later. */
  let later: Due[] = [];
  let left = bytes;
  let lines: string[] = [];
  let size = 0;
  for (let containers = 0; ; containers += 1) {
    const beginMs = START + containers * every * 1000;
    for (const entry of stormScript(random)) later.push({ ms: beginMs + entry.afterMs, entry });
    const untilMs = beginMs + every * 1000;
    const due = later.filter(({ ms }) => ms < untilMs).sort((a, b) => a.ms - b.ms);
    later = later.filter(({ ms }) => ms >= untilMs);
    for (const { ms, entry } of due) {
      const line = `${entry.line({ at: new Date(ms), node: 'node-17', random })}\n`;
      lines.push(line);
      size += line.length;
    }
    if (size < Math.min(left, CHUNK_BYTES)) continue;
    const chunk = Buffer.from(lines.join(''), 'latin1').subarray(0, left);
    left -= chunk.length;
    yield chunk;
    if (left === 0) return;
    lines = [];
    size = 0;
  }
}

function main(): void {
  const { values } = parseArgs({
    options: {
      bytes: { type: 'string', default: '100MiB' },
      seed: { type: 'string', default: '1' },
      every: { type: 'string', default: '3.6' },
      out: { type: 'string', default: '-' },
    },
  });
  writeChunks(
    values.out,
    stormChunks({ bytes: parseSize(values.bytes), seed: Number(values.seed), every: Number(values.every) }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
