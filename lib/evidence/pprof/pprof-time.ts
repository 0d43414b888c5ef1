/**
 * Reads the `Time:` line of `go tool pprof`: `Nov 21, 2026 at 12:53am (UTC)`, or the newer
 * `2026-11-21 00:53:27 UTC`. The reader of tables calls it. The zone is that of the machine where pprof was run.
 */
import type { Instant } from '../../envelope/types.js';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WORDY = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}) at (\d{1,2}):(\d{2})(am|pm) \(([^()]{1,16})\)$/;
const SORTED = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) (\S{1,16})$/;
/** Minutes from UTC of the names that one zone alone goes by where servers stand; BST, CST and IST are several. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ['UTC', 0],
  ['GMT', 0],
  ['Z', 0],
  ['CET', 60],
  ['CEST', 120],
  ['EET', 120],
  ['EEST', 180],
  ['MSK', 180],
  ['JST', 540],
  ['KST', 540],
  ['AEST', 600],
  ['AEDT', 660],
  ['NZST', 720],
  ['NZDT', 780],
  ['EST', -300],
  ['EDT', -240],
  ['PST', -480],
  ['PDT', -420],
]);
const OFFSET = /^(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})?$/;

/** Null unless the zone is UTC, GMT, a numeric offset or a name that stands for one: `CST` alone is four zones. */
export function pprofTime(text: string): Instant | null {
  const wordy = WORDY.exec(text);
  if (wordy !== null) {
    const [, month = '', day, year, hour, minute, half, zone = ''] = wordy;
    const hours = Number(hour);
    if (hours < 1 || hours > 12) return null;
    const of24 = (hours % 12) + (half === 'pm' ? 12 : 0);
    return instant(
      Number(year),
      MONTHS.indexOf(month.toLowerCase()) + 1,
      Number(day),
      of24,
      Number(minute),
      0,
      zone,
    );
  }
  const sorted = SORTED.exec(text);
  if (sorted === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = sorted.slice(1, 7).map(Number);
  return instant(year, month, day, hour, minute, second, sorted[7] ?? '');
}

function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  zone: string,
): Instant | null {
  const offset = offsetMinutes(zone);
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A date that does not exist rolls over: 31 June would be believed as 1 July.
  const exists =
    year >= 1970 &&
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    local.getUTCHours() === hour &&
    local.getUTCMinutes() === minute &&
    local.getUTCSeconds() === second;
  if (offset === null || !exists) return null;
  return { ms: local.getTime() - offset * 60_000, nanos: 0, digits: 0 };
}

function offsetMinutes(zone: string): number | null {
  const named = ZONES.get(zone);
  if (named !== undefined) return named;
  const match = OFFSET.exec(zone);
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return minutes > 14 * 60 ? null : minutes * (match[1] === '-' ? -1 : 1);
}
