/**
 * Which lines prove a verdict, as `messages.log:23-37 dockerd x15`: short enough to read, exact enough to open the
 * log at that place. The lines themselves are in the ndjson output.
 */
import type { EvidenceLine, Incident } from '../diagnose/types.js';
import { printable } from './printable.js';
import { epoch, offsetText, shortTime } from './time.js';

/** Runs of line numbers told per program; a log with gaps everywhere would fill the screen. */
const rangesTold = 8;

export interface Proof {
  /** `/var/log/messages:23-37`; without the path where it is that of the one before. Never to be broken. */
  readonly where: string;
  /** `dockerd x15`. */
  readonly what: string;
}

/** One text of a source. */
interface Text {
  readonly programs: Map<string, Set<number>>;
  /** A name that is followed stands for one text after the other. */
  readonly isFollowed: boolean;
  /** Time of its latest line; null where none is known. */
  latest: string | null;
}

/**
 * One a source and program, sources in order of mention, the program with most lines first. What a followed name
 * stands for changes with each rotation, and each text counts its lines anew: the time tells which of them it was, the
 * newest first. Whether it still has that name nobody knows when this is read.
 */
export function proofs(incidents: readonly Incident[], offsetMinutes: number | null): Proof[] {
  const bySource = new Map<string, Map<string, Text>>();
  for (const evidence of incidents.flatMap((incident) => incident.evidence)) {
    const { line, part = '', source, time } = evidence;
    const texts = bySource.get(source) ?? new Map<string, Text>();
    bySource.set(source, texts);
    const text = texts.get(part) ?? { programs: new Map(), isFollowed: part !== '', latest: null };
    texts.set(part, text);
    if (isLater(time, text.latest)) text.latest = time;
    const program = programOf(evidence);
    text.programs.set(program, (text.programs.get(program) ?? new Set()).add(line));
  }
  return [...bySource].flatMap(([source, texts]) =>
    [...texts.values()]
      .sort((a, b) => instant(b.latest) - instant(a.latest))
      .flatMap((text) => proofsOf(source, text, offsetMinutes)),
  );
}

function isLater(time: string | null, other: string | null): boolean {
  return instant(time) > instant(other);
}

/** As text `10:00:00.5Z` would come before `10:00:00Z`. */
function instant(time: string | null): number {
  return epoch(time) ?? 0;
}

function proofsOf(
  source: string,
  { isFollowed, latest, programs }: Text,
  offsetMinutes: number | null,
): Proof[] {
  const most = [...programs].sort((a, b) => b[1].size - a[1].size);
  const asOf =
    isFollowed && latest !== null
      ? ` as of ${shortTime(latest, offsetMinutes)} ${offsetText(offsetMinutes)}`
      : '';
  return most.map(([program, lines], index) => {
    const where = index === 0 ? `${printable(source, 4096)}:` : ':';
    const [ranges, hidden] = lineRanges([...lines]);
    const rest = hidden > 0 ? `and ${hidden} more runs ` : '';
    return { where: where + ranges, what: `${rest}${program} x${lines.size}${index === 0 ? asOf : ''}` };
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
