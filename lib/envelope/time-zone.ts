/**
 * Time zones as functions from an instant to minutes east of UTC. `--tz` takes a fixed offset (`+08:00`) or an
 * IANA name (`Europe/Berlin`), whose offset changes with the season. Used by the clock only.
 */
import { MINUTE } from './local-time.js';

/** Minutes east of UTC at that instant (ms since the epoch). */
export type Zone = (utcMs: number) => number;

/** Offsets in use run from -12:00 to +14:00. */
export function isPlausibleOffset(minutes: number): boolean {
  return minutes >= -12 * 60 && minutes <= 14 * 60;
}

/** Minutes of the zones that were not whole hours away from UTC at some time since 2013, when Docker came out: tzdata. */
const BROKEN_OFFSETS = new Set([
  -570, -270, -210, -150, 210, 270, 330, 345, 390, 510, 525, 570, 630, 690, 765, 825,
]);

/** Some zone has it. Two times that lie anything else apart are late or wrong, not local. */
export function isOffsetInUse(minutes: number): boolean {
  return isPlausibleOffset(minutes) && (minutes % 60 === 0 || BROKEN_OFFSETS.has(minutes));
}

/** Reads `Z`, `UTC`, `+08:00`, `-0330`, `+8` or an IANA name; null for anything else. */
export function parseZone(text: string): Zone | null {
  if (/^(?:z|utc|gmt)$/i.test(text)) return () => 0;
  const fixed = /^([+-])(\d{1,2})(?::?([0-5]\d))?$/.exec(text);
  if (fixed) {
    const minutes = (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * (fixed[1] === '-' ? -1 : 1);
    return isPlausibleOffset(minutes) ? () => minutes : null;
  }
  // Newer Node versions take offsets here, too; those are dealt with above.
  return /^[A-Za-z]/.test(text) ? namedZone(text) : null;
}

function namedZone(name: string): Zone | null {
  let wall: Intl.DateTimeFormat;
  try {
    wall = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  } catch {
    return null;
  }
  // Offsets change on quarter hours only, and neighbouring lines share one: formatting is the slow part.
  let slot = Number.NaN;
  let offset = 0;
  return (utcMs) => {
    const asked = Math.floor(utcMs / (15 * MINUTE));
    if (asked !== slot) {
      slot = asked;
      const start = asked * 15 * MINUTE;
      const part = Object.fromEntries(wall.formatToParts(start).map((p) => [p.type, Number(p.value)]));
      const local = Date.UTC(
        part['year'] ?? 0,
        (part['month'] ?? 1) - 1,
        part['day'],
        part['hour'],
        part['minute'],
      );
      offset = Math.round((local - start) / MINUTE);
    }
    return offset;
  };
}

/**
 * The offset in force at a local time. In the hour that summer time skips or repeats either answer is possible;
 * the one before the change is given.
 */
export function offsetAtLocal(zone: Zone, local: number): number {
  // Two guesses from either side: only within hours of a change do they differ.
  const before = zone(local - 24 * 60 * MINUTE);
  if (zone(local - before * MINUTE) === before) return before;
  const after = zone(local + 24 * 60 * MINUTE);
  return zone(local - after * MINUTE) === after ? after : before;
}
