/**
 * The shapes that the simulator, the model, the real daemon and the reports share: what is fed, and what came of
 * it. All sizes are bytes, all times seconds; what is called growth is the difference to the idle process.
 */

/** Who reads the container's output. `docker` is dockerd's Copier, `cri-o` is conmon. */
export const RUNTIMES = ['containerd', 'docker', 'cri-o'] as const;
export type Runtime = (typeof RUNTIMES)[number];

/**
 * How the last line ends. `newline`: the line is ended, the stream goes on. `eof`: the container closes its
 * output with the line open. `kill`: it is killed with the line open, which the reader sees as the same end.
 */
export const ENDS = ['newline', 'eof', 'kill'] as const;
export type End = (typeof ENDS)[number];

/** How long the lines are that a stream carries. Lengths are bytes without the newline. */
export type LineLengths =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'uniform'; readonly minBytes: number; readonly maxBytes: number }
  /** Most lines are about `medianBytes`, some are very long, as in real logs; none is over `maxBytes`. */
  | {
      readonly kind: 'lognormal';
      readonly medianBytes: number;
      readonly sigma: number;
      readonly maxBytes: number;
    };

/** What each stream of each container prints, and who reads it. */
export interface Workload {
  readonly runtime: Runtime;
  /** Version of the runtime, such as `1.6.20`; it picks the era of the algorithm and the rules of its Go. */
  readonly version: string;
  /** The longest line the runtime writes in one record; 0 and below: no limit. */
  readonly limitBytes: number;
  /** Length of the last, long line without its newline. */
  readonly lineBytes: number;
  readonly end: End;
  /** Lines in front of the last one, none by default; all end with a newline. */
  readonly before: { readonly count: number; readonly lengths: LineLengths } | null;
  /** Containers that print at once. */
  readonly containers: number;
  /** Streams that each of them prints to: 1 (stdout) or 2 (stdout and stderr). */
  readonly streams: 1 | 2;
  /** Bytes of one write of the container. Default 64 KiB, a pipe's capacity. */
  readonly writeBytes: number;
  /** Size of the runtime's read buffer; its own by default (containerd: 4096). */
  readonly readerBytes: number;
  /** Bytes per second of each stream; null: as fast as it goes. */
  readonly paceBytesPerSecond: number | null;
  /** Of the content; the same seed prints the same bytes. */
  readonly seed: number;
}

export const PHASES = ['open', 'flush', 'after'] as const;
/** `open`: the line grows; `flush`: it is being written; `after`: the newline or the end was dealt with. */
export type Phase = (typeof PHASES)[number];

/** Points of a growth curve while the line is open, unless asked for otherwise. */
export const CURVE_POINTS = 100;

/** One point of a growth curve; sums over all containers and streams, growth over idle. */
export interface Sample {
  readonly phase: Phase;
  readonly seconds: number;
  readonly fedBytes: number;
  /** What the reader holds and counts (model, simulator) or its heap (real daemon); null: not known. */
  readonly heldBytes: number | null;
  /** Resident memory; null: not measured. */
  readonly rssBytes: number | null;
}

/** What a run, or the model, says of one workload. Memory is growth over idle, summed over all containers. */
export interface Outcome {
  /** Live heap while the line is open and all of it is fed, after a garbage collection. */
  readonly heldBytes: number;
  /** Highest heap (live and not yet collected) up to the end of the flush. */
  readonly peakHeapBytes: number;
  /** Highest resident memory up to the end of the flush. */
  readonly peakRssBytes: number;
  /** Live heap after the end was dealt with: with `newline` the stream is still open, else it is closed. */
  readonly retainedBytes: number;
  readonly partialRecords: number;
  readonly fullRecords: number;
  /** Size of the log files. */
  readonly diskBytes: number;
  readonly curve: readonly Sample[];
}
