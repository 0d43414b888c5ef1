/**
 * The diagnose stage as an RxJS operator: changed episodes in, incidents out. While the input runs an incident
 * is shown when it opens, escalates, is resolved or ends; at the end each is shown once in its final state.
 */
import { mergeMap, type Observable, type OperatorFunction } from 'rxjs';
import type { EpisodeBatch } from '../correlate/correlate-events.js';
import { createRecent } from '../correlate/recent.js';
import type { Episode } from '../correlate/types.js';
import { type Diagnoser, isReportable } from './diagnose.js';
import type { Incident } from './types.js';

export interface DiagnoseOptions {
  readonly diagnoser: Diagnoser;
  /** Every episode of the run, for what only time changes. */
  readonly all: () => Iterable<Episode>;
  /** Also suspected ones. */
  readonly suspected: boolean;
  /** Told which suspected ones were not shown, at the end. */
  readonly onHidden: (hidden: readonly Incident[]) => void;
}

export interface Shown {
  readonly incident: Incident;
  /** True for the one in its final state. */
  readonly final: boolean;
}

/** Incidents whose last shown state is remembered. */
const SHOWN = 20_000;
/** Open episodes are looked at again every so many ticks, because time alone can make them certain or end them. */
const TICKS_BETWEEN_LOOKS = 10;

export function diagnoseEpisodes(options: DiagnoseOptions): OperatorFunction<EpisodeBatch, Shown> {
  const { diagnoser } = options;
  return (batches: Observable<EpisodeBatch>) => {
    const shown = createRecent<string, string>(SHOWN);
    let ticks = 0;

    function updates(episodes: Iterable<Episode>, batch: object): Shown[] {
      const out: Shown[] = [];
      for (const episode of episodes) {
        if (isDull(episode) && !options.suspected) continue;
        const incident = diagnoser.diagnose(episode, false, batch);
        if (incident === null) continue;
        if (!isReportable(incident) && !options.suspected && shown.get(incident.id) === undefined) continue;
        const state = `${incident.certainty} ${incident.state}`;
        if (shown.get(incident.id) === state) continue;
        shown.set(incident.id, state);
        out.push({ incident, final: false });
      }
      return out;
    }

    return batches.pipe(
      mergeMap((batch): Shown[] => {
        if (!batch.ended) {
          if (batch.tick && ++ticks % TICKS_BETWEEN_LOOKS === 0) return updates(options.all(), batch);
          return updates(batch.episodes, batch);
        }
        const incidents = batch.episodes.flatMap((episode) => diagnoser.diagnose(episode, true, batch) ?? []);
        const visible = incidents.filter((incident) => options.suspected || isReportable(incident));
        options.onHidden(options.suspected ? [] : incidents.filter((incident) => !isReportable(incident)));
        return visible.toSorted(inOrder).map((incident) => ({ incident, final: true }));
      }),
    );
  };
}

/** A force line or a stop call without any failure: nothing that a diagnosis could make more of. */
function isDull(episode: Episode): boolean {
  return (
    episode.kind === 'stop' &&
    episode.firstFailureMs === null &&
    episode.attempts.length + episode.olderAttempts < 3 &&
    episode.attempts.every((attempt) => attempt.killed === null)
  );
}

/** Open ones first, then by node, pod and time: what is shown does not depend on the order of the input. */
function inOrder(a: Incident, b: Incident): number {
  return (
    rank(a) - rank(b) ||
    compare(a.node ?? '', b.node ?? '') ||
    compare(`${a.pod?.namespace}/${a.pod?.name}`, `${b.pod?.namespace}/${b.pod?.name}`) ||
    compare(a.firstSeen ?? '', b.firstSeen ?? '') ||
    compare(a.id, b.id)
  );
}

function rank(incident: Incident): number {
  return incident.state === 'open' ? 0 : 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
