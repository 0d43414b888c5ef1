/**
 * What an earlier run told after its last save, as FILE.told or the output shows: it was killed before the next one.
 * This run comes to the same news again, from the lines that it reads again, and holds them back until an incident
 * stands as it was told last.
 */
import type { ToldStanding } from '../checkpoint/told-log.js';

export interface ToldBefore {
  learn(entry: ToldStanding): void;
  /** A line that stands in the output behind the place that the state knows. */
  learnLine(line: string): void;
  /** Whether this was told already. Asked once for each update, in their order. */
  has(entry: ToldStanding): boolean;
  /** What was told, and has not come again yet: a state that is saved now has to know it. */
  pending(): readonly ToldStanding[];
}

/** Incidents that are known at most; what comes beyond is told again. */
const MOST = 20_000;

export function createToldBefore(): ToldBefore {
  /** By incident: how it stood each time it was told, in their order. */
  const incidents = new Map<string, ToldStanding[]>();

  const learn = ({ id, state, certainty }: ToldStanding): void => {
    const entry = { id, state, certainty };
    const told = incidents.get(id);
    if (told !== undefined) told.push(entry);
    else if (incidents.size < MOST) incidents.set(id, [entry]);
  };

  return {
    learn,
    learnLine(line) {
      const entry = entryIn(line);
      if (entry !== null) learn(entry);
    },
    has(entry) {
      const told = incidents.get(entry.id);
      if (told === undefined) return false;
      const wasTold = told.some((other) => isSame(other, entry));
      const last = told.at(-1);
      // From here on it is news; and so it is where things take another course than they did.
      if (!wasTold || (last !== undefined && isSame(last, entry))) incidents.delete(entry.id);
      return wasTold;
    },
    pending: () => [...incidents.values()].flat(),
  };
}

function isSame(a: ToldStanding, b: ToldStanding): boolean {
  return a.state === b.state && a.certainty === b.certainty;
}

function entryIn(line: string): ToldStanding | null {
  try {
    const value = JSON.parse(line) as (ToldStanding & { readonly type: unknown }) | null;
    return value?.type === 'incident' && typeof value.id === 'string' ? value : null;
  } catch {
    // Somebody else's, or half of one.
    return null;
  }
}
