/** Mutated real lines and random bytes: no crash, and nothing on a terminal but printable text. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createNdjsonReporter } from '../../lib/report/ndjson.js';
import { createTextReporter } from '../../lib/report/text.js';
import { firstUnprintable } from '../report/random-text.js';
import { randomOf, seedOf } from './random.js';
import { outcomeOf } from './run.js';

const INSERTS = ['\x1b[2J', '\x1b]0;x\x07', '\x9b31m', '\u202e', '\u2028', '"', '\\', '{', '<', '\r', '\0'];

const lines = ['captures', 'corpus', 'cases'].flatMap((folder) =>
  readdirSync(`test/fixtures/${folder}`)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(`test/fixtures/${folder}/${name}`, 'latin1').split('\n'))
    .filter((line) => line !== '')
    .map((line) => line.slice(0, 3000)),
);

function mutate(line: string, random: () => number): Buffer {
  let bytes = Buffer.from(line, 'latin1');
  for (let step = Math.floor(random() * 6); step >= 0; step--) {
    const at = Math.floor(random() * bytes.length);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    const kind = random();
    if (kind < 0.3) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.5) {
      bytes = Buffer.concat([head, Buffer.from(INSERTS[Math.floor(random() * INSERTS.length)] ?? ''), tail]);
    } else if (kind < 0.7) bytes = Buffer.from(head);
    else if (kind < 0.85) bytes = Buffer.concat([head, bytes]);
    else
      bytes = Buffer.concat([tail, Buffer.from(lines[Math.floor(random() * lines.length)] ?? '', 'latin1')]);
  }
  return Buffer.concat([bytes, Buffer.from('\n')]);
}

async function firstDanger(input: Iterable<Uint8Array>): Promise<unknown> {
  const { incidents, summary } = await outcomeOf(input, { all: true });
  const text = createTextReporter({ color: false, width: 100, all: true, live: false });
  const ndjson = createNdjsonReporter({ all: true });
  const shown = [
    text.final(incidents, summary),
    ndjson.final(incidents, summary),
    ...incidents.map((incident) => text.update(incident)),
  ].join('');
  return firstUnprintable(shown.replaceAll('\n', ' '));
}

t.test('thousands of mutated lines', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  const mutated = () => mutate(lines[Math.floor(random() * lines.length)] ?? '', random);
  // In pieces of many lines, as a file has them: each piece costs more than a line.
  const input = Array.from({ length: 120 }, () => Buffer.concat(Array.from({ length: 50 }, mutated)));
  t.equal(await firstDanger(input), null);
});

t.test('a mebibyte of random bytes', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  t.equal(await firstDanger([Buffer.alloc(1 << 20).map(() => Math.floor(random() * 256))]), null);
});
