import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { bundleWork } from '../../lib/ingest/bundle/bundle.js';
import { openDirectory } from '../../lib/ingest/bundle/bundle-directory.js';
import { BUNDLE_LIMITS } from '../../lib/ingest/bundle/bundle-limits.js';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import type { OpenedInputs } from '../../lib/ingest/types.js';
import { gather } from './gather.js';

function namesOf(inputs: Pick<OpenedInputs, 'groups'>, dir: string): string[] {
  return inputs.groups.flatMap(({ sources }) => sources.map(({ name }) => name.replace(`${dir}/`, '')));
}

function hostsOf(inputs: OpenedInputs, dir: string): Record<string, string | null | undefined> {
  const sources = inputs.groups.flatMap((group) => group.sources);
  return Object.fromEntries(sources.map(({ name, bundle }) => [name.replace(`${dir}/`, ''), bundle?.host]));
}

t.test('a folder made by hand is read whole: whatever is text or a profile', async (t) => {
  const dir = t.testdir({
    case: {
      messages: 'a line\n',
      'docker-version.txt': 'Client:\n Version: 27.4.0\n',
      'heap.pb.gz': gzipSync(Buffer.from([0x0a, 4, 8, 1, 16, 2, 0, 0])),
      'raw profile': Buffer.from([0x0a, 4, 8, 1, 16, 2, 0, 0, 0]),
      'config.toml': 'version = 2\n',
      'dump.txt': 'goroutine 1 [running]:\n',
      notes: 'what we saw\n',
      'photo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]),
    },
  });
  const inputs = await openInputs([join(dir, 'case')]);
  t.same(namesOf(inputs, dir).sort(), [
    'case/config.toml',
    'case/docker-version.txt',
    'case/dump.txt',
    'case/heap.pb.gz',
    'case/messages',
    'case/notes',
    'case/raw profile',
  ]);
  t.same(inputs.problems, []);
  t.same(inputs.skipped, [
    { source: join(dir, 'case', 'photo.png'), reason: 'neither text nor a profile', count: 1 },
  ]);
  const log = inputs.groups.flatMap(({ sources }) => sources).find(({ name }) => name.endsWith('messages'));
  t.same(log && (await gather(log)), { bytes: Buffer.from('a line\n'), problem: null });
});

t.test('rotated copies in a directory are one log; twins are read once', async (t) => {
  const dir = t.testdir({
    d: {
      messages: 'c\n',
      'messages.1': 'b\n',
      'messages.2.gz': gzipSync('a\n'),
      'messages.1.gz': gzipSync('b\n'),
    },
  });
  const { groups, problems, skipped } = await openInputs([join(dir, 'd')]);
  t.same(
    groups.map(({ sources }) => sources.map(({ name }) => name.slice(dir.length + 3))),
    [['messages.2.gz', 'messages.1', 'messages']],
  );
  t.same([problems, skipped], [[], []]);
  writeFileSync(join(dir, 'd', 'messages.1.gz'), gzipSync('something else\n'));
  const other = await openInputs([join(dir, 'd')]);
  t.same(other.problems, []);
  t.match(other.skipped, [{ source: /messages\.1\.gz$/, reason: /another length/ }]);
});

t.test('a file named itself and in a directory is read once, whichever comes first', async (t) => {
  const dir = t.testdir({ d: { 'a.log': 'a\n', 'b.log': 'b\n' } });
  const file = join(dir, 'd', 'a.log');
  for (const names of [
    [file, join(dir, 'd')],
    [join(dir, 'd'), file],
    [join(dir, 'd'), `${join(dir, 'd')}/.`, join(dir, 'd', '*.log')],
  ])
    t.equal(namesOf(await openInputs(names), dir).length, 2, names.join(' '));
  // What the directory left out can still be named.
  writeFileSync(join(dir, 'd', 'core'), Buffer.alloc(10));
  t.ok(namesOf(await openInputs([join(dir, 'd'), join(dir, 'd', 'core')]), dir).includes('d/core'));
});

t.test('symbolic links lead to files inside the directory only', async (t) => {
  const dir = t.testdir({
    outside: { 'secret.log': 's\n' },
    d: { real: { 'kubelet.log': 'k\n' }, 'a.log': 'a\n' },
  });
  const inside = (name: string) => join(dir, 'd', name);
  symlinkSync(join(dir, 'outside', 'secret.log'), inside('out.log'));
  symlinkSync(join(dir, 'outside'), inside('folder'));
  symlinkSync('real/kubelet.log', inside('link.log'));
  symlinkSync('.', inside('loop'));
  symlinkSync('nothing', inside('dangling.log'));
  linkSync(inside('a.log'), inside('hard.log'));
  execFileSync('mkfifo', [inside('fifo.log')]);
  const inputs = await openInputs([join(dir, 'd')]);
  t.same(inputs.groups.length, 2, 'the kubelet log once, a.log once');
  t.notOk(namesOf(inputs, dir).some((name) => name.includes('out')));
  t.same(
    Object.fromEntries(inputs.skipped.map(({ source, reason }) => [source.slice(dir.length + 3), reason])),
    {
      'out.log': 'a symbolic link that leaves the bundle',
      folder: 'a symbolic link that leaves the bundle',
      'dangling.log': 'no such file',
      'fifo.log': 'a FIFO',
    },
  );
  t.same(inputs.problems, []);
});

t.test('the host is that of the nearest statement above a member', async (t) => {
  const dir = t.testdir({
    all: {
      'sos-a': {
        sos_commands: { general: { hostname: 'node-a\n' }, docker: { docker_info: 'x\n' } },
        var: { log: { messages: 'm\n' } },
      },
      'must-gather': {
        nodes: { 'worker-1.example': { dmesg: 'd\n' } },
        host_service_logs: {
          masters: { 'kubelet_service.log': 'k\n' },
          'worker-2': { 'crio_service.log': 'c\n' },
        },
      },
      kind: { 'kind-worker': { 'kubernetes-version.txt': 'v1.30.0\n', 'kubelet.log': 'k\n' } },
      bad: { etc: { hostname: 'localhost\n' }, 'a.log': 'a\n' },
      worse: { hostname: '\x1b[31mred; rm -rf /\n', 'b.log': 'b\n' },
    },
  });
  const inputs = await openInputs([join(dir, 'all')]);
  t.same(hostsOf(inputs, join(dir, 'all')), {
    'sos-a/sos_commands/docker/docker_info': 'node-a',
    'sos-a/var/log/messages': 'node-a',
    'must-gather/nodes/worker-1.example/dmesg': 'worker-1.example',
    'must-gather/host_service_logs/masters/kubelet_service.log': null,
    'must-gather/host_service_logs/worker-2/crio_service.log': 'worker-2',
    'kind/kind-worker/kubernetes-version.txt': 'kind-worker',
    'kind/kind-worker/kubelet.log': 'kind-worker',
    'bad/a.log': null,
    'worse/b.log': null,
  });
  t.equal(inputs.groups[0]?.sources[0]?.bundle?.name, join(dir, 'all'));
});

t.test('two thousand small members are read side by side without as many open files', async (t) => {
  const dir = t.testdir({ d: {} });
  for (let at = 0; at < 2_100; at++) writeFileSync(join(dir, 'd', `pod-${at}x.log`), `line ${at}\n`);
  const { groups, skipped, problems } = await openInputs([join(dir, 'd')]);
  t.same(problems, []);
  t.same(skipped, [
    { source: join(dir, 'd'), reason: 'beyond the 2000 members that are read of one bundle', count: 100 },
  ]);
  const signal = new AbortController().signal;
  const readings = groups.flatMap(({ sources }) =>
    sources.map((source) => source.read(signal)[Symbol.asyncIterator]()),
  );
  t.equal(readings.length, 2_000);
  let bytes = 0;
  for (const reading of readings) bytes += (await reading.next()).value?.length ?? 0;
  t.ok(bytes > 2_000 * 6);
  const open = execFileSync('sh', ['-c', `ls /proc/${process.pid}/fd | wc -l`]).toString();
  t.ok(Number(open) < 500, `${open.trim()} descriptors are open`);
  for (const reading of readings) await reading.return?.();
});

t.test('entries are looked at up to a limit, and a folder without permission is listed', async (t) => {
  const dir = t.testdir({ d: { 'a.log': 'a\n', 'b.log': 'b\n', 'c.log': 'c\n' } });
  const work = await bundleWork(join(dir, 'd'), new AbortController().signal, {
    ...BUNDLE_LIMITS,
    members: 2,
  });
  const few = await openDirectory(work, () => true);
  t.equal(few.files.length, 2);
  t.match(few.problems, [{ reason: /more than 2 entries/ }]);
  mkdirSync(join(dir, 'd', 'locked'));
  execFileSync('chmod', ['000', join(dir, 'd', 'locked')]);
  const inputs = await openInputs([join(dir, 'd')]);
  execFileSync('chmod', ['700', join(dir, 'd', 'locked')]);
  t.equal(inputs.groups.length, 3);
  if (process.getuid?.() !== 0) t.match(inputs.skipped, [{ source: /locked$/, reason: /permission denied/ }]);
});
