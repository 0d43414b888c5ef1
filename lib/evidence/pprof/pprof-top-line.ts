/**
 * Says what one line of `go tool pprof -top` output is: part of the heading, the line with the total, the names of
 * the columns, a row, a command of an interactive session, or nothing of all that. The reader of tables asks it line by
 * line. All forms since 2014 are here, so that the reader knows only kinds.
 */
import { parseQuantity, type Quantity } from './pprof-quantity.js';

export type TopLine =
  | { readonly kind: 'heading'; readonly key: 'File' | 'Build ID' | 'Type' | 'Time'; readonly value: string }
  /** `accounted` is the part shown; null in the old form, which says only the total. */
  | {
      readonly kind: 'total';
      readonly total: Quantity;
      readonly accounted: Quantity | null;
      readonly old: boolean;
    }
  | { readonly kind: 'columns' }
  /** `name` is empty where a mail wrapped the line before it. */
  | {
      readonly kind: 'row';
      readonly flat: Quantity;
      readonly cum: Quantity;
      readonly cumPercent: number;
      readonly name: string;
    }
  /** Nodes dropped, only the first shown, a filter in force. */
  | { readonly kind: 'incomplete' }
  /** A command was typed; `measure` where it chooses what is shown next. */
  | { readonly kind: 'command'; readonly measure: string | null; readonly fresh: boolean }
  | { readonly kind: 'other' };

const HEADING = /^(File|Build ID|Type|Time): {0,8}(\S.{0,4095})$/;
const COLUMNS = /^flat\s{1,40}flat%\s{1,40}sum%\s{1,40}cum\s{1,40}cum%$/;
const PERCENT = '-?\\d{1,4}(?:\\.\\d{1,9})?(?:e-?\\d{1,3})?%';
const VALUE = '-?\\d{1,18}(?:\\.\\d{1,9})?[A-Za-z]{0,7}';
const ROW = new RegExp(
  `^(${VALUE})\\s{1,40}${PERCENT}\\s{1,40}${PERCENT}\\s{1,40}(${VALUE})\\s{1,40}(${PERCENT})(?:\\s{1,40}(\\S.*))?$`,
);
/** `Showing nodes accounting for 44, 100% of 44 total` and `9.10GB of 9.34GB total (97.44%)`. */
const ACCOUNTING = new RegExp(
  `^Showing nodes accounting for (${VALUE}), {1,4}${PERCENT} of (${VALUE}) total$`,
);
const OF_TOTAL = new RegExp(`^(${VALUE}) of (${VALUE}) total \\( {0,4}${PERCENT}\\)$`);
const OLD_TOTAL = /^Total: {1,20}(-?\d{1,18}(?:\.\d{1,9})? {0,2}[A-Za-z]{0,10})$/;
const INCOMPLETE = /^(?:Dropped \d|Showing top \d|Active filters:)/;
const PROMPT = /^\(pprof\) ?(.{0,200})/;
const TOOL = 'go tool pprof ';
const CHOICE = /(?:^|[\s=/-])((?:inuse|alloc)_(?:space|objects)|goroutine)(?:$|\s)/;

const OTHER: TopLine = { kind: 'other' };

/** `line`: without quotes and white space around it (`pastedLine`). */
export function topLine(line: string): TopLine {
  const first = line.charCodeAt(0);
  // Most lines of most documents: neither digit, minus sign nor the first letter of anything known.
  if (!((first >= 0x30 && first <= 0x39) || '-FBTSDAf('.includes(line.charAt(0)))) {
    return line.includes(TOOL) ? started(line) : OTHER;
  }
  return heading(line) ?? total(line) ?? row(line) ?? typed(line) ?? OTHER;
}

function heading(line: string): TopLine | null {
  const match = HEADING.exec(line);
  if (match !== null) {
    const value = (match[2] ?? '').trimEnd();
    return { kind: 'heading', key: match[1] as 'File' | 'Build ID' | 'Type' | 'Time', value };
  }
  if (COLUMNS.test(line)) return { kind: 'columns' };
  return INCOMPLETE.test(line) ? { kind: 'incomplete' } : null;
}

function total(line: string): TopLine | null {
  const match = ACCOUNTING.exec(line) ?? OF_TOTAL.exec(line);
  if (match !== null) {
    const accounted = parseQuantity(match[1] ?? '');
    const whole = parseQuantity(match[2] ?? '');
    return whole === null ? null : { kind: 'total', total: whole, accounted, old: false };
  }
  const old = OLD_TOTAL.exec(line);
  if (old === null) return null;
  // `samples`, `goroutines`, `objects`: words for a bare count.
  const text = (old[1] ?? '').replace(/ {1,2}(?:samples|goroutines?|objects|threads)$/, '');
  const whole = parseQuantity(text.replace(/ {2}/, ' '));
  return whole === null ? null : { kind: 'total', total: whole, accounted: null, old: true };
}

function row(line: string): TopLine | null {
  const match = ROW.exec(line);
  if (match === null) return null;
  const flat = parseQuantity(match[1] ?? '');
  const cum = parseQuantity(match[2] ?? '');
  if (flat === null || cum === null) return null;
  return {
    kind: 'row',
    flat,
    cum,
    cumPercent: Number.parseFloat(match[3] ?? ''),
    name: functionName(match[4] ?? ''),
  };
}

/** A command of an interactive session, behind its prompt. */
function typed(line: string): TopLine | null {
  const match = PROMPT.exec(line);
  if (match === null) return null;
  return { kind: 'command', measure: CHOICE.exec(match[1] ?? '')?.[1] ?? null, fresh: false };
}

/** The call of pprof itself: what was said of an earlier profile is over. */
function started(line: string): TopLine {
  return { kind: 'command', measure: CHOICE.exec(line.slice(0, 2000))?.[1] ?? null, fresh: true };
}

/** Without marks of inlining, and without what `-lines` and `-addresses` put around it. */
export function functionName(text: string): string {
  return text
    .trimEnd()
    .replace(/ \((?:partial-)?inline\)$/, '')
    .replace(/^[0-9a-f]{16} (?=\S)/, '')
    .replace(/ \/\S{1,4096}:\d{1,9}$/, '');
}
