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
  /** Whether this, or what came of it, was told already. Asked once for each update, in their order. */
  has(entry: ToldStanding): boolean;
  /** Whether the earlier run told the end of what is still open here: this one has not got so far again. */
  isBehind(entry: ToldStanding): boolean;
  /** What was told, and has not come again yet: a state that is saved now has to know it. */
  pending(): readonly ToldStanding[];
}

/** Incidents that are known at most; what comes beyond is told again. */
const MOST = 20_000;
/** What is open for longer than that after the start is so, though an earlier run told its end, ms. */
const CATCH_UP_MS = 60_000;
const CERTAINTIES: readonly string[] = ['suspected', 'likely', 'confirmed'];

export function createToldBefore(now: () => number = () => performance.now()): ToldBefore {
  const startedMs = now();
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
      const last = told.at(-1) as ToldStanding;
      const wasTold = told.some((other) => isSame(other, entry));
      // Lines that come in other pieces than they did lead there by other steps.
      const isOnTheWay = isBefore(entry, last) && now() - startedMs < CATCH_UP_MS;
      // From here on it is news; and so it is where things take another course than they did.
      if (isSame(last, entry) || !(wasTold || isOnTheWay)) incidents.delete(entry.id);
      return wasTold || isOnTheWay;
    },
    isBehind(entry) {
      const last = incidents.get(entry.id)?.at(-1);
      return last !== undefined && last.state !== 'open' && entry.state === 'open';
    },
    pending: () => [...incidents.values()].flat(),
  };
}

/** An incident opens, becomes more certain, and ends. */
function isBefore(a: ToldStanding, b: ToldStanding): boolean {
  if (a.state !== 'open') return false;
  return b.state !== 'open' || CERTAINTIES.indexOf(a.certainty) < CERTAINTIES.indexOf(b.certainty);
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
