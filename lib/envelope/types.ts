/**
 * What the envelope stage gives: one log record per line, with whatever the wrapping said about it.
 *
 * Envelopes nest (journald around syslog around klog); `envelopes` lists them from the outside in.
 */

/** A point in time, exact to the digit that the log states. */
export interface Instant {
  /** Milliseconds since the epoch, UTC, integer (floor). */
  readonly ms: number;
  /** Nanoseconds within that millisecond, 0 to 999,999. */
  readonly nanos: number;
  /** Digits of the second's fraction that the log stated, 0 to 9. */
  readonly digits: number;
}

/** A time as a line states it. A local one lacks its zone, and often its year. */
export type Stamp =
  | {
      readonly kind: 'absolute';
      readonly at: Instant /** Stated offset from UTC, null for epoch stamps. */;
      readonly offsetMinutes: number | null;
    }
  | {
      readonly kind: 'local';
      readonly year: number | null;
      /** 1 to 12. */
      readonly month: number;
      readonly day: number;
      readonly hour: number;
      readonly minute: number;
      readonly second: number;
      readonly nanos: number;
      readonly digits: number;
    }
  /** Seconds since boot, as the kernel prints them. */
  | { readonly kind: 'uptime'; readonly seconds: number };

export type EnvelopeName =
  | 'rfc3164'
  | 'rfc5424'
  | 'iso'
  | 'journal-short'
  | 'journal-short-full'
  | 'journal-short-unix'
  | 'journal-json'
  | 'journal-export'
  | 'klog'
  | 'klog-json'
  | 'logfmt'
  | 'logrus-tty'
  | 'json'
  | 'cri'
  | 'docker-json-file'
  | 'dmesg'
  | 'calico'
  | 'go-log'
  | 'ci-prefix'
  | 'repeated'
  | 'plain';

export interface LogRecord {
  readonly source: string;
  /** Of a followed source: which of the texts of its name, as the candidate line has it. */
  readonly part?: string;
  readonly line: number;
  readonly offset: number;
  /** The line as it was read (cut to the scan's limits): what is shown as evidence. */
  readonly text: string;
  readonly envelopes: readonly EnvelopeName[];
  readonly host: string | null;
  /** Syslog tag, SYSLOG_IDENTIFIER or `_COMM`: what says it speaks. `dockerd`, `kubelet`, `kernel`. */
  readonly tag: string | null;
  readonly pid: number | null;
  /** systemd unit where the envelope names it. */
  readonly unit: string | null;
  /** Time of the outermost envelope that has one. */
  readonly envelopeTime: Stamp | null;
  /** Time that the program itself printed; wins over the envelope's. */
  readonly innerTime: Stamp | null;
  readonly level: string | null;
  /** `file.go:123` of klog and Calico lines. */
  readonly caller: string | null;
  /** The innermost message, unescaped: logfmt `msg=`, klog text behind `]`, JSON `msg`, or the bare text. */
  readonly message: string;
  /** Structured fields beside the message, unescaped once per level: logfmt, klog `key=value`, JSON. */
  readonly fields: Readonly<Record<string, string>>;
  /** How many lines this one stands for: `message repeated N times` gives N, else 1. */
  readonly repeat: number;
  /**
   * True for what a container printed (CONTAINER_* field, tag = container id): never evidence about the
   * container itself.
   */
  readonly containerOutput: boolean;
}
