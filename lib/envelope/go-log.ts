/**
 * Go's standard `log` package: `2006/01/02 15:04:05 text`. net/http of dockerd complains in it about
 * accept errors and panics of its handlers, past the daemon's own logger. Local time.
 */
import { skipSpaces } from './key-values.js';
import type { Peeled } from './peeled.js';
import { localStamp, readClock, readDate } from './stamp.js';

export function peelGoLog(text: string): Peeled | null {
  const date = readDate(text, skipSpaces(text, 0), '/');
  if (date === null || text[date.end] !== ' ') return null;
  const clock = readClock(text, date.end + 1);
  if (clock === null || text[clock.end] !== ' ') return null;
  const time = localStamp(date.year, date.month, date.day, clock);
  return { name: 'go-log', kind: 'program', rest: text.slice(clock.end + 1), time };
}
