import { readFileSync } from 'node:fs';
import t from 'tap';
import { createRandom, type Random } from '../../bench/random.js';
import { differs } from '../differs.js';
import { scan } from './scan.js';

const FORCE = '- using the force';
const settings = { literals: [FORCE, 'shim disconnected'], longLiterals: ['goroutine '] };

/** A field as systemd writes it when its value is not one line of text. */
function binary(key: string, value: string | Buffer): Buffer {
  const data = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([Buffer.from(`${key}\n`), length, data, Buffer.from('\n')]);
}

const bytes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));
const head = (cursor: number): string =>
  `__CURSOR=s=${cursor}\n__REALTIME_TIMESTAMP=16250000001002${cursor}\n_PID=660\n`;
const headFields = (cursor: number): string[] => head(cursor).trimEnd().split('\n');

t.test('a message is a candidate with its whole entry', async (t) => {
  const input = `${head(1)}MESSAGE=a ${FORCE}\n_HOSTNAME=edge1\n\n${head(2)}MESSAGE=b\n\n${head(3)}MESSAGE=c ${FORCE}\n`;
  t.strictSame(scan(input, settings).candidates, [
    {
      source: 'test',
      offset: head(1).length,
      line: 4,
      text: `MESSAGE=a ${FORCE}`,
      cutBytes: 0,
      tail: [...headFields(1), `MESSAGE=a ${FORCE}`, '_HOSTNAME=edge1'],
    },
    {
      source: 'test',
      offset: input.lastIndexOf('MESSAGE'),
      line: 15,
      text: `MESSAGE=c ${FORCE}`,
      cutBytes: 0,
      tail: [...headFields(3), `MESSAGE=c ${FORCE}`],
    },
  ]);
});

t.test('other fields make no candidate, with or without a message that does', async (t) => {
  const cmdline = `_CMDLINE=grep ${FORCE}\n`;
  t.strictSame(scan(`${head(1)}${cmdline}MESSAGE=x\n\n`, settings).candidates, []);
  t.match(scan(`${head(1)}${cmdline}MESSAGE=y ${FORCE}\n${cmdline}\n`, settings).candidates, [
    { text: `MESSAGE=y ${FORCE}`, tail: { length: 6 } },
  ]);
});

t.test('an entry is known by its real time as well, wherever that stands', async (t) => {
  const input = `_CMDLINE=${FORCE}\nMESSAGE=x ${FORCE}\n__REALTIME_TIMESTAMP=1\n\nother ${FORCE}\n`;
  t.match(scan(input, settings).candidates, [
    { line: 2, text: `MESSAGE=x ${FORCE}`, tail: { length: 3 } },
    { line: 5, text: `other ${FORCE}`, tail: [] },
  ]);
});

t.test('an entry that starts in the middle keeps the fields that are there', async (t) => {
  t.match(scan(`_PID=1\nMESSAGE=${FORCE}\n_UID=0\n\nx\n`, settings).candidates, [
    { text: `MESSAGE=${FORCE}`, tail: ['_PID=1', `MESSAGE=${FORCE}`, '_UID=0'] },
  ]);
});

t.test('messages without anything between their entries are each found', async (t) => {
  t.match(scan(`MESSAGE=${FORCE} 1\nMESSAGE=${FORCE} 2\n_PID=2\n`, settings).candidates, [
    { text: `MESSAGE=${FORCE} 1`, tail: [`MESSAGE=${FORCE} 1`] },
    { text: `MESSAGE=${FORCE} 2`, tail: [`MESSAGE=${FORCE} 2`, '_PID=2'] },
  ]);
  t.match(scan(`${head(1)}MESSAGE=${FORCE} 1\n${head(2)}MESSAGE=${FORCE} 2\n`, settings).candidates, [
    { tail: [...headFields(1), `MESSAGE=${FORCE} 1`] },
    { tail: [...headFields(2), `MESSAGE=${FORCE} 2`] },
  ]);
});

t.test('lines that only look like fields are ordinary lines', async (t) => {
  t.match(scan(`LEVEL=info ${FORCE}\n\tat x\nPATH=/bin\n`, settings).candidates, [
    { text: `LEVEL=info ${FORCE}`, tail: ['\tat x'] },
  ]);
  t.match(scan(`text about __CURSOR= ${FORCE}\ntext about __CURSOR=\n`, settings).candidates, [{ line: 1 }]);
});

t.test('a binary message is decoded, newlines kept', async (t) => {
  const text = `panic: é\n\n__CURSOR=fake\nMESSAGE=not me shim disconnected\n${FORCE}`;
  const input = bytes(head(1), binary('MESSAGE', text), '_UID=0\n\n', head(2), `MESSAGE=${FORCE}\n\n`);
  t.match(scan(input, settings).candidates, [
    {
      offset: head(1).length,
      line: 4,
      text: `MESSAGE=${text}`,
      cutBytes: 0,
      tail: [...headFields(1), `MESSAGE=${text}`, '_UID=0'],
    },
    { text: `MESSAGE=${FORCE}`, tail: { length: 4 } },
  ]);
});

t.test('a length whose bytes are newlines is still a length', async (t) => {
  // 10 is a newline; 2,570 is two of them.
  for (const length of [10, 2570]) {
    const data = `${'x'.repeat(length - 10)}\nshim \n\n\n\n`.slice(-length);
    const input = bytes(head(1), binary('COMMENT', data), `MESSAGE=${FORCE}\n\n`, `${FORCE}\n`);
    t.match(scan(input, settings).candidates, [
      { text: `MESSAGE=${FORCE}`, tail: { length: 5 } },
      { text: FORCE },
    ]);
  }
});

t.test('a literal in another binary field makes no candidate', async (t) => {
  const input = bytes(head(1), binary('COREDUMP', `\n${FORCE}\n\n`), 'MESSAGE=x\n\n', `${FORCE}\n`);
  t.match(scan(input, settings).candidates, [{ text: FORCE }]);
});

t.test('a length that cannot be right ends the entry', async (t) => {
  const wrong = binary('MESSAGE', 'data');
  wrong.writeBigUInt64LE(2n ** 60n, 8);
  t.match(scan(bytes(head(1), wrong, `${FORCE}\n`), settings).candidates, [{ text: FORCE }]);
  wrong.writeBigUInt64LE(3n, 8);
  t.match(scan(bytes(head(1), wrong, `${FORCE}\n`), settings).candidates, [{ text: FORCE }]);
});

t.test('a message is cut to the limits of a line', async (t) => {
  const limits = { lineBytes: 100, longLineBytes: 1000 };
  const dots = '.'.repeat(500);
  const cut = (message: string | Buffer) =>
    scan(bytes(head(1), message, '\n'), { ...settings, limits }).candidates.map(({ text, cutBytes }) => [
      text.length,
      cutBytes,
    ]);
  t.strictSame(cut(`MESSAGE=${FORCE}${dots}\n`), [[100, 8 + FORCE.length + 500 - 100]]);
  t.strictSame(cut(`MESSAGE=goroutine ${dots}\n`), [[518, 0]]);
  t.strictSame(cut(binary('MESSAGE', `${FORCE}\n${'..\n'.repeat(100)}`)), [[108, FORCE.length + 301 - 100]]);
  t.strictSame(cut(binary('MESSAGE', `goroutine \n${'..\n'.repeat(100)}`)), [[319, 0]]);
  t.strictSame(cut(binary('MESSAGE', `${'..\n'.repeat(40)}${FORCE}`)), []);
});

t.test('of a large entry as many fields are kept as there is room for, and the message', async (t) => {
  const limits = { tailBytes: 300 };
  const fields = Array.from({ length: 60 }, (_, i) => `FIELD_${i}=${'x'.repeat(20)}\n`).join('');
  const { candidates } = scan(`${head(1)}MESSAGE=${FORCE}\n${fields}\nnext ${FORCE}\n`, {
    ...settings,
    limits,
  });
  t.match(candidates, [{ text: `MESSAGE=${FORCE}` }, { text: `next ${FORCE}` }]);
  const size = candidates[0]?.tail.join('\n').length ?? 0;
  t.ok(size > 200 && size < 300 + FORCE.length + 8, `${size} bytes`);
});

t.test('entries with carriage returns are read alike', async (t) => {
  const input = `${head(1)}MESSAGE=${FORCE}\n\n${head(2)}MESSAGE=${FORCE} 2\n`.replaceAll('\n', '\r\n');
  t.match(scan(input, settings).candidates, [
    { text: `MESSAGE=${FORCE}`, tail: [...headFields(1), `MESSAGE=${FORCE}`] },
    { text: `MESSAGE=${FORCE} 2`, tail: [...headFields(2), `MESSAGE=${FORCE} 2`] },
  ]);
});

t.test('an export holds the messages that the same journal has in short form', async (t) => {
  for (const name of ['docker-stop-stuck-resolved', 'cri-stop-stuck-resolved', 'docker-stop-healthy']) {
    const real = {
      literals: ['failed to exit within', 'did not receive an exit event', 'StopContainer', 'Kill'],
    };
    const read = (form: string) =>
      scan(readFileSync(`test/fixtures/captures/${name}.${form}.log`), real).candidates;
    const short = read('journal-short').map(({ text }) => text.replace(/^.*?\]: /, ''));
    const exported = read('journal-export');
    t.ok(short.length > 0);
    t.strictSame(
      exported.map(({ text }) => text.replace(/^MESSAGE=/, '')),
      short,
      name,
    );
    for (const { tail } of exported) {
      t.match(tail[0], /^__CURSOR=/);
      t.equal(tail.filter((field) => field.startsWith('_PID=')).length, 1);
    }
  }
});

/** Entries whole, torn, forged and mixed with ordinary lines. */
function randomExport(random: Random): Buffer {
  const value = (): string =>
    Array.from({ length: random.int(4) }, () =>
      random.pick(['x', FORCE, 'goroutine ', 'shim ', '=', ' ', '=<']),
    ).join('');
  const part = (): string | Buffer =>
    random.pick([
      () => `__CURSOR=${value()}\n`,
      () => `__REALTIME_TIMESTAMP=${random.int(9)}\n`,
      () => `MESSAGE=${value()}\n`,
      () => `_CMDLINE=${value()}\n`,
      () => `_PID=${random.int(99)}\r\n`,
      () => '\n',
      () => '\r\n',
      () => `${value()}\n`,
      () => binary('MESSAGE', `${value()}\n\n__CURSOR=\n${value()}`),
      () => binary('COMMENT', `${'\n'.repeat(random.int(12))}${value()}`),
      () => binary('COMMENT', 'y'.repeat(random.int(300))),
      () => binary('MESSAGE', value()).subarray(0, random.int(30)),
    ])();
  return bytes(...Array.from({ length: random.int(60) }, part));
}

t.test('an export gives the same candidates in chunks of any size', async (t) => {
  let found = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = createRandom(seed);
    const input = randomExport(random);
    const limits = random.pick([{}, { lineBytes: 40, longLineBytes: 120, tailBytes: 90 }, { tailBytes: 30 }]);
    const whole = scan(input, { ...settings, limits });
    const most = random.pick([1, 3, 20, 200]);
    const pieces = scan(input, { ...settings, limits }, () => 1 + random.int(most));
    if (differs(t, pieces, whole, `seed ${seed}`)) return;
    found += whole.candidates.length;
    for (let i = 1; i < whole.candidates.length; i += 1) {
      const [before, after] = [whole.candidates[i - 1], whole.candidates[i]];
      if ((before?.line ?? 0) >= (after?.line ?? 0)) t.fail(`seed ${seed}: candidates out of order`);
    }
    for (const { offset, line, text } of whole.candidates) {
      const before = input.subarray(0, offset);
      const at = before.filter((byte) => byte === 10).length + 1;
      if (line !== at) t.fail(`seed ${seed}: line ${line} of ${text} is ${at}`);
    }
  }
  t.ok(found > 600, `${found} candidates`);
});
