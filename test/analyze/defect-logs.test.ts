import t from 'tap';
import { outcomeOfText } from './run.js';

const CONTAINER = '4dc52d08f25a7940f3e47283871df3eabf6534f59c1561d547002b8c907346f9';
const EXEC = '82de1b7fdbdb08e91d6210188b9da8e8dde20101a1350f60f5e66f8c5c42e5ae';

/** One line: seconds from the start, tag, message. */
type Said = readonly [seconds: number, tag: string, message: string];

function logOf(lines: readonly Said[]): string {
  return lines
    .toSorted((a, b) => a[0] - b[0])
    .map(([seconds, tag, message]) => {
      const at = new Date(Date.UTC(2024, 11, 14, 3) + seconds * 1000);
      return `Dec 14 ${at.toISOString().slice(11, 19)} node-17 ${tag}: ${message}\n`;
    })
    .join('');
}

function daemon(tag: string, seconds: number, level: string, msg: string, fields = ''): Said {
  const time = new Date(Date.UTC(2024, 11, 14, 3) + seconds * 1000).toISOString();
  return [seconds, tag, `time="${time}" level=${level} msg="${msg}"${fields}`];
}

const dockerd = (at: number, level: string, msg: string, fields = '') =>
  daemon('dockerd[1359]', at, level, msg, fields);
const containerd = (at: number, level: string, msg: string, fields = '') =>
  daemon('containerd[1031]', at, level, msg, fields);

function started(at: number, version: string, tracer: 'no-op' | 'recording' = 'recording'): Said[] {
  const noop = dockerd(at + 1, 'info', 'OTEL tracing is not configured, using no-op tracer provider');
  return [
    dockerd(at, 'info', 'Starting up'),
    ...(tracer === 'no-op' ? [noop] : []),
    dockerd(at + 2, 'info', 'Docker daemon', ` commit=92a8393 storage-driver=overlay2 version=${version}`),
    dockerd(at + 3, 'info', 'Daemon has completed initialization'),
  ];
}

/** A kill as kernel and systemd tell of it: four lines, one occasion. */
function killed(at: number, comm: string, unit: string): Said[] {
  const figures = 'total-vm:31457280kB, anon-rss:27262976kB, file-rss:0kB, shmem-rss:0kB';
  return [
    [
      at,
      'kernel',
      `Out of memory: Killed process 2211 (${comm}) ${figures}, UID:0 pgtables:54000kB oom_score_adj:-500`,
    ],
    [at, 'systemd[1]', `${unit}.service: A process of this unit has been killed by the OOM killer.`],
    [at + 2, 'systemd[1]', `${unit}.service: Main process exited, code=killed, status=9/KILL`],
    [at + 2, 'systemd[1]', `${unit}.service: Failed with result 'oom-kill'.`],
  ];
}

const limit = (value: number): Said[] => [
  containerd(0, 'info', 'starting containerd', ' revision=61f9fd8 version=1.6.9'),
  containerd(
    1,
    'info',
    `Start cri plugin with config {PluginConfig:{MaxContainerLogLineSize:${value} DisableCgroup:false}}`,
  ),
];

function times(count: number, every: number, line: (at: number, i: number) => Said): Said[] {
  return Array.from({ length: count }, (_, i) => line(i * every, i));
}

const twoKills = (version: string, tracer?: 'no-op') => [
  ...started(0, version, tracer),
  ...killed(7200, 'dockerd', 'docker'),
  ...started(7210, version, tracer),
  ...killed(14400, 'dockerd', 'docker'),
  ...started(14410, version, tracer),
];

const health = (at: number, error: string) =>
  dockerd(at, 'warning', `Health check for container ${CONTAINER} error: ${error}`);
const gone = (at: number) =>
  dockerd(
    at,
    'info',
    'ignoring event',
    ` container=${CONTAINER} topic=/tasks/delete type="*events.TaskDelete"`,
  );
const STOPPED = 'OCI runtime exec failed: exec failed: cannot exec a container that has stopped: unknown';
const forcedExec = (at: number) =>
  dockerd(
    at,
    'info',
    `Container ${CONTAINER}, process ${EXEC} failed to exit within 10 seconds of signal TERM - using the force`,
  );
const full = (at: number) =>
  dockerd(
    at,
    'error',
    'Handler for GET /v1.41/containers/json returned error: open /var/lib/docker: too many open files',
  );
const silentShim = (at: number) =>
  containerd(at, 'error', `get state for ${CONTAINER}`, ' error="context deadline exceeded: unknown"');
const leakedShim = (at: number, i: number) =>
  containerd(
    at,
    'error',
    'failed to shutdown shim task and the shim might be leaked',
    ` error="context deadline exceeded" id=${CONTAINER.slice(0, 62)}${10 + i} namespace=k8s.io`,
  );
const heldExec = (at: number) =>
  containerd(
    at,
    'warning',
    `failed to drain exec process \\"${EXEC}\\" io`,
    ` error="failed to drain exec process \\"${EXEC}\\" io in 5s because io is still held by other processes"`,
  );

/** What people are told: `defect certainty state`, by defect. */
const CASES: Readonly<Record<string, readonly [lines: readonly Said[], told: readonly string[]]>> = {
  'two kills while 27.4.0 runs': [twoKills('27.4.0'), ['otel-span-leak likely open']],
  'two kills, then a start with a no-op tracer': [
    [...twoKills('27.4.0').slice(0, -4), ...started(20_000, '27.4.1', 'no-op')],
    ['otel-span-leak likely resolved'],
  ],
  'one kill while 27.4.0 runs': [[...started(0, '27.4.0'), ...killed(7200, 'dockerd', 'docker')], []],
  'two kills of another version': [twoKills('20.10.24'), ['daemon-oom-loop likely open']],
  'two kills with a no-op tracer': [twoKills('27.4.1', 'no-op'), ['daemon-oom-loop likely open']],
  'a kill of containerd without a limit': [
    [...limit(-1), ...killed(5000, 'containerd', 'containerd')],
    ['log-line-buffer likely open'],
  ],
  'a kill of containerd with a limit': [[...limit(16_384), ...killed(5000, 'containerd', 'containerd')], []],
  'no limit and no trouble': [limit(-1), []],
  'a daemon without descriptors': [times(12, 40, full), ['fd-exhaustion confirmed open']],
  'one call without a descriptor': [[full(0)], []],
  'too many threads': [
    [
      [0, 'containerd[1031]', 'runtime: program exceeds 10000-thread limit'],
      [0, 'containerd[1031]', 'fatal error: thread exhaustion'],
    ],
    ['thread-exhaustion likely open'],
  ],
  'execs whose output is held until a limit': [times(40, 30, heldExec), []],
  'one exec whose output is held': [[heldExec(0)], []],
  'execs that do not end': [times(6, 40, forcedExec), ['exec-wedged likely open']],
  'one exec that does not end': [[forcedExec(0)], []],
  'health checks of a stopped container': [
    times(8, 30, (at) => health(at, STOPPED)),
    ['health-check-leak likely open'],
  ],
  'health checks after an exit': [
    [gone(0), ...times(8, 30, (at) => health(at + 30, 'some failure'))],
    ['health-check-leak likely open'],
  ],
  'health checks before an exit': [[...times(8, 30, (at) => health(at, 'some failure')), gone(300)], []],
  'shims that were given up': [times(4, 300, leakedShim), ['shim-leak likely open']],
  'one shim that was given up': [[leakedShim(0, 0)], []],
  'a shim that does not answer': [times(6, 65, silentShim), ['shim-wedged likely open']],
  'a shim that did not answer once': [[silentShim(0), silentShim(1)], []],
  'a text taken for a length': [
    [
      ...started(0, '20.10.7'),
      [
        900,
        'dockerd[1359]',
        'runtime: out of memory: cannot allocate 1937014784-byte block (19464192 in use)',
      ],
      [900, 'dockerd[1359]', 'fatal error: out of memory'],
    ],
    ['local-log-oom confirmed open'],
  ],
  'an ordinary refusal of memory': [
    [
      ...started(0, '20.10.7'),
      [
        900,
        'dockerd[1359]',
        'runtime: out of memory: cannot allocate 4194304-byte block (8123456789 in use)',
      ],
    ],
    [],
  ],
  'OOM events by the thousand': [
    times(1500, 0.2, (at) =>
      containerd(at, 'info', `TaskOOM event &TaskOOM{ContainerID:${CONTAINER},XXX_unrecognized:[],}`),
    ),
    ['oom-event-storm likely open'],
  ],
};

for (const [name, [lines, told]] of Object.entries(CASES)) {
  t.test(`${name}: ${told.join(', ') || 'nothing is said'}`, async (t) => {
    const { incidents } = await outcomeOfText(logOf(lines));
    const said = incidents
      .filter(({ certainty }) => certainty !== 'suspected')
      .map(({ defect, certainty, state }) => `${defect} ${certainty} ${state}`);
    t.strictSame(said.toSorted(), told);
  });
}
