/**
 * Tells the scrapes of a document apart. People collect them in a loop into one file, with `date` or HTTP headers
 * between them or nothing; one of several nodes comes out of a Prometheus that has put them together.
 */

import { fromEpochMillis } from '../../envelope/instant.js';
import { readIso } from '../../envelope/stamp.js';
import type { Instant } from '../../envelope/types.js';
import { hostName } from '../outputs/statements.js';
import { readSample, type Sample } from './metric-line.js';

/** All samples of one process at one moment, by name. */
export interface Scrape {
  readonly samples: ReadonlyMap<string, Sample & { readonly line: number }>;
  /** Null where neither a sample, a header nor a line before it states one. */
  readonly at: Instant | null;
  /** Host of its labels, null where they name none, or only an address. */
  readonly host: string | null;
  /** File before the lines and labels of a collector: of one document, those of one process are alike. */
  readonly series: string;
}

export interface Scrapes {
  readonly scrapes: readonly Scrape[];
  /** Samples of processes beyond the cap. */
  readonly dropped: number;
}

/** Labels with which a collector says whose sample it is. */
const ORIGIN = ['instance', 'job', 'node', 'nodename', 'kubernetes_node', 'host', 'hostname', 'pod'] as const;
const HOST = ['nodename', 'kubernetes_node', 'node', 'hostname', 'host', 'instance'] as const;
/** Processes of one document. */
const ORIGINS_LIMIT = 4_096;
const HTTP_DATE = /^(?:< )?date: +\w{3}, (\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d) GMT$/i;
/** Of `date`: `Sat Nov 21 09:25:48 UTC 2026`. Other zones have no certain meaning. */
const UNIX_DATE = /^\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (?:UTC|GMT) (\d{4})$/;
/** Timestamps beyond are milliseconds: as seconds they would be of the year 5138. */
const MILLISECONDS = 1e11;

/** `wanted`: names that are kept; a scrape without any of them is none. */
export function scrapesOf(lines: readonly string[], wanted: (name: string) => boolean): Scrapes {
  const scrapes: Scrape[] = [];
  let dropped = 0;
  let open = new Map<string, Map<string, Sample & { readonly line: number }>>();
  /** Stated by what stands before the scrape. */
  let stated: Instant | null = null;

  function close(origin: string): void {
    const samples = open.get(origin);
    open.delete(origin);
    if (samples !== undefined)
      scrapes.push({ samples, at: timeOf(samples) ?? stated, host: hostOf(samples), series: origin });
  }
  function closeAll(): void {
    for (const origin of [...open.keys()]) close(origin);
    open = new Map();
  }

  for (const [i, text] of lines.entries()) {
    const time = dateOf(text);
    if (time !== null || text.startsWith('# EOF') || /^(?:< )?HTTP\/[\d.]+ \d{3}\b/.test(text)) {
      closeAll();
      stated = time;
      continue;
    }
    const sample = text.includes('_') && !text.startsWith('#') ? readSample(text) : null;
    if (sample === null || !wanted(sample.name)) continue;
    const origin = [sample.file, ...ORIGIN.map((name) => sample.labels.get(name) ?? '')].join('\0');
    if (open.get(origin)?.has(sample.name) === true) close(origin);
    let samples = open.get(origin);
    if (samples === undefined) {
      if (open.size >= ORIGINS_LIMIT) {
        dropped += 1;
        continue;
      }
      samples = new Map();
      open.set(origin, samples);
    }
    samples.set(sample.name, { ...sample, line: i + 1 });
  }
  closeAll();
  return { scrapes, dropped };
}

function timeOf(samples: Scrape['samples']): Instant | null {
  for (const { timestamp } of samples.values()) {
    if (timestamp === null || timestamp <= 0) continue;
    const ms = timestamp > MILLISECONDS ? timestamp : timestamp * 1000;
    return ms < MILLISECONDS * 100 ? fromEpochMillis(ms) : null;
  }
  return null;
}

function dateOf(text: string): Instant | null {
  if (text.length < 20 || text.length > 64) return null;
  const [, http] = HTTP_DATE.exec(text) ?? [];
  const [, month, day, clock, year] = UNIX_DATE.exec(text) ?? [];
  if (http !== undefined || month !== undefined) {
    const ms = Date.parse(`${http ?? `${day} ${month} ${year} ${clock}`} GMT`);
    return Number.isNaN(ms) ? null : fromEpochMillis(ms, 0);
  }
  const iso = readIso(text, 0);
  return iso?.stamp.kind === 'absolute' && iso.end === text.length ? iso.stamp.at : null;
}

function hostOf(samples: Scrape['samples']): string | null {
  for (const { labels } of samples.values()) {
    for (const name of HOST) {
      const host = hostName((labels.get(name) ?? '').replace(/:\d{1,5}$/, ''));
      if (host !== null && host !== 'localhost' && !/^[\d.]+$/.test(host)) return host;
    }
  }
  return null;
}
