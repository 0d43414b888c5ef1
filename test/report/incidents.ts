/**
 * Incidents made by hand, as the stages before would give them: case A's two, and what else a report must bear.
 * `incident` fills in a plain confirmed stuck stop; tests change what they are about.
 */
import type {
  EvidenceLine,
  Incident,
  Leak,
  Mitigation,
  NextStep,
  Summary,
} from '../../lib/diagnose/types.js';

export function incident(changes: Partial<Incident> = {}): Incident {
  return {
    type: 'incident',
    schema: 1,
    id: 'stuck-stop-0123456789ab-1',
    defect: 'stuck-stop',
    state: 'open',
    certainty: 'confirmed',
    node: 'node1',
    pod: null,
    containers: [container('0123456789ab')],
    attempts: 3,
    attemptsAtLeast: false,
    firstSeen: '2024-03-05T10:00:00.000Z',
    lastSeen: '2024-03-05T10:04:04.000Z',
    intervalSeconds: 122,
    mechanism: 'hung-call',
    rootCause: null,
    rootCauseBasis: null,
    versions: {},
    affected: 'yes',
    affectedBasis: 'dockerd <= 20.10.9 by the wording of its lines',
    leak: leak(6, 6, 3, 3, 3 * 50 * 1024),
    evidence: [evidence('/var/log/messages', 12, 'dockerd.stop.forced')],
    fix: { dockerd: '20.10.10' },
    next: [],
    endedAt: null,
    endedBy: null,
    why: ['3 stop calls without an exit.'],
    rules: ['stuck-stop.confirmed.second-attempt'],
    mitigations: [],
    gaps: ['no kernel lines'],
    utcOffsetMinutes: 0,
    fixNote: 'Go to a supported release.',
    verify: 'No further stop line for it.',
    title: 'A container cannot be stopped',
    program: null,
    differential: [],
    ...changes,
  };
}

export function container(
  id: string,
  name: string | null = null,
  kind: 'container' | 'sandbox' = 'container',
) {
  return { id: id.padEnd(64, '0'), name, kind } as const;
}

export function evidence(source: string, line: number, pattern: string, text = 'a line'): EvidenceLine {
  return { time: '2024-03-05T10:00:00.000Z', source, line, text, pattern };
}

export function leak(minG: number, maxG: number, minFd: number, maxFd: number, bytes: number): Leak {
  return {
    goroutines: { min: minG, max: maxG },
    fds: { min: minFd, max: maxFd },
    bytes: { min: minG === 0 ? 0 : Math.round(bytes * 0.7), max: bytes },
    perDay: null,
    basis: '2 goroutines and 1 fd a stop call that hangs',
  };
}

export function summary(changes: Partial<Summary> = {}): Summary {
  return {
    type: 'summary',
    schema: 1,
    bytes: 8_925,
    lines: 37,
    candidates: 26,
    events: 26,
    truncatedLines: 0,
    truncatedBytes: 0,
    unreadable: 0,
    suppressed: 0,
    incidents: { 'stuck-stop': 2 },
    suspected: 0,
    unknownEnvelopes: 0,
    droppedPartialBytes: 0,
    lateEvents: 0,
    evictedContainers: 0,
    lostBytes: 0,
    unknownLosses: 0,
    losses: [],
    silent: [],
    problems: [],
    documents: [],
    moreDocuments: 0,
    evidenceProblems: [],
    moreEvidenceProblems: 0,
    skipped: [],
    notShown: [],
    growth: [],
    ...changes,
  };
}

function checks(id: string): NextStep[] {
  return [
    {
      title: `Which process of ${id} exists, in which state, waiting where (no line: the process is gone)`,
      command: `for p in $(grep -lE '${id}' /proc/[0-9]*/cgroup | cut -d/ -f3); do printf '%s ' "$p"; awk '/^(Name|State)/{printf "%s ",$2}' /proc/$p/status; cat /proc/$p/wchan; echo; done`,
    },
    {
      title: 'How many connections to docker.sock are open, at most how many goroutines wait',
      command: 'ss -xH src /var/run/docker.sock | wc -l',
    },
    {
      title: 'What the kernel says of blocked tasks and storage',
      command: "dmesg -T | grep -E 'blocked for more than|I/O error|not responding' | tail -n 20",
    },
  ];
}

const restart: Mitigation = {
  title: 'drain the node if you can, put live-restore in force by a reload, then restart dockerd',
  when: 'Step 1 shows no process (exit lost)',
  command:
    'systemctl reload docker && docker info --format {{.LiveRestoreEnabled}} && systemctl restart docker',
  risk: 'live-restore serves patch releases only; dockerd 19.03 can lose further exits while it starts.',
  undo: 'none needed; containers that did not survive are started again by the kubelet.',
};

const storage: Mitigation = {
  title: 'repair the storage or network file system it waits for; if that cannot be done, drain and reboot',
  when: 'Step 1 shows state D',
  command: null,
  risk: 'a reboot ends every container of the node; a restart of dockerd can hang on the same process.',
  undo: 'kubectl uncordon after the reboot.',
};

const kubelet = (line: number): EvidenceLine =>
  evidence(
    '/var/log/messages',
    line,
    'kubelet.stop-container.failed',
    'kubelet: E0501 11:03:37 StopContainer failed',
  );
const dockerd = (line: number): EvidenceLine =>
  evidence(
    '/var/log/messages',
    line,
    line % 2 === 0 ? 'dockerd.stop.forced' : 'dockerd.stop.kill-survived',
    'dockerd: Container a9acd5210705 failed to exit within 10 seconds of kill - trying direct SIGKILL',
  );

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const podA = { namespace: 'kube-system', name: 'fluentd-hjj42', uid: 'd6097c23-9b88-4708-93e0-226bb313e7f3' };

/** Case A: the sandbox that loops every 22 s and the container whose kubelet calls timed out. */
export const caseA: readonly [Incident, Incident] = [
  incident({
    id: 'stuck-stop-a9acd5210705-1',
    node: 'ecs-prod-003',
    pod: podA,
    containers: [
      { id: 'a9acd5210705c3e2e95ca459d1b244883c0ba2a5ee94650cb2fa23422367e6e9', name: null, kind: 'sandbox' },
    ],
    attempts: 8,
    attemptsAtLeast: true,
    firstSeen: '2023-05-01T16:10:24.148458112Z',
    lastSeen: '2023-05-01T16:12:58.429207582Z',
    intervalSeconds: 22.003,
    mechanism: 'lost-exit',
    affectedBasis: 'dockerd <= 20.10.9 by the wording of its lines',
    leak: {
      goroutines: { min: 0, max: 16 },
      fds: { min: 0, max: 8 },
      bytes: { min: 0, max: 409_600 },
      perDay: {
        goroutines: { min: 0, max: 7_854 },
        fds: { min: 0, max: 3_927 },
        bytes: { min: 0, max: 201_062_400 },
      },
      basis:
        '2 goroutines, 1 fd and 50 KiB a call that hangs, nothing for one that returns; the cadence says they return.',
    },
    evidence: [...range(23, 37).map(dockerd), evidence('/var/log/messages', 11, 'calico.endpoint.linked')],
    fix: { dockerd: '20.10.0' },
    next: checks('a9acd5210705'),
    why: [
      'Each stop seems to return 2 s after "trying direct SIGKILL": the process is gone, dockerd still says running.',
      'A process in D state would hold the call, and retries would come 2 min apart. Step 1 decides.',
    ],
    mitigations: [restart, storage],
    gaps: ['no kernel lines', 'no containerd lines', 'no start-up lines of dockerd'],
    utcOffsetMinutes: 480,
  }),
  incident({
    id: 'stuck-stop-fef3e1fbee14-1',
    state: 'ended',
    node: 'ecs-prod-003',
    pod: podA,
    containers: [
      {
        id: 'fef3e1fbee146788d1557ec20204e10922eeb2607969a26d1323588cc8a7f469',
        name: 'fluentd',
        kind: 'container',
      },
    ],
    attempts: 2,
    firstSeen: '2023-05-01T03:03:37.635343Z',
    lastSeen: '2023-05-01T03:13:56.985160Z',
    intervalSeconds: 619.349,
    mechanism: 'hung-call',
    affectedBasis: 'dockerd <= 20.10.9 by the wording of its lines',
    leak: leak(4, 4, 2, 2, 2 * 51_200),
    evidence: range(5, 10).map(kubelet),
    next: checks('fef3e1fbee14'),
    endedAt: '2023-05-01T15:37:46.243371Z',
    endedBy: 'removal asked, exit itself not seen',
    why: ['The kubelet gave up twice at its own deadline: the stop call did not return.'],
    mitigations: [restart, storage],
    gaps: ['no kernel lines', 'no containerd lines', 'no start-up lines of dockerd'],
    utcOffsetMinutes: 480,
  }),
];

/** Stopped in the end. */
export const resolved = incident({
  id: 'stuck-stop-5d41402abc4b-1',
  state: 'resolved',
  certainty: 'likely',
  containers: [container('5d41402abc4b', 'redis')],
  attempts: 1,
  intervalSeconds: null,
  lastSeen: '2024-03-05T10:00:10.000Z',
  endedAt: '2024-03-05T10:01:30.000Z',
  endedBy: 'exit seen',
});

/** A node that is wedged, no container named. */
export const unresponsive = incident({
  id: 'runtime-unresponsive-node7-1',
  defect: 'runtime-unresponsive',
  certainty: 'likely',
  node: 'node7',
  containers: [],
  attempts: 0,
  intervalSeconds: null,
  mechanism: null,
  affected: 'unknown',
  affectedBasis: '',
  leak: null,
  fix: {},
  why: ['PLEG was unhealthy for 7 min, and 14 calls ran into their deadline.'],
  next: [
    {
      title: 'Does the daemon answer at all',
      command: 'timeout 5 docker version --format {{.Server.Version}}',
    },
  ],
});

/** `size` containers of as many pods on one node, stuck within one window. */
export function cluster(size: number, node = 'node7'): Incident[] {
  return range(1, size).map((n) => {
    const id = n.toString(16).padStart(4, '0').repeat(16);
    return incident({
      id: `stuck-stop-${id.slice(0, 12)}-1`,
      node,
      pod: { namespace: 'shop', name: `api-${n}`, uid: null },
      containers: [{ id, name: 'api', kind: 'container' }],
      firstSeen: `2024-03-05T10:${String(n % 60).padStart(2, '0')}:00.000Z`,
      lastSeen: '2024-03-05T11:30:00.000Z',
      rootCause: 'd-state',
      rootCauseBasis: 'by-time',
      evidence: [evidence('/var/log/messages', n * 3, 'dockerd.stop.forced')],
      next: checks(id.slice(0, 12)),
      mitigations: [restart, storage],
      utcOffsetMinutes: -210,
    });
  });
}

/** Containers of different nodes and days, each a finding of its own. */
export function scattered(size: number): Incident[] {
  return cluster(size).map((one, index) => {
    const start = Date.UTC(2024, 0, 1 + index, 10);
    return {
      ...one,
      node: `node${index % 3}`,
      firstSeen: new Date(start).toISOString(),
      lastSeen: new Date(start + 3_600_000).toISOString(),
    };
  });
}

/** What an attacker would put into every text that a log can influence. */
export const hostileText =
  '\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\\x9b2J\x85\r\nOPEN\u2028\u2029\u202eevil\u2066\u200b\u200f\u061c\ufeff\ud800\u{e0041}\ue000\x7f\t';

export function hostile(text: string): Incident {
  return incident({
    id: `stuck-stop-${text}-1`,
    node: text,
    pod: { namespace: text, name: text, uid: text },
    containers: [{ id: text, name: text, kind: 'container' }],
    firstSeen: text,
    lastSeen: text,
    versions: { [text]: text },
    affectedBasis: text,
    leak: { ...leak(0, 2, 0, 1, 1000), basis: text },
    evidence: [{ time: text, source: text, line: 1, text, pattern: text }],
    fix: { [text]: text },
    next: [{ title: text, command: text }],
    endedAt: text,
    endedBy: text,
    why: [text, `reason: ${text}`],
    rules: [text],
    mitigations: [{ title: text, when: text, command: text, risk: text, undo: text }],
    gaps: [text],
  });
}
