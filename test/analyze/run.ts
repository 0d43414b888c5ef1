/** Runs the whole pipeline for a test and gives the incidents in their final state. */
import { lastValueFrom, toArray } from 'rxjs';
import { type AnalyzeOptions, analyzeReports } from '../../lib/analyze.js';
import type { Incident, Summary } from '../../lib/diagnose/types.js';
import { fromStream, openInputs } from '../../lib/ingest/index.js';

export interface Outcome {
  readonly incidents: readonly Incident[];
  readonly summary: Summary;
}

export async function outcomeOf(
  source: string | readonly string[] | Iterable<Uint8Array>,
  options: AnalyzeOptions = {},
): Promise<Outcome> {
  const inputs =
    typeof source === 'string'
      ? await openInputs([source])
      : isNames(source)
        ? await openInputs(source)
        : { groups: [{ name: 'text', sources: [fromStream(chunks(source), 'text')] }], problems: [] };
  const reports = await lastValueFrom(analyzeReports(inputs, { live: false, ...options }).pipe(toArray()));
  const incidents = reports.flatMap((report) =>
    'incident' in report && report.final ? [report.incident] : [],
  );
  const summary = reports.flatMap((report) => ('summary' in report ? [report.summary] : [])).at(-1);
  if (summary === undefined) throw new Error('no summary');
  return { incidents, summary };
}

export function outcomeOfText(text: string, options: AnalyzeOptions = {}): Promise<Outcome> {
  return outcomeOf([Buffer.from(text)], options);
}

/** What must not depend on the envelope, the order or the chunks of the input. */
export function essence(incident: Incident) {
  return Object.fromEntries(ESSENTIAL.map((key) => [key, incident[key]]));
}

const ESSENTIAL = [
  'id',
  'state',
  'certainty',
  'attempts',
  'attemptsAtLeast',
  'firstSeen',
  'lastSeen',
  'intervalSeconds',
  'mechanism',
  'rootCause',
  'affected',
  'leak',
  'pod',
  'containers',
  'endedAt',
] as const satisfies readonly (keyof Incident)[];

function isNames(source: Exclude<Parameters<typeof outcomeOf>[0], string>): source is readonly string[] {
  return Array.isArray(source) && source.every((item) => typeof item === 'string');
}

async function* chunks(source: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source;
}
