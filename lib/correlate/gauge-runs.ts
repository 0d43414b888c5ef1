/**
 * Tells apart the runs of the processes that metrics are of. Two starts are two runs of one daemon where a host or one
 * series of samples says so, and then only the latest counts; else they can be two nodes, and each speaks for itself.
 */
import type { GaugeMark } from './node-facts.js';

/** Start times are printed rounded. */
const SAME_START_MS = 2_000;
/** Counters that never fall while a process runs. */
const COUNTERS = ['log-bytes-in', 'log-bytes-out'];

/** What one run of one process said, oldest first. */
export interface GaugeRun {
  readonly looks: readonly GaugeMark[];
  /** Bytes of log lines that it seems to hold. */
  readonly holds: number;
}

/** Of a daemon's marks those that say of which run they are; the one that shows most is first. */
export function runsOf(marks: readonly GaugeMark[]): readonly GaugeRun[] {
  const looks = onceEach(marks.filter(({ life }) => life !== undefined));
  const started = looks.filter(({ life }) => life?.startedMs != null);
  const runs = [...ofStarts(started), ...withoutStart(looks.filter(({ life }) => life?.startedMs == null))];
  return runs.map((run) => ({ looks: run, holds: heldBy(run) })).toSorted(byWeight);
}

/** By time, then as people number their files; a figure without a time comes last. */
export function inTime(a: GaugeMark, b: GaugeMark): number {
  return a.ms - b.ms || compare(a.proof.source, b.proof.source) || a.proof.line - b.proof.line || 0;
}

/** Runs of one start, without those that a later one of the same process followed. */
function ofStarts(looks: readonly GaugeMark[]): readonly (readonly GaugeMark[])[] {
  const runs: GaugeMark[][] = [];
  for (const look of looks.toSorted((a, b) => startOf(a) - startOf(b))) {
    const run = runs.at(-1);
    if (run?.[0] !== undefined && startOf(look) - startOf(run[0]) <= SAME_START_MS) run.push(look);
    else runs.push([look]);
  }
  const latest = new Map<string, number>();
  for (const [i, run] of runs.entries()) for (const look of run) latest.set(processOf(look), i);
  return runs
    .filter((run, i) => run.every((look) => latest.get(processOf(look)) === i))
    .flatMap((run) => {
      const inOrder = run.toSorted(byProgress);
      // Nodes that were started at one time: their counters cannot be one's.
      return neverFalls(inOrder) ? [inOrder] : byProcess(run).map((own) => own.toSorted(byProgress));
    });
}

/** Without a start only what one host or one text says is of one process, and a counter that falls began again. */
function withoutStart(looks: readonly GaugeMark[]): readonly (readonly GaugeMark[])[] {
  return byProcess(looks).flatMap((own) => {
    const inOrder = own.toSorted(inTime);
    if (neverFalls(inOrder)) return [inOrder];
    const runs: GaugeMark[][] = [];
    const before = new Map<string, number>();
    for (const look of inOrder) {
      const falls = COUNTERS.includes(look.name) && look.value < (before.get(look.name) ?? 0);
      const run = runs.at(-1);
      if (run === undefined || falls) {
        before.clear();
        runs.push([look]);
      } else run.push(look);
      before.set(look.name, look.value);
    }
    return runs;
  });
}

function byProcess(looks: readonly GaugeMark[]): readonly (readonly GaugeMark[])[] {
  const own = new Map<string, GaugeMark[]>();
  for (const look of looks) {
    const all = own.get(processOf(look));
    if (all === undefined) own.set(processOf(look), [look]);
    else all.push(look);
  }
  return [...own.values()];
}

/** A host has one containerd; what names none is of the text that it stands in, and of its labels there. */
function processOf({ node, life, proof }: GaugeMark): string {
  return node === '' ? `${proof.source}\0${life?.series ?? ''}` : 'host';
}

function neverFalls(looks: readonly GaugeMark[]): boolean {
  return COUNTERS.every((name) => {
    const values = looks.filter((look) => look.name === name).map(({ value }) => value);
    return values.every((value, i) => i === 0 || value >= (values[i - 1] ?? value));
  });
}

/** The last look that finds it in the heap, or what it grew by together with the heap. */
function heldBy(looks: readonly GaugeMark[]): number {
  const of = (name: string) => looks.filter((look) => look.name === name).map(({ value }) => value);
  const growth = (values: readonly number[]): number => (values.at(-1) ?? 0) - (values[0] ?? 0);
  const grown = Math.min(growth(of('log-bytes-unwritten')), growth(of('heap-bytes')));
  return Math.max(of('log-bytes-held').at(-1) ?? 0, grown, 0);
}

function byWeight(a: GaugeRun, b: GaugeRun): number {
  const last = (run: GaugeRun, name: string): number =>
    run.looks.findLast((look) => look.name === name)?.value ?? 0;
  const [first, second] = [a.looks[0], b.looks[0]];
  return (
    b.holds - a.holds ||
    last(b, 'log-bytes-unplaced') - last(a, 'log-bytes-unplaced') ||
    last(b, 'log-bytes-unwritten') - last(a, 'log-bytes-unwritten') ||
    (first === undefined || second === undefined ? 0 : inTime(first, second))
  );
}

/** One figure in several documents is one look. */
function onceEach(looks: readonly GaugeMark[]): readonly GaugeMark[] {
  const seen = new Set<string>();
  return looks.filter(({ name, value, life }) => {
    const key = `${name} ${value} ${life?.startedMs} ${life?.progress}`;
    if (life?.startedMs == null) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function byProgress(a: GaugeMark, b: GaugeMark): number {
  return (a.life?.progress ?? 0) - (b.life?.progress ?? 0) || inTime(a, b);
}

function startOf({ life }: GaugeMark): number {
  return life?.startedMs ?? Number.NEGATIVE_INFINITY;
}

/** Made when it is first needed: loading what it needs is a noticeable part of a short run. */
let collator: Intl.Collator | undefined;

function compare(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
