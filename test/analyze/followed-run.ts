/**
 * Feeds a run with the pieces of texts that grow, without files and without waiting: stops it after any piece, takes
 * what it would leave for the next run, and goes on from that. The clock moves on with every piece.
 */
import { deserialize, serialize } from 'node:v8';
import { Observable } from 'rxjs';
import { type AnalyzeOptions, createAnalysis, type SavedRun } from '../../lib/analyze.js';
import type { Incident, Summary } from '../../lib/diagnose/types.js';
import type { FollowedPiece, FollowedSource, LinePosition } from '../../lib/ingest/follow/types.js';
import type { FollowedInput } from '../../lib/ingest/types.js';

export interface TextPiece {
  readonly name: string;
  readonly bytes: Buffer;
  /** Of a text that came under the name later than another. Default: that of the first. */
  readonly key?: string;
  /** More waits to be read behind it. Default false. */
  readonly more?: boolean;
}

export interface Told {
  readonly incident: Incident;
  readonly stillMs: number | null;
}

export interface Leg {
  /** Updates, in the order in which they were told. */
  readonly told: readonly Told[];
  /** Empty where the run was broken off. */
  readonly finals: readonly Incident[];
  /** Null where the run was broken off. */
  readonly summary: Summary | null;
  /** What it left when it was broken off, as another process would read it; null where it came to its end. */
  readonly saved: SavedRun | null;
}

export interface LegOptions extends AnalyzeOptions {
  /** The first piece that was not given to an earlier leg. Default 0. */
  readonly from?: number;
  /** The run is broken off before this piece. Default: it comes to its end, and so do its sources. */
  readonly until?: number;
  /** Wall clock between two pieces, ms. Default 1,000: no look is left out to spare the time. */
  readonly stepMs?: number;
  /** Waited for before each piece. */
  readonly before?: (place: number, told: readonly Told[]) => void | Promise<void>;
}

const START: LinePosition = { offset: 0, line: 0, before: '' };
export const WALL_MS = Date.UTC(2026, 10, 21, 12);

/** One run over the pieces, or over a part of them. */
export async function runLeg(pieces: readonly TextPiece[], options: LegOptions = {}): Promise<Leg> {
  const { from = 0, until, stepMs = 1_000, before, ...rest } = options;
  let wallMs = WALL_MS + from * stepMs;
  const told: Told[] = [];
  const finals: Incident[] = [];
  let summary: Summary | null = null;
  let saved: SavedRun | null = null;
  let broken = (): void => undefined;
  const brokenOff = new Promise<void>((resolve) => {
    broken = resolve;
  });

  const followed: FollowedInput = () =>
    new Observable<FollowedPiece>((subscriber) => {
      const sources = new Map<string, FollowedSource>();
      const sourceOf = (name: string, key = `key of ${name}`): FollowedSource => {
        const known = sources.get(key) ?? sourceNamed(name, key, positionOf(name, options.saved));
        sources.set(key, known);
        return known;
      };
      const feed = async (): Promise<void> => {
        for (const { name, position } of options.saved?.sources ?? []) {
          const given = pieces.slice(0, from).filter((piece) => piece.name === name);
          const chunk = Buffer.concat(given.map(({ bytes }) => bytes)).subarray(position.offset);
          subscriber.next({ kind: 'bytes', source: sourceOf(name), chunk, more: false });
        }
        for (const [place, { name, key, bytes, more = false }] of pieces.entries()) {
          if (place < from) continue;
          if (place === until) break;
          wallMs += stepMs;
          await before?.(place, told);
          subscriber.next({ kind: 'bytes', source: sourceOf(name, key), chunk: bytes, more });
        }
        if (until !== undefined) {
          saved = deserialize(serialize(analysis.save())) as SavedRun;
          broken();
          return;
        }
        for (const source of sources.values()) subscriber.next({ kind: 'end', source, because: 'removed' });
        subscriber.complete();
      };
      feed().catch((error: unknown) => subscriber.error(error));
    });

  const analysis = await createAnalysis(
    { groups: [], problems: [], followed: [followed] },
    { now: () => wallMs, ...rest },
  );
  const reading = { stop: (): void => undefined };
  const ended = new Promise<void>((resolve, reject) => {
    const subscription = analysis.reports.subscribe({
      next(report) {
        if ('summary' in report) summary = report.summary;
        else if (report.final) finals.push(report.incident);
        else told.push({ incident: report.incident, stillMs: report.stillMs ?? null });
      },
      error: reject,
      complete: resolve,
    });
    reading.stop = () => subscription.unsubscribe();
  });
  await Promise.race([ended, brokenOff]);
  reading.stop();
  return { told, finals, summary, saved };
}

/** A text cut into pieces that end anywhere. `cuts`: how many times. */
export function piecesOf(name: string, bytes: Buffer, cuts: number, random: () => number): TextPiece[] {
  const places = Array.from({ length: cuts }, () => Math.floor(random() * bytes.length));
  const at = [0, ...new Set(places.toSorted((a, b) => a - b)), bytes.length];
  return at.slice(1).map((end, i) => ({ name, bytes: bytes.subarray(at[i], end) }));
}

/** What was said, without what it is proved by. */
export function gistOf({ incident: { id, state, certainty } }: Told): string {
  return `${id} ${state} ${certainty}`;
}

function positionOf(name: string, saved: AnalyzeOptions['saved']): LinePosition {
  return saved?.sources.find((source) => source.name === name)?.position ?? START;
}

function sourceNamed(name: string, key: string, start: LinePosition): FollowedSource {
  return {
    name,
    key,
    kind: 'stream',
    modified: null,
    start,
    save: (position) => ({
      kind: 'file',
      key,
      name,
      dev: '1',
      ino: '2',
      head: { bytes: 1, sha256: '', start: '' },
      position,
    }),
  };
}
