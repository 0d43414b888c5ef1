/**
 * Reads the tables that `go tool pprof -top` and interactive sessions print, as people paste them into tickets: any
 * number in a document, quoted, wrapped, cut, with noise around. Gives one table of functions for each. Rows alone
 * prove nothing: a table begins with the names of its columns, or with the `Total:` of 2014.
 */
import type { Instant } from '../../envelope/types.js';
import type { Document, EvidenceProblem, EvidenceReading, FunctionTable } from '../types.js';
import { pastedLine } from './pasted-line.js';
import type { Quantity } from './pprof-quantity.js';
import { pprofTime } from './pprof-time.js';
import { topLine } from './pprof-top-line.js';
import { missed, type OpenTable, tableOf, takeRow } from './pprof-top-table.js';

const MAX_TABLES = 1024;
/** The names of the columns, or a total of 2014; white space as pages, mails and terminals leave it. */
const BEGINS =
  /flat\s{1,40}flat%\s{1,40}sum%\s{1,40}cum\s{1,40}cum%|^[>\s]{0,16}Total:\s{1,20}\d[\d.]{0,18}\s{0,2}(?:[kKMGT]?B|goroutines?)\s{0,4}$/m;

/** What the lines above a table said. */
interface Heading {
  program: string | null;
  type: string | null;
  at: Instant | null;
  /** True once a table has used it: the next `File:` starts another. */
  used: boolean;
}

/** Whether the head of an input, as text, has the beginning of a table in it. */
export function looksLikePprofTop(head: string): boolean {
  return BEGINS.test(head);
}

/**
 * A table without a heading of its own belongs to the program, type and time last stated above it, as in an
 * interactive session. Problems: tables beyond 1,024, differences of two profiles (`-base`), totals missing.
 */
export function readPprofTop(document: Document): EvidenceReading {
  const evidence: FunctionTable[] = [];
  const problems: EvidenceProblem[] = [];
  let heading = newHeading();
  let table: OpenTable | null = null;
  /** What precedes the names of the columns. */
  let pending: { total: Quantity; accounted: Quantity | null; line: number; text: string } | null = null;
  let incomplete = false;
  let beyond = 0;

  const close = (): void => {
    const open = table;
    table = null;
    if (open === null || open.rows.length === 0) return;
    heading.used = true;
    if (evidence.length >= MAX_TABLES) {
      beyond += 1;
      return;
    }
    const finished = tableOf(document.source, heading, open);
    if ('reason' in finished) problems.push(finished);
    else evidence.push(finished);
  };
  const open = (line: number, text: string): void => {
    close();
    const accounted = pending?.accounted ?? null;
    table = {
      line: pending?.line ?? line,
      text: pending?.text ?? text,
      total: pending?.total ?? null,
      complete: pending !== null && !incomplete && accounted?.value === pending.total.value,
      rows: [],
      gap: 0,
      nameless: null,
    };
    pending = null;
    incomplete = false;
  };

  for (const [index, whole] of document.lines.entries()) {
    const text = pastedLine(whole);
    const line = index + 1;
    const read = topLine(text);
    switch (read.kind) {
      case 'row':
        if (table !== null)
          takeRow(table, { row: read, line, text, width: whole.trimEnd().length, tail: null });
        break;
      case 'columns':
        // The old total may stand above the names of columns, too.
        if (table === null || (table as OpenTable).rows.length > 0 || pending !== null) open(line, text);
        break;
      case 'heading':
        close();
        if (heading.used || read.key === 'File') heading = newHeading();
        pending = null;
        incomplete = false;
        note(heading, read.key, read.value);
        break;
      case 'total':
        close();
        pending = { total: read.total, accounted: read.accounted, line, text };
        if (read.old) open(line, text);
        break;
      case 'incomplete':
        incomplete = true;
        break;
      case 'command':
        close();
        pending = null;
        incomplete = false;
        if (read.fresh) heading = newHeading();
        if (read.measure !== null) heading = { ...heading, type: read.measure };
        break;
      case 'other':
        if (table !== null && text !== '' && missed(table, whole, text)) close();
        break;
    }
  }
  close();
  if (beyond > 0) {
    const reason = `more than ${MAX_TABLES} pprof tables in one document; ${beyond} were left out`;
    problems.push({ source: document.source, line: null, reason });
  }
  return { evidence, problems };
}

function newHeading(): Heading {
  return { program: null, type: null, at: null, used: false };
}

function note(heading: Heading, key: 'File' | 'Build ID' | 'Type' | 'Time', value: string): void {
  if (key === 'File') {
    const base = value
      .replace(/ \(deleted\)$/, '')
      .split('/')
      .at(-1);
    heading.program = base === undefined || base === '' ? null : base.slice(0, 128);
  } else if (key === 'Type' && /^[a-z_]{1,40}$/.test(value)) {
    heading.type = value;
  } else if (key === 'Time') {
    heading.at = pprofTime(value);
  }
}
