/**
 * Turns the bytes of one source into candidate lines: those that hold a literal of a pattern.
 *
 * All other lines are counted and forgotten while they are still bytes. A candidate is given out when the lines
 * behind it have shown where it ends, so what is found does not depend on how the bytes came in.
 */
import { continuationOf, textEnd } from './continuation.js';
import {
  fieldsBefore,
  isMessageLine,
  type JournalBlock,
  type JournalField,
  readJournalBlock,
  startsField,
} from './journal-export.js';
import { BEFORE_BYTES, createLineWindow, type WindowStart } from './line-window.js';
import { countNewlines } from './newline-count.js';
import { createSearches } from './searches.js';
import { KIND } from './stop-lines.js';
import { createToldLines } from './told-lines.js';
import type {
  CandidateLine,
  ScanCounts,
  ScanLimits,
  Scanner,
  ScannerOptions,
  ScanPosition,
} from './types.js';

const NEWLINE = 10;
/** Bytes of the last line that are given. */
const LAST_LINE_BYTES = 4096;

export const DEFAULT_LIMITS: ScanLimits = {
  lineBytes: 64 * 1024,
  longLineBytes: 1024 * 1024,
  tailLines: 64,
  tailBytes: 64 * 1024,
};

/** A candidate before it is numbered: where its line starts, and what is told of it. */
interface Found extends Pick<CandidateLine, 'text' | 'cutBytes' | 'tail'> {
  readonly start: number;
  readonly isOfBlock: boolean;
}

/** What to do at a line with a hit: wait for more lines, or give out `found`, if any, and go on at `next`. */
type Step = 'wait' | { readonly next: number; readonly found?: Found };

/** Throws a TypeError where a literal is empty or holds a newline. */
export function createScanner(options: ScannerOptions): Scanner {
  const limits: ScanLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const { start } = options;
  const plain = options.plain ?? false;
  let wanted = createSearches(options, limits.lineBytes, start?.scan?.block ?? 0, plain);
  const counts: ScanCounts = { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 };
  /** Fields up to this offset in the source are known not to be of a journal entry. */
  let plainUntil = start?.scan?.plainUntil ?? 0;
  let ended = false;
  /** The line that the search has given last, an index; -1 for none. */
  let stoppedAt = -1;

  const window = createLineWindow({
    lineBytes: limits.lineBytes,
    longLineBytes: limits.longLineBytes,
    neededFrom: () => fieldsBefore(window, limits, window.unread, false),
    start: start && windowStart(start),
    isLong: (bytes, from, to) => wanted.long.find(bytes, from, to) !== null,
    onTruncatedLine: () => {
      counts.truncatedLines += 1;
    },
    onTruncatedBytes: (count) => {
      counts.truncatedBytes += count;
    },
    onLongLine: (from, kept, all) => told.longLine(window, from, kept, all),
  });

  /** Number of the line that starts at an index not in front of `unread`. */
  const numberOf = (index: number): number =>
    lineBefore() + 1 + countNewlines(window.bytes, window.unread, index);
  const told = createToldLines(options, numberOf);
  /** Whole lines of the source in front of `unread`. */
  function lineBefore(): number {
    return (start?.line ?? 0) + counts.lines;
  }

  const holdsLiteral = (from: number, to: number): boolean =>
    wanted.search.find(window.bytes, from, Math.min(to, from + limits.lineBytes)) !== null;

  const textOf = (start: number, newline: number): string =>
    window.bytes.toString('utf8', start, textEnd(window, start, newline));

  /** All lines before `index` have been dealt with. */
  function advance(index: number): void {
    counts.lines += wanted.stops.count(window.unread, index);
    window.consume(index);
  }

  function work(): void {
    stoppedAt = -1;
    wanted.stops.over(window.bytes, window.end);
    while (window.unread < window.end) {
      // Within a block every line is looked at, else only the next one that holds a literal.
      if (!wanted.blocks.open && !advanceToHit()) break;
      const step = stepAt(window.unread, window.bytes.indexOf(NEWLINE, window.unread));
      if (step === 'wait') break;
      if (step.found === undefined) advance(step.next);
      else give(step.found, step.next);
    }
    wanted.stops.leave();
  }

  /** False where no line that is there holds a literal; all of them have been dealt with then. */
  function advanceToHit(): boolean {
    if (wanted.blocks.startsWithOne(window.bytes, window.offsetOf(window.unread) === 0 ? window.unread : -1))
      return true;
    // From the newline in front of the next line: some literals begin with it.
    const line = wanted.stops.next(Math.max(0, window.unread - 1));
    stoppedAt = line;
    advance(line < 0 ? window.end : line);
    if (line < 0) return false;
    return true;
  }

  function give(found: Found, next: number): void {
    const { start, text, cutBytes, tail, isOfBlock } = found;
    const { part, source } = options;
    const offset = window.offsetOf(start);
    // The line with the first hit, and so the one given out, is never in front of `unread`.
    const line = start === window.unread ? lineBefore() + 1 : numberOf(start);
    advance(next);
    if (!isOfBlock) {
      counts.candidates += 1;
      window.claim(next);
    }
    // Written out: a storm is made of these.
    const candidate: CandidateLine =
      part === undefined
        ? { source, offset, line, text, cutBytes, tail }
        : { source, part, offset, line, text, cutBytes, tail };
    options.onCandidate(isOfBlock ? { ...candidate, block: true } : candidate);
  }

  function stepAt(start: number, newline: number): Step {
    if (startsField(window.bytes, start)) {
      const step = stepAtField(start, newline);
      if (step !== null) return step;
    }
    // Known of the line at which the scan has stopped. A literal beyond the limit does not count.
    const kinds = start === stoppedAt && newline - start <= limits.lineBytes ? wanted.stops.kinds() : null;
    const mayOpen = kinds === null || (kinds & KIND.block) !== 0;
    const holds = kinds === null ? holdsLiteral(start, newline) : (kinds & KIND.pattern) !== 0;
    const cutBytes = window.cutAt(newline);
    if (!holds) {
      if (!wanted.blocks.takes(window.bytes, start, newline, mayOpen)) return { next: newline + 1 };
      const found = { start, text: textOf(start, newline), cutBytes, tail: [], isOfBlock: true };
      return { found, next: newline + 1 };
    }
    const continuation = continuationOf(window, wanted.search, limits, start, newline);
    if (continuation === 'wait') return 'wait';
    wanted.blocks.takes(window.bytes, start, newline, mayOpen);
    const tail: string[] = [];
    for (let at = continuation.from; at < continuation.to; ) {
      const end = window.bytes.indexOf(NEWLINE, at);
      tail.push(textOf(at, end));
      wanted.blocks.takes(window.bytes, at, end);
      at = end + 1;
    }
    const found = { start, text: textOf(start, newline), cutBytes, tail, isOfBlock: false };
    return { found, next: continuation.to };
  }

  /** Null where the line is an ordinary one that only looks like a field. */
  function stepAtField(start: number, newline: number): Step | null {
    const offset = window.offsetOf(start);
    if (offset >= plainUntil) {
      const block = readJournalBlock(window, limits, start, false);
      if (block === 'wait') return 'wait';
      if (block.proven) {
        const messages = block.fields.filter((field) => field.isMessage);
        const message = messages.find((field) => holdsLiteral(...searched(field)));
        const shown = message ?? messages[0];
        const taken = shown !== undefined && wanted.blocks.takes(window.bytes, ...searched(shown));
        if (message !== undefined) return { found: entry(block, message, false), next: block.next };
        return taken ? { found: entry(block, shown, true), next: block.next } : { next: block.next };
      }
      plainUntil = Math.max(window.offsetOf(block.next), offset + 1);
    }
    // Beside its message a block's fields say nothing; what only looks like a field is no line of a stack.
    if (!isMessageLine(window.bytes, start))
      return wanted.blocks.open && !holdsLiteral(start, newline) ? { next: newline + 1 } : null;
    const block = readJournalBlock(window, limits, start, true);
    if (block === 'wait') return 'wait';
    const message = block.fields.find((field) => field.start === start);
    if (message === undefined) return null;
    const holds = holdsLiteral(...searched(message));
    const taken = wanted.blocks.takes(window.bytes, ...searched(message));
    if (!holds && !taken) return null;
    return { found: entry(block, message, !holds), next: newline + 1 };
  }

  /** Limits count from the start of the line, or of the data of a binary field. */
  function searched(field: JournalField): [from: number, to: number] {
    const binary = window.bytes[field.keyEnd] === NEWLINE;
    return [binary ? field.valueStart : field.start, field.valueEnd];
  }

  function entry(block: JournalBlock, message: JournalField, isOfBlock: boolean): Found {
    const [from, to] = searched(message);
    const isLong = wanted.long.find(window.bytes, from, Math.min(to, from + limits.lineBytes)) !== null;
    const end = Math.min(to, from + (isLong ? limits.longLineBytes : limits.lineBytes));
    const render = (field: JournalField, valueEnd: number): string =>
      `${window.bytes.toString('latin1', field.start, field.keyEnd)}=${window.bytes.toString('utf8', field.valueStart, valueEnd)}`;
    const tail: string[] = [];
    let room = limits.tailBytes;
    for (const field of block.fields) {
      if (field !== message) room -= field.valueEnd - field.start;
      if (field !== message && room < 0) continue;
      tail.push(render(field, field === message ? end : field.valueEnd));
    }
    const text = render(message, end);
    return { start: message.start, text, cutBytes: message.cutBytes + to - end, tail, isOfBlock };
  }

  return {
    push(chunk) {
      if (ended) throw new Error(`${options.source}: bytes pushed after the end of the source`);
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      wanted.stops.tune(bytes, options.live === true);
      counts.bytes += bytes.length;
      try {
        for (let at = 0; at < bytes.length; ) {
          at = window.take(bytes, at);
          // Nothing is decided by half a line.
          if (window.fresh === window.end) continue;
          told.fresh(window);
          work();
        }
      } finally {
        window.keep();
      }
    },
    flush() {
      if (ended) return;
      window.settled(work);
      window.release();
      wanted.stops.reset();
    },
    release: window.release,
    end() {
      if (ended) return;
      ended = true;
      window.finish();
      told.fresh(window);
      work();
    },
    counts,
    counted() {
      const pending = window.pendingCuts();
      return {
        ...counts,
        bytes: window.offsetOf(window.unread) - (start?.offset ?? 0),
        truncatedLines: counts.truncatedLines - pending.lines,
        truncatedBytes: counts.truncatedBytes - pending.bytes,
      };
    },
    position() {
      const { bytes, unread, end } = window;
      const before = Math.max(window.known, unread - BEFORE_BYTES);
      const line = lineBefore();
      return {
        offset: window.offsetOf(unread),
        line,
        before: bytes.toString('base64', before, unread),
        scan: {
          ...told.state(line, countNewlines(bytes, unread, end)),
          block: wanted.blocks.left,
          plainUntil,
          fields: fieldsAt(before),
        },
      };
    },
    use(literals) {
      wanted = createSearches(literals, limits.lineBytes, wanted.blocks.left, plain);
      // It may be a candidate that calls for them.
      stoppedAt = -1;
      wanted.stops.over(window.bytes, window.end);
    },
    lastLine() {
      const { bytes, end } = window;
      let line = numberOf(end) - 1;
      for (let newline = end - 1; newline > window.known; line -= 1) {
        const lowest = Math.max(window.known, newline - LAST_LINE_BYTES);
        const previous = bytes.subarray(lowest, newline).lastIndexOf(NEWLINE);
        if (previous < 0 && window.offsetOf(lowest) > 0 && bytes[lowest - 1] !== NEWLINE) return null;
        const text = bytes.toString('utf8', lowest + previous + 1, newline);
        if (text.trim() !== '') return { text, line };
        if (previous < 0) return null;
        newline = lowest + previous;
      }
      return null;
    },
  };

  function fieldsAt(before: number): NonNullable<ScanPosition['scan']>['fields'] {
    const { bytes, unread } = window;
    const first = fieldsBefore(window, limits, unread, false);
    if (first === unread) return null;
    const from = Math.min(first, before);
    return {
      bytes: bytes.toString('base64', from, unread),
      from: first - from,
      cuts: window.cutsIn(from, unread),
    };
  }
}

function windowStart({ offset, before, scan }: ScanPosition): WindowStart {
  const fields = scan?.fields ?? null;
  const bytes = Buffer.from(fields?.bytes ?? before, 'base64');
  return { offset, before: bytes, claimed: fields?.from ?? bytes.length, cuts: fields?.cuts ?? [] };
}
