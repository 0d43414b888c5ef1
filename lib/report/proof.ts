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

/** One a source and program, sources in order of mention, the program with most lines first. */
export function proofs(incidents: readonly Incident[]): Proof[] {
  const bySource = new Map<string, Map<string, Set<number>>>();
  for (const evidence of incidents.flatMap((incident) => incident.evidence)) {
    const programs = bySource.get(evidence.source) ?? new Map<string, Set<number>>();
    bySource.set(evidence.source, programs);
    const program = programOf(evidence);
    programs.set(program, (programs.get(program) ?? new Set()).add(evidence.line));
  }
  return [...bySource].flatMap(([source, programs]) => {
    const most = [...programs].sort((a, b) => b[1].size - a[1].size);
    return most.map(([program, lines], index) => {
      const where = index === 0 ? `${printable(source, 4096)}:` : ':';
      const [ranges, hidden] = lineRanges([...lines]);
      const rest = hidden > 0 ? `and ${hidden} more runs ` : '';
      return { where: where + ranges, what: `${rest}${program} x${lines.size}` };
    });
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
