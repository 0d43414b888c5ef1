/** The stages of a run that stand by themselves: what each remembers is a part of the memory of the run. */
import { createCorrelator } from '../correlate/correlate.js';
import { createOrder } from '../correlate/order.js';
import { createRewindable } from '../correlate/rewind.js';
import { DEFAULT_LIMITS } from '../correlate/types.js';
import { createDiagnoser } from '../diagnose/diagnose.js';
import { loadDefects } from '../diagnose/load-defects.js';
import { signRulesOf } from '../diagnose/sign-rules.js';
import { createClock } from '../envelope/clock.js';
import { createEnvelopeParser } from '../envelope/parse.js';
import { loadSignatures } from '../evidence/signature/load-signatures.js';
import type { Inputs } from '../ingest/types.js';
import { loadPatterns } from '../match/load.js';
import { matcherOf } from '../match/match.js';
import { createFollowing } from './following.js';
import { newRunMemory } from './memory.js';
import { createProgress } from './progress.js';
import type { AnalyzeOptions } from './types.js';

/** Lateness of lines that is put right, ms of event time. */
export const LATENESS_MS = 5_000;
/** Of a stream fewer events are held for their order than of files: it has to stay small for weeks. */
export const LIVE_HELD = { heldEvents: 4_096, heldText: 4 * 1024 * 1024 } as const;

/** Reads the knowledge, and makes them. */
export async function prepareStages(inputs: Inputs, options: AnalyzeOptions) {
  const [library, defects, signatures] = await Promise.all([
    loadPatterns(options.patterns),
    loadDefects(),
    loadSignatures(),
  ]);
  for (const problem of library.problems) options.onPatternProblem?.(problem);
  for (const notice of library.notices) options.onNotice?.(notice);
  const memory = options.saved?.memory ?? newRunMemory();
  const { counts } = memory;
  const now = options.now ?? Date.now;
  const progress = createProgress();
  const following = createFollowing({
    inputs,
    saved: options.saved?.sources ?? [],
    progress,
    counts,
    now,
    onNotice: (text) => options.onNotice?.(text),
    onSources: () => options.onSources?.(),
    hooks: {
      ...(options.signal && { signal: options.signal }),
      frontier: ({ key }) => progress.of(key),
      ready: () => options.ready?.(),
    },
  });
  const modified = new Map(
    inputs.groups.flatMap((group) => group.sources.map((s) => [s.name, s.modified] as const)),
  );
  const clock = createClock(
    {
      tz: options.tz ?? null,
      systemOffset: (utcMs) => -new Date(utcMs).getTimezoneOffset(),
      now,
      fileDate: (source) => modified.get(source) ?? following.modified(source),
    },
    memory.clock,
  );
  const live =
    options.live ??
    (inputs.followed !== undefined ||
      inputs.groups.some((group) => group.sources.some((source) => source.kind === 'stream')));
  const rules = signRulesOf(defects.values());
  const correlator = createRewindable(
    (own, undo) => createCorrelator({ limits: DEFAULT_LIMITS, rules, memory: own, undo }),
    memory.correlator,
  );
  return {
    matcher: matcherOf(library),
    clock,
    now,
    progress,
    following,
    parser: createEnvelopeParser({}, memory.parser),
    order: createOrder(
      { ...(live ? LIVE_HELD : DEFAULT_LIMITS), clock, latenessMs: LATENESS_MS },
      memory.order,
    ),
    correlator,
    signatures,
    diagnoser: createDiagnoser(defects, correlator),
    memory,
    live,
  };
}

export type Stages = Awaited<ReturnType<typeof prepareStages>>;
