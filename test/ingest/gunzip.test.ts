import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { fileSource } from '../../lib/ingest/file-source.js';
import { fromStream } from '../../lib/ingest/stream-source.js';
import type { Source } from '../../lib/ingest/types.js';
import { gather } from './gather.js';

const dir = t.testdir({});
const REGULAR = { isFile: () => true, mtimeMs: 0 };

/** Log-like text that compresses, but not to nothing. */
function logText(bytes: number): Buffer {
  const lines: string[] = [];
  let size = 0;
  for (let at = 0; size < bytes; at++) {
    const line = `May  2 00:10:24 node dockerd[1]: ${createHash('sha256').update(String(at)).digest('hex')}\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

let files = 0;
function asFile(content: Uint8Array): Source {
  const path = join(dir, `f${files++}`);
  writeFileSync(path, content);
  return fileSource(path, REGULAR);
}

const text = logText(3_000_000);
const packed = gzipSync(text);

t.test('gzip is recognised by content, whatever the name', async (t) => {
  const { bytes, problem } = await gather(asFile(packed));
  t.ok(bytes.equals(text));
  t.equal(problem, null);
});

t.test('plain text under any name passes through', async (t) => {
  for (const plain of [text, Buffer.from(''), Buffer.from('\x1f'), Buffer.from('BZ'), Buffer.from('x')]) {
    t.ok((await gather(asFile(plain))).bytes.equals(plain));
  }
});

t.test('every member of a multi-member file is read', async (t) => {
  const members = [logText(10), logText(100_000), Buffer.from(''), logText(77)];
  const { bytes, problem } = await gather(asFile(Buffer.concat(members.map((member) => gzipSync(member)))));
  t.ok(bytes.equals(Buffer.concat(members)));
  t.equal(problem, null);
});

t.test('zero padding behind the last member is no damage', async (t) => {
  const { bytes, problem } = await gather(asFile(Buffer.concat([packed, Buffer.alloc(100_000)])));
  t.ok(bytes.equals(text));
  t.equal(problem, null);
});

t.test('a truncated file gives all that can be decompressed, then a problem with the count', async (t) => {
  for (const cut of [11, 100, 5_000, 16_384, 16_385, 300_000, packed.length - 8, packed.length - 1]) {
    const part = packed.subarray(0, cut);
    const expected = gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH });
    const { bytes, problem } = await gather(asFile(part));
    t.ok(bytes.equals(expected), `cut at ${cut}`);
    t.equal(problem, `damaged gzip: unexpected end of file after ${expected.length} bytes of log`);
  }
});

t.test('a wrong checksum at the end loses no byte, even of a small file', async (t) => {
  for (const original of [text, logText(300)]) {
    const damaged = gzipSync(original);
    damaged.writeUInt32LE(0xdeadbeef, damaged.length - 8);
    const { bytes, problem } = await gather(asFile(damaged));
    t.ok(bytes.equals(original));
    t.equal(problem, `damaged gzip: corrupt data after ${original.length} bytes of log`);
  }
});

t.test('garbage behind the last member loses no byte and is reported', async (t) => {
  const { bytes, problem } = await gather(asFile(Buffer.concat([packed, Buffer.from('garbage')])));
  t.ok(bytes.equals(text));
  t.match(problem, /^damaged gzip: corrupt data after 3000000 bytes/);
});

t.test('a hole of zeros in the middle: everything before it counts', async (t) => {
  const hole = Math.floor(packed.length / 2);
  const damaged = Buffer.from(packed).fill(0, hole, hole + 20_000);
  const whole = gunzipSync(packed.subarray(0, hole), { finishFlush: constants.Z_SYNC_FLUSH });
  const { bytes, problem } = await gather(asFile(damaged));
  t.ok(bytes.length >= whole.length, 'nothing before the hole is lost');
  t.ok(bytes.subarray(0, whole.length).equals(whole));
  t.match(problem, /^damaged gzip: corrupt data after \d+ bytes/);
});

t.test('a damaged stream that cannot be read again still gives all finished pieces', async (t) => {
  const damaged = Buffer.from(packed);
  damaged.writeUInt32LE(0xdeadbeef, damaged.length - 8);
  async function* once() {
    yield damaged;
  }
  const { bytes, problem } = await gather(fromStream(once(), 'upload'));
  t.ok(bytes.length > text.length - 500_000);
  t.ok(text.subarray(0, bytes.length).equals(bytes));
  t.match(problem, /corrupt data/);
});

t.test('gzip cut into single bytes is recognised, too', async (t) => {
  const small = gzipSync(logText(2_000));
  async function* bytewise() {
    for (const byte of small) yield Uint8Array.of(byte);
  }
  t.ok((await gather(fromStream(bytewise(), 'bytes'))).bytes.equals(logText(2_000)));
});

t.test('other compressions are refused with the command that reads them', async (t) => {
  const heads: Record<string, number[]> = {
    'xz -dc': [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x01],
    'zstd -dc': [0x28, 0xb5, 0x2f, 0xfd, 0x24],
    'bzip2 -dc': [...Buffer.from('BZh91AY&SY')],
  };
  for (const [command, head] of Object.entries(heads)) {
    const { bytes, problem } = await gather(asFile(Uint8Array.from(head)));
    t.equal(bytes.length, 0);
    t.match(problem, command);
  }
});

t.test('an abort in the middle of gzip is no damage', async (t) => {
  const control = new AbortController();
  let given = 0;
  for await (const chunk of asFile(packed).read(control.signal)) {
    given += chunk.length;
    control.abort();
  }
  t.ok(given > 0 && given < text.length);
});

t.test('what has come is given out while the source waits for more', async (t) => {
  let allGiven = (): void => {};
  const taken = new Promise<void>((resolve) => {
    allGiven = resolve;
  });
  async function* waiting() {
    yield packed;
    await taken;
  }
  let given = 0;
  for await (const chunk of fromStream(waiting(), 'pipe').read(new AbortController().signal)) {
    given += chunk.length;
    if (given === text.length) allGiven();
  }
  t.equal(given, text.length);
});

t.test('what came before a source fails is given out', async (t) => {
  const part = packed.subarray(0, 655_360);
  async function* failing() {
    yield part;
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  }
  const { bytes } = await gather(fromStream(failing(), 'disk'));
  t.ok(bytes.equals(gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH })));
});
