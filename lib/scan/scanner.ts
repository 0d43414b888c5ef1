/**
 * Turns the bytes of one source into candidate lines: those that hold a literal of a pattern.
 *
 * All other lines are counted and forgotten while they are still bytes. A candidate is given out when the lines
 * behind it have shown where it ends, so what is found does not depend on how the bytes came in.
 */
import { createBlocks } from './block-lines.js';
import { continuationOf, textEnd } from './continuation.js';
import {
  isMessageLine,
  JOURNAL_MARKERS,
  type JournalBlock,
  type JournalField,
  readJournalBlock,
  startsField,
} from './journal-export.js';
import { createLineWindow } from './line-window.js';
import { createLiteralSearch } from './literal-search.js';
import { countNewlines } from './newline-count.js';
import type { CandidateLine, ScanCounts, ScanLimits, Scanner, ScannerOptions } from './types.js';

const NEWLINE = 10;
const HEAD_LINES = 64;
const HEAD_LINE_BYTES = 1024;
/** Bytes that are shown of a line that is longer than its limit. */
const LONG_LINE_HEAD_BYTES = 512;
/** Lines behind a long one that are told, and bytes of each. */
const LINES_BEHIND = 4096;
const LINE_BEHIND_BYTES = 128;
/** Bytes that are taken from a chunk at once: small enough to be still in the cache when they are searched. */
const STEP_BYTES = 64 * 1024;
/** A first chunk of this size is a fair sample of the log. */
const SAMPLE_BYTES = 16 * 1024;

export const DEFAULT_LIMITS: ScanLimits = {
  lineBytes: 64 * 1024,
  longLineBytes: 1024 * 1024,
  tailLines: 64,
  tailBytes: 64 * 1024,
};

/** A candidate before it is numbered: where its line starts, and what is told of it. */
type Found = Pick<CandidateLine, 'text' | 'cutBytes' | 'tail' | 'block'> & { readonly start: number };

/** What to do at a line with a hit: wait for more lines, or give out `found`, if any, and go on at `next`. */
type Step = 'wait' | { readonly next: number; readonly found?: Found };

/** Throws a TypeError where a literal is empty or holds a newline. */
export function createScanner(options: ScannerOptions): Scanner {
  const limits: ScanLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const longLiterals = options.longLiterals ?? [];
  const literals = [...new Set([...options.literals, ...longLiterals])];
  const search = createLiteralSearch(literals);
  const blockLiterals = options.blockLiterals ?? [];
  const longBlocks = blockLiterals.filter(({ long }) => long === true).map(({ literal }) => literal);
  const longSearch = createLiteralSearch([...longLiterals, ...longBlocks]);
  // The start of a journal entry is searched for as well: read from there, its data cannot be mistaken for lines.
  const stopLiterals = [...literals, ...JOURNAL_MARKERS, ...blockLiterals.map(({ literal }) => literal)];
  let stops = createLiteralSearch(stopLiterals);
  const counts: ScanCounts = { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 };
  const headLines = options.onHead === undefined ? 0 : (options.headLines ?? HEAD_LINES);
  let shown = 0;
  /** Lines behind the last long one that are still told. */
  let behind = 0;
  /** Long lines that were told with the chunk at hand. */
  let longTold = 0;
  /** Fields up to this offset in the source are known not to be of a journal entry. */
  let plainUntil = 0;
  let ended = false;

  const window = createLineWindow({
    lineBytes: limits.lineBytes,
    longLineBytes: limits.longLineBytes,
    // The newline in front of the next line is always needed.
    lookBehind: Math.max(1, limits.tailBytes),
    isLong: (bytes, from, to) => longSearch.find(bytes, from, to) !== null,
    onTruncatedLine: () => {
      counts.truncatedLines += 1;
    },
    onTruncatedBytes: (count) => {
      counts.truncatedBytes += count;
    },
    onLongLine: options.onLongLine && tellLongLine,
  });

  function tellLongLine(from: number, kept: number, all: number): void {
    longTold += 1;
    options.onLongLine?.({
      source: options.source,
      line: counts.lines + 1 + countNewlines(window.bytes, window.unread, from),
      head: window.bytes.toString('utf8', from, from + Math.min(kept, LONG_LINE_HEAD_BYTES)),
      bytes: all,
      ended: !window.final,
    });
  }

  /** Heads of fresh lines that stand behind a long one. */
  function showBehind(): void {
    if (options.onLineBehind === undefined || (behind === 0 && longTold === 0)) return;
    let line = counts.lines + 1 + countNewlines(window.bytes, window.unread, window.fresh);
    for (let at = window.fresh; at < window.end && (behind > 0 || longTold > 0); line++) {
      const newline = window.bytes.indexOf(NEWLINE, at);
      if (window.cutAt(newline) > 0) {
        behind = LINES_BEHIND;
        longTold -= 1;
      } else if (behind > 0) {
        behind -= 1;
        const head = window.bytes.toString('utf8', at, Math.min(newline, at + LINE_BEHIND_BYTES));
        options.onLineBehind({ source: options.source, line, head });
      }
      at = newline + 1;
    }
    longTold = 0;
  }

  const blocks = createBlocks(blockLiterals, limits.lineBytes);

  const holdsLiteral = (from: number, to: number): boolean =>
    search.find(window.bytes, from, Math.min(to, from + limits.lineBytes)) !== null;

  const textOf = (start: number, newline: number): string =>
    window.bytes.toString('utf8', start, textEnd(window, start, newline));

  /** All lines before `index` have been dealt with. */
  function advance(index: number): void {
    counts.lines += countNewlines(window.bytes, window.unread, index);
    window.consume(index);
  }

  function showHead(): void {
    for (let at = window.fresh; shown < headLines && at < window.end; ) {
      const newline = window.bytes.indexOf(NEWLINE, at);
      const end = Math.min(textEnd(window, at, newline), at + HEAD_LINE_BYTES);
      shown += 1;
      options.onHead?.(window.bytes.toString('utf8', at, end), shown);
      at = newline + 1;
    }
  }

  function work(): void {
    while (window.unread < window.end) {
      // Within a block every line is looked at, else only the next one that holds a literal.
      if (!blocks.open && !advanceToHit()) return;
      const step = stepAt(window.unread, window.bytes.indexOf(NEWLINE, window.unread));
      if (step === 'wait') return;
      if (step.found === undefined) advance(step.next);
      else give(step.found, step.next);
    }
  }

  /** False where no line that is there holds a literal; all of them have been dealt with then. */
  function advanceToHit(): boolean {
    if (blocks.startsWithOne(window.bytes, window.offsetOf(window.unread) === 0 ? window.unread : -1))
      return true;
    // From the newline in front of the next line: some literals begin with it.
    const hit = stops.find(window.bytes, Math.max(0, window.unread - 1), window.end);
    if (hit === null) {
      advance(window.end);
      return false;
    }
    const at = Math.max(window.unread, hit.start + (window.bytes[hit.start] === NEWLINE ? 1 : 0));
    advance(window.unread + window.bytes.subarray(window.unread, at).lastIndexOf(NEWLINE) + 1);
    return true;
  }

  function give({ start, ...found }: Found, next: number): void {
    const { source } = options;
    const offset = window.offsetOf(start);
    // The line with the first hit, and so the one given out, is never in front of `unread`.
    const line = counts.lines + 1 + countNewlines(window.bytes, window.unread, start);
    advance(next);
    if (found.block !== true) {
      counts.candidates += 1;
      window.claim(next);
    }
    options.onCandidate({ source, offset, line, ...found });
  }

  function stepAt(start: number, newline: number): Step {
    if (startsField(window.bytes, start)) {
      const step = stepAtField(start, newline);
      if (step !== null) return step;
    }
    if (!holdsLiteral(start, newline)) {
      if (!blocks.takes(window.bytes, start, newline)) return { next: newline + 1 };
      const line = { start, text: textOf(start, newline), cutBytes: window.cutAt(newline) };
      return { found: { ...line, tail: [], block: true }, next: newline + 1 };
    }
    const continuation = continuationOf(window, search, limits, start, newline);
    if (continuation === 'wait') return 'wait';
    blocks.takes(window.bytes, start, newline);
    const tail: string[] = [];
    for (let at = continuation.from; at < continuation.to; ) {
      const end = window.bytes.indexOf(NEWLINE, at);
      tail.push(textOf(at, end));
      blocks.takes(window.bytes, at, end);
      at = end + 1;
    }
    const found = { start, text: textOf(start, newline), cutBytes: window.cutAt(newline), tail };
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
        const taken = shown !== undefined && blocks.takes(window.bytes, ...searched(shown));
        if (message !== undefined) return { found: entry(block, message), next: block.next };
        return taken
          ? { found: { ...entry(block, shown), block: true }, next: block.next }
          : { next: block.next };
      }
      plainUntil = Math.max(window.offsetOf(block.next), offset + 1);
    }
    // Beside its message a block's fields say nothing; what only looks like a field is no line of a stack.
    if (!isMessageLine(window.bytes, start))
      return blocks.open && !holdsLiteral(start, newline) ? { next: newline + 1 } : null;
    const block = readJournalBlock(window, limits, start, true);
    if (block === 'wait') return 'wait';
    const message = block.fields.find((field) => field.start === start);
    if (message === undefined) return null;
    const holds = holdsLiteral(...searched(message));
    const taken = blocks.takes(window.bytes, ...searched(message));
    if (!holds && !taken) return null;
    const found = entry(block, message);
    return { found: holds ? found : { ...found, block: true }, next: newline + 1 };
  }

  /** Limits count from the start of the line, or of the data of a binary field. */
  function searched(field: JournalField): [from: number, to: number] {
    const binary = window.bytes[field.keyEnd] === NEWLINE;
    return [binary ? field.valueStart : field.start, field.valueEnd];
  }

  function entry(block: JournalBlock, message: JournalField): Found {
    const [from, to] = searched(message);
    const isLong = longSearch.find(window.bytes, from, Math.min(to, from + limits.lineBytes)) !== null;
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
    return { start: message.start, text: render(message, end), cutBytes: message.cutBytes + to - end, tail };
  }

  return {
    push(chunk) {
      if (ended) throw new Error(`${options.source}: bytes pushed after the end of the source`);
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      // A log is searched fastest where its own text tells which parts of a literal are rare in it.
      if (counts.bytes === 0 && bytes.length >= SAMPLE_BYTES)
        stops = createLiteralSearch(stopLiterals, bytes);
      counts.bytes += bytes.length;
      for (let at = 0; at < bytes.length; at += STEP_BYTES) {
        window.append(bytes.subarray(at, at + STEP_BYTES));
        // Nothing is decided by half a line.
        if (window.fresh === window.end) continue;
        showHead();
        showBehind();
        work();
      }
    },
    flush() {
      if (!ended) window.settled(work);
    },
    end() {
      if (ended) return;
      ended = true;
      window.finish();
      showHead();
      showBehind();
      work();
    },
    counts,
  };
}
