/**
 * One table of `go tool pprof -top` while its rows are read, and what becomes of it. The reader of tables opens it at
 * the names of the columns, hands it rows and the lines between them, and makes a table of functions of it at the
 * end. Rows that a mail or a terminal wrapped are put together here.
 */
import type { Instant } from '../../envelope/types.js';
import type { EvidenceProblem, FunctionTable, FunctionValue, Measure } from '../types.js';
import type { Quantity } from './pprof-quantity.js';
import { functionName, type TopLine } from './pprof-top-line.js';

const MAX_FUNCTIONS = 1024;
/** Rows kept while a table is read; with more it is not complete. */
const MAX_ROWS = 16_384;
const MAX_TEXT = 1024;
/** Lines of something else that may stand between two rows. */
const MAX_GAP = 3;
/** Terminals narrower than that are not used for tables. */
const MIN_WIDTH = 72;
/** Widths that one wrapped row is believed for; else two rows must be cut at the same column. */
const USUAL_WIDTHS: ReadonlySet<number> = new Set([80, 100, 120, 132, 140, 160, 180, 200]);
const TAIL = /^[^\s>](?:\S{0,2000})(?: \((?:partial-)?inline\))?$/;
/** A function of Go has a package; what has no symbols stands in brackets. */
const NAME = /^[\w*([<]\S*[.\]>]/;

export interface TopRow {
  readonly row: Extract<TopLine, { kind: 'row' }>;
  readonly line: number;
  readonly text: string;
  /** Characters of the whole line: where a terminal cuts, all of them end at one column. */
  readonly width: number;
  /** The line right behind it, where that can be the rest of its name. */
  tail: string | null;
}

export interface OpenTable {
  readonly line: number;
  readonly text: string;
  readonly total: Quantity | null;
  complete: boolean;
  readonly rows: TopRow[];
  /** Lines of something else since the last row. */
  gap: number;
  /** A row whose name is on the next line. */
  nameless: TopRow | null;
}

export function takeRow(table: OpenTable, taken: TopRow): void {
  table.gap = 0;
  table.nameless = null;
  if (taken.row.name === '') table.nameless = taken;
  else if (table.rows.length < MAX_ROWS) table.rows.push(taken);
  else table.complete = false;
}

/** A line that is no row: `text` is `whole` without quotes and blanks. True when the table is over. */
export function missed(table: OpenTable, whole: string, text: string): boolean {
  const { nameless } = table;
  if (nameless !== null && NAME.test(text.slice(0, MAX_TEXT))) {
    const name = functionName(text);
    takeRow(table, { ...nameless, row: { ...nameless.row, name }, text: `${nameless.text} ${text}` });
    return false;
  }
  table.nameless = null;
  table.gap += 1;
  const last = table.rows.at(-1);
  const rest = whole.trimEnd();
  if (table.gap === 1 && last !== undefined && TAIL.test(rest)) last.tail = rest;
  return table.gap > MAX_GAP;
}

export function tableOf(
  source: string,
  heading: { readonly program: string | null; readonly type: string | null; readonly at: Instant | null },
  open: OpenTable,
): FunctionTable | EvidenceProblem {
  const { line } = open;
  const rows = unwrapped(open.rows);
  if (rows.some(({ row }) => row.flat.value < 0 || row.cum.value < 0) || (open.total?.value ?? 0) < 0) {
    const reason = 'the pprof table has negative values: a difference of two states, not a state';
    return { source, line, reason };
  }
  const total = open.total?.value ?? derivedTotal(rows);
  if (total <= 0) {
    return { source, line, reason: 'expected the total of the pprof table above its columns, found none' };
  }
  const functions = functionsOf(rows, open.total?.scale ?? 1);
  return {
    kind: 'functions',
    source,
    line,
    host: null,
    program: heading.program,
    pid: null,
    at: heading.at,
    text: open.text.slice(0, MAX_TEXT),
    measure: measureOf(
      heading.type,
      open.total?.unit ?? rows.find(({ row }) => row.cum.value > 0)?.row.cum.unit,
    ),
    total,
    functions: functions.slice(0, MAX_FUNCTIONS),
    complete: open.complete && functions.length <= MAX_FUNCTIONS,
  };
}

/** `scale`: `Total: 123.4 MB` gives the unit of bare figures below it. */
function functionsOf(rows: readonly TopRow[], scale: number): readonly FunctionValue[] {
  const bare = rows.every(({ row }) => row.flat.unit === 'count' && row.cum.unit === 'count');
  const factor = bare ? scale : 1;
  const byName = new Map<string, FunctionValue>();
  for (const { row, line, text } of rows) {
    const known = byName.get(row.name);
    const flat = Math.round(row.flat.value * factor) + (known?.flat ?? 0);
    // With `-lines` a function has several rows; what it called may be in each of them.
    const cum = Math.max(Math.round(row.cum.value * factor), known?.cum ?? 0, flat);
    const shown = known ?? { line, text: text.slice(0, MAX_TEXT) };
    byName.set(row.name, { name: row.name, flat, cum, line: shown.line, text: shown.text });
  }
  return [...byName.values()].sort((a, b) => b.flat - a.flat || b.cum - a.cum);
}

/** Rows with the rest of their names, where the widths show that a terminal wrapped them. */
function unwrapped(rows: readonly TopRow[]): readonly TopRow[] {
  const width = rows.reduce((most, row) => Math.max(most, row.width), 0);
  const cut = rows.filter((row) => row.width === width && row.tail !== null);
  if (width < MIN_WIDTH || cut.length === 0 || (cut.length === 1 && !USUAL_WIDTHS.has(width))) return rows;
  return rows.map((taken) => {
    if (taken.tail === null || taken.width !== width) return taken;
    const rest = taken.tail.startsWith('(inline)') ? '' : taken.tail;
    const name = functionName(`${taken.row.name}${rest}`);
    return { ...taken, row: { ...taken.row, name }, text: `${taken.text}${rest}` };
  });
}

/** Without a heading: the largest row says how much 100 % are, with the most digits. */
function derivedTotal(rows: readonly TopRow[]): number {
  let total = 0;
  let largest = 0;
  for (const { row } of rows) {
    if (row.cumPercent <= 0 || row.cum.value <= largest) continue;
    largest = row.cum.value;
    total = Math.round((row.cum.value / row.cumPercent) * 100);
  }
  return total;
}

const MEASURES: ReadonlySet<string> = new Set([
  'inuse_space',
  'inuse_objects',
  'alloc_space',
  'alloc_objects',
  'goroutine',
]);

/** Bytes without a `Type:` are inuse_space: what pprof shows of a heap profile unless asked otherwise. */
function measureOf(type: string | null, unit: Quantity['unit'] | undefined): Measure {
  if (type !== null) return MEASURES.has(type) ? (type as Measure) : 'other';
  return unit === 'bytes' ? 'inuse_space' : 'other';
}
