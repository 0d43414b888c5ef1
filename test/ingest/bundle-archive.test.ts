import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { bundleWork } from '../../lib/ingest/bundle/bundle.js';
import { BUNDLE_LIMITS, type BundleLimits } from '../../lib/ingest/bundle/bundle-limits.js';
import { openTar } from '../../lib/ingest/bundle/bundle-tar.js';
import { openGzippedTar } from '../../lib/ingest/bundle/bundle-unpack.js';
import { createTemporaryFile } from '../../lib/ingest/bundle/temporary-file.js';
import { fileSource } from '../../lib/ingest/file-source.js';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import { fromStream } from '../../lib/ingest/stream-source.js';
import type { OpenedInputs } from '../../lib/ingest/types.js';
import { gather } from './gather.js';
import { type Entry, sealHeader, tarOf } from './tar-pack.js';

/** Every member that is read with its bytes, names shortened by the directory. */
async function contents(inputs: OpenedInputs, dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { sources } of inputs.groups)
    for (const source of sources)
      found[source.name.replace(`${dir}/`, '')] = (await gather(source)).bytes.toString();
  return found;
}

function skippedOf(inputs: OpenedInputs, dir: string): Record<string, string> {
  return Object.fromEntries(
    inputs.skipped.map(({ source, reason, count }) => [`${source.replace(`${dir}/`, '')} x${count}`, reason]),
  );
}

const SOS: readonly Entry[] = [
  { name: 'sosreport-n17/', type: 'directory' },
  { name: 'sosreport-n17/var/log/messages', content: 'live\n' },
  { name: 'sosreport-n17/var/log/messages-20230501.gz', content: gzipSync('older\n') },
  { name: 'sosreport-n17/sos_commands/docker/docker_info', content: 'Server Version: 19.03.15\n' },
  { name: 'sosreport-n17/sos_commands/general/hostname', content: 'node-17\n' },
  { name: 'sosreport-n17/hostname', type: 'symlink', linkname: 'sos_commands/general/hostname' },
  { name: 'sosreport-n17/etc/docker/daemon.json', content: '{"live-restore": true}\n' },
  { name: 'sosreport-n17/etc/passwd', content: 'root\n' },
];

for (const [form, wrap] of [
  ['tar', (bytes: Buffer) => bytes],
  ['tar.gz', gzipSync],
] as const) {
  t.test(`a sos report as ${form}: members of the table, their host, what was left out`, async (t) => {
    const dir = t.testdir({});
    // The name says nothing: it is recognised by content.
    writeFileSync(join(dir, 'sos.bin'), wrap(await tarOf(SOS)));
    const inputs = await openInputs([join(dir, 'sos.bin')]);
    t.same(inputs.problems, []);
    t.same(await contents(inputs, dir), {
      'sos.bin:sosreport-n17/etc/docker/daemon.json': '{"live-restore": true}\n',
      'sos.bin:sosreport-n17/sos_commands/docker/docker_info': 'Server Version: 19.03.15\n',
      'sos.bin:sosreport-n17/var/log/messages-20230501.gz': 'older\n',
      'sos.bin:sosreport-n17/var/log/messages': 'live\n',
    });
    const [log] = inputs.groups.filter(({ sources }) => sources.length > 1);
    t.match(log?.name, /messages$/);
    t.match(log?.sources[0], {
      kind: 'file',
      modified: 1_683_000_000_000,
      bundle: { name: join(dir, 'sos.bin'), host: 'node-17' },
    });
    t.same(skippedOf(inputs, dir), {
      'sos.bin:sosreport-n17/hostname x1': 'a symbolic link, not followed',
      'sos.bin:sosreport-n17/etc/passwd x1': 'the configuration of another program',
    });
    await inputs.dispose();
    await inputs.dispose();
    const [source] = inputs.groups[0]?.sources ?? [];
    t.match(source && (await gather(source)).problem, /closed/);
  });
}

t.test('an archive through a pipe is a bundle where the pipe is looked into', async (t) => {
  const tar = await tarOf(SOS);
  for (const bytes of [tar, gzipSync(tar)]) {
    async function* pipe() {
      for (let at = 0; at < bytes.length; at += 100) yield Buffer.from(bytes.subarray(at, at + 100));
    }
    const stdin = () => fromStream(pipe(), 'stdin');
    const inputs = await openInputs(['-'], { stdin, awaitPipe: true });
    t.same(inputs.problems, []);
    t.match(await contents(inputs, 'none'), { 'stdin:sosreport-n17/var/log/messages': 'live\n' });
    t.equal(inputs.groups[0]?.sources[0]?.kind, 'file', 'a run over it is not live');
    await inputs.dispose();

    const [unseen] = (await openInputs(['-'], { stdin })).groups;
    const source = unseen?.sources[0];
    t.match(source && (await gather(source)).problem, /is a tar archive/, 'never read as one log');
  }
});

t.test('a log through a pipe that is looked into loses nothing, and is given as it comes', async (t) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* pipe() {
    yield 'first\n';
    await held;
    yield 'second\n';
  }
  const inputs = await openInputs(['-'], { stdin: () => fromStream(pipe(), 'stdin'), awaitPipe: true });
  const source = inputs.groups[0]?.sources[0];
  if (source === undefined) throw new Error('no source');
  t.equal(source.kind, 'stream');
  const reading = source.read(new AbortController().signal)[Symbol.asyncIterator]();
  t.equal(Buffer.from((await reading.next()).value).toString(), 'first\n');
  release();
  t.equal(Buffer.from((await reading.next()).value).toString(), 'second\n');
  t.equal((await reading.next()).done, true);
});

t.test('an abort ends the wait for a silent pipe, and the reading of one', async (t) => {
  const silent = () =>
    fromStream({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) });
  const stop = new AbortController();
  const opening = openInputs(['-'], { stdin: silent, awaitPipe: true, signal: stop.signal });
  stop.abort();
  const { groups, problems } = await opening;
  t.same(problems, []);
  const source = groups[0]?.sources[0];
  t.same(source && (await gather(source)), { bytes: Buffer.from(''), problem: null });

  async function* oneLine() {
    yield 'a line\n';
    await new Promise(() => {});
  }
  const later = new AbortController();
  const log = await openInputs(['-'], { stdin: () => fromStream(oneLine()), awaitPipe: true });
  const reading = log.groups[0]?.sources[0]?.read(later.signal)[Symbol.asyncIterator]();
  await reading?.next();
  const next = reading?.next();
  later.abort();
  t.equal((await next)?.done, true);
});

t.test('hostile names are counted, not repeated, and nothing is written under them', async (t) => {
  const dir = t.testdir({ box: {} });
  const names = [
    '../../escaped.log',
    '/tmp/absolute.log',
    'a/../../../b.log',
    'C:\\evil.log',
    '..\\up.log',
    `${'x/'.repeat(600)}deep.log`,
  ];
  const entries: Entry[] = [
    ...names.map((name) => ({ name, content: 'evil\n' })),
    { name: 'good.log', content: 'good\n' },
    { name: 'link.log', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'hard.log', type: 'link', linkname: '../../../etc/passwd' },
    { name: 'null.log', type: 'character-device', devmajor: 1, devminor: 3 },
    { name: 'pipe.log', type: 'fifo' },
  ];
  const tar = await tarOf(entries);
  for (const bytes of [tar, gzipSync(tar)]) {
    writeFileSync(join(dir, 'box', 'evil'), bytes);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('leaktrail-'));
    const inputs = await openInputs([join(dir, 'box', 'evil')]);
    t.same(await contents(inputs, dir), { 'box/evil:good.log': 'good\n' });
    t.same(skippedOf(inputs, dir), {
      'box/evil x1': 'a path with a drive letter',
      'box/evil:link.log x1': 'a symbolic link, not followed',
      'box/evil:hard.log x1': 'a hard link, not followed',
      'box/evil:null.log x1': 'a device',
      'box/evil:pipe.log x1': 'a FIFO',
      ...Object.fromEntries(
        inputs.skipped
          .filter(({ source }) => source.endsWith('evil'))
          .map(({ reason, count }) => [`box/evil x${count}`, reason]),
      ),
    });
    const reasons = inputs.skipped.map(({ reason }) => reason);
    for (const part of ['leaves the bundle', 'absolute', 'longer than', 'drive letter'])
      t.ok(
        reasons.some((reason) => reason.includes(part)),
        part,
      );
    t.same(readdirSync(dir), ['box']);
    t.same(
      readdirSync(tmpdir()).filter((name) => name.startsWith('leaktrail-')),
      before,
      'no name is left on disk',
    );
    t.notOk(existsSync('/tmp/absolute.log'));
    await inputs.dispose();
  }
});

t.test('long names of GNU and PAX, prefixes, base-256 sizes, v7 headers', async (t) => {
  const dir = t.testdir({});
  const long = `${'folder-'.repeat(20)}/${'sub'.repeat(30)}/kubelet.log`;
  const withPax = await tarOf([{ name: long, content: 'pax\n' }]);
  writeFileSync(join(dir, 'pax.tar'), withPax);
  const made = t.testdir({
    pax: {},
    src: { [long.split('/')[0] ?? '']: { 'docker.log': 'gnu\n' }, 'v7.log': 'old\n' },
  });
  execFileSync('tar', ['--format=gnu', '-C', join(made, 'src'), '-cf', join(made, 'gnu.tar'), '.']);
  execFileSync('tar', ['--format=v7', '-C', join(made, 'src'), '-cf', join(made, 'v7.tar'), 'v7.log']);
  writeFileSync(join(made, 'pax.tar'), withPax);
  const big = await tarOf([{ name: 'big.log', content: 'x\n' }]);
  big.fill(0, 124, 136);
  big[124] = 0x80;
  big[135] = 2;
  writeFileSync(join(made, 'big.tar'), sealHeader(big));
  const read = async (name: string) => contents(await openInputs([join(made, name)]), made);
  t.same(await read('pax.tar'), { [`pax.tar:${long}`]: 'pax\n' });
  t.same(await read('gnu.tar'), {
    [`gnu.tar:${long.split('/')[0]}/docker.log`]: 'gnu\n',
    'gnu.tar:v7.log': 'old\n',
  });
  t.same(await read('v7.tar'), { 'v7.tar:v7.log': 'old\n' });
  t.same(await read('big.tar'), { 'big.tar:big.log': 'x\n' });
});

t.test(
  'a sparse member and a zip, xz, tar or journal inside are listed, a gzipped log is read',
  async (t) => {
    const dir = t.testdir({ s: {} });
    execFileSync(
      'sh',
      [
        '-c',
        'truncate -s 1M sparse.log && echo end >> sparse.log && tar -S --format=gnu -cf s.tar sparse.log',
      ],
      { cwd: join(dir, 's') },
    );
    const sparse = await openInputs([join(dir, 's', 's.tar')]);
    t.same(
      sparse.skipped.map(({ reason }) => reason),
      ['a sparse file'],
    );
    t.match(sparse.problems, [{ reason: /nothing to read: 1 members/ }]);

    const inner = await tarOf([{ name: 'messages', content: 'x\n' }]);
    const tar = await tarOf([
      { name: 'inner.log', content: inner },
      { name: 'inner2.log', content: gzipSync(inner) },
      { name: 'a.log', content: Buffer.from('PK\x03\x04rest', 'latin1') },
      { name: 'b.log', content: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2]) },
      { name: 'c.txt', content: Buffer.from('LPKSHHRH\0\0\0\0') },
      { name: 'picture', content: Buffer.from([0x89, 0x50, 0, 0, 1, 2, 3]) },
      { name: 'kubelet.log', content: gzipSync('zipped\n') },
    ]);
    writeFileSync(join(dir, 'nested.tar'), tar);
    const inputs = await openInputs([join(dir, 'nested.tar')]);
    t.same(await contents(inputs, dir), { 'nested.tar:kubelet.log': 'zipped\n' });
    t.same(inputs.problems, []);
    t.match(skippedOf(inputs, dir), {
      'nested.tar:inner.log x1': /archive inside/,
      'nested.tar:inner2.log x1': /archive inside/,
      'nested.tar:a.log x1': /zip/,
      'nested.tar:b.log x1': /xz/,
      'nested.tar:c.txt x1': /journalctl .*--file/,
      'nested.tar:picture x1': /neither text nor a profile/,
    });
  },
);

t.test(
  'of an archive that is cut off or damaged, what came before counts, and the place is said',
  async (t) => {
    const dir = t.testdir({});
    const tar = await tarOf([
      { name: 'a.log', content: 'whole\n' },
      { name: 'b.log', content: 'x'.repeat(2_000) },
      { name: 'c.log', content: 'never\n' },
    ]);
    const check = async (bytes: Buffer, problem: RegExp, expected: Record<string, string>) => {
      writeFileSync(join(dir, 'x'), bytes);
      const inputs = await openInputs([join(dir, 'x')]);
      t.match(inputs.problems, [{ source: join(dir, 'x'), reason: problem }]);
      t.same(await contents(inputs, dir), expected);
      await inputs.dispose();
    };
    const two = { 'x:a.log': 'whole\n', 'x:b.log': 'x'.repeat(488) };
    await check(tar.subarray(0, 2_024), /cut off: .*byte 2024, after the start of b.log/, two);
    await check(gzipSync(tar.subarray(0, 2_024)), /cut off: .*byte 2024/, two);
    await check(tar.subarray(0, 1_024), /cut off: .*byte 1024, after a.log/, { 'x:a.log': 'whole\n' });
    const broken = Buffer.from(tar);
    broken[1_024 + 3] = 0xff;
    await check(broken, /no header where one should be, at byte 1024, after a.log/, { 'x:a.log': 'whole\n' });
    const noise = randomNoise(60_000);
    const zipped = gzipSync(
      await tarOf([
        { name: 'a.log', content: 'whole\n' },
        { name: 'b.log', content: noise },
      ]),
    );
    writeFileSync(join(dir, 'x'), zipped.subarray(0, zipped.length - 20_000));
    const inputs = await openInputs([join(dir, 'x')]);
    t.match(inputs.problems, [{ reason: /damaged gzip: unexpected end of file/ }]);
    t.match(await contents(inputs, dir), { 'x:a.log': 'whole\n' });
  },
);

function randomNoise(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Opens an archive under limits of its own. */
async function openWith(t: Test, bytes: Buffer, limits: Partial<BundleLimits>) {
  const dir = t.testdir({});
  const name = join(dir, 'x');
  writeFileSync(name, bytes);
  const work = await bundleWork(name, new AbortController().signal, { ...BUNDLE_LIMITS, ...limits });
  const source = fileSource(name, { isFile: () => true, mtimeMs: 0 });
  const raw = (signal: AbortSignal) => source.raw?.(signal) ?? source.read(signal);
  const opened = bytes[0] === 0x1f ? await openGzippedTar(work, raw, true) : await openTar(work);
  t.teardown(() => opened.close());
  return { ...opened, names: opened.files.map((file) => file.name.replace(`${name}:`, '')), name };
}

t.test('limits: members looked at, members read, bytes of one and of all, growth', async (t) => {
  const logs = await tarOf(
    Array.from({ length: 10 }, (_, at) => ({ name: `${at}.log`, content: 'x'.repeat(1_000) })),
  );
  for (const bytes of [logs, gzipSync(logs)]) {
    const few = await openWith(t, bytes, { members: 4 });
    t.same(few.names, ['0.log', '1.log', '2.log', '3.log']);
    t.match(few.problems, [{ reason: /more than 4 members/ }]);
    const read = await openWith(t, bytes, { read: 4 });
    t.equal(read.names.length, 4);
    t.equal(read.skipped.length, 6);
    t.match(read.skipped[0]?.reason, 'beyond the 4 members');
  }
  const one = await openWith(t, gzipSync(logs), { memberBytes: 999 });
  t.match(one.problems, [{ reason: /nothing to read: 10 members/ }]);
  t.match(one.skipped[0]?.reason, 'larger than the 999 bytes');
  const all = await openWith(t, gzipSync(logs), { unpackedBytes: 3_500 });
  t.same(all.names, ['0.log', '1.log', '2.log']);
  t.equal(all.skipped.length, 7);

  const bomb = gzipSync(
    await tarOf([
      { name: 'a.log', content: 'a\n' },
      { name: 'zeros.log', content: Buffer.alloc(8_000_000) },
    ]),
  );
  const stopped = await openWith(t, bomb, { expansionFloor: 1_000_000 });
  t.match(stopped.problems, [{ reason: /grows more than 200 times/ }]);
  t.equal(stopped.names[0], 'a.log', 'what came before counts');
  const inner = await tarOf([{ name: 'bomb.log', content: gzipSync(Buffer.alloc(8_000_000)) }]);
  const member = (await openWith(t, inner, { expansionFloor: 1_000_000 })).files[0]?.source;
  t.match(member && (await gather(member)).problem, /grows more than 200 times/);
});

t.test('a large archive leaves out what the table does not know, in one line', async (t) => {
  const entries = Array.from({ length: 300 }, (_, at) => ({ name: `opt/file-${at}.xml`, content: 'x' }));
  const tar = await tarOf([
    ...entries.slice(0, 150),
    { name: 'var/log/messages', content: 'm\n' },
    ...entries.slice(150),
  ]);
  for (const bytes of [tar, gzipSync(tar)]) {
    const { names, skipped, name } = await openWith(t, bytes, {});
    t.same(names, ['var/log/messages']);
    t.same(skipped, [{ source: name, reason: 'not in the table', count: 300 }]);
  }
});

t.test('where the disk is full, that is said, and the rest goes on', async (t) => {
  const tar = gzipSync(
    await tarOf([
      { name: 'a.log', content: 'a\n' },
      { name: 'b.log', content: 'b\n' },
      { name: 'c.log', content: 'c\n' },
    ]),
  );
  const work = await bundleWork('x', new AbortController().signal);
  let left = 1;
  const full = async () => {
    const real = await createTemporaryFile();
    return {
      ...real,
      file: real.file,
      get size() {
        return real.size;
      },
      append: (bytes: Uint8Array) =>
        left-- > 0
          ? real.append(bytes)
          : Promise.reject(
              Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
            ),
    };
  };
  async function* raw() {
    yield tar;
  }
  const opened = await openGzippedTar(work, raw, false, full);
  t.same(
    opened.files.map(({ name }) => name),
    ['x:a.log'],
  );
  t.match(opened.problems, [{ source: 'x', reason: /temporary directory: the disk is full/ }]);
  t.equal(opened.skipped.length, 2);
  opened.close();
});
