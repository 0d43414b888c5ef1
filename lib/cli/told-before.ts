/**
 * What an earlier run told after its last save, as its output shows: the disk of the state was full, or it was killed
 * between its report and its state. The next run comes to the same news again, from the lines that it reads again, and
 * holds them back until an incident stands as it was told last.
 */
import type { Incident } from '../diagnose/types.js';

type Standing = Pick<Incident, 'id' | 'state' | 'certainty'>;

export interface ToldBefore {
  /** A line that stands in the output behind the place that the state knows. */
  learn(line: string): void;
  /** Whether this was told already. Asked once for each update, in their order. */
  has(incident: Standing): boolean;
}

interface Told {
  readonly standings: Set<string>;
  last: string;
}

/** Incidents that are known at most; what comes beyond is told again. */
const MOST = 20_000;

export function createToldBefore(): ToldBefore {
  const incidents = new Map<string, Told>();
  return {
    learn(line) {
      const incident = incidentIn(line);
      if (incident === null) return;
      const standing = standingOf(incident);
      const told = incidents.get(incident.id);
      if (told !== undefined) {
        told.standings.add(standing);
        told.last = standing;
      } else if (incidents.size < MOST)
        incidents.set(incident.id, { standings: new Set([standing]), last: standing });
    },
    has(incident) {
      const told = incidents.get(incident.id);
      if (told === undefined) return false;
      const standing = standingOf(incident);
      const wasTold = told.standings.has(standing);
      // From here on it is news; and so it is where things take another course than they did.
      if (!wasTold || standing === told.last) incidents.delete(incident.id);
      return wasTold;
    },
  };
}

function standingOf({ state, certainty }: Standing): string {
  return `${state} ${certainty}`;
}

function incidentIn(line: string): Standing | null {
  try {
    const value = JSON.parse(line) as (Standing & { readonly type: unknown }) | null;
    return value?.type === 'incident' && typeof value.id === 'string' ? value : null;
  } catch {
    // Somebody else's, or half of one.
    return null;
  }
}
