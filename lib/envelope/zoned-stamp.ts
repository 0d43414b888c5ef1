/**
 * `2023-05-02T00:10:24.148458112+08:00`: the time that nearly every daemon and rsyslog print, read by itself because
 * it stands in nearly every line. `readIso` reads all of its relatives.
 */
import { fixedDigits, isDay, isTimeOfDay } from './stamp.js';
import type { Stamp } from './types.js';

const FRACTION = 19;

/** The same day comes line after line: it is looked up once. */
let lastDay = -1;
let lastMidnight = 0;

/** Null where the text from `at` to `end` is not exactly such a time, with `T`, at most 9 digits and a zone. */
export function zonedStamp(text: string, at: number, end: number): Stamp | null {
  const year = fixedDigits(text, at, 4);
  const month = fixedDigits(text, at + 5, 2);
  const day = fixedDigits(text, at + 8, 2);
  const hour = fixedDigits(text, at + 11, 2);
  const minute = fixedDigits(text, at + 14, 2);
  const second = fixedDigits(text, at + 17, 2);
  const isTime =
    year >= 1970 &&
    isDay(month, day) &&
    text.charCodeAt(at + 4) === 0x2d &&
    text.charCodeAt(at + 7) === 0x2d &&
    text.charCodeAt(at + 10) === 0x54 &&
    text.charCodeAt(at + 13) === 0x3a &&
    text.charCodeAt(at + 16) === 0x3a &&
    isTimeOfDay(hour, minute, second);
  if (!isTime) return null;
  let zone = at + FRACTION;
  let fraction = 0;
  let digits = 0;
  if (text.charCodeAt(zone) === 0x2e) {
    for (zone += 1; ; zone += 1, digits += 1) {
      const digit = text.charCodeAt(zone) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      fraction = fraction * 10 + digit;
    }
    if (digits === 0 || digits > 9) return null;
  }
  const offset = offsetAt(text, zone, end);
  if (offset === null) return null;
  const key = (year * 16 + month) * 32 + day;
  if (key !== lastDay) {
    lastDay = key;
    lastMidnight = Date.UTC(year, month - 1, day);
  }
  const nanos = fraction * (POWERS[9 - digits] as number);
  const local = lastMidnight + ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nanos / 1e6);
  return {
    kind: 'absolute',
    at: { ms: local - offset * 60_000, nanos: nanos % 1e6, digits },
    offsetMinutes: offset,
  };
}

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** Minutes of `Z` or `+08:00`, which has to end at `end`. */
function offsetAt(text: string, at: number, end: number): number | null {
  const sign = text.charCodeAt(at);
  if (sign === 0x5a) return at + 1 === end ? 0 : null;
  if ((sign !== 0x2b && sign !== 0x2d) || at + 6 !== end || text.charCodeAt(at + 3) !== 0x3a) return null;
  const hours = fixedDigits(text, at + 1, 2);
  const minutes = fixedDigits(text, at + 4, 2);
  if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) return null;
  const total = hours * 60 + minutes;
  return sign === 0x2d ? -total : total;
}
