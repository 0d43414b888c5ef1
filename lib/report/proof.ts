/**
 * Which lines prove a verdict, as `messages.log:23-37 dockerd x15`: short enough to read, exact enough to open the
 * log at that place. The lines themselves are in the ndjson output.
 */
import type { EvidenceLine, Incident } from '../diagnose/types.js';
import { printable } from './printable.js';

/** Runs of line numbers told per program; a log with gaps everywhere would fill the screen. */
const rangesTold = 8;

export interface Proof {
  /** `/var/log/messages:23-37`; without the path where it is that of the one before. Never to be broken. */
  readonly where: string;
  /** `dockerd x15`. */
  readonly what: string;
}

/**
 * One a source and program, sources in order of mention, the program with most lines first. Of a log that was rotated
 * between its lines the texts are told apart, the newest first, for each counts its lines anew.
 */
export function proofs(incidents: readonly Incident[]): Proof[] {
  const bySource = new Map<string, Map<string, Text>>();
  for (const evidence of incidents.flatMap((incident) => incident.evidence)) {
    const texts = bySource.get(evidence.source) ?? new Map<string, Text>();
    bySource.set(evidence.source, texts);
    const part = evidence.part ?? '';
    const text = texts.get(part) ?? { programs: new Map<string, Set<number>>(), latest: '' };
    texts.set(part, text);
    if (evidence.time !== null && evidence.time > text.latest) text.latest = evidence.time;
    const program = programOf(evidence);
    text.programs.set(program, (text.programs.get(program) ?? new Set()).add(evidence.line));
  }
  return [...bySource].flatMap(([source, texts]) => {
    mergeUnknown(texts);
    const newestFirst = [...texts.values()].sort((a, b) => (a.latest < b.latest ? 1 : -1));
    return newestFirst.flatMap((text, age) =>
      proofsOf(age === 0 ? source : `${source} ${before(age)}`, text),
    );
  });
}

/** Lines that do not tell which text they stood in, as an older state has them: nothing is said of a rotation then. */
function mergeUnknown(texts: Map<string, Text>): void {
  const unknown = texts.get('');
  if (unknown === undefined || texts.size === 1) return;
  const all: Text = { programs: new Map(), latest: '' };
  for (const { programs, latest } of texts.values()) {
    if (latest > all.latest) all.latest = latest;
    for (const [program, lines] of programs)
      all.programs.set(program, new Set([...(all.programs.get(program) ?? []), ...lines]));
  }
  texts.clear();
  texts.set('', all);
}

/** One text of a source. */
interface Text {
  readonly programs: Map<string, Set<number>>;
  /** Time of its latest line, UTC; empty where none is known. */
  latest: string;
}

function before(rotations: number): string {
  return rotations === 1 ? '(before it was rotated)' : '(rotated earlier still)';
}

function proofsOf(source: string, { programs }: Text): Proof[] {
  const most = [...programs].sort((a, b) => b[1].size - a[1].size);
  return most.map(([program, lines], index) => {
    const where = index === 0 ? `${printable(source, 4096)}:` : ':';
    const [ranges, hidden] = lineRanges([...lines]);
    const rest = hidden > 0 ? `and ${hidden} more runs ` : '';
    return { where: where + ranges, what: `${rest}${program} x${lines.size}` };
  });
}

/** `23-37`, `5,7-9`: sorted, runs joined; and how many runs are not told. */
export function lineRanges(lines: readonly number[]): [string, number] {
  const runs: [number, number][] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && line <= last[1] + 1) last[1] = Math.max(last[1], line);
    else runs.push([line, line]);
  }
  const told = runs
    .slice(0, rangesTold)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return [told.join(','), runs.length - told.length];
}

/** The component in front of a pattern's id is the program whose wording it is. */
function programOf({ pattern }: EvidenceLine): string {
  return printable(pattern.split('.')[0] ?? '', 30) || 'line';
}
