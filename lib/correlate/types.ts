/**
 * What the correlate stage gives: episodes. An episode is one run of stop calls on one container, or one
 * stretch in which a node's runtime did not answer, with the lines that prove it, in event-time order.
 */
import type { Instant } from '../envelope/types.js';
import type { LogEvent } from '../match/types.js';
import type { Subject } from './identity.js';

/** An event whose year and zone are known. */
export interface TimedEvent {
  readonly event: LogEvent;
  readonly at: Instant;
  /** `at` as float milliseconds, for arithmetic. */
  readonly ms: number;
  /** For a line that stands for several: how long the last of them came after `at`, ms; else 0. */
  readonly spanMs: number;
  /** Further lines like this one that it stands for beside itself. */
  readonly more: number;
  /** True where year or zone had to be assumed. */
  readonly assumed: boolean;
  /** Offset of the node's local time from UTC in minutes, null where unknown. */
  readonly offsetMinutes: number | null;
  /** Host that the line names, or that its source named last; '' where none is known. */
  readonly node: string;
}

/** Why a stop call came back with an error. Only `deadline` counts as a failure to stop. */
export type StopErrorKind = 'deadline' | 'restart' | 'not-found' | 'denied' | 'network' | 'other';

/** One stop call and the lines that belong to it; times in float ms. */
export interface Attempt {
  /** When its first line was printed. */
  readonly first: number;
  /** Stop time-out in seconds where a line states it. */
  grace: number | null;
  requested: number | null;
  forced: number | null;
  /** SIGKILL sent by a CRI runtime. */
  killed: number | null;
  /** "trying direct SIGKILL": it had outlived SIGKILL by 10 s. */
  survived: number | null;
  noExit: number | null;
  runtimeFailed: number | null;
  clientFailed: number | null;
  /** The network plugin could not tear down: the call says nothing about the container's processes. */
  networkFailed: number | null;
  /** One of the failures was the call's own deadline. */
  deadline: boolean;
  /** kill(2) found no process. */
  gone: boolean;
  /** Debug-level lines of this call were printed. */
  debug: boolean;
  /** crictl or the like with a deadline of its own: its failure proves nothing. */
  shortDeadline: boolean;
}

/** A line kept as proof. */
export interface Proof {
  /** Null for evidence that states no time. */
  readonly at: Instant | null;
  readonly source: string;
  /** Of a followed source: which of the texts of its name. */
  readonly part?: string;
  readonly line: number;
  readonly text: string;
  readonly pattern: string;
  readonly component: string;
}

export type EpisodeEnd =
  | { readonly by: 'exit'; readonly at: Instant; readonly anonymous: boolean }
  | { readonly by: 'removal-asked' | 'reboot' | 'recovered'; readonly at: Instant };

/** A run of stop calls on one container. Read it; only the correlator writes it. */
export interface StopEpisode {
  readonly kind: 'stop';
  readonly id: string;
  readonly subject: Subject;
  readonly ordinal: number;
  node: string;
  /** The latest calls in detail, oldest first; `olderAttempts` more came before. */
  attempts: Attempt[];
  olderAttempts: number;
  /** Of the older ones: how many failed (survived SIGKILL or ran into a deadline). */
  olderFailed: number;
  olderSurvived: number;
  olderNoExit: number;
  olderDeadlines: number;
  olderGone: number;
  olderDebug: number;
  firstFailureMs: number | null;
  first: Instant;
  firstMs: number;
  last: Instant;
  lastMs: number;
  assumedTime: boolean;
  offsetMinutes: number | null;
  end: EpisodeEnd | null;
  /** An exit line without an id that fits: stands unless a stop line follows within two intervals. */
  tentativeExit: Instant | null;
  /** Calls within seconds after an exit line: they count once that exit is withdrawn, else never. */
  readonly afterExit: TimedEvent[];
  /** How often a stop line showed that an exit line without an id had been another container's. */
  disprovedExits: number;
  /** Lines that say "no such process" of a later kill: the process is gone. */
  goneLines: number;
  /** A line says that earlier stop calls went unseen. */
  earlierCalls: boolean;
  /** Which sides spoke: dockerd, containerd, cri-o, kubelet. */
  components: ReadonlySet<string>;
  maxGrace: number | null;
  proof: readonly Proof[];
  proofDropped: number;
}

export interface NamedCause {
  readonly cause: 'd-state' | 'zombie' | 'oom' | 'frozen' | 'shim-hung' | 'exit-lost' | 'signal-denied';
  readonly ms: number;
  readonly proof: Proof;
}

/** A stretch in which a node's runtime did not answer. */
export interface NodeEpisode {
  readonly kind: 'node';
  readonly id: string;
  readonly ordinal: number;
  node: string;
  readonly signals: Map<NodeSignal, number>;
  first: Instant;
  firstMs: number;
  last: Instant;
  lastMs: number;
  assumedTime: boolean;
  offsetMinutes: number | null;
  end: EpisodeEnd | null;
  proof: readonly Proof[];
  proofDropped: number;
}

export type NodeSignal =
  | 'relist-unhealthy'
  | 'runtime-timeout'
  | 'socket-exhausted'
  | 'loading-hung'
  | 'node-not-ready';

/** How often a sign of a defect was seen. */
export interface Tally {
  count: number;
  /** Float ms of the first line of the last occasion. */
  occasionMs: number;
  /** Process that the lines of that occasion name, null where none does. */
  pid: string | null;
  /** Container and pod that the latest line names, in words; null where none does. */
  of: string | null;
}

/** What log lines and evidence say about one defect of a daemon, a process or one container. */
export interface DaemonEpisode {
  readonly kind: 'daemon';
  readonly defect: string;
  /** Empty until a sign opens it: signs that open nothing are gathered, too. */
  id: string;
  ordinal: number;
  node: string;
  /** The container it is about, where the defect is keyed by one. */
  readonly subject: Subject | null;
  /** Program that it is of: `dockerd`; null where nothing says so. */
  readonly program: string | null;
  /** Signs that log lines and panics gave, by fact. */
  readonly tallies: Map<string, Tally>;
  /** Library versions that the dying process's own file paths show. */
  modules: Readonly<Record<string, string>>;
  /** Null where nothing that opened it states a time; then `firstMs` is +Infinity and `lastMs` -Infinity. */
  first: Instant | null;
  firstMs: number;
  last: Instant | null;
  lastMs: number;
  assumedTime: boolean;
  offsetMinutes: number | null;
  end: DaemonEnd | null;
  proof: readonly Proof[];
  proofDropped: number;
}

export interface DaemonEnd {
  readonly at: Instant | null;
  readonly state: 'resolved' | 'ended';
  readonly because: string;
}

export type Episode = StopEpisode | NodeEpisode | DaemonEpisode;

/** Every cap of the stage in one place. */
export interface CorrelateLimits {
  /** Episodes kept; at the cap closed unreported ones go first. */
  readonly episodes: number;
  /** Containers, sandboxes and pods known; the least recently mentioned ones are forgotten. */
  readonly containers: number;
  /** Attempts kept in detail per episode. */
  readonly attempts: number;
  /** Proof lines kept per episode: the first third and the latest. */
  readonly proof: number;
  /** Characters of one proof line. */
  readonly proofText: number;
  /** Events held to be put in order. */
  readonly heldEvents: number;
  /** Characters of text held with them. */
  readonly heldText: number;
  /** Facts of one kind kept per run (versions, troubles, restarts...). */
  readonly facts: number;
}

export const DEFAULT_LIMITS: CorrelateLimits = {
  episodes: 5_000,
  containers: 50_000,
  attempts: 256,
  proof: 24,
  proofText: 1024,
  heldEvents: 16_384,
  heldText: 16 * 1024 * 1024,
  facts: 1024,
};
