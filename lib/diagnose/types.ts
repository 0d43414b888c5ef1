/**
 * The incident as leaktrail reports it: the published ndjson object (docs/schema/incident.schema.json), and
 * what the library's Observable emits.
 */

export type DefectId =
  | 'stuck-stop'
  | 'runtime-unresponsive'
  | 'log-line-buffer'
  | 'otel-span-leak'
  | 'http-trace-panic'
  | 'trace-hook-panic'
  | 'push-writer-panic'
  | 'push-commit-panic'
  | 'imagetools-map-panic'
  | 'fd-exhaustion'
  | 'thread-exhaustion'
  | 'exec-io-leak'
  | 'exec-wedged'
  | 'health-check-leak'
  | 'shim-leak'
  | 'shim-wedged'
  | 'daemon-oom-loop'
  | 'local-log-oom'
  | 'oom-event-storm';

export type Certainty = 'suspected' | 'likely' | 'confirmed';
/** open; resolved: seen to end well; ended: no longer going on, its end not seen. */
export type State = 'open' | 'resolved' | 'ended';
export type Mechanism = 'hung-call' | 'lost-exit' | 'unknown';
export type RootCause = 'd-state' | 'zombie' | 'oom' | 'frozen' | 'shim-hung' | 'exit-lost' | 'signal-denied';
export type Affected = 'yes' | 'no' | 'unknown';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What stays behind in the daemon: goroutines, file descriptors and bytes, so far. */
export interface Leak {
  readonly goroutines: Range;
  readonly fds: Range;
  readonly bytes: Range;
  /** The same per day at the observed interval, null below two attempts. */
  readonly perDay: { readonly goroutines: Range; readonly fds: Range; readonly bytes: Range } | null;
  /** How the figures were derived, one sentence. */
  readonly basis: string;
}

export interface SubjectRef {
  /** Longest form seen. */
  readonly id: string;
  readonly name: string | null;
  readonly kind: 'container' | 'sandbox';
}

export interface EvidenceLine {
  /** UTC, all digits that are known; null where the line states none that could be resolved. */
  readonly time: string | null;
  readonly source: string;
  /**
   * Tells apart the texts that a followed name stands for, one after the other as it is rotated: the same for lines of
   * one text, also over restarts with the same state. Absent where nothing is followed.
   */
  readonly part?: string;
  /** 1-based line number. */
  readonly line: number;
  /** The line as logged, cut to 1,024 characters. Hostile: escape before showing. */
  readonly text: string;
  /** Pattern id. */
  readonly pattern: string;
}

/** One thing to run or to do. `command` is null where there is nothing to type. */
export interface NextStep {
  readonly title: string;
  readonly command: string | null;
}

/** Advice that changes something: what it risks and how it is undone. */
export interface Mitigation {
  readonly title: string;
  /** Outcome of the checks under which it applies. */
  readonly when: string;
  readonly command: string | null;
  readonly risk: string;
  readonly undo: string;
}

export interface Incident {
  readonly type: 'incident';
  readonly schema: 1;
  readonly id: string;
  readonly defect: DefectId;
  readonly state: State;
  readonly certainty: Certainty;
  readonly node: string | null;
  readonly pod: {
    readonly namespace: string | null;
    readonly name: string | null;
    readonly uid: string | null;
  } | null;
  readonly containers: readonly SubjectRef[];
  readonly attempts: number;
  readonly attemptsAtLeast: boolean;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly intervalSeconds: number | null;
  readonly mechanism: Mechanism | null;
  readonly rootCause: RootCause | null;
  readonly rootCauseBasis: 'named' | 'by-time' | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly affected: Affected;
  readonly affectedBasis: string;
  readonly leak: Leak | null;
  readonly evidence: readonly EvidenceLine[];
  readonly fix: Readonly<Record<string, string>>;
  readonly next: readonly NextStep[];
  // Beyond the contract: what the text report says and programs may want, too.
  /** When it ended or was resolved, UTC. */
  readonly endedAt: string | null;
  /** One sentence: how it ended ("removal asked", "exit seen", "no retry for 10 min"), null while open. */
  readonly endedBy: string | null;
  /** Reasons in words, most important first: why this certainty, why this mechanism, what does not add up. */
  readonly why: readonly string[];
  /** Ids of the YAML rules that gave the certainty and the mechanism. */
  readonly rules: readonly string[];
  /** What to do, by outcome of the checks. */
  readonly mitigations: readonly Mitigation[];
  /** What would have helped and was not in the input, one phrase each. */
  readonly gaps: readonly string[];
  /** Offset of the node's local time from UTC in minutes at the incident, null where unknown. */
  readonly utcOffsetMinutes: number | null;
  /** What the defect is, in a few words. */
  readonly title: string;
  /** Program that it is of, null where nothing says so or where it is about a container or a node. */
  readonly program: string | null;
  /** What to know before going to the fixed version; null where there is none. */
  readonly fixNote: string | null;
  /** How to see that it is gone. */
  readonly verify: string | null;
  /** Other defects that share its signs, and the one fact that decides between them. */
  readonly differential: readonly {
    readonly name: string;
    readonly shares: string;
    readonly decides: string;
  }[];
}

/** Known lines that are older than what was asked for. */
export interface OlderLines {
  readonly count: number;
  /** Time of the newest, ISO; null where there is none. */
  readonly newest: string | null;
}

/** The last line of ndjson output. */
export interface Summary {
  readonly type: 'summary';
  readonly schema: 1;
  readonly bytes: number;
  readonly lines: number;
  readonly candidates: number;
  readonly events: number;
  readonly truncatedLines: number;
  readonly truncatedBytes: number;
  /** Inputs that could not be opened, read or decompressed (to the end). */
  readonly unreadable: number;
  /** Lines that the log itself says it lost. */
  readonly suppressed: number;
  readonly incidents: Readonly<Record<string, number>>;
  /** Suspected incidents that were not shown. */
  readonly suspected: number;
  /** Suspected incidents of daemons that were not shown, with the reasons for and against; at most 8. */
  readonly notShown: readonly {
    readonly defect: DefectId;
    readonly node: string | null;
    readonly why: readonly string[];
  }[];
  /** Candidate lines whose envelope was not recognised. */
  readonly unknownEnvelopes: number;
  /** Bytes of partial lines (CRI `P`, Docker's pieces) beyond what is joined. */
  readonly droppedPartialBytes: number;
  /** Events that came later than the stated lateness and were taken out of order. */
  readonly lateEvents: number;
  /** Tracked containers dropped at the cap. */
  readonly evictedContainers: number;
  /** Bytes of followed files that were gone before they could be read, as far as their number is known… */
  readonly lostBytes: number;
  /** …and how often it is not. */
  readonly unknownLosses: number;
  /** What these were, at most 256. */
  readonly losses: readonly { readonly source: string; readonly reason: string }[];
  /** Whether something was followed: then an empty input is one that nothing was added to. Default false. */
  readonly followed?: boolean;
  /** Bytes of last lines without their ends, which a later run reads whole; not among `bytes`. Default 0. */
  readonly unfinishedBytes?: number;
  /** Known lines that were left out because they are older than what was asked for. Default none. */
  readonly older?: OlderLines;
  /** Followed sources that have fallen silent although they used to speak. */
  readonly silent: readonly { readonly source: string; readonly seconds: number }[];
  /** Input names that could not be read, with the reason. */
  readonly problems: readonly { readonly source: string; readonly reason: string }[];
  /** Profiles, dumps, outputs and configuration, and what each was taken for; `moreDocuments` beyond the list. */
  readonly documents: readonly { readonly source: string; readonly what: readonly string[] }[];
  readonly moreDocuments: number;
  /** What in them could not be read, `line` null where there is none; `moreEvidenceProblems` beyond the list. */
  readonly evidenceProblems: readonly {
    readonly source: string;
    readonly line: number | null;
    readonly reason: string;
  }[];
  readonly moreEvidenceProblems: number;
  /** What grew in every one of several profiles of one program: bytes in use by function, goroutines by stack. */
  readonly growth: readonly {
    readonly program: string | null;
    readonly measure: 'inuse_space' | 'goroutine' | 'counter';
    readonly name: string;
    readonly values: readonly number[];
  }[];
  /** Members of bundles that were left out on purpose; `count` members each. */
  readonly skipped: readonly { readonly source: string; readonly reason: string; readonly count: number }[];
}

/** What was said of an incident before. */
export interface Told {
  readonly state: State;
  readonly certainty: Certainty;
}

/** What the pipeline emits: updates while it runs (`final: false`), then every incident once, then the summary. */
export type Report =
  | {
      readonly incident: Incident;
      readonly final: boolean;
      /** Null for the first time, and for a final one. */
      readonly before?: Told | null;
      /** Wall-clock ms since it was told to be open, where it is only said again; else null. */
      readonly stillMs?: number | null;
    }
  | { readonly summary: Summary };
