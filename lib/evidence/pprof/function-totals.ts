/**
 * Adds up samples of stacks to flat and cumulative values by function, as pprof's `top` does. Made by every reader
 * that has stacks (protobuf, heap and goroutine debug=1), which then asks for one list of functions per measure.
 * A function counts once per sample however often it recurs, and only the innermost counts as flat.
 */

import type { FunctionValue, Measure } from '../types.js';
import { printQuantity, printShare } from './pprof-quantity.js';

/** A list of functions is shown and searched, not stored: what matters stands at its top. */
const MAX_FUNCTIONS = 1024;
/** Real binaries have some ten thousand; beyond it a function is counted in the total alone. */
const MAX_NAMES = 65_536;

export interface FunctionTotals {
  /** Number of the function of that name, for `add`; -1 beyond the cap. */
  id(name: string): number;
  /** One sample: the first `depth` ids of `stack`, innermost first, and one value per measure. */
  add(stack: ArrayLike<number>, depth: number, values: ArrayLike<number>): void;
  total(column: number): number;
  /** By falling flat, then cum, then name; `line` is where functions without a line of their own stand. */
  functions(
    column: number,
    measure: Measure,
    line: number,
  ): { functions: readonly FunctionValue[]; complete: boolean };
}

/** `columns`: how many measures each sample has. */
export function createFunctionTotals(columns: number): FunctionTotals {
  const ids = new Map<string, number>();
  const names: string[] = [];
  const flat: number[] = [];
  const cum: number[] = [];
  /** Number of the last sample that counted the function: guards recursion without a set per sample. */
  const seenIn: number[] = [];
  const totals = new Array<number>(columns).fill(0);
  let samples = 0;
  let nameless = false;

  const book = (id: number, values: ArrayLike<number>, into: number[]): void => {
    for (let column = 0; column < columns; column += 1) {
      const at = id * columns + column;
      into[at] = (into[at] ?? 0) + (values[column] ?? 0);
    }
  };

  return {
    id(name) {
      const known = ids.get(name);
      if (known !== undefined) return known;
      if (names.length >= MAX_NAMES) {
        nameless = true;
        return -1;
      }
      const id = names.push(name) - 1;
      ids.set(name, id);
      seenIn.push(0);
      for (let column = 0; column < columns; column += 1) {
        flat.push(0);
        cum.push(0);
      }
      return id;
    },
    add(stack, depth, values) {
      samples += 1;
      for (let column = 0; column < columns; column += 1) {
        totals[column] = (totals[column] ?? 0) + (values[column] ?? 0);
      }
      for (let index = 0; index < depth; index += 1) {
        const id = stack[index] ?? -1;
        if (id < 0) continue;
        if (index === 0) book(id, values, flat);
        if (seenIn[id] === samples) continue;
        seenIn[id] = samples;
        book(id, values, cum);
      }
    },
    total: (column) => totals[column] ?? 0,
    functions(column, measure, line) {
      const total = totals[column] ?? 0;
      const rows: { name: string; flat: number; cum: number }[] = [];
      for (const [id, name] of names.entries()) {
        const at = id * columns + column;
        const row = { name, flat: flat[at] ?? 0, cum: cum[at] ?? 0 };
        if (row.cum > 0) rows.push(row);
      }
      rows.sort((a, b) => b.flat - a.flat || b.cum - a.cum || (a.name < b.name ? -1 : 1));
      return {
        functions: rows
          .slice(0, MAX_FUNCTIONS)
          .map((row) => ({ ...row, line, text: rowText(row, total, measure) })),
        complete: !nameless && rows.length <= MAX_FUNCTIONS,
      };
    },
  };
}

/** `flat flat% cum cum% name`, as a profile without text of its own is shown. */
function rowText(row: { name: string; flat: number; cum: number }, total: number, measure: Measure): string {
  const values = [row.flat, row.cum].map(
    (value) => `${printQuantity(value, measure)} ${printShare(value, total)}`,
  );
  return `${values.join(' ')} ${row.name}`.slice(0, 1024);
}
