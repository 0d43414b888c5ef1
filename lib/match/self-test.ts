/**
 * Tests pattern files on their own samples and near misses, with the very parser and matcher that a run uses:
 * a sample must be taken by its pattern with exactly the captures it states, a near miss must not.
 */
import { createEnvelopeParser } from '../envelope/parse.js';
import type { CandidateLine } from '../scan/types.js';
import { captureNamesOf, type PatternFile } from './compile.js';
import type { CompileExpression } from './expression.js';
import { createMatcher, type Matcher } from './match.js';
import type { Captures, LogEvent, PatternLibrary } from './types.js';

export interface SelfTest {
  readonly patterns: number;
  readonly samples: number;
  readonly nearMisses: number;
  readonly failures: readonly SelfTestFailure[];
  /** Captures that a pattern can give and no sample of it shows. */
  readonly uncovered: readonly { readonly id: string; readonly capture: string }[];
}

export type SelfTestFailure = {
  readonly id: string;
  readonly file: string;
  readonly line: string;
} & (
  | { readonly kind: 'sample-not-matched' /** Pattern that took it, if any. */; readonly by: string | null }
  | { readonly kind: 'captures-differ'; readonly expected: Captures; readonly found: Captures }
  | { readonly kind: 'near-miss-matched'; readonly why: string; readonly captures: Captures }
);

/** `library` holds all patterns of the run, the tested ones among them, since they compete for lines. */
export function testPatterns(
  files: readonly PatternFile[],
  library: PatternLibrary,
  compileLinear?: CompileExpression,
): SelfTest {
  const matcher = createMatcher(library, compileLinear);
  const failures: SelfTestFailure[] = [];
  const uncovered: { id: string; capture: string }[] = [];
  let samples = 0;
  let nearMisses = 0;
  for (const { file, pattern, samples: own, nearMisses: others } of files) {
    const { id } = pattern;
    const shown = new Set<string>();
    for (const { line, captures: expected } of own) {
      samples++;
      const event = firstEvent(matcher, line);
      for (const name of Object.keys(expected)) shown.add(name);
      if (event?.pattern.id !== id) {
        failures.push({ id, file, line, kind: 'sample-not-matched', by: event?.pattern.id ?? null });
      } else if (!sameCaptures(event.captures, expected)) {
        failures.push({ id, file, line, kind: 'captures-differ', expected, found: event.captures });
      }
    }
    for (const { line, why } of others) {
      nearMisses++;
      const event = firstEvent(matcher, line);
      if (event?.pattern.id === id)
        failures.push({ id, file, line, kind: 'near-miss-matched', why, captures: event.captures });
    }
    for (const capture of captureNamesOf(pattern)) if (!shown.has(capture)) uncovered.push({ id, capture });
  }
  return { patterns: files.length, samples, nearMisses, failures, uncovered };
}

/** What a run would make of the text alone: its first line, the rest being continuation lines. */
function firstEvent(matcher: Matcher, text: string): LogEvent | undefined {
  const records = createEnvelopeParser().parse(candidateOf(text));
  return records.flatMap((record) => matcher.match(record))[0];
}

function candidateOf(text: string): CandidateLine {
  const [first = '', ...tail] = text.replace(/\n$/, '').split('\n');
  return { source: 'sample', offset: 0, line: 1, text: first, cutBytes: 0, tail };
}

function sameCaptures(a: Captures, b: Captures): boolean {
  const names = Object.keys(a) as (keyof Captures)[];
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
