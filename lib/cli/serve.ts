/**
 * What a run says of itself while it follows: on a terminal what it has begun to read, and when it is asked to, what
 * is open and how its sources stand.
 */
import type { Analysis } from '../analyze.js';
import type { Incident } from '../diagnose/types.js';
import { reasonOf } from '../ingest/input-error.js';
import { describeProblem } from '../match/problem.js';
import { counted } from '../report/quantity.js';
import type { Io } from './io.js';
import type { Requests } from './requests.js';
import { followedText, standingTexts } from './standing-words.js';

export interface Serving {
  readonly io: Pick<Io, 'stdout' | 'stderr' | 'every'>;
  readonly analysis: Analysis;
  readonly requests: Requests;
  readonly warn: (text: string) => void;
  readonly show: (incident: Incident) => void;
}

const LOOK_MS = 1_000;
const BLOCKED =
  'standard output is full: whoever reads it takes nothing now, and until that changes nothing is told there and nothing is read';

/** Gives what ends it. */
export function serve({ analysis, io, requests, show, warn }: Serving): () => void {
  requests.answer({
    SIGUSR2() {
      const incidents = analysis.open();
      // What is asked for goes there, too: asked before it is written.
      if (io.stdout.drained() !== undefined) warn(BLOCKED);
      warn(counted(incidents.length, 'open incident'));
      for (const incident of incidents) show(incident);
      analysis.sources().then(
        (sources) => {
          for (const text of standingTexts(sources, analysis.names())) warn(text);
        },
        (error: unknown) => warn(`how the sources stand is not known: ${reasonOf(error)}`),
      );
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

/** Once, when all was looked at and no more sources are met than a moment before. */
function tellBegin({ analysis, io, warn }: Pick<Serving, 'analysis' | 'io' | 'warn'>): () => void {
  let before = -1;
  let isAsking = false;
  let isOver = false;
  const stop = io.every(LOOK_MS, () => {
    const names = analysis.names();
    // Looking at many files, or at a sick disk, may take longer than that.
    if (isAsking || names === null) return;
    isAsking = true;
    analysis
      .sources()
      // Asked again in a second.
      .then(
        (sources) => tell(sources, names),
        () => {},
      )
      .finally(() => {
        isAsking = false;
      });
  });
  function tell(
    sources: Awaited<ReturnType<Analysis['sources']>>,
    names: NonNullable<ReturnType<Analysis['names']>>,
  ): void {
    if (isOver) return;
    const found = sources.length + names.length;
    if (found !== before) {
      before = found;
      return;
    }
    end();
    warn(`${followedText(sources, names)}; news come as they happen, Ctrl-C ends it with a report`);
  }
  function end(): void {
    isOver = true;
    stop();
  }
  return end;
}
