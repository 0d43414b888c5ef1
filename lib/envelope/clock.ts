/**
 * Turns the stamps of records into instants, also where year or zone are missing. First every record is
 * learned from, then each is resolved: what one line states (an inner UTC time, an offset, a year) dates its
 * neighbours. Without this, the same incident would lie hours or years apart in the logs of two daemons.
 */
import { type BootMemory, createBootTimes, newBootMemory } from './boot-times.js';
import { addMs } from './instant.js';
import { DAY, HOUR, instantOf, type LocalStamp, localMs, MINUTE, nearestYear } from './local-time.js';
import {
  type Absolute,
  type ClockRecord,
  comparePair,
  offsetBehind,
  otherZone,
  timed,
  uptimeOf,
  withoutYear,
  withYear,
  zoneStatements,
} from './stamp-evidence.js';
import { offsetAtLocal, parseZone } from './time-zone.js';
import type { Instant } from './types.js';
import { createYearChain, latestYearBy, newYearMemory, type YearMemory } from './year-chain.js';
import { createZoneHistory, newZoneMemory, type ZoneHistory, type ZoneMemory } from './zone-history.js';

export type { ClockRecord } from './stamp-evidence.js';

export interface ResolvedTime {
  readonly at: Instant;
  /**
   * `stated`: the line says it all. `learned`: year or zone come from other lines or from `--tz`. `assumed`: the
   * year comes from the file's date or today's, or the zone from this machine.
   */
  readonly basis: 'stated' | 'learned' | 'assumed';
  /** Minutes east of UTC of the node's local time, used or known; null where nothing tells it. */
  readonly offsetMinutes: number | null;
}

export interface ClockOptions {
  /** `--tz`: an IANA name or an offset such as `+08:00`; null where not given. */
  readonly tz: string | null;
  /** Minutes east of UTC of this machine at an instant (UTC ms): the last resort. */
  readonly systemOffset: (utcMs: number) => number;
  /** Now, UTC ms. */
  readonly now: () => number;
  /** When a source was last written, UTC ms; null for a stream. */
  readonly fileDate: (source: string) => number | null;
}

export interface Clock {
  /** To be called for every record before any is resolved, in file order within a source. */
  learn(record: ClockRecord): void;
  /** The program's own time wins over the envelope's. Null where neither can be resolved. */
  resolve(record: ClockRecord): ResolvedTime | null;
  /** Greatest lag of the envelope behind the inner time that this source has shown, ms, at most 10 minutes. */
  lagMs(source: string): number;
  /** Latest known offset of a host's local time, minutes east of UTC; null where nothing tells it. */
  offsetOf(host: string | null, source: string): number | null;
  /** Records resolved with an assumed year or zone. */
  readonly counts: { readonly assumedYears: number; readonly assumedZones: number };
}

const MAX_SOURCES = 4096;
const MAX_HOSTS = 64;
const MAX_LAG = 10 * MINUTE;
/** A greater distance between envelope and inner time is a difference of zones or clocks, not a lag. */
const NOT_A_LAG = HOUR;

/** What is known of a source, a host or the whole run. */
interface Known {
  readonly zones: ZoneMemory;
  readonly boots: BootMemory;
  /** Earliest and latest time with a year, local ms. */
  span: { min: number; max: number } | null;
}

interface KnownOfSource extends Known {
  readonly chain: YearMemory;
  lagMs: number;
}

/** A source and a host that speaks in it, with what is learned from them. */
interface Speaking {
  readonly source: string;
  readonly host: string | null;
  readonly ofSource: KnownOfSource;
  readonly scopes: readonly Known[];
  readonly zones: readonly ZoneHistory[];
}

/** What the clock has learned. Plain data. */
export interface ClockMemory {
  /** The one that spoke last is the last. */
  readonly sources: Map<string, KnownOfSource>;
  readonly hosts: Map<string, Known>;
  readonly run: Known;
  readonly counts: { assumedYears: number; assumedZones: number };
}

export function newClockMemory(): ClockMemory {
  return {
    sources: new Map(),
    hosts: new Map(),
    run: newKnown(),
    counts: { assumedYears: 0, assumedZones: 0 },
  };
}

type Basis = ResolvedTime['basis'];

/** A resolved time with where its year and its zone came from. */
interface Resolution {
  readonly at: Instant;
  readonly year: Basis;
  readonly zone: Basis;
  readonly offsetMinutes: number | null;
}

/** Throws a RangeError for a `tz` that is neither an offset nor a zone's name. */
export function createClock(options: ClockOptions, memory: ClockMemory = newClockMemory()): Clock {
  const toldZone = options.tz === null ? null : parseZone(options.tz);
  if (options.tz !== null && toldZone === null) {
    throw new RangeError(`time zone "${options.tz}": expected an IANA name such as Asia/Shanghai, or +08:00`);
  }
  const { sources, hosts, run, counts } = memory;
  const zonesOf = seenAs(createZoneHistory);
  const bootsOf = seenAs(createBootTimes);
  const chainOf = seenAs(createYearChain);
  /** Records may be resolved more than once, but are counted once. One that was counted by an earlier run is again. */
  const counted = new WeakSet<object>();

  /** Whose zones were asked for last, as long as nobody else has spoken. */
  let asked: {
    readonly host: string | null;
    readonly source: string;
    readonly zones: readonly ZoneHistory[];
  } | null = null;
  /** Whose line was learned from last: line after line is of the same source and host. */
  let last: Speaking | null = null;

  function speaking({ host, source }: ClockRecord): Speaking {
    if (last !== null && last.source === source && last.host === host) return last;
    const ofSource = recent(sources, source, MAX_SOURCES, newKnownOfSource);
    const scopes: Known[] = [ofSource, run];
    if (host !== null) scopes.push(recent(hosts, host, MAX_HOSTS, newKnown));
    last = { source, host, ofSource, scopes, zones: scopes.map(({ zones }) => zonesOf(zones)) };
    asked = null;
    return last;
  }

  function learn(record: ClockRecord): void {
    const { ofSource, scopes, zones } = speaking(record);
    const outer = timed(record.envelopeTime);
    const inner = timed(record.innerTime);

    const pair = outer !== null && inner !== null ? comparePair(outer, inner) : null;
    if (pair !== null && pair.lag > 0 && pair.lag < NOT_A_LAG) {
      ofSource.lagMs = Math.max(ofSource.lagMs, Math.min(pair.lag, MAX_LAG));
    }
    for (const [at, offset, rank] of zoneStatements(outer, inner, pair?.offset ?? null)) {
      for (const zone of zones) zone.learn(at, offset, rank);
    }

    const dated = withYear(outer, inner, pair?.offset ?? null);
    chainOf(ofSource.chain).learn(record.line ?? null, withoutYear(outer) ?? withoutYear(inner), dated);
    if (dated !== null) for (const scope of scopes) extend(scope, dated);

    const uptime = uptimeOf(record);
    const stamp = inner ?? outer;
    if (uptime !== null && stamp !== null) {
      const { source, host, line } = record;
      const timeOnly = {
        source,
        host,
        ...(line === undefined ? {} : { line }),
        envelopeTime: stamp,
        innerTime: null,
      };
      for (const scope of scopes) bootsOf(scope.boots).learn({ seconds: uptime, record: timeOnly, stamp });
    }
  }

  function resolve(record: ClockRecord): ResolvedTime | null {
    const resolution = resolveQuietly(record);
    if (resolution === null) return null;
    const { at, year, zone, offsetMinutes } = resolution;
    if (year === 'assumed' || zone === 'assumed') {
      if (!counted.has(record)) {
        counted.add(record);
        if (year === 'assumed') counts.assumedYears++;
        if (zone === 'assumed') counts.assumedZones++;
      }
      return { at, basis: 'assumed', offsetMinutes };
    }
    return { at, basis: year === 'learned' || zone === 'learned' ? 'learned' : 'stated', offsetMinutes };
  }

  function resolveQuietly(record: ClockRecord): Resolution | null {
    const outer = timed(record.envelopeTime);
    const inner = timed(record.innerTime);
    if (inner?.kind === 'absolute') return stated(inner, record);
    if (inner?.kind === 'local') {
      return outer?.kind === 'absolute'
        ? insideAbsolute(inner, outer, record)
        : insideLocal(inner, outer, record);
    }
    if (outer?.kind === 'absolute') return stated(outer, record);
    if (outer?.kind === 'local') return insideLocal(outer, null, record);
    return sinceBoot(record);
  }

  function stated(stamp: Absolute, record: ClockRecord): Resolution {
    const offsetMinutes = knownAt(stamp.at.ms, record) ?? stamp.offsetMinutes;
    return { at: stamp.at, year: 'stated', zone: 'stated', offsetMinutes };
  }

  function insideAbsolute(inner: LocalStamp, outer: Absolute, record: ClockRecord): Resolution {
    const local = localMs(inner, inner.year ?? nearestYear(inner, outer.at.ms)) as number;
    const told = outer.offsetMinutes || knownAt(outer.at.ms, record);
    const lag = told === null ? Number.NaN : outer.at.ms - (local - told * MINUTE);
    // A flush may be late by more than a quarter of an hour, so an offset that is known and fits comes first.
    const offset = lag >= -2 * MINUTE && lag <= 30 * MINUTE ? told : offsetBehind(local, outer.at.ms);
    const zone = offset === null ? zoneFor(local, record) : { minutes: offset, basis: 'learned' as const };
    return {
      at: instantOf(inner, local - zone.minutes * MINUTE),
      year: 'learned',
      zone: zone.basis,
      offsetMinutes: told ?? zone.minutes,
    };
  }

  /** A local stamp, alone or within a local envelope: both are in the host's zone. */
  function insideLocal(stamp: LocalStamp, around: LocalStamp | null, record: ClockRecord): Resolution {
    const { local, aroundLocal, year } = yearsFor(stamp, around, record);
    const zone = zoneFor(local, record);
    const minutes = zone.minutes - (aroundLocal === null ? 0 : otherZone(aroundLocal - local, zone.minutes));
    return {
      at: instantOf(stamp, local - minutes * MINUTE),
      year,
      zone: zone.basis,
      offsetMinutes: zone.minutes,
    };
  }

  /** Local milliseconds of both, once the year is chosen for whichever of them states none. */
  function yearsFor(stamp: LocalStamp, around: LocalStamp | null, record: ClockRecord) {
    const leading = stamp.year === null && around !== null ? around : stamp;
    const { year, basis } =
      leading.year === null ? yearFor(leading, record) : { year: leading.year, basis: 'stated' as const };
    const local = localMs(leading, year) as number;
    if (around === null) return { local, aroundLocal: null, year: basis };
    const other = leading === stamp ? around : stamp;
    const otherLocal = localMs(other, other.year ?? nearestYear(other, local)) as number;
    return leading === stamp
      ? { local, aroundLocal: otherLocal, year: basis }
      : { local: otherLocal, aroundLocal: local, year: basis };
  }

  function sinceBoot(record: ClockRecord): Resolution | null {
    const uptime = uptimeOf(record);
    if (uptime === null) return null;
    const ofSource = sources.get(record.source);
    // `dmesg` names no host; where the run knows one only, it is that.
    const isOnly = record.host === null && hosts.size <= 1;
    const ofHost = isOnly ? run : record.host === null ? undefined : hosts.get(record.host);
    const sample =
      (ofSource && bootsOf(ofSource.boots).inSource(record.line ?? null)) ??
      (ofHost && bootsOf(ofHost.boots).latest());
    if (!sample) return null;
    const known = resolveQuietly(sample.record);
    if (known === null) return null;
    const at = addMs(known.at, (uptime - sample.seconds) * 1000);
    const basis = (of: Basis): Basis => (of === 'stated' ? 'learned' : of);
    return {
      at: { ...at, digits: Math.min(6, known.at.digits) },
      year: basis(known.year),
      zone: basis(known.zone),
      offsetMinutes: known.offsetMinutes,
    };
  }

  /** Year of a stamp without one: by its source, its host, the run, the file's date, today. */
  function yearFor(stamp: LocalStamp, record: ClockRecord): { year: number; basis: Basis } {
    const line = record.line ?? null;
    const chain = chainOf(sources.get(record.source)?.chain ?? newYearMemory());
    const tied = chain.tied(stamp, line);
    if (tied !== null) return { year: tied, basis: 'learned' };
    const span = (record.host !== null ? hosts.get(record.host)?.span : null) ?? run.span;
    if (span) {
      return {
        year: chain.untied(stamp, line, (newest) => nearestYearToSpan(newest, span)),
        basis: 'learned',
      };
    }
    const limit = options.fileDate(record.source) ?? options.now();
    const year = chain.untied(stamp, line, (newest) => latestYearBy(newest, limit));
    // Whatever the order of the lines suggests, none of them was written after its file.
    return { year: Math.min(year, latestYearBy(stamp, limit)), basis: 'assumed' };
  }

  function zoneFor(local: number, record: ClockRecord): { minutes: number; basis: Basis } {
    const own = ownZones(record);
    const learned =
      firstAtLocal(own, local, false) ??
      (toldZone === null ? null : offsetAtLocal(toldZone, local)) ??
      zonesOf(run.zones).atLocal(local) ??
      firstAtLocal(own, local, true) ??
      zonesOf(run.zones).atLocal(local, true);
    if (learned !== null) return { minutes: learned, basis: 'learned' };
    return { minutes: offsetAtLocal(options.systemOffset, local), basis: 'assumed' };
  }

  function knownAt(utcMs: number, record: ClockRecord): number | null {
    const own = ownZones(record);
    return (
      firstAt(own, utcMs, false) ?? (toldZone === null ? null : toldZone(utcMs)) ?? firstAt(own, utcMs, true)
    );
  }

  function ownZones({ host, source }: { host: string | null; source: string }): readonly ZoneHistory[] {
    if (asked !== null && asked.host === host && asked.source === source) return asked.zones;
    const scopes = [host === null ? undefined : hosts.get(host), sources.get(source)];
    const zones = scopes.flatMap((scope) => (scope === undefined ? [] : [zonesOf(scope.zones)]));
    asked = { host, source, zones };
    return zones;
  }

  return {
    learn,
    resolve,
    lagMs: (source) => sources.get(source)?.lagMs ?? 0,
    offsetOf(host, source) {
      const own = ownZones({ host, source });
      return (
        first(own, (zone) => zone.latest()) ??
        (toldZone === null ? null : toldZone(options.now())) ??
        first(own, (zone) => zone.latest(true))
      );
    },
    counts,
  };
}

function newKnown(): Known {
  return { zones: newZoneMemory(), boots: newBootMemory(), span: null };
}

function newKnownOfSource(): KnownOfSource {
  return { ...newKnown(), chain: newYearMemory(), lagMs: 0 };
}

/** Makes what works on a memory once for each, as long as the memory is there. */
function seenAs<M extends object, T>(make: (memory: M) => T): (memory: M) => T {
  const made = new WeakMap<M, T>();
  return (memory) => {
    let found = made.get(memory);
    if (found === undefined) {
      found = make(memory);
      made.set(memory, found);
    }
    return found;
  };
}

/** The entry of a map that keeps the most recently used ones. */
function recent<T>(map: Map<string, T>, key: string, cap: number, make: () => T): T {
  const found = map.get(key) ?? make();
  map.delete(key);
  map.set(key, found);
  if (map.size > cap) map.delete(map.keys().next().value as string);
  return found;
}

function firstAtLocal(zones: readonly ZoneHistory[], local: number, weak: boolean): number | null {
  for (const zone of zones) {
    const offset = zone.atLocal(local, weak);
    if (offset !== null) return offset;
  }
  return null;
}

function firstAt(zones: readonly ZoneHistory[], utcMs: number, weak: boolean): number | null {
  for (const zone of zones) {
    const offset = zone.at(utcMs, weak);
    if (offset !== null) return offset;
  }
  return null;
}

function first(zones: readonly ZoneHistory[], ask: (zone: ZoneHistory) => number | null): number | null {
  for (const zone of zones) {
    const offset = ask(zone);
    if (offset !== null) return offset;
  }
  return null;
}

function extend(scope: Known, local: number): void {
  const { span } = scope;
  if (span === null) scope.span = { min: local, max: local };
  else if (local < span.min) span.min = local;
  else if (local > span.max) span.max = local;
}

/** The year that brings a stamp nearest to a stretch of known times; the latest of equals. */
function nearestYearToSpan(stamp: LocalStamp, span: { min: number; max: number }): number {
  const inLast = nearestYear(stamp, span.max);
  const local = localMs(stamp, inLast) as number;
  // Behind the stretch although a year earlier lies within it.
  if (local > span.max + DAY) {
    const earlier = localMs(stamp, inLast - 1);
    if (earlier !== null && earlier >= span.min) return inLast - 1;
  }
  return inLast;
}
