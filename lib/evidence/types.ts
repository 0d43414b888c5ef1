/**
 * What the evidence stage gives: what profiles, dumps, version outputs and configuration files say, as plain
 * data with its origin. Nothing here decides what it means; signatures and defects do.
 */
import type { Instant } from '../envelope/types.js';

/** Where a piece of evidence comes from, and of what it speaks. */
export interface Provenance {
  /** Name of the input as people write it. */
  readonly source: string;
  /** 1-based line of the source where it starts; 1 for binary input. */
  readonly line: number;
  /** Host that the evidence or its envelope names, null where none does. */
  readonly host: string | null;
  /** Program it is of: `dockerd`, `containerd`, `buildkitd`, `docker-buildx`; null where nothing says so. */
  readonly program: string | null;
  readonly pid: number | null;
  /** Time it speaks of, UTC; null where nothing states one. */
  readonly at: Instant | null;
  /** True where year or zone of `at` had to be assumed. */
  readonly timeAssumed?: boolean;
  /** The line that shows best what this is, as read, at most 1,024 characters. Hostile: escape before showing. */
  readonly text: string;
}

/** What the figures of a table of functions count. */
export type Measure =
  | 'inuse_space'
  | 'inuse_objects'
  | 'alloc_space'
  | 'alloc_objects'
  | 'goroutine'
  | 'other';

export interface FunctionValue {
  /** As pprof prints it, without ` (inline)`. */
  readonly name: string;
  /** Of this function itself: bytes, objects or goroutines. */
  readonly flat: number;
  /** Of it and all that it called. */
  readonly cum: number;
  /** 1-based line of its row where the source is a text, else the line of the profile. */
  readonly line: number;
  /** The row as it would be shown: for text the row itself, else `flat flat% cum cum% name`. */
  readonly text: string;
}

/** A profile by function: pprof protobuf, `go tool pprof -top`, heap debug=1. */
export interface FunctionTable extends Provenance {
  readonly kind: 'functions';
  readonly measure: Measure;
  /** Bytes, objects or goroutines of the whole profile. */
  readonly total: number;
  /** By falling `flat`, then `cum`; at most 1,024. */
  readonly functions: readonly FunctionValue[];
  /** False where the text itself left functions out, or the cap did. */
  readonly complete: boolean;
}

export interface Frame {
  /** `github.com/docker/docker/daemon.(*Daemon).Kill`, without arguments. */
  readonly function: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** One goroutine of a group, as far as it is kept. */
export interface GoroutineMember {
  readonly id: number | null;
  /** As the dump states it; null where it states none (less than a minute, or a form without times). */
  readonly waitMinutes: number | null;
  /** Arguments, by function, of the frames in `KEEPS_ARGUMENTS` (go-trace.ts): tell which container. */
  readonly args: Readonly<Record<string, string>>;
}

/** Goroutines with the same stack, whatever their arguments. */
export interface GoroutineGroup {
  readonly count: number;
  /** `chan receive`, `select`, `semacquire`; null in forms that state none. */
  readonly state: string | null;
  /** Innermost first. */
  readonly frames: readonly Frame[];
  /** Function that started them. */
  readonly createdBy: string | null;
  /** At most 4,096 over a whole dump; the rest is only counted. */
  readonly members: readonly GoroutineMember[];
  /** Longest wait of all, minutes; null where none states one. */
  readonly longestMinutes: number | null;
  /** 1-based line of the first of them. */
  readonly line: number;
}

/** All goroutines of a process at one moment: a dump (debug=2, SIGUSR1, SIGQUIT), debug=1 or protobuf. */
export interface GoroutineProfile extends Provenance {
  readonly kind: 'goroutines';
  /** `dump` states waits and arguments, `profile` neither. */
  readonly form: 'dump' | 'profile';
  readonly total: number;
  /** By falling `count`; at most 4,096. */
  readonly groups: readonly GoroutineGroup[];
  /** Goroutines of stacks beyond the cap, or of a dump whose rest is missing. */
  readonly dropped: number;
  /** Versions that file paths show: module path or product -> version (`otelhttptrace@v0.42.0`, `docker.io-20.10.24+dfsg1`). */
  readonly modules: Readonly<Record<string, string>>;
}

/** A process that died of a Go panic or fatal error. */
export interface Panic extends Provenance {
  readonly kind: 'panic';
  /** What stands behind `panic: ` or `fatal error: `, first line: `send on closed channel`. */
  readonly reason: string;
  readonly fatal: boolean;
  /** Of `[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=…]`. */
  readonly signal: { readonly name: string; readonly address: string | null } | null;
  /** The goroutine that died, frames innermost first, runtime's own panic frames included; at most 128. */
  readonly frames: readonly Frame[];
  /** As logged, for proof: header, signal and the first frames; at most 24. */
  readonly lines: readonly { readonly line: number; readonly text: string }[];
  readonly modules: Readonly<Record<string, string>>;
}

/** Products as leaktrail names them: `dockerd`, `containerd`, `runc`, `buildx`, `buildkit`, `docker-cli`, `kubelet`, `kernel`, `go`, `cri-o`, or a Go module. */
export interface VersionStatement {
  readonly product: string;
  /** As printed, without a leading `v`: `20.10.24+dfsg1`. */
  readonly version: string;
  readonly line: number;
  readonly text: string;
}
export interface Versions extends Provenance {
  readonly kind: 'versions';
  readonly versions: readonly VersionStatement[];
}

/** One setting of a daemon, under a name of ours (docs/schema/defect.schema.json lists them). */
export interface Setting {
  /** Daemon that it configures: `dockerd`, `containerd`, `kubelet`. */
  readonly product: string;
  /** Kebab-case: `max-container-log-line-size`, `live-restore`, `debug`, `otel-exporter`. */
  readonly name: string;
  readonly value: string;
  readonly line: number;
  readonly text: string;
  /** Of two statements without a time the higher one holds: 1 a drop-in file, 2 what a running daemon answers. Else 0. */
  readonly rank?: 1 | 2;
}
export interface Settings extends Provenance {
  readonly kind: 'settings';
  readonly settings: readonly Setting[];
}

/** A figure of a daemon at one moment. */
export interface Gauge {
  readonly product: string;
  /** `goroutines`, `fds`, `memory-bytes`, `tasks`, `restarts`. */
  readonly name: string;
  readonly value: number;
  readonly line: number;
  readonly text: string;
  /** What of the daemon was measured, in words: a container's log. Hostile: escape before showing. */
  readonly of?: string;
}
export interface Gauges extends Provenance {
  readonly kind: 'gauges';
  readonly gauges: readonly Gauge[];
  /** Run of the process that counted: counters begin again with each. */
  readonly life?: ProcessLife;
}

/** Puts looks at one process in order that state no time. */
export interface ProcessLife {
  /** When the process was started, ms since the epoch; null where nothing states it. */
  readonly startedMs: number | null;
  /** A counter that only rises: its CPU time, else what it has read. */
  readonly progress: number;
  /** Where no host is named: what tells its samples from those of others in the same document. */
  readonly series?: string;
}

export type Evidence = FunctionTable | GoroutineProfile | Panic | Versions | Settings | Gauges;

/** Something that looked like evidence and could not be read, or not to its end. */
export interface EvidenceProblem {
  readonly source: string;
  /** 1-based, null where there is no line. */
  readonly line: number | null;
  /** One sentence: what was expected, what was found. Never holds raw input beyond 64 escaped characters. */
  readonly reason: string;
}

/** What reading one document gave. */
export interface EvidenceReading {
  readonly evidence: readonly Evidence[];
  readonly problems: readonly EvidenceProblem[];
}

/** A document to read, whole. */
export interface Document {
  readonly source: string;
  readonly bytes: Uint8Array;
  /** Decoded once, lines without their ends; empty for binary documents. */
  readonly lines: readonly string[];
}
