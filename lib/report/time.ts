/**
 * Times and durations as an operator reads them: node-local with its offset, UTC beside it where it differs.
 * Never the clock or zone of the machine that runs the analysis.
 */
import { addMinutes } from 'date-fns/addMinutes';
import { formatDuration } from 'date-fns/formatDuration';
import { isValid } from 'date-fns/isValid';
import { parseISO } from 'date-fns/parseISO';
import { printable } from './printable.js';

const shortUnits: Readonly<Record<string, string>> = {
  xDays: 'd',
  xHours: 'h',
  xMinutes: 'min',
  xSeconds: 's',
};
const shortLocale = {
  formatDistance: (unit: string, amount: number) => `${amount} ${shortUnits[unit] ?? unit}`,
};

/** `22 s`, `10 min 19 s`, `2 d 3 h`: the two largest units, rounded; a tenth below ten seconds. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 10) return `${Number(Math.max(0, seconds).toFixed(1))} s`;
  const total = Math.round(seconds);
  const parts = {
    days: Math.floor(total / 86_400),
    hours: Math.floor(total / 3_600) % 24,
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
  const largest = (['days', 'hours', 'minutes', 'seconds'] as const).filter((unit) => parts[unit] > 0);
  return formatDuration(parts, { format: largest.slice(0, 2), locale: shortLocale });
}

/** `2023-05-02 00:10:24-00:12:58 +08:00 (2023-05-01 16:10:24-16:12:58 UTC)`; UTC alone where the offset is 0 or unknown. */
export function timeSpan(from: string | null, to: string | null, offsetMinutes: number | null): string {
  const start = from ?? to;
  const end = to ?? from;
  if (start === null || end === null) return 'time unknown';
  const utc = localSpan(start, end, 0);
  if (utc === null) return printable(start === end ? start : `${start} - ${end}`, 80);
  const local = offsetMinutes === null || offsetMinutes === 0 ? null : localSpan(start, end, offsetMinutes);
  if (local === null || offsetMinutes === null) return `${utc} UTC`;
  const sameDay = local.slice(0, 11) === utc.slice(0, 11) && utc.lastIndexOf(' ') === 10;
  return `${local} ${offsetText(offsetMinutes)} (${sameDay ? utc.slice(11) : utc} UTC)`;
}

/** One time: `23:37:46` when it falls on the node-local day of `near`, with its date otherwise. */
export function timeNear(time: string, near: string | null, offsetMinutes: number | null): string {
  const offset = offsetMinutes ?? 0;
  const at = clock(time, offset);
  if (at === null) return printable(time, 40);
  const other = near === null ? null : clock(near, offset);
  return other?.day === at.day ? at.time : `${at.day} ${at.time}`;
}

/** `2023-05-02 00:10:24` in the node's time, for tables; empty where unknown. */
export function shortTime(time: string | null, offsetMinutes: number | null): string {
  return time === null ? '' : timeNear(time, null, offsetMinutes);
}

/** `+08:00`, `-03:30`, `UTC`. */
export function offsetText(minutes: number | null): string {
  if (minutes === null || minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Milliseconds since the epoch, null for what is no time: for ordering and windows. */
export function epoch(time: string | null): number | null {
  if (time === null) return null;
  const date = parseISO(time);
  return isValid(date) ? date.getTime() : null;
}

function localSpan(from: string, to: string, offset: number): string | null {
  const start = clock(from, offset);
  const end = clock(to, offset);
  if (start === null || end === null) return null;
  if (start.day !== end.day) return `${start.day} ${start.time} - ${end.day} ${end.time}`;
  return start.time === end.time ? `${start.day} ${start.time}` : `${start.day} ${start.time}-${end.time}`;
}

function clock(time: string, offset: number): { readonly day: string; readonly time: string } | null {
  const date = addMinutes(parseISO(time), offset);
  if (!isValid(date)) return null;
  const iso = date.toISOString();
  // Years beyond 9999 are written with a sign and more digits.
  if (iso.length !== 24) return null;
  return { day: iso.slice(0, 10), time: iso.slice(11, 19) };
}
