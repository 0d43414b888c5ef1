/**
 * What a run says of itself while it follows: on a terminal what it has begun to read, and when it is asked to, what
 * is open and how its sources stand.
 */
import type { SourceStanding } from '../analysis/following.js';
import type { Analysis } from '../analyze.js';
import type { Incident } from '../diagnose/types.js';
import { describeProblem } from '../match/problem.js';
import { counted, inputSize } from '../report/quantity.js';
import { duration } from '../report/time.js';
import type { Io } from './io.js';
import type { Requests } from './requests.js';

export interface Serving {
  readonly io: Pick<Io, 'stderr' | 'every'>;
  readonly analysis: Analysis;
  readonly requests: Requests;
  readonly warn: (text: string) => void;
  readonly show: (incident: Incident) => void;
}

/** Sources named for each thing that is said of them. */
const NAMED = 3;
const LOOK_MS = 1_000;

/** Gives what ends it. */
export function serve({ analysis, io, requests, show, warn }: Serving): () => void {
  requests.answer({
    SIGUSR2() {
      const incidents = analysis.open();
      warn(counted(incidents.length, 'open incident'));
      for (const incident of incidents) show(incident);
      void analysis.sources().then((sources) => {
        for (const text of standingTexts(sources)) warn(text);
      });
    },
    SIGHUP() {
      analysis.reload().then(
        (problems) => {
          for (const problem of problems) warn(describeProblem(problem));
          warn(problems.length === 0 ? 'the patterns were read again' : 'the patterns stay as they were');
        },
        (error: unknown) => warn(`the patterns stay as they were: ${(error as Error).message}`),
      );
    },
  });
  const end = io.stderr.isTerminal ? tellBegin({ analysis, io, warn }) : () => {};
  return () => {
    end();
    // Heard to the last, or it would end the process in the middle of its report.
    requests.answer({ SIGUSR2() {}, SIGHUP() {} });
  };
}

/** Once, when no more sources are met than a moment before. An empty file is met when something stands in it. */
function tellBegin({ analysis, io, warn }: Pick<Serving, 'analysis' | 'io' | 'warn'>): () => void {
  let before = -1;
  const end = io.every(LOOK_MS, () => {
    void analysis.sources().then((sources) => {
      if (sources.length !== before) {
        before = sources.length;
        return;
      }
      end();
      warn(`${followedText(sources)}; news come as they happen, Ctrl-C ends it with a report`);
    });
  });
  return end;
}

function followedText(sources: readonly SourceStanding[]): string {
  if (sources.length === 0) return 'following: nothing was found to read so far';
  const files = new Set(sources.filter(({ kind }) => kind === 'file').map(({ name }) => name)).size;
  const journals = sources.length - sources.filter(({ kind }) => kind === 'file').length;
  const parts = [...(files > 0 ? [counted(files, 'file')] : []), ...(journals > 0 ? ['the journal'] : [])];
  return `following ${parts.join(' and ')}`;
}

/** How the sources stand: how many, which are behind and by how much, which have fallen silent. */
export function standingTexts(sources: readonly SourceStanding[]): readonly string[] {
  const behind = sources
    .flatMap(({ name, unreadBytes }) =>
      unreadBytes === null || unreadBytes === 0 ? [] : [{ name, unreadBytes }],
    )
    .toSorted((a, b) => b.unreadBytes - a.unreadBytes);
  const bytes = behind.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0);
  const moved = sources.filter(({ kind, unreadBytes }) => kind === 'file' && unreadBytes === null);
  const silent = sources
    .filter(({ silentSeconds }) => silentSeconds !== null)
    .toSorted((a, b) => (b.silentSeconds ?? 0) - (a.silentSeconds ?? 0));
  if (sources.length === 0) return [followedText(sources)];
  return [
    behind.length === 0
      ? `${followedText(sources)}${sources.every(({ unreadBytes }) => unreadBytes === 0) ? ', read to the end' : ''}`
      : `${followedText(sources)}, ${inputSize(bytes)} not read yet: ${named(behind, ({ unreadBytes }) => inputSize(unreadBytes))}`,
    ...(moved.length === 0 ? [] : [`moved or gone, read on while they are open: ${named(moved)}`]),
    ...(silent.length === 0
      ? []
      : [`silent: ${named(silent, ({ silentSeconds }) => duration(silentSeconds ?? 0))}`]),
  ];
}

function named<Source extends { readonly name: string }>(
  sources: readonly Source[],
  what?: (source: Source) => string,
): string {
  const some = sources
    .slice(0, NAMED)
    .map((source) => (what === undefined ? source.name : `${source.name} (${what(source)})`));
  const more = sources.length - some.length;
  return `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
