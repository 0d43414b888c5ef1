/**
 * Finds in containers' log files the records that are longer than a CRI runtime with a usual limit writes: each was
 * held whole by containerd until its end came. The scanner measures the lines; what is kept is the longest record
 * of each stream of each file.
 */
import { readIso } from '../../envelope/stamp.js';
import type { Instant } from '../../envelope/types.js';
import type { LongLine } from '../../scan/types.js';
import type { Gauges } from '../types.js';
import { type LogFileOwner, logFileOwner } from './log-file-name.js';

export interface LongRecords {
  take(line: LongLine): void;
  /** Gives what was not given yet. */
  end(): void;
}

export interface LongRecordsOptions {
  readonly onEvidence: (evidence: Gauges) => void;
  /** Gives each record that is clearly longer than those before at once. */
  readonly live: boolean;
}

/** One record whose content reaches this was more than 60 default limits long. */
const RECORD_BYTES = 1024 * 1024;
/** Streams whose longest record is kept; the shortest go. */
const STREAMS = 256;
/** A live run tells a record that is longer than the last one told by this factor. */
const CLEARLY = 1.25;

const ENDS = { P: 'which ended without a newline', F: 'which ended with its newline' } as const;

interface Longest {
  evidence: Gauges;
  readonly bytes: number;
  readonly partial: boolean;
  told: number;
}

export function createLongRecords({ onEvidence, live }: LongRecordsOptions): LongRecords {
  const streams = new Map<string, Longest>();

  function forgetShortest(): void {
    let shortest: string | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const [key, { bytes }] of streams) {
      if (bytes >= least) continue;
      least = bytes;
      shortest = key;
    }
    if (shortest !== null) streams.delete(shortest);
  }

  return {
    take(line) {
      const header = headerOf(line.head);
      if (header === null) return;
      const bytes = line.bytes - header.bytes;
      if (bytes < RECORD_BYTES) return;
      const key = `${line.source}\0${header.stream}`;
      const known = streams.get(key);
      if (known !== undefined && known.bytes >= bytes) {
        // Two pieces of one length are no accident.
        if (known.bytes === bytes && known.partial && header.partial)
          known.evidence = evidenceOf(line, header, bytes, 'which a limit of that size cut');
        return;
      }
      const evidence = evidenceOf(line, header, bytes, ENDS[header.partial ? 'P' : 'F']);
      const longest = { evidence, bytes, partial: header.partial, told: known?.told ?? 0 };
      streams.set(key, longest);
      if (streams.size > STREAMS) forgetShortest();
      if (!live || bytes < longest.told * CLEARLY) return;
      longest.told = bytes;
      onEvidence(longest.evidence);
    },
    end() {
      for (const { evidence, bytes, told } of streams.values()) if (told < bytes) onEvidence(evidence);
      streams.clear();
    },
  };
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

function evidenceOf({ source, line, head }: LongLine, header: Header, bytes: number, end: string): Gauges {
  const owner = logFileOwner(source);
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
        name: 'log-record-bytes',
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
