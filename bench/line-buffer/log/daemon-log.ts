/**
 * The log that a node would write while containerd holds the line: its start with the configuration, the pods, and
 * where the machine's memory is stated and too small for what the model says, the kernel's kill and systemd's
 * answer to it. One node a run; all lines as rsyslog writes them with ISO times, so that one file holds all.
 */
import { createHash } from 'node:crypto';
import type { Outcome, Sample, Workload } from '../types.js';
import { configFields } from './config-line.js';

export interface LoggedRun {
  readonly workload: Workload;
  /** As the model gives it. */
  readonly outcome: Outcome;
}

export interface DaemonLogOptions {
  /** Memory of each machine, bytes; null: enough for everything. */
  readonly memoryBytes: number | null;
}

/** Of the first line. */
const BEGIN_MS = Date.UTC(2026, 0, 15, 8);
/** From one node's last line to the next one's first: the log of all is in order. */
const NODE_MS = 60_000;
/** Bytes a second of a stream without a pace, as the calibrated daemon was fed. */
const ORDINARY_PACE = 8_000_000;
/** Resident memory of an idle containerd: 40 to 45 MB, measured. */
const IDLE_BYTES = 45_000_000;
/** What the kernel and everything else on the machine hold when containerd is killed. */
const OTHERS_SHARE = 0.05;
/** Address space that Go reserves beyond what is resident. */
const RESERVED_BYTES = 1_300_000_000;
/** OOMScoreAdjust of the unit that containerd is shipped with. */
const SCORE = -999;
/** RestartSec of that unit. */
const RESTART_MS = 5000;
const MACHINE_START_S = 97;
const FIRST_PID = 702;

/** Whole lines, each with its newline, by time. */
export function* daemonLog(
  runs: Iterable<LoggedRun>,
  { memoryBytes }: DaemonLogOptions,
): Generator<string, void, undefined> {
  let node = 0;
  let begin = BEGIN_MS;
  for (const run of runs) {
    node += 1;
    begin = (yield* nodeLog(run, `node-${node}`, begin, memoryBytes)) + NODE_MS;
  }
}

/** Returns the time of its last line. */
function* nodeLog(
  { workload, outcome }: LoggedRun,
  host: string,
  begin: number,
  memoryBytes: number | null,
): Generator<string, number, undefined> {
  const voice = createVoice(host, begin);
  const { containerd } = voice;
  const digest = (what: string) =>
    createHash('sha256').update(`${workload.seed} ${host} ${what}`).digest('hex');

  yield* starting(containerd, begin, FIRST_PID, workload);
  let at = begin + 3000;
  const killed = memoryBytes === null ? null : killOf(outcome, memoryBytes);
  const pods = Array.from({ length: workload.containers }, (_, pod) => ({
    name: `printer-${pod + 1}`,
    sandbox: digest(`sandbox ${pod}`),
    container: digest(`container ${pod}`),
    uid: uid(digest(`pod ${pod}`)),
  }));
  for (const { name, sandbox, container, uid } of pods) {
    const pod = `&PodSandboxMetadata{Name:${name},Uid:${uid},Namespace:default,Attempt:0,}`;
    const says = (ms: number, text: string) => containerd(at + ms, FIRST_PID, `msg=${JSON.stringify(text)}`);
    yield says(0, `RunPodSandbox for ${pod}`);
    yield says(44, `RunPodSandbox for ${pod} returns sandbox id "${sandbox}"`);
    const ask = `CreateContainer within sandbox "${sandbox}" for`;
    yield says(62, `${ask} container &ContainerMetadata{Name:app,Attempt:0,}`);
    yield says(66, `${ask} &ContainerMetadata{Name:app,Attempt:0,} returns container id "${container}"`);
    yield says(70, `StartContainer for "${container}"`);
    yield says(87, `StartContainer for "${container}" returns successfully`);
    at += 100;
  }
  const pace = workload.paceBytesPerSecond ?? ORDINARY_PACE;
  const fedBytes = workload.lineBytes * workload.containers * workload.streams;
  const fedMs = (workload.lineBytes / pace) * 1000;
  if (killed !== null) {
    const when = at + (fedBytes === 0 ? 0 : (fedMs * killed.sample.fedBytes) / fedBytes) + 250;
    yield* kill(voice, when, killed.residentBytes);
    yield* starting(containerd, when + RESTART_MS + 80, FIRST_PID + 4500, workload);
    return voice.lastMs();
  }
  if (workload.end !== 'newline') {
    for (const [pod, { container }] of pods.entries())
      yield exited(voice, at + fedMs + pod, container, workload.end === 'kill');
  }
  return voice.lastMs();
}

type Says = (ms: number, pid: number, fields: string) => string;

function* starting(containerd: Says, at: number, pid: number, { version, limitBytes }: Workload) {
  const plain = (ms: number, text: string) => containerd(at + ms, pid, `msg=${JSON.stringify(text)}`);
  yield containerd(at, pid, `msg="starting containerd" version=v${version}`);
  yield containerd(at + 15, pid, configFields(version, limitBytes));
  yield plain(16, 'Connect containerd service');
  yield containerd(at + 17, pid, 'msg=serving... address=/run/containerd/containerd.sock');
  yield plain(18, 'containerd successfully booted in 0.016272s');
  yield plain(19, 'Start streaming server');
}

/** Killed from outside, as by the kernel: a stop by the kubelet would be a story of its own. */
function exited({ containerd }: Voice, at: number, container: string, isKilled: boolean): string {
  const when = `exited_at:{seconds:${Math.floor(at / 1000)} nanos:333522078}`;
  const status = isKilled ? 137 : 0;
  const event = `received exit event container_id:"${container}" id:"${container}" pid:7193 exit_status:${status} ${when}`;
  return containerd(at + 5, FIRST_PID, `msg=${JSON.stringify(event)}`);
}

interface Kill {
  readonly sample: Sample;
  /** What containerd holds at that moment. */
  readonly residentBytes: number;
}

/** The first moment at which the model's containerd does not fit; null where it always does. */
function killOf(outcome: Outcome, memoryBytes: number): Kill | null {
  const room = memoryBytes * (1 - OTHERS_SHARE);
  const sample = outcome.curve.find(({ rssBytes }) => (rssBytes ?? 0) + IDLE_BYTES > room);
  if (sample !== undefined) return { sample, residentBytes: room };
  const last = outcome.curve.at(-1);
  if (last === undefined || outcome.peakRssBytes + IDLE_BYTES <= room) return null;
  return { sample: last, residentBytes: room };
}

function* kill({ kernel, systemd }: Voice, at: number, residentBytes: number) {
  const kilobytes = (bytes: number) => Math.max(4, Math.round(bytes / 4096) * 4);
  const resident = kilobytes(residentBytes);
  const total = kilobytes(residentBytes + RESERVED_BYTES);
  const service = 'containerd.service';
  const mask = '0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)';
  yield kernel(at, `containerd invoked oom-killer: gfp_mask=${mask}, order=0, oom_score_adj=${SCORE}`);
  yield kernel(
    at + 2,
    `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/${service},task=containerd,pid=${FIRST_PID},uid=0`,
  );
  yield kernel(
    at + 3,
    `Out of memory: Killed process ${FIRST_PID} (containerd) total-vm:${total}kB, anon-rss:${resident}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:${kilobytes(residentBytes / 512)}kB oom_score_adj:${SCORE}`,
  );
  yield systemd(at + 40, `${service}: A process of this unit has been killed by the OOM killer.`);
  yield systemd(at + 45, `${service}: Main process exited, code=killed, status=9/KILL`);
  yield systemd(at + 46, `${service}: Failed with result 'oom-kill'.`);
  yield systemd(at + RESTART_MS, `${service}: Scheduled restart job, restart counter is at 1.`);
}

interface Voice {
  readonly containerd: Says;
  readonly kernel: (ms: number, text: string) => string;
  readonly systemd: (ms: number, text: string) => string;
  /** Of the last line so far. */
  readonly lastMs: () => number;
}

function createVoice(host: string, begin: number): Voice {
  let last = begin;
  const line = (ms: number, tag: string, text: string) => {
    last = Math.max(last, ms);
    return `${iso(ms).replace('Z', '+00:00')} ${host} ${tag}: ${text}\n`;
  };
  return {
    lastMs: () => last,
    containerd: (ms, pid, fields) =>
      line(ms, `containerd[${pid}]`, `time="${iso(ms - 0.2, 9)}" level=info ${fields}`),
    kernel: (ms, text) =>
      line(ms, 'kernel', `[${(MACHINE_START_S + (ms - begin) / 1000).toFixed(6).padStart(12)}] ${text}`),
    systemd: (ms, text) => line(ms, 'systemd[1]', text),
  };
}

/** Six or nine digits of a second, made of the fraction of a millisecond that there is. */
function iso(ms: number, digits: 6 | 9 = 6): string {
  const whole = Math.floor(ms);
  const below = Math.min(999, Math.floor((ms - whole) * 1000));
  const rest = `${String(below).padStart(3, '0')}${digits === 9 ? '427' : ''}`;
  return new Date(whole).toISOString().replace('Z', `${rest}Z`);
}

function uid(hex: string): string {
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
