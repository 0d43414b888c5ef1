/**
 * The diagnose stage as an RxJS operator: changed episodes in, incidents out. While the input runs an incident
 * is shown when it opens, escalates, is resolved or ends; at the end each is shown once in its final state.
 */
import { mergeMap, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import type { EpisodeBatch } from '../correlate/correlate-events.js';
import { createRecent } from '../correlate/recent.js';
import type { Episode } from '../correlate/types.js';
import { type Diagnoser, isReportable, type Place } from './diagnose.js';
import type { Standing } from './diagnose-stop.js';
import type { Incident, Told } from './types.js';

export interface DiagnoseOptions {
  readonly diagnoser: Diagnoser;
  /** Every episode of the run, for what only time changes. */
  readonly all: () => Iterable<Episode>;
  /** False for one that is not among them any more. */
  readonly has: (episode: Episode) => boolean;
  /** Also suspected ones. */
  readonly suspected: boolean;
  /** Told which suspected ones were not shown, at the end; `dull`: how many more there were, of which nothing is to be told. */
  readonly onHidden: (hidden: readonly HiddenIncident[], dull: number) => void;
  /** Wall clock, ms: for saying again that an incident is still open. */
  readonly now: () => number;
  /** Waited for before each incident of the final report: back-pressure of whoever writes it. */
  readonly ready?: () => Promise<void> | undefined;
}

export type HiddenIncident = Pick<Incident, 'containers' | 'defect' | 'node' | 'why'>;

/** What was last said of an incident, and when it was first. */
export interface ToldWhen extends Told {
  /** Wall clock, ms, of when it was told to be open; of the last time, where it had been over in between. */
  readonly openMs: number;
  /** How often it was said again since. */
  readonly again: number;
}

export interface Shown {
  readonly incident: Incident;
  /** True for the one in its final state. */
  readonly final: boolean;
  /** What was said before; null for the first time, and for a final one. */
  readonly before: Told | null;
  /** Wall-clock ms since it was told to be open, where it is only said again; else null. */
  readonly stillMs: number | null;
}

/** Plain data: what was told of each incident, by id. */
export type ShownMemory = Map<string, ToldWhen>;

/** Incidents whose last shown state is remembered. */
const SHOWN = 20_000;
/** All episodes are looked at again every so many ticks, because time alone can make them certain or end them. */
const TICKS_BETWEEN_LOOKS = 10;
/** So many with one tick at most: with thousands of them the round takes longer, and holds nothing else up. */
const AT_ONCE = 128;
const MINUTE = 60_000;
/** An incident that stays open is told again after so long, and from then on once a day. */
const AGAIN_AFTER = [10 * MINUTE, 60 * MINUTE, 6 * 60 * MINUTE] as const;
const DAY = 24 * 60 * MINUTE;

export function diagnoseEpisodes(
  options: DiagnoseOptions,
  memory: ShownMemory = new Map(),
): OperatorFunction<EpisodeBatch, Shown> {
  const { diagnoser, now } = options;
  return (batches: Observable<EpisodeBatch>) => {
    const shown = createRecent<string, ToldWhen>(SHOWN, memory);
    let ticks = 0;
    /** To be looked at again, from the place `next` on. */
    let round: readonly Episode[] = [];
    let next = 0;

    const isVisible = (standing: Pick<Standing, 'certainty'>): boolean =>
      options.suspected || isReportable(standing);

    /** Whether there is anything to say of an incident that stands so. */
    function isNews(standing: Standing): boolean {
      const before = shown.get(standing.id) ?? null;
      if (before === null) return isReportable(standing) || options.suspected;
      return !isSameAs(before, standing) || (standing.state === 'open' && isDue(before, now()));
    }

    function news(incident: Incident): Shown | null {
      if (!isNews(incident)) return null;
      const { certainty, id, state } = incident;
      const before = shown.get(id) ?? null;
      const at = now();
      const stillMs = before !== null && isSameAs(before, incident) ? at - before.openMs : null;
      const goesOn = before !== null && before.state === 'open';
      shown.set(id, {
        state,
        certainty,
        openMs: goesOn ? before.openMs : at,
        again: stillMs === null ? (goesOn ? before.again : 0) : timesDue(stillMs),
      });
      return { incident, final: false, before, stillMs };
    }

    /** One after the other: a thousand incidents at once would take much room. */
    function* updates(episodes: Iterable<Episode>, batch: object): Iterable<Shown> {
      for (const episode of episodes) {
        if (diagnoser.isDull(episode) && !options.suspected) continue;
        const incident = diagnoser.diagnose(episode, false, batch, isNews);
        const told = incident && news(incident);
        if (told !== null) yield told;
      }
    }

    /** The part of all episodes whose turn it is, each once in a round. */
    function again(): readonly Episode[] {
      if (++ticks % TICKS_BETWEEN_LOOKS === 0 && next >= round.length) {
        round = [...options.all()];
        next = 0;
      }
      const share = Math.min(AT_ONCE, Math.ceil(round.length / TICKS_BETWEEN_LOOKS));
      const part = round.slice(next, next + share).filter(options.has);
      next += share;
      if (next >= round.length) round = [];
      return part;
    }

    /**
     * Each once in its final state, open ones first. A verdict is dear, and thousands of incidents are too much to be
     * held at a time: where and when they are puts them in order without one, and what is over waits for its turn.
     */
    async function* finals(batch: EpisodeBatch): AsyncGenerator<Shown> {
      const over: Episode[] = [];
      const hidden: HiddenIncident[] = [];
      let dull = 0;
      for (const episode of batch.episodes
        .map(placed)
        .toSorted(inOrder)
        .map(({ episode }) => episode)) {
        if (!options.suspected && diagnoser.isDull(episode)) {
          dull++;
          continue;
        }
        await options.ready?.();
        /** Known before there is a verdict, which is then spared for now. */
        let isOver = false;
        const incident = diagnoser.diagnose(episode, true, batch, (standing) => {
          isOver = isVisible(standing) && standing.state !== 'open';
          return !isOver;
        });
        if (isOver) over.push(episode);
        if (incident === null) continue;
        const { containers, defect, node, why } = incident;
        if (!isVisible(incident)) hidden.push({ containers, defect, node, why });
        else if (incident.state === 'open') yield inTheEnd(incident);
        else over.push(episode);
      }
      options.onHidden(hidden, dull);
      for (const episode of over) {
        await options.ready?.();
        const incident = diagnoser.diagnose(episode, true, batch);
        if (incident !== null) yield inTheEnd(incident);
      }
    }

    function placed(episode: Episode): Placed & { readonly episode: Episode } {
      return { episode, id: episode.id, ...diagnoser.placeOf(episode) };
    }

    return batches.pipe(
      mergeMap((batch): ObservableInput<Shown> => {
        if (batch.ended) return finals(batch);
        return updates(new Set([...batch.episodes, ...(batch.tick ? again() : [])]), batch);
      }),
    );
  };
}

function isSameAs(before: Told, { state, certainty }: Standing): boolean {
  return before.state === state && before.certainty === certainty;
}

function isDue({ openMs, again }: ToldWhen, at: number): boolean {
  return timesDue(at - openMs) > again;
}

/** How often an incident that has been open for so long should have been told again. */
function timesDue(openForMs: number): number {
  const first = AGAIN_AFTER.filter((ms) => ms <= openForMs).length;
  return first < AGAIN_AFTER.length ? first : first + Math.floor(openForMs / DAY);
}

/** What is open now, as it would be reported. */
export function openIncidents({
  all,
  diagnoser,
  suspected,
}: Pick<DiagnoseOptions, 'all' | 'diagnoser' | 'suspected'>): Incident[] {
  const look = {};
  return [...all()]
    .flatMap((episode) => diagnoser.diagnose(episode, false, look) ?? [])
    .filter((incident) => incident.state === 'open' && (suspected || isReportable(incident)))
    .toSorted(inOrder);
}

type Placed = Place & Pick<Incident, 'id'>;

/** By node, pod and time: what is shown does not depend on the order of the input. */
function inOrder(a: Placed, b: Placed): number {
  return (
    compare(a.node ?? '', b.node ?? '') ||
    compare(`${a.pod?.namespace}/${a.pod?.name}`, `${b.pod?.namespace}/${b.pod?.name}`) ||
    compare(a.firstSeen ?? '', b.firstSeen ?? '') ||
    compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inTheEnd(incident: Incident): Shown {
  return { incident, final: true, before: null, stillMs: null };
}
