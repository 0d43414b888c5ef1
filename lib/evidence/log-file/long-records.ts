/**
 * Finds in containers' log files the records that are longer than a CRI runtime with a usual limit writes. One that
 * ended with its newline, or with its stream, was held whole by containerd; one whose stream goes on behind it was
 * cut by a limit and shows how high that is. The scanner measures the lines; the longest of each stream are kept.
 */
import { readIso } from '../../envelope/stamp.js';
import type { Instant } from '../../envelope/types.js';
import type { LineBehind, LongLine } from '../../scan/types.js';
import type { Gauges } from '../types.js';
import { type LogFileOwner, logFileOwner } from './log-file-name.js';

export interface LongRecords {
  take(line: LongLine): void;
  /** Takes a line that follows a long one in its file. */
  behind(line: LineBehind): void;
  /** Gives what was not given yet: longest first, of equal ones that whose file names more of its owner. */
  end(): void;
  /** Records forgotten at the cap. */
  readonly dropped: number;
}

export interface LongRecordsOptions {
  readonly onEvidence: (evidence: Gauges) => void;
  /** Gives each whole record that is clearly longer than those before at once. */
  readonly live: boolean;
}

/** One record whose content reaches this was more than 60 default limits long. */
const RECORD_BYTES = 1024 * 1024;
/** Streams whose longest records are kept; the shortest go. */
const STREAMS = 256;
/** A live run tells a record that is longer than the last one told by this factor. */
const CLEARLY = 1.25;

/** How a record came to its end -> the name of its length. */
const NAMES = {
  /** With its newline: its buffer may have stayed. */
  whole: 'log-record-bytes',
  /** With its stream: its buffer went with it. */
  ended: 'log-record-ended-bytes',
  /** By a limit of its own length. */
  cut: 'log-record-cut-bytes',
} as const;

type Kind = keyof typeof NAMES;

export interface LongRecord {
  readonly line: LongLine;
  readonly header: Header;
  readonly bytes: number;
  readonly kind: Kind;
  /** How it ended, in words. */
  readonly end: string;
  readonly owner: LogFileOwner | null;
}

/** Plain data. */
export interface LongRecordsMemory {
  readonly longest: Map<string, LongRecord>;
  /** The latest record of a stream that had not ended, as long as nothing of that stream came behind it. */
  readonly unended: Map<string, LongRecord>;
  /** Bytes of the longest that were given. */
  readonly told: Map<string, number>;
  dropped: number;
}

export function newLongRecordsMemory(): LongRecordsMemory {
  return { longest: new Map(), unended: new Map(), told: new Map(), dropped: 0 };
}

export function createLongRecords(
  { onEvidence, live }: LongRecordsOptions,
  memory: LongRecordsMemory = newLongRecordsMemory(),
): LongRecords {
  const { longest, unended, told } = memory;

  function forgetShortest(records: Map<string, LongRecord>): void {
    if (records.size <= STREAMS) return;
    let shortest: string | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const [key, { bytes }] of records) {
      if (bytes >= least) continue;
      least = bytes;
      shortest = key;
    }
    if (shortest === null) return;
    records.delete(shortest);
    told.delete(shortest);
    memory.dropped += 1;
  }

  function keep(stream: string, record: LongRecord): void {
    const key = `${stream}\0${record.kind}`;
    if ((longest.get(key)?.bytes ?? 0) >= record.bytes) return;
    longest.set(key, record);
    forgetShortest(longest);
    if (!live || record.kind !== 'whole' || record.bytes < (told.get(key) ?? 0) * CLEARLY) return;
    told.set(key, record.bytes);
    onEvidence(evidenceOf(record));
  }

  /** True where the record in front of this line was cut by a limit: its stream goes on. */
  function cutBefore(stream: string, line: number): boolean {
    const before = unended.get(stream);
    if (before === undefined || before.line.line >= line) return false;
    unended.delete(stream);
    keep(stream, { ...before, kind: 'cut', end: 'which a limit of that size cut' });
    return true;
  }

  return {
    take(line) {
      const header = headerOf(line.head);
      if (header === null) return;
      const stream = `${line.source}\0${header.stream}`;
      const isRest = cutBefore(stream, line.line);
      const bytes = line.bytes - header.bytes;
      // What follows a piece is no longer than the limit that cut it, or is its last piece.
      if (bytes < RECORD_BYTES || (isRest && !header.partial)) return;
      const record = { line, header, bytes, owner: logFileOwner(line.source) };
      if (!line.ended) keep(stream, { ...record, kind: 'whole', end: 'which the end of the file cut' });
      else if (!header.partial)
        keep(stream, { ...record, kind: 'whole', end: 'which ended with its newline' });
      else {
        unended.set(stream, { ...record, kind: 'ended', end: 'which ended without a newline' });
        forgetShortest(unended);
      }
    },
    behind({ source, line, head }) {
      if (unended.size === 0) return;
      const header = headerOf(head);
      if (header !== null) cutBefore(`${source}\0${header.stream}`, line);
    },
    end() {
      for (const [stream, record] of unended) {
        // No longer than what a limit cut before it in this stream: that limit holds for it, too.
        const limit = longest.get(`${stream}\0cut`)?.bytes ?? 0;
        if (record.bytes > limit) keep(stream, record);
      }
      unended.clear();
      const rest = [...longest].filter(([key, { bytes }]) => (told.get(key) ?? 0) < bytes);
      for (const record of rest.map(([, each]) => each).toSorted(byLength)) onEvidence(evidenceOf(record));
      longest.clear();
      told.clear();
    },
    get dropped() {
      return memory.dropped;
    },
  };
}

/** One log is often there twice, by its pod and by the kubelet's link: the order of the files must not decide. */
function byLength(a: LongRecord, b: LongRecord): number {
  return (
    b.bytes - a.bytes ||
    Number(b.owner !== null) - Number(a.owner !== null) ||
    Number((b.owner?.uid ?? null) !== null) - Number((a.owner?.uid ?? null) !== null) ||
    (a.line.source < b.line.source ? -1 : a.line.source > b.line.source ? 1 : a.line.line - b.line.line)
  );
}

interface Header {
  readonly at: Instant;
  readonly stream: string;
  /** True where the line had not ended: the stream did, or a limit cut it. */
  readonly partial: boolean;
  readonly bytes: number;
}

function headerOf(head: string): Header | null {
  const time = readIso(head, 0);
  if (time === null || time.stamp.kind !== 'absolute') return null;
  const rest = /^ (stdout|stderr) ([PF])(?::[^ ]{1,64})? /.exec(head.slice(time.end, time.end + 96));
  if (rest === null) return null;
  const [all, stream = '', tag] = rest;
  return { at: time.stamp.at, stream, partial: tag === 'P', bytes: time.end + all.length };
}

function evidenceOf({ line: long, header, bytes, kind, end, owner }: LongRecord): Gauges {
  const { source, line, head } = long;
  const text = head.slice(0, 256);
  return {
    kind: 'gauges',
    source,
    line,
    host: null,
    program: 'containerd',
    pid: null,
    at: header.at,
    text,
    gauges: [
      {
        product: 'containerd',
        name: NAMES[kind],
        value: bytes,
        line,
        text,
        of: `${header.stream} of ${ownerInWords(owner)}, ${source}:${line}, ${end}`,
      },
    ],
  };
}

function ownerInWords(owner: LogFileOwner | null): string {
  if (owner === null) return 'a container that the name of its file does not tell';
  const { namespace, pod, uid, container } = owner;
  return `container ${container} of pod ${namespace}/${pod}${uid === null ? '' : ` (${uid})`}`;
}
