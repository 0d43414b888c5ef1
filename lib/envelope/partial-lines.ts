/**
 * Puts pieces of lines together that docker and the CRI cut at 16 KiB. Pieces are held per source and
 * stream until the last one comes, or until it is clear that it will not: only lines with a literal come
 * here, so that the missing piece may never be seen.
 */
import type { CandidateLine } from '../scan/types.js';
import { type Draft, type DraftState, draftOf } from './draft.js';

export interface PartialLimits {
  /** Bytes held of one line. Default 65,536. */
  readonly bytes: number;
  /** Unfinished lines held at once, over all sources. Default 256. */
  readonly lines: number;
}

/** Lines that may stand between two pieces: the other stream's. */
const MAX_GAP = 8;

/** A line whose transports are off, as far as it is known. */
export interface Reading {
  readonly candidate: CandidateLine;
  readonly draft: Draft;
  readonly rest: string;
  /** The lines as read, for evidence. */
  readonly text: string;
}

export interface PartialCounts {
  /** Pieces that were put behind an earlier one. */
  joinedPartials: number;
  /** Bytes of pieces beyond the limit. */
  droppedPartialBytes: number;
}

/** Pieces of one line. */
interface Held {
  readonly candidate: CandidateLine;
  readonly draft: DraftState;
  rest: string;
  text: string;
  bytes: number;
  line: number;
}

export interface PartialLines {
  /** Takes a piece or a whole line; gives what is complete by now, oldest first. */
  offer(reading: Reading, stream: string, more: boolean, isStart: boolean): readonly Reading[];
  /** What can wait no longer when `line` of the source has come. */
  expire(source: string, line: number): readonly Reading[];
  /** Everything held, of one source or of all. */
  flush(source?: string): readonly Reading[];
}

/** Plain data. */
export interface PartialMemory {
  /** By source and stream, in the order of their beginning, so that the oldest goes first at the cap. */
  readonly held: Map<string, Held>;
}

export function newPartialMemory(): PartialMemory {
  return { held: new Map() };
}

function finished({ candidate, draft, rest, text }: Held): Reading {
  return { candidate, draft: draftOf(draft), rest, text };
}

export function partialLines(
  limits: PartialLimits,
  counts: PartialCounts,
  { held }: PartialMemory,
): PartialLines {
  function release(keep: (entry: Held) => boolean): Reading[] {
    const out: Reading[] = [];
    for (const [key, entry] of held) {
      if (keep(entry)) continue;
      held.delete(key);
      out.push(finished(entry));
    }
    return out;
  }

  function append(entry: Held, reading: Reading): void {
    const size = Buffer.byteLength(reading.rest);
    const room = Math.max(0, limits.bytes - entry.bytes);
    const piece = size <= room ? reading.rest : Buffer.from(reading.rest).subarray(0, room).toString();
    counts.joinedPartials++;
    counts.droppedPartialBytes += Math.max(0, size - room);
    entry.rest += piece;
    entry.bytes += Math.min(size, room);
    if (entry.text.length + reading.text.length < 2 * limits.bytes) entry.text += `\n${reading.text}`;
    entry.line = reading.candidate.line;
  }

  return {
    offer(reading, stream, more, isStart) {
      const { source, line } = reading.candidate;
      const key = `${source}\0${stream}`;
      const out: Reading[] = [];
      const entry = held.get(key);
      if (entry !== undefined) {
        const gap = line - entry.line;
        if (gap >= 1 && gap <= MAX_GAP && !isStart) {
          append(entry, reading);
          if (more) return [];
          held.delete(key);
          return [finished(entry)];
        }
        held.delete(key);
        out.push(finished(entry));
      }
      if (!more) return [...out, reading];
      const size = Buffer.byteLength(reading.rest);
      const rest =
        size <= limits.bytes ? reading.rest : Buffer.from(reading.rest).subarray(0, limits.bytes).toString();
      counts.droppedPartialBytes += Math.max(0, size - limits.bytes);
      held.set(key, {
        candidate: reading.candidate,
        draft: reading.draft.state,
        rest,
        text: reading.text,
        bytes: Math.min(size, limits.bytes),
        line,
      });
      if (held.size > limits.lines) {
        const oldest = held.keys().next().value;
        if (oldest !== undefined) {
          const dropped = held.get(oldest);
          held.delete(oldest);
          if (dropped !== undefined) out.push(finished(dropped));
        }
      }
      return out;
    },
    expire(source, line) {
      if (held.size === 0) return [];
      return release((entry) => entry.candidate.source !== source || line - entry.line <= MAX_GAP);
    },
    flush(source) {
      return release((entry) => source !== undefined && entry.candidate.source !== source);
    },
  };
}
