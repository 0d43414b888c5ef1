import t from 'tap';
import { outcomeOfText } from './run.js';

const ID = '4dc52d08f25a7940f3e47283871df3eabf6534f59c1561d547002b8c907346f9';
const HOUR = 3600;

type Said = readonly [seconds: number, tag: string, message: string];

function logOf(lines: readonly Said[]): string {
  return lines
    .map(([seconds, tag, message]) => {
      const at = new Date(Date.UTC(2024, 8, 28) + seconds * 1000);
      const day = String(at.getUTCDate()).padStart(2, ' ');
      const month = at.getUTCMonth() === 8 ? 'Sep' : 'Oct';
      return `${month} ${day} ${at.toISOString().slice(11, 19)} node-17 ${tag}: ${message}\n`;
    })
    .join('');
}

/** `defect certainty state` of what is reported. */
async function told(lines: readonly Said[]): Promise<readonly string[]> {
  const { incidents } = await outcomeOfText(logOf(lines));
  return incidents
    .filter(({ certainty }) => certainty !== 'suspected')
    .map(({ defect, certainty, state }) => `${defect} ${certainty} ${state}`)
    .toSorted();
}

/** What is opened and not reported. */
async function suspected(lines: readonly Said[]): Promise<Readonly<Record<string, number>>> {
  const { summary } = await outcomeOfText(logOf(lines));
  return {
    reported: Object.values(summary.incidents).reduce((a, b) => a + b, 0),
    suspected: summary.suspected,
  };
}

function times(count: number, every: number, line: (at: number, i: number) => readonly Said[]): Said[] {
  return Array.from({ length: count }, (_, i) => line(i * every, i)).flat();
}

function logfmt(tag: string, at: number, level: string, msg: string, fields = ''): Said {
  const time = new Date(Date.UTC(2024, 8, 28) + at * 1000).toISOString();
  return [at, tag, `time="${time}" level=${level} msg="${msg}"${fields}`];
}
const containerd = (at: number, msg: string, error: string) =>
  logfmt('containerd[1031]', at, 'error', msg, ` error="${error}"`);
const dockerd = (at: number, level: string, msg: string, fields = '') =>
  logfmt('dockerd[1359]', at, level, msg, fields);
const hex = (i: number) => String(i).padStart(64, '0');

interface Kill {
  readonly comm?: string;
  readonly cgroup?: string;
  readonly prefix?: string;
  readonly rssKb?: number;
}

const IN_CGROUP = 'Memory cgroup out of memory: ';
const OF_NODE = 'Out of memory: ';

/** A kill as kernels from 4.19 on tell of it; without the line that names the cgroup where none is given. */
function kill(at: number, i: number, given: Kill): readonly Said[] {
  const { comm = 'dockerd', cgroup, prefix = OF_NODE, rssKb = 3_407_872 } = given;
  const pid = 9000 + i;
  const limit = prefix === OF_NODE ? 'global_oom' : `oom_memcg=${cgroup}`;
  const constraint = prefix === OF_NODE ? 'CONSTRAINT_NONE' : 'CONSTRAINT_MEMCG';
  const summary = `oom-kill:constraint=${constraint},nodemask=(null),cpuset=/,mems_allowed=0,${limit},task_memcg=${cgroup},task=${comm},pid=${pid},uid=0`;
  const victim = `${prefix}Killed process ${pid} (${comm}) total-vm:9437184kB, anon-rss:${rssKb}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8192kB oom_score_adj:0`;
  return [...(cgroup === undefined ? [] : [[at, 'kernel', summary] as const]), [at, 'kernel', victim]];
}

const killed = (given: Kill) => times(4, 3 * HOUR, (at, i) => kill(at, i, given));
const banner = (version: string) => dockerd(0, 'info', 'Docker daemon', ` commit=92a8393 version=${version}`);

t.test('a daemon that is killed in a container is none of the node', async (t) => {
  for (const cgroup of [
    `/docker/${ID}`,
    `/docker/${ID}/system.slice/containerd.service`,
    `/system.slice/docker-${ID}.scope/init`,
    `/kubepods/burstable/pod4b5de224-752c-4df4-8726-60758820bc67/${ID}`,
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod4b5de224_752c_4df4_8726_60758820bc67.slice/cri-containerd-${ID}.scope`,
    '/lxc/ci-runner/system.slice/docker.service',
  ]) {
    for (const prefix of [IN_CGROUP, OF_NODE]) {
      for (const comm of ['dockerd', 'containerd', 'kubelet'])
        t.strictSame(await told(killed({ comm, cgroup, prefix })), [], `${prefix}${comm} in ${cgroup}`);
      const affected = [banner('27.4.0'), ...killed({ cgroup, prefix })];
      t.strictSame(await told(affected), [], `${prefix}27.4.0 in ${cgroup}`);
    }
  }
});

t.test("the limit of the daemon's own unit, and the node's own memory, count", async (t) => {
  const own = '/system.slice/docker.service';
  for (const prefix of [IN_CGROUP, OF_NODE]) {
    const kills = killed({ cgroup: own, prefix });
    t.strictSame(await told(kills), ['daemon-oom-loop confirmed open'], prefix);
    t.strictSame(await told([banner('27.4.0'), ...kills]), ['otel-span-leak likely open'], prefix);
  }
  t.strictSame(await told(killed({})), ['daemon-oom-loop confirmed open'], 'a kernel that names no cgroup');
});

t.test('a limit of which no line says whose it is leaves it open', async (t) => {
  const kills = killed({ prefix: IN_CGROUP });
  t.match(await suspected(kills), { reported: 0, suspected: 1 });
  t.match(await suspected([banner('27.4.0'), ...kills]), { reported: 0, suspected: 1 });
});

t.test('old kernels name the cgroup in a line of its own', async (t) => {
  const old = (cgroup: string) =>
    times(4, 3 * HOUR, (at, i) => [
      [at, 'kernel', `Task in ${cgroup} killed as a result of limit of ${cgroup}`],
      [
        at,
        'kernel',
        `Memory cgroup out of memory: Kill process ${9000 + i} (dockerd) score 1980 or sacrifice child`,
      ],
      [
        at,
        'kernel',
        `Killed process ${9000 + i} (dockerd) total-vm:8125532kB, anon-rss:2096404kB, file-rss:0kB`,
      ],
    ]);
  t.strictSame(await told(old(`/docker/${ID}`)), []);
  t.strictSame(await told(old('/system.slice/docker.service')), ['daemon-oom-loop confirmed open']);
  const beside = times(4, 3 * HOUR, (at, i) => [
    [at, 'kernel', `Task in /docker/${ID} killed as a result of limit of /docker/${ID}`],
    [at, 'kernel', `Killed process ${100 + i} (java) total-vm:8125532kB, anon-rss:2096404kB, file-rss:0kB`],
    [
      at + 5,
      'kernel',
      `Killed process ${9000 + i} (dockerd) total-vm:8125532kB, anon-rss:2096404kB, file-rss:0kB`,
    ],
  ]);
  t.strictSame(await told(beside), ['daemon-oom-loop confirmed open'], 'that line is of one kill');
});

t.test('27.4.0 that was small when it was killed was a bystander', async (t) => {
  const small = killed({ rssKb: 30_000 });
  t.strictSame(await told([banner('27.4.0'), ...small]), ['daemon-oom-loop confirmed open']);
  const failed = times(4, 3 * HOUR, (at) => [
    [at + 1, 'systemd[1]', "docker.service: Failed with result 'oom-kill'."],
  ]);
  const both = [banner('27.4.0'), ...[...small, ...failed].toSorted((a, b) => a[0] - b[0])];
  t.strictSame(await told(both), ['daemon-oom-loop confirmed open'], 'as its unit tells');
  t.strictSame(await told([banner('27.4.0'), ...killed({ rssKb: 262_144 })]), ['otel-span-leak likely open']);
});

t.test('what fills dockerd does not explain the kills of another daemon', async (t) => {
  const kubelet = times(5, 600, (at, i) => kill(at, i, { comm: 'kubelet' }));
  const timeout = (at: number): Said => [
    at,
    'kubelet[3122]',
    `E0928 00:00:05.000000    3122 remote_runtime.go:205] StopContainer "${ID}" from runtime service failed: rpc error: code = Unknown desc = operation timeout: context deadline exceeded`,
  ];
  const lines = [...kubelet, timeout(5), timeout(305)].toSorted((a, b) => a[0] - b[0]);
  t.match(await told(lines), ['daemon-oom-loop confirmed open', /^stuck-stop/]);
  // Nothing shows that the stop calls leak: they explain no kills of dockerd either.
  const ofDockerd = times(5, 600, (at, i) => kill(at, i, {}));
  const others = [...ofDockerd, timeout(5), timeout(305)].toSorted((a, b) => a[0] - b[0]);
  t.match(await told(others), ['daemon-oom-loop confirmed open', /^stuck-stop/]);
});

t.test('other limits have the same text as that of open files', async (t) => {
  const many = (line: (at: number) => Said) => times(30, 20, (at) => [line(at)]);
  for (const error of [
    'failed to create cni conf monitor for default: failed to create fsnotify watcher: too many open files',
    'inotify_init: too many open files',
    'failed to create containerd task: pipe2: too many open files in system: unknown',
    'OCI runtime create failed: runc create failed: open /proc/self/fd: too many open files: unknown',
  ])
    t.strictSame(await told(many((at) => containerd(at, 'it failed', error))), [], error);
  const exec =
    'Handler for POST /v1.35/exec/a76189d78a46/start returned error: OCI runtime exec failed: exec failed: starting container process caused \\"open /proc/self/fd: too many open files\\": unknown';
  t.strictSame(await told(many((at) => dockerd(at, 'error', exec))), []);
  t.strictSame(
    await told(many((at) => containerd(at, 'copy shim log', 'open /run/x/log: too many open files'))),
    ['fd-exhaustion confirmed open'],
  );
});

t.test('signs that come once in a while are no incident, a row of them is', async (t) => {
  const files = (at: number) => [
    containerd(at, 'reload', 'open /etc/cni/net.d/10.conflist: too many open files'),
  ];
  const state = (at: number) => [containerd(at, `get state for ${ID}`, 'context deadline exceeded: unknown')];
  const late = (at: number) => [
    dockerd(at, 'warning', `Health check for container ${ID} error: context deadline exceeded`),
  ];
  const forced = (at: number, i: number) => [
    dockerd(
      at,
      'info',
      `Container ${ID}, process ${hex(i)} failed to exit within 10 seconds of signal TERM - using the force`,
    ),
  ];
  const shim = (at: number, i: number) => [
    logfmt(
      'containerd[1031]',
      at,
      'error',
      'failed to shutdown shim task and the shim might be leaked',
      ` error="context deadline exceeded" id=${hex(i)} namespace=k8s.io`,
    ),
  ];
  const oom = (at: number, i: number) => [
    logfmt('containerd[1031]', at, 'info', `TaskOOM event container_id:\\"${hex(i)}\\"`),
  ];
  for (const [defect, line, count, seldom, often] of [
    ['fd-exhaustion', files, 3, 25 * 60, 4 * 60],
    ['shim-wedged', state, 3, 29 * 60, 4 * 60],
    ['exec-wedged', late, 8, 45 * 60, 60],
    ['exec-wedged', forced, 6, 50 * 60, 60],
    ['shim-leak', shim, 3, 20 * HOUR, 15 * 60],
    ['oom-event-storm', oom, 1200, 9 * 60, 2],
  ] as const) {
    t.strictSame(await told(times(count, seldom, line)), [], `${defect} every ${seldom} s`);
    t.match(await told(times(count, often, line)), [`${defect} likely`], `${defect} every ${often} s`);
  }
  const row = [...times(3, 240, state), ...times(3, 700, (at) => state(at + 1080))];
  t.match(await told(row), [/^shim-wedged likely/], 'what was said stays said as it goes on');
});

t.test('a drain with a limit shows probes and no leak', async (t) => {
  const drain = (at: number, i: number) => {
    const text = `failed to drain exec process \\"${hex(i)}\\" io`;
    return [
      logfmt(
        'containerd[1031]',
        at,
        'warning',
        text,
        ` error="${text} in 5s because io is still held by other processes"`,
      ),
    ];
  };
  t.match(await suspected(times(200, 10, drain)), { reported: 0, suspected: 1 });
});

t.test('a daemon that says why it dies has died, one that announces it may not have', async (t) => {
  const exceeds: Said = [0, 'containerd[1031]', 'runtime: program exceeds 10000-thread limit'];
  const exhausted: Said = [0, 'containerd[1031]', 'fatal error: thread exhaustion'];
  t.strictSame(await told([exceeds]), []);
  t.strictSame(await told([exceeds, exhausted]), ['thread-exhaustion likely open']);
  const block: Said = [
    0,
    'dockerd[1359]',
    'runtime: out of memory: cannot allocate 1937014784-byte block (19464192 in use)',
  ];
  t.strictSame(await told([block]), []);
  t.strictSame(await told([block, [0, 'dockerd[1359]', 'fatal error: out of memory']]), [
    'local-log-oom likely open',
  ]);
});

t.test('a start with a limit that limits nothing ends no incident', async (t) => {
  const start = (at: number, limit: string) =>
    logfmt(
      'containerd[702]',
      at,
      'info',
      `Start cri plugin with config {PluginConfig:{MaxContainerLogLineSize:${limit} DisableCgroup:false}}`,
    );
  const lines = (limit: string) => [
    start(0, '-1'),
    ...kill(HOUR, 0, { comm: 'containerd' }),
    start(HOUR + 5, limit),
  ];
  for (const limit of ['1099511627776', '9223372036854775807', '67108864', '-1'])
    t.strictSame(await told(lines(limit)), ['log-line-buffer likely open'], limit);
  for (const limit of ['67108863', '16384', '1'])
    t.strictSame(await told(lines(limit)), ['log-line-buffer likely resolved'], limit);
});

t.test('exits that could not be handled may have left a shim, and are no proof', async (t) => {
  const lost = (at: number) => [
    logfmt(
      'containerd[1031]',
      at,
      'error',
      `failed to handle container TaskExit event container_id:\\"${ID}\\" id:\\"${ID}\\" pid:129`,
      ' error="failed to stop container: unknown error after kill"',
    ),
  ];
  t.match(await suspected(times(6, 60, lost)), { reported: 0, suspected: 1 });
});

t.test("the banner of a distribution's dockerd tells the version of its package", async (t) => {
  const line = (commit: string) =>
    dockerd(0, 'info', 'Docker daemon', ` commit="${commit}" storage-driver=overlay2 version=27.4.0`);
  const versionOf = async (commit: string) => {
    const { incidents } = await outcomeOfText(logOf([line(commit), ...killed({})]));
    return incidents.find(({ defect }) => defect === 'daemon-oom-loop' || defect === 'otel-span-leak')
      ?.versions['dockerd'];
  };
  t.equal(await versionOf('27.4.0-0ubuntu1~24.04.1'), '27.4.0-0ubuntu1~24.04.1');
  t.equal(await versionOf('92a83937d0'), '27.4.0');
  t.equal(await versionOf('27.4.0'), '27.4.0');
  t.equal(await versionOf('27.4.01'), '27.4.0');
});

t.test('what is read of a unit without a name is told, and is no failure to read', async (t) => {
  const { summary } = await outcomeOfText(
    'Type=notify\nRestart=always\nMainPID=0\nNRestarts=3\nResult=success\n',
  );
  t.equal(summary.unreadable, 0);
  t.match(JSON.stringify(summary), /ask systemctl show for Id/);
});

t.test('a configuration that says two things says nothing', async (t) => {
  const config = (...limits: readonly string[]) =>
    `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n${limits.map((limit) => `  max_container_log_line_size = ${limit}\n`).join('')}`;
  const limits = async (text: string) =>
    JSON.stringify((await outcomeOfText(text)).summary.documents).match(
      /max-container-log-line-size -?\d+/g,
    ) ?? [];
  t.strictSame(await limits(config('-1')), ['max-container-log-line-size -1']);
  t.strictSame(await limits(config('-1', '16384')), []);
});

t.test('containerd of k3s states its version', async (t) => {
  const { summary } = await outcomeOfText(
    'containerd github.com/k3s-io/containerd v2.1.5-k3s1 e77c15f30e51\n',
  );
  t.match(JSON.stringify(summary.documents), /containerd 2\.1\.5-k3s1/);
});
