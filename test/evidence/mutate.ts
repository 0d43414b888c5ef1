/**
 * Damages bytes the way disks, pipes, pastes and attackers do: flips, cuts, doubled and moved stretches, numbers
 * made huge. `mutate(bytes, random)` gives a new buffer, at most about twice as long. Property tests of every reader
 * share it, with a seeded `random`, so that one seed repeats one failure.
 */

const HOSTILE = [
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]),
  Buffer.from([0x00]),
  Buffer.from('9'.repeat(400)),
  Buffer.from('-1'),
  Buffer.from('1e308'),
  Buffer.from('NaN'),
  Buffer.from('\r\n'),
  Buffer.from('\x1b[2J\x1b]0;t\x07'),
  Buffer.from('__proto__'),
  Buffer.from('('.repeat(200)),
  Buffer.from('"\\"\\\\"'),
  Buffer.from('%s%n$(id)'),
  Buffer.from('\u202e\ufeff\u0000日本'),
];

/** One to six random damages, one after the other. The input is left as it is. */
export function mutate(bytes: Buffer, random: () => number): Buffer {
  let mutated = Buffer.from(bytes);
  const times = 1 + below(6, random);
  for (let time = 0; time < times; time += 1) {
    const damage = DAMAGES[below(DAMAGES.length, random)];
    if (damage !== undefined) mutated = damage(mutated, random);
    if (mutated.length > 2 * bytes.length + 4096) mutated = mutated.subarray(0, 2 * bytes.length + 4096);
  }
  return mutated;
}

type Damage = (bytes: Buffer, random: () => number) => Buffer<ArrayBuffer>;

const DAMAGES: readonly Damage[] = [
  function flipBits(bytes, random) {
    const flipped = Buffer.from(bytes);
    const times = flipped.length === 0 ? 0 : 1 + below(16, random);
    for (let time = 0; time < times; time += 1) {
      const at = below(flipped.length, random);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8, random));
    }
    return flipped;
  },
  function overwriteBytes(bytes, random) {
    const written = Buffer.from(bytes);
    const [from, to] = stretch(written, 64, random);
    for (let at = from; at < to; at += 1) written[at] = below(256, random);
    return written;
  },
  function cutTheEnd(bytes, random) {
    return Buffer.from(bytes.subarray(0, below(bytes.length + 1, random)));
  },
  function cutTheHead(bytes, random) {
    return Buffer.from(bytes.subarray(below(bytes.length + 1, random)));
  },
  function leaveOut(bytes, random) {
    const [from, to] = stretch(bytes, 4096, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function double(bytes, random) {
    const [from, to] = stretch(bytes, 4096, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to)]);
  },
  function spliceElsewhere(bytes, random) {
    const [from, to] = stretch(bytes, 1024, random);
    const at = below(bytes.length + 1, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]);
  },
  function insertHostile(bytes, random) {
    const at = below(bytes.length + 1, random);
    const hostile = HOSTILE[below(HOSTILE.length, random)] ?? Buffer.alloc(0);
    return Buffer.concat([bytes.subarray(0, at), hostile, bytes.subarray(at)]);
  },
  function repeatShort(bytes, random) {
    const [from, to] = stretch(bytes, 16, random);
    const at = below(bytes.length + 1, random);
    const repeated = Array.from({ length: 1 + below(200, random) }, () => bytes.subarray(from, to));
    return Buffer.concat([bytes.subarray(0, at), ...repeated, bytes.subarray(at)]);
  },
  function swapLines(bytes, random) {
    const lines = bytes.toString('latin1').split('\n');
    for (let time = 0; time < 8; time += 1) {
      const one = below(lines.length, random);
      const other = below(lines.length, random);
      [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
    }
    return Buffer.from(lines.join('\n'), 'latin1');
  },
];

function stretch(bytes: Buffer, most: number, random: () => number): [from: number, to: number] {
  const from = below(bytes.length + 1, random);
  return [from, Math.min(bytes.length, from + below(most, random))];
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}
