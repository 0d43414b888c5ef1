/**
 * Reads one entry of the journal export format: `KEY=VALUE` lines between two blank lines.
 *
 * A value with newlines is binary instead: the key alone on a line, eight bytes of little-endian length, the data
 * and a newline. Reading the entry from its start is the only way to know what is data: anyone may log a text that
 * looks like an entry. Source: systemd, Journal Export Formats.
 */
import { textEnd } from './continuation.js';
import type { LineWindow } from './line-window.js';
import type { ScanLimits } from './types.js';

/** Lines that start with one of these make a block of fields a journal entry. */
export const JOURNAL_MARKERS = ['__CURSOR=s=', '__REALTIME_TIMESTAMP='] as const;
const CURSOR = Buffer.from('__CURSOR=');
const REALTIME = Buffer.from('__REALTIME_TIMESTAMP=');
const MESSAGE = Buffer.from('MESSAGE=');

const NEWLINE = 10;
const EQUALS = 61;
/** journald allows 64 bytes for a field's name. */
const MAX_KEY_BYTES = 64;
const LENGTH_BYTES = 8;

export interface JournalField {
  /** Start of the field's first line. */
  readonly start: number;
  /** The key's bytes are `[start, keyEnd)`. */
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Bytes that were dropped from the end of the value. */
  readonly cutBytes: number;
  readonly isMessage: boolean;
}

export interface JournalBlock {
  /** True where a marker shows that this is a journal entry, and not lines that only look like fields. */
  readonly proven: boolean;
  readonly fields: readonly JournalField[];
  /** First byte behind the block and the blank line that ends it. */
  readonly next: number;
}

/** Whether a line starts like a field: a key of capitals, digits and `_`, then `=`. */
export function startsField(bytes: Buffer, start: number): boolean {
  return bytes[keyEndOf(bytes, start)] === EQUALS && bytes[start] !== EQUALS;
}

export function isMessageLine(bytes: Buffer, start: number): boolean {
  return startsWith(bytes, start, MESSAGE);
}

/**
 * The block of fields around the line at `start`, which is a field itself; `wait` where its end has not been read.
 * It is searched for `tailBytes` to either side, a MESSAGE not counted. `splitAtMessage` ends it in front of the
 * next `MESSAGE=` too, for fields where nothing else tells one entry from the next.
 */
export function readJournalBlock(
  window: LineWindow,
  limits: ScanLimits,
  start: number,
  splitAtMessage: boolean,
): 'wait' | JournalBlock {
  const { bytes, end } = window;
  const first = blockStart(window, limits, start, splitAtMessage);
  const fields: JournalField[] = [];
  let proven = false;
  let at = first;
  // Grows by the size of the first MESSAGE, which is limited by itself.
  let stop = start + limits.tailBytes;
  let hasMessage = false;
  for (;;) {
    if (at >= end) return window.final ? { proven, fields, next: at } : 'wait';
    const newline = bytes.indexOf(NEWLINE, at);
    if (textEnd(window, at, newline) === at) return { proven, fields, next: newline + 1 };
    const separate =
      startsWith(bytes, at, CURSOR) || (splitAtMessage && at > start && isMessageLine(bytes, at));
    if (separate && fields.length > 0 && at > first) return { proven, fields, next: at };
    const field = startsField(bytes, at)
      ? textField(window, at, newline)
      : binaryField(window, limits, at, newline, proven);
    if (field === 'wait') return 'wait';
    if (field === null) return { proven, fields, next: at };
    const next = field.keyEnd === newline ? field.valueEnd + 1 : newline + 1;
    if (field.isMessage && !hasMessage) stop += next - at;
    hasMessage ||= field.isMessage;
    if (next > stop && at > start) return { proven, fields, next: at };
    proven ||= startsWith(bytes, at, CURSOR) || startsWith(bytes, at, REALTIME);
    fields.push(field);
    at = next;
  }
}

function blockStart(window: LineWindow, limits: ScanLimits, start: number, splitAtMessage: boolean): number {
  if (startsWith(window.bytes, start, CURSOR)) return start;
  return fieldsBefore(window, limits, start, splitAtMessage);
}

/** Start of the first of the fields that stand right before the line at `start`; `start` where none does. */
export function fieldsBefore(
  window: LineWindow,
  limits: ScanLimits,
  start: number,
  splitAtMessage: boolean,
): number {
  const { bytes, claimed } = window;
  const floor = Math.max(claimed, start - limits.tailBytes);
  let first = start;
  while (first > floor) {
    const previous = bytes.subarray(floor, first - 1).lastIndexOf(NEWLINE);
    const line = previous < 0 ? floor : floor + previous + 1;
    // The line that reaches across the look-behind limit is not known to be whole.
    if (previous < 0 && floor !== claimed && bytes[floor - 1] !== NEWLINE) break;
    if (!startsField(bytes, line) || (splitAtMessage && isMessageLine(bytes, line))) break;
    first = line;
    if (startsWith(bytes, first, CURSOR)) break;
  }
  return first;
}

function textField(window: LineWindow, start: number, newline: number): JournalField {
  const keyEnd = keyEndOf(window.bytes, start);
  return {
    start,
    keyEnd,
    valueStart: keyEnd + 1,
    valueEnd: textEnd(window, start, newline),
    cutBytes: window.cutAt(newline),
    isMessage: isMessageLine(window.bytes, start),
  };
}

/** Null where there is no binary field: they are believed only behind a marker, and only if whole. */
function binaryField(
  window: LineWindow,
  limits: ScanLimits,
  start: number,
  newline: number,
  proven: boolean,
): 'wait' | null | JournalField {
  const { bytes, end } = window;
  const keyEnd = keyEndOf(bytes, start);
  if (!proven || keyEnd !== newline || keyEnd === start) return null;
  const valueStart = newline + 1 + LENGTH_BYTES;
  if (valueStart > end) return window.final ? null : 'wait';
  const length = bytes.readBigUInt64LE(newline + 1);
  if (length > BigInt(limits.longLineBytes)) return null;
  const valueEnd = valueStart + Number(length);
  if (valueEnd >= end) return window.final ? null : 'wait';
  if (bytes[valueEnd] !== NEWLINE || hasCut(window, newline + 1, valueEnd)) return null;
  const isMessage = bytes.toString('latin1', start, keyEnd) === 'MESSAGE';
  return { start, keyEnd, valueStart, valueEnd, cutBytes: 0, isMessage };
}

/** Where a line was cut, the stated length of the data leads astray. */
function hasCut(window: LineWindow, from: number, to: number): boolean {
  return window.offsetOf(to) - window.offsetOf(from) !== to - from || window.cutAt(to) > 0;
}

function keyEndOf(bytes: Buffer, start: number): number {
  let at = start;
  while (at < start + MAX_KEY_BYTES && isKeyByte(bytes[at] ?? 0)) at += 1;
  return at;
}

function isKeyByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || (byte >= 0x30 && byte <= 0x39);
}

function startsWith(bytes: Buffer, start: number, prefix: Buffer): boolean {
  for (let i = 0; i < prefix.length; i += 1) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
