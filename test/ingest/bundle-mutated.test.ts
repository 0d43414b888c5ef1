import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { gather } from './gather.js';
import { type Entry, sealHeader, tarOf } from './tar-pack.js';

const CASES = 200;
const NAMES = [
  'var/log/messages',
  'messages.1.gz',
  'docker_info',
  '../escape.log',
  '/abs.log',
  `${'deep/'.repeat(40)}kubelet.log`,
  'heap.pb.gz',
  'hostname',
  'nodes/n1/x.log',
  'a\0b.log',
  'C:\\x.log',
  '',
];
const TYPES = [
  'file',
  'file',
  'file',
  'file',
  'symlink',
  'link',
  'directory',
  'fifo',
  'character-device',
] as const;

t.test(`${CASES} mutated archives: no crash, bounded output, nothing on disk`, async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const dir = t.testdir({ box: {}, tmp: {} });
  // Others use the machine's own.
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = join(dir, 'tmp');
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  });
  const name = join(dir, 'box', 'case');
  let read = 0;
  let damaged = 0;

  /** An archive with well-formed entries. */
  const base = async (): Promise<Buffer> => {
    const entries: Entry[] = Array.from({ length: 1 + below(6) }, () => {
      const type = TYPES[below(TYPES.length)] ?? 'file';
      const path = NAMES[below(NAMES.length)] || 'x';
      const plain = Buffer.from('a line of a log\n'.repeat(below(80)));
      const content = random() < 0.3 ? gzipSync(plain) : plain;
      return type === 'file'
        ? { name: path, content }
        : { name: path, type, ...(type.includes('link') ? { linkname: '../../etc/passwd' } : {}) };
    });
    return tarOf(entries);
  };
  const bases = await Promise.all(Array.from({ length: 60 }, base));

  const mutate = (tar: Buffer): Buffer => {
    let bytes = Buffer.from(tar);
    for (let left = 1 + below(4); left > 0; left--) {
      const header = below(Math.max(1, bytes.length / 512)) * 512;
      switch (below(8)) {
        case 0:
          if (bytes.length > 0) bytes[below(bytes.length)] = below(256);
          break;
        case 1:
          bytes = bytes.subarray(0, below(bytes.length + 1));
          break;
        case 2:
          if (bytes.length >= header + 512) {
            const size =
              ['77777777777', '00000000000', '00000000777', '-1', '99999999999', '37777777777'][below(6)] ??
              '';
            bytes.write(`${size}\0`, header + 124, 'latin1');
            sealHeader(bytes, header);
          }
          break;
        case 3:
          if (bytes.length >= header + 512) {
            bytes[header + 156] = 'xgLKSVMNDA57\0'.charCodeAt(below(13));
            if (random() < 0.5) bytes[header + 482] = 1;
            sealHeader(bytes, header);
          }
          break;
        case 4:
          if (bytes.length >= header + 512) {
            bytes.write('\x80\0\0\0', header + 124, 'latin1');
            for (let at = 128; at < 136; at++) bytes[header + at] = below(3) * 127;
            sealHeader(bytes, header);
          }
          break;
        case 5:
          bytes = Buffer.concat([bytes.subarray(0, header), tar, bytes.subarray(header)]);
          break;
        case 6:
          if (bytes.length >= header + 512) {
            for (let count = below(60); count > 0; count--) bytes[header + below(345)] = below(256);
            sealHeader(bytes, header);
          }
          break;
        default:
          bytes = Buffer.concat([
            bytes.subarray(0, below(bytes.length)),
            Buffer.alloc(below(700), below(256)),
          ]);
      }
    }
    return bytes;
  };

  for (let at = 0; at < CASES; at++) {
    const tar = mutate(bases[below(bases.length)] ?? Buffer.alloc(0));
    let bytes = tar;
    if (random() < 0.5) {
      bytes = gzipSync(tar, { level: 1 });
      if (random() < 0.1) bytes[below(bytes.length)] = below(256);
      if (random() < 0.2) bytes = bytes.subarray(0, below(bytes.length));
    }
    writeFileSync(name, bytes);
    const began = process.hrtime.bigint();
    const inputs = await openInputs([name]);
    let given = 0;
    for (const { sources } of inputs.groups)
      for (const source of sources) {
        const path = source.name.slice(name.length + 1);
        if (path.startsWith('/') || path.split('/').includes('..'))
          t.fail(`case ${at}: ${JSON.stringify(path)}`);
        given += (await gather(source)).bytes.length;
      }
    await inputs.dispose();
    const ms = Number(process.hrtime.bigint() - began) / 1e6;
    if (ms > 2_000) t.fail(`case ${at} took ${ms} ms`);
    // No member is read twice, and none of these grows beyond a hundredfold.
    if (given > 200 * (tar.length + 4_096)) t.fail(`case ${at} gave ${given} bytes of ${tar.length}`);
    if (given > 0) read++;
    if (inputs.problems.length > 0) damaged++;
    for (const { reason } of inputs.problems)
      if (/internal|undefined|TypeError/.test(reason)) t.fail(`case ${at}: ${reason}`);
  }
  t.comment(`${read} gave something to read, ${damaged} a problem`);
  t.ok(read > CASES / 4, 'many still hold something');
  t.ok(damaged > CASES / 4, 'many are damaged');
  t.same(readdirSync(dir), ['box', 'tmp']);
  t.same(readdirSync(join(dir, 'box')), ['case']);
  t.same(readdirSync(tmpdir()), [], 'nothing is left behind');
  t.ok(process.memoryUsage().rss < 400 * 2 ** 20, 'memory stays small');
});
