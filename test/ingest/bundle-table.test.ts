import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createJudge, loadBundleTable } from '../../lib/ingest/bundle/bundle-table.js';
import { compileGlob } from '../../lib/ingest/bundle/glob-path.js';
import { memberPath } from '../../lib/ingest/bundle/member-path.js';
import { yamlReader } from '../../lib/match/yaml-file.js';
import { packageRoot } from '../../lib/package-root.js';

const judge = createJudge(await loadBundleTable());

/** Paths as the collectors lay them out. */
const READ = [
  'sosreport-n/var/log/messages',
  'sosreport-n/var/log/messages-20230507',
  'sosreport-n/var/log/syslog.2.gz',
  'sosreport-n/var/log/kern.log.1',
  'sosreport-n/sos_strings/logs/var.log.messages.tailed',
  'sosreport-n/sos_strings/docker/journalctl_--no-pager_--unit_docker.tailed',
  'sosreport-n/sos_commands/logs/journalctl_--no-pager',
  'sosreport-n/sos_commands/docker/journalctl_--no-pager_--unit_docker',
  'sosreport-n/sos_commands/containerd/journalctl_--no-pager_--unit_containerd',
  'sosreport-n/sos_commands/containerd/containerd_config_dump',
  'sosreport-n/sos_commands/docker/docker_info',
  'sosreport-n/sos_commands/docker/docker_version',
  'sosreport-n/sos_commands/crio/crio_config',
  'sosreport-n/sos_commands/crio/crictl_version',
  'sosreport-n/sos_commands/systemd/systemctl_status_--all',
  'sosreport-n/sos_commands/kernel/uname_-a',
  'sosreport-n/sos_commands/kernel/dmesg',
  'sosreport-n/tmp/crio-goroutine-stacks-2023-05-02T001258Z.log',
  'sosreport-n/installed-rpms',
  'sosreport-n/etc/docker/daemon.json',
  'sosreport-n/etc/containerd/config.toml',
  'sosreport-n/etc/crio/crio.conf.d/00-default',
  'sosreport-n/var/lib/kubelet/config.yaml',
  'must-gather/quay-io-x/host_service_logs/masters/crio_service.log',
  'must-gather/quay-io-x/host_service_logs/masters/kubelet_service.log.gz',
  'must-gather/quay-io-x/pprof/crio/worker-1_heap.out',
  'must-gather/quay-io-x/nodes/worker-1/dmesg',
  'kind-worker/containerd.log',
  'kind-worker/kubelet.log',
  'kind-worker/journal.log',
  'docker-info.txt',
  'eks_i-0/docker/docker-trace.txt',
  'eks_i-0/docker/docker.log',
  'eks_i-0/containerd/containerd-log.txt',
  'eks_i-0/containerd/containerd-config.txt',
  'eks_i-0/containerd/containerd.1234.stacks.log',
  'eks_i-0/kubelet/kubelet.log',
  'eks_i-0/kernel/dmesg.human.current',
  'eks_i-0/var_log/messages',
  'n-2023-05-02/journald/docker',
  'n-2023-05-02/journald/rke2-agent',
  'n-2023-05-02/docker/dockerinfo',
  'n-2023-05-02/docker/etcdockerdaemon.json',
  'n-2023-05-02/k8s/containerlogs/kubelet',
  'n-2023-05-02/rke2/containerd.log',
  'n-2023-05-02/rke2/crictl/containerd-version',
  'n-2023-05-02/systemlogs/syslog.1',
  'ns/buildkit/pods/buildkitd-0/buildkitd/buildkitd/logs/current.log',
  'heap.pb.gz',
  'messages',
];
const LEFT = [
  ['sosreport-n/var/log/journal/0123/system.journal', /journalctl --file/],
  ['sosreport-n/etc/ssh/sshd_config', /another program/],
  ['must-gather/quay-io-x/audit_logs/kube-apiserver/m-audit.log.gz', /audit/],
  [
    'must-gather/quay-io-x/namespaces/openshift-dns/pods/dns-1/dns/dns/logs/current.log',
    /output of a container/,
  ],
  ['kind-worker/pods/kube-system_kindnet-x_uid/kindnet/0.log', /output of a container/],
  ['var/log/containers/web-1_default_web-0123.log', /output of a container/],
  ['sosreport-n/sos_reports/sos.html', /collector/],
] as const;
const UNLISTED = [
  'sosreport-n/proc/meminfo',
  'sosreport-n/sos_commands/block/lsblk',
  'cluster-scoped-resources/core/nodes/a.yaml',
  'kind-worker/inspect.json',
];

t.test('the table knows the layouts of the collectors', async (t) => {
  for (const path of READ) t.equal(judge(path).kind, 'read', path);
  for (const [path, reason] of LEFT) t.match(judge(path), { kind: 'leave', reason }, path);
  for (const path of UNLISTED) t.equal(judge(path).kind, 'unlisted', path);
});

t.test('the compiled table is that of patterns/bundle.yaml, and holds to its schema', async (t) => {
  const root = packageRoot();
  const read = await yamlReader(join(root, 'docs', 'schema', 'bundle.schema.json'));
  const file = join(root, 'patterns', 'bundle.yaml');
  const yaml = read(file, readFileSync(file, 'utf8'));
  t.same(yaml.ok ? yaml.value : yaml.problems, await loadBundleTable());
  const wrong = read(
    'x.yaml',
    'rules: [{ read: a log, leave: no reason, match: [/var/log/x] }]\nhosts: {}\n',
  );
  t.ok(!wrong.ok && wrong.problems.length > 2);
});

t.test('globs: * stays in a name, ** takes any folders, none of it takes long', async (t) => {
  const matches = (glob: string, path: string) => compileGlob(glob)(path.split('/'));
  for (const [glob, path, expected] of [
    ['**/a*c', 'ac', true],
    ['**/a*c', 'x/y/abbc', true],
    ['**/a*c', 'x/ac/y', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', true],
    ['a/**/z', 'a/z', true],
    ['a/**/b/**/z', 'a/b/b/z', true],
    ['*/z', 'a/b/z', false],
    ['?', 'ab', false],
    ['**', 'a/b', true],
    ['a', 'a/b', false],
    ['A', 'a', false],
  ] as const)
    t.equal(matches(glob, path), expected, `${glob} ${path}`);
  const began = process.hrtime.bigint();
  const hostile = 'a'.repeat(1_000);
  for (let at = 0; at < 200; at++) matches('**/*a*a*a*a*a*a*b', `${'a/'.repeat(60)}${hostile}`);
  t.ok(Number(process.hrtime.bigint() - began) / 1e6 < 2_000);
});

t.test('a path is made plain or refused', async (t) => {
  t.same(memberPath('./a//b/./c'), { ok: true, path: 'a/b/c' });
  t.same(memberPath('..a/b..'), { ok: true, path: '..a/b..' });
  for (const raw of [
    '',
    '.',
    '/a',
    '..',
    'a/../b',
    'a/..',
    '\\\\host\\x',
    'c:x',
    'a\0b',
    'x'.repeat(1_025),
    '..\\a',
    'a\\..\\b',
  ])
    t.equal(memberPath(raw).ok, false, JSON.stringify(raw.slice(0, 20)));
});
