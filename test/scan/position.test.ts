import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createRandom, type Random } from '../../bench/random.js';
import { createScanner } from '../../lib/scan/scanner.js';
import type {
  CandidateLine,
  LineBehind,
  LongLine,
  ScanCounts,
  ScannerOptions,
  ScanPosition,
} from '../../lib/scan/types.js';

const FORCE = '- using the force';

/** All that a scan tells. */
interface Told {
  readonly candidates: CandidateLine[];
  readonly heads: [text: string, line: number][];
  readonly long: LongLine[];
  readonly behind: LineBehind[];
}

type Settings = Pick<
  ScannerOptions,
  'literals' | 'longLiterals' | 'blockLiterals' | 'limits' | 'headLines' | 'plain'
>;

const nothing = (): Told => ({ candidates: [], heads: [], long: [], behind: [] });

function scannerOf(settings: Settings, told: Told, start?: ScanPosition) {
  return createScanner({
    ...settings,
    ...(start && { start }),
    source: 's',
    onCandidate: (candidate) => told.candidates.push(candidate),
    onHead: (text, line) => told.heads.push([text, line]),
    onLongLine: (line) => told.long.push(line),
    onLineBehind: (line) => told.behind.push(line),
  });
}

function binary(key: string, value: string): string {
  const data = Buffer.from(value);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(data.length));
  return `${key}\n${size.toString('latin1')}${data.toString('latin1')}\n`;
}

/** What logs are made of, in latin1: lines, stacks, values of klog, journal entries whole and torn. */
function randomLog(random: Random): Buffer {
  const word = (): string =>
    random.pick(['ab', ' ', '\xc3\xa9', '\0', '=<', 'using', 'the ', 'MESSAGE=', 'goroutine 1', '\t', 'A=b']);
  const text = (): string => Array.from({ length: random.int(8) }, word).join('');
  const long = (): string => 'y'.repeat(random.int(random.pick([5, 100, 500])));
  const held = (): string => random.pick([FORCE, 'goroutine ', 'LONG', '']);
  const field = (): string =>
    random.pick([
      () => '__CURSOR=s=1;i=2\n',
      () => `__REALTIME_TIMESTAMP=${random.int(1000)}\n`,
      () => `_PID=${random.int(1000)}\n`,
      () => `_X=${long()}\n`,
      () => `MESSAGE=${text()}${held()}${text()}\n`,
      () => binary('MESSAGE', `${text()}\n${held()}\n\n${text()}`),
      () => binary('OTHER', `${text()}\n${held()}`),
      () => `MESSAGE\n\x05\0\0\0\0\0\0\0${text()}\n`,
    ])();
  const part = (): string =>
    random.pick([
      () => `${random.pick(['', 'x', ' ', '\t', ' >'])}${text()}${held()}${text()}\n`,
      () => `${text()}${long()}${held()}${long()}\n`,
      () => `${held()}\n\t${text()}\n ${text()}\n${random.hex(12)}\n`,
      () => `${held()} err=<\n\t${text()}\n >${text()}\n`,
      () => `\npanic: ${text()}\r\n\r\ngoroutine 1 [running]:\nmain.f()\n\t/f.go:1\n`,
      () => `${random.pick(['\n', ''])}${Array.from({ length: random.int(8) }, field).join('')}\n`,
      () => '\r\n',
    ])();
  const all = Array.from({ length: random.int(30) }, part).join('');
  return Buffer.from(random.int(3) === 0 ? all.slice(0, -1) : all, 'latin1');
}

function randomSettings(random: Random): Settings {
  return {
    literals: random.pick([[FORCE], [FORCE, 'ab'], ['the ', FORCE]]),
    longLiterals: random.pick([[], ['LONG']]),
    blockLiterals: random.pick([
      [],
      [
        { literal: 'goroutine ', lines: 3, long: true },
        { literal: '\npanic: ', lines: 6 },
      ],
    ]),
    headLines: random.pick([0, 3, 64]),
    limits: random.pick([
      {},
      { lineBytes: 30, longLineBytes: 90, tailLines: 3, tailBytes: 60 },
      { lineBytes: 24, longLineBytes: 24, tailLines: 64, tailBytes: 20 },
      { lineBytes: 200, longLineBytes: 300, tailLines: 2, tailBytes: 1000 },
    ]),
  };
}

const sum = (all: readonly ScanCounts[]): ScanCounts =>
  all.reduce((total, counts) => ({
    bytes: total.bytes + counts.bytes,
    lines: total.lines + counts.lines,
    candidates: total.candidates + counts.candidates,
    truncatedLines: total.truncatedLines + counts.truncatedLines,
    truncatedBytes: total.truncatedBytes + counts.truncatedBytes,
  }));

t.test('a scan that is stopped anywhere and goes on from its position finds the same', async (t) => {
  let found = 0;
  for (let seed = 1; seed <= 80; seed += 1) {
    const random = createRandom(seed);
    const settings = randomSettings(random);
    const input = randomLog(random);
    const expected = nothing();
    // One search against the other; in what follows either goes on where the other has stopped.
    const whole = scannerOf({ ...settings, plain: true }, expected);
    whole.push(input);
    whole.end();

    const told = nothing();
    const counted: ScanCounts[] = [];
    const most = random.pick([3, 20, 200, 2000]);
    let scanner = scannerOf(settings, told);
    let start: ScanPosition | undefined;
    /** Stopping again before anything new was read would go on for ever. */
    let reached = 0;
    for (let at = 0; at < input.length; ) {
      const to = Math.min(input.length, at + 1 + random.int(most));
      const chunk = Uint8Array.from(input.subarray(at, to));
      scanner.push(chunk);
      chunk.fill(0x0a);
      at = to;
      // Nothing waits: all that this changes is the memory.
      if (random.int(3) === 0 && scanner.position().scan?.told === 0) scanner.flush();
      if (at <= reached || random.int(4) > 0) continue;
      reached = at;
      start = JSON.parse(JSON.stringify(scanner.position())) as ScanPosition;
      counted.push(scanner.counted());
      const { offset, line, before } = start;
      const bytes = Buffer.from(before, 'base64');
      const lines = input.subarray(0, offset).toString('latin1').split('\n').length - 1;
      if (
        line !== lines ||
        (offset > 0 && input[offset - 1] !== 10) ||
        (offset > 0 && bytes.length === 0) ||
        !input.subarray(offset - bytes.length, offset).equals(bytes)
      ) {
        t.fail(`seed ${seed}: ${JSON.stringify(start)} is not where ${lines} lines end`);
        return;
      }
      scanner = scannerOf({ ...settings, plain: random.int(4) === 0 }, told, start);
      at = offset;
    }
    scanner.end();
    counted.push({ ...scanner.counts });
    const actual = { ...told, counts: sum(counted) };
    found += told.candidates.length;
    const all = { ...expected, counts: { ...whole.counts } };
    if (isDeepStrictEqual(actual, all)) continue;
    t.strictSame(actual, all, `seed ${seed}`);
    return;
  }
  t.ok(found > 600, `${found} candidates`);
});

t.test('a line without an end is not passed, and costs no memory', async (t) => {
  const settings = { literals: [FORCE], longLiterals: ['LONG'] };
  const told = nothing();
  const scanner = scannerOf(settings, told);
  scanner.push(Buffer.from(`x\nLONG ${FORCE}`));
  const piece = Buffer.alloc(1024 * 1024, 0x61);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 32; i += 1) scanner.push(piece);
  scanner.flush();
  const position = scanner.position();
  t.match(position, { offset: 2, line: 1, before: Buffer.from('x\n').toString('base64') });
  t.match(scanner.counted(), { bytes: 2, lines: 1, truncatedLines: 0, truncatedBytes: 0 });
  t.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
  t.ok(JSON.stringify(position).length < 1000);
});

t.test('a quiet source gives out what waits, and its position is behind that', async (t) => {
  const told = nothing();
  const scanner = scannerOf({ literals: [FORCE] }, told);
  scanner.push(Buffer.from(`x\n${FORCE}\nhal`));
  t.equal(scanner.position().line, 1);
  scanner.flush();
  t.equal(scanner.position().line, 2);
  t.equal(told.candidates.length, 1);
});

t.test('a quiet source holds hardly any memory', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  const before = process.memoryUsage().arrayBuffers;
  const many = Array.from({ length: 60 }, () => {
    const scanner = scannerOf({ literals: [FORCE] }, nothing());
    scanner.push(Buffer.alloc(100_000, 'a line of a log that says nothing\n'));
    scanner.flush();
    return scanner;
  });
  // What was freed by one is given back by the next.
  gc();
  gc();
  const each = (process.memoryUsage().arrayBuffers - before) / many.length;
  t.ok(each < 1024, `${each} bytes`);
});

t.test('other literals count for what has not been dealt with', async (t) => {
  const told = nothing();
  const scanner = scannerOf({ literals: ['one'] }, told);
  scanner.push(Buffer.from('one\ntwo\none\n tail\ntwo'));
  scanner.use({ literals: ['two'] });
  scanner.push(Buffer.from(' more\none\n'));
  scanner.end();
  t.strictSame(
    told.candidates.map(({ line, text, tail }) => [line, text, ...tail]),
    [
      [1, 'one'],
      [5, 'two more'],
    ],
  );
  t.match(scanner.counts, { lines: 6, candidates: 2 });
});

t.test('a scan that begins in the middle of a source counts from there', async (t) => {
  const told = nothing();
  const start = { offset: 1000, line: 7, before: '' };
  const scanner = scannerOf(
    { literals: [FORCE], blockLiterals: [{ literal: '\nb', lines: 1 }] },
    told,
    start,
  );
  t.match(scanner.position(), start);
  scanner.push(Buffer.from(`b\n${FORCE}\nhal`));
  t.strictSame(scanner.lastLine(), { text: FORCE, line: 9 });
  scanner.end();
  t.strictSame(
    told.candidates.map(({ line, offset }) => [line, offset]),
    [
      [8, 1000],
      [9, 1002],
    ],
  );
  t.strictSame(told.heads, [
    ['b', 8],
    [FORCE, 9],
    ['hal', 10],
  ]);
  t.strictSame(scanner.lastLine(), { text: 'hal', line: 10 });
  t.match(scanner.counts, { bytes: 23, lines: 3 });
});
