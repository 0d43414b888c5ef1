/** What can be told of the private containerd without starting one. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parse } from 'smol-toml';
import t from 'tap';
import { extract } from 'tar-stream';
import { countRecords } from '../../bench/line-buffer/real/cri-records.js';
import { daemonConfig, pathsIn } from '../../bench/line-buffer/real/daemon-config.js';
import { countersIn } from '../../bench/line-buffer/real/daemon-memory.js';
import { busyboxImage, tar } from '../../bench/line-buffer/real/oci-image.js';
import { findPrograms, isStatic, RealUnavailable } from '../../bench/line-buffer/real/requirements.js';
import { runReal } from '../../bench/line-buffer/real/run.js';
import { workload } from './printed.js';

const PATHS = pathsIn('/var/lib/leaktrail/leaktrail-real-abcdef');
const settings = (version: string) => ({
  version,
  limitBytes: -1,
  image: 'leaktrail.invalid/busybox:1',
  runc: '/usr/sbin/runc',
  metricsAddress: '127.0.0.1:4000',
});

async function unpack(
  archive: Buffer,
): Promise<ReadonlyMap<string, { type: string; mode: number; body: Buffer }>> {
  const entries = new Map<string, { type: string; mode: number; body: Buffer }>();
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const { name, type, mode, linkname } = entry.header;
    const body = await buffer(entry);
    entries.set(name, { type: type ?? '', mode: mode ?? 0, body: linkname ? Buffer.from(linkname) : body });
  }
  return entries;
}

t.test('config.toml keeps every path of the daemon in its own directory', async (t) => {
  for (const version of ['1.6.20', '1.7.2', '2.1.4']) {
    const text = daemonConfig(PATHS, settings(version));
    t.match(parse(text), { version: version.startsWith('2') ? 3 : 2, oom_score: 900 });
    const absolute = [...text.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path);
    t.ok(absolute.length > 8);
    t.strictSame(
      absolute.filter((path) => !path?.startsWith(`${PATHS.directory}/`)),
      ['/usr/sbin/runc'],
    );
  }
});

t.test('config.toml has the limit and the image where its version reads them', async (t) => {
  const shared = { max_container_log_line_size: -1, disable_apparmor: true, restrict_oom_score_adj: true };
  const runtimes = {
    runtimes: { runc: { runtime_type: 'io.containerd.runc.v2', options: { BinaryName: '/usr/sbin/runc' } } },
  };
  t.match(parse(daemonConfig(PATHS, settings('1.6.20'))), {
    plugins: {
      'io.containerd.grpc.v1.cri': {
        ...shared,
        sandbox_image: 'leaktrail.invalid/busybox:1',
        containerd: { snapshotter: 'native', ...runtimes },
      },
    },
  });
  t.match(parse(daemonConfig(PATHS, settings('2.1.4'))), {
    plugins: {
      'io.containerd.cri.v1.runtime': { ...shared, containerd: runtimes },
      'io.containerd.cri.v1.images': {
        snapshotter: 'native',
        pinned_images: { sandbox: 'leaktrail.invalid/busybox:1' },
      },
    },
  });
});

t.test('the tar is one that others read', async (t) => {
  const entries = await unpack(
    tar([
      { path: 'bin/', mode: 0o755, content: 'directory' },
      { path: 'bin/a', mode: 0o755, content: Buffer.alloc(513, 'x') },
      { path: 'bin/b', mode: 0o777, content: { linkTo: 'a' } },
      { path: 'empty', mode: 0o600, content: new Uint8Array() },
    ]),
  );
  t.strictSame(
    [...entries].map(([name, { type, mode, body }]) => [name, type, mode, body.length]),
    [
      ['bin/', 'directory', 0o755, 0],
      ['bin/a', 'file', 0o755, 513],
      ['bin/b', 'symlink', 0o777, 1],
      ['empty', 'file', 0o600, 0],
    ],
  );
  t.throws(() => tar([{ path: 'x'.repeat(101), mode: 0o644, content: 'directory' }]), /at most 100 bytes/);
});

t.test('the image is whole: every blob that is named is there, of that size', async (t) => {
  const busybox = Buffer.from('not really busybox');
  const files = await unpack(busyboxImage(busybox, 'leaktrail.invalid/busybox:1', 'x64'));
  const blob = (named: { digest: string; size: number }): Buffer => {
    const body = files.get(`blobs/sha256/${named.digest.slice('sha256:'.length)}`)?.body;
    t.equal(body?.length, named.size);
    return body ?? Buffer.alloc(0);
  };
  const { manifests } = JSON.parse(files.get('index.json')?.body.toString() ?? '');
  t.equal(manifests[0].annotations['io.containerd.image.name'], 'leaktrail.invalid/busybox:1');
  const manifest = JSON.parse(blob(manifests[0]).toString());
  const config = JSON.parse(blob(manifest.config).toString());
  t.match(config, { architecture: 'amd64', os: 'linux', rootfs: { diff_ids: [manifest.layers[0].digest] } });
  const root = await unpack(blob(manifest.layers[0]));
  t.strictSame(root.get('bin/busybox')?.body, busybox);
  t.strictSame(root.get('bin/cat')?.body.toString(), 'busybox');
  t.strictSame(
    busyboxImage(busybox, 'a:1', 'x64'),
    busyboxImage(busybox, 'a:1', 'x64'),
    'the same input makes the same image',
  );
});

t.test('what is missing is said before anything is started', async (t) => {
  const directory = t.testdir({});
  const root = { platform: 'linux', uid: 0, path: directory };
  const refusal = async (asker: typeof root): Promise<string> => {
    const error = await findPrograms({ containerdPath: join(directory, 'containerd') }, asker).catch(
      (e) => e,
    );
    t.type(error, RealUnavailable);
    return (error as Error).message;
  };
  t.match(await refusal({ ...root, platform: 'darwin' }), 'runs on Linux only, this is darwin');
  t.match(await refusal({ ...root, uid: 1000 }), 'needs root');
  t.match(await refusal(root), `not found: ${join(directory, 'containerd')}`);
  t.match(await refusal(root), 'apt-get install containerd runc busybox-static');
  await t.rejects(runReal(workload({ runtime: 'docker' })), {
    name: 'RealUnavailable',
    message: /not docker/,
  });
  await t.rejects(runReal(workload({ containers: 101 })), {
    name: 'RealUnavailable',
    message: /at most 100 containers are started for real, 101 are asked for/,
  });
});

t.test('versions are those that the programs print, and a dynamic busybox is refused', async (t) => {
  const directory = t.testdir({});
  const script = async (name: string, says: string): Promise<void> => {
    await writeFile(join(directory, name), `#!/bin/sh\necho '${says}'\n`);
    await chmod(join(directory, name), 0o755);
  };
  await script('containerd', 'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3');
  await script('runc', 'runc version 1.1.5+ds1');
  for (const name of ['ctr', 'setpriv', 'unshare', 'flock']) await script(name, '');
  const asker = { platform: 'linux', uid: 0, path: directory };
  const at = (name: string) => join(directory, name);
  const paths = { containerdPath: at('containerd'), runcPath: at('runc'), busyboxPath: at('busybox') };
  await writeFile(at('busybox'), elf({ interpreter: true }), { mode: 0o755 });
  await t.rejects(findPrograms(paths, asker), { name: 'RealUnavailable', message: /linked dynamically/ });
  await writeFile(at('busybox'), elf({ interpreter: false }));
  t.match(await findPrograms(paths, asker), {
    containerdVersion: '1.6.20',
    runcVersion: '1.1.5',
    ctr: at('ctr'),
  });
  await script('containerd', 'containerd github.com/containerd/containerd v2.0.0-rc.3 abcdef');
  t.match(await findPrograms(paths, asker), { containerdVersion: '2.0.0-rc.3' });
  for (const [says, why] of [
    [
      'containerd github.com/containerd/containerd devel 0123abc',
      /expected a version such as 1\.6\.20, found "cont/,
    ],
    ['containerd containerd.io 1.1.1 abc', /expected containerd 1\.1\.2 or later, found 1\.1\.1/],
    ['containerd containerd.io 3.0.0 abc', /found 3\.0\.0, of which nothing is known/],
  ] as const) {
    await script('containerd', says);
    await t.rejects(findPrograms(paths, asker), { name: 'RealUnavailable', message: why });
  }
});

t.test('a static ELF file is told from others', async (t) => {
  const directory = t.testdir({ script: '#!/bin/sh\n', short: '\x7fELF', big: elf({ interpreter: false }) });
  t.equal(await isStatic(join(directory, 'script')), false);
  t.equal(await isStatic(join(directory, 'short')), false);
  t.equal(await isStatic(join(directory, 'big')), true);
});

/** An ELF header of 64 bits, little end first, with two program headers. */
function elf({ interpreter }: { readonly interpreter: boolean }): Buffer {
  const file = Buffer.alloc(64 + 2 * 56);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt32LE(64, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(interpreter ? 3 : 1, 64 + 56);
  return file;
}

t.test('counters of containerd’s metrics, and null for a version that has none', async (t) => {
  const text = [
    '# HELP containerd_cri_input_bytes_total Size of logs received',
    '# TYPE containerd_cri_input_bytes_total counter',
    'containerd_cri_input_bytes_total 2.097152e+08',
    'containerd_cri_output_bytes_total 0',
    'containerd_cri_split_entries_total 12799',
    '',
  ].join('\n');
  t.strictSame(countersIn(text), { inputBytes: 209_715_200, outputBytes: 0, splitEntries: 12_799 });
  t.strictSame(countersIn('go_goroutines 8\n'), { inputBytes: null, outputBytes: null, splitEntries: null });
});

t.test('records are counted across the chunks that a file is read in', async (t) => {
  const head = '2026-11-21T09:27:46.556597894Z stdout';
  const long = `${head} P ${'x'.repeat((1 << 20) - head.length - 20)}\n`;
  const file = join(t.testdir({}), 'a.log');
  await writeFile(file, `${long}${head} F \n2026-11-21T09:27:46Z stderr F P stdout F\n${long}`);
  t.match(await countRecords(file), { partialRecords: 2, fullRecords: 2, longestBytes: long.length });
  await writeFile(file, '');
  t.match(await countRecords(file), { partialRecords: 0, fullRecords: 0, bytes: 0 });
  await writeFile(file, `${head} F ok\nnot a record\n`);
  await t.rejects(countRecords(file), /line 2 is not a CRI record: "not a record\\n"/);
});
