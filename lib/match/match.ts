/**
 * Recognises records: which pattern, if any, says what this line means. A record gives at most one event. Of
 * several patterns that could take it, the one that asks for most expressions goes first, then the one whose
 * literal found in the line is longest, then the one whose id sorts first: a telling phrase inside an error
 * wins over the wrapping that carries it.
 */
import type { LogRecord } from '../envelope/types.js';
import {
  type CompileExpression,
  compileNative,
  type Expression,
  type MutableCaptures,
} from './expression.js';
import { indexLiterals } from './literal-index.js';
import type { LoadedPatterns } from './load.js';
import { type Believes, believer } from './origin.js';
import type { Captures, LogEvent, Pattern, PatternLibrary } from './types.js';

export interface Matcher {
  /** What a line must hold one of, for the scan. */
  readonly literals: readonly string[];
  /** Those of them whose lines are kept to 1 MiB. */
  readonly longLiterals: readonly string[];
  /** The event of a record, or nothing: an array, so that a record may come to mean more than one thing. */
  match(record: LogRecord): LogEvent[];
}

interface Recogniser {
  readonly pattern: Pattern;
  readonly origin: number;
  readonly message: Expression | null;
  readonly fields: readonly (readonly [string, Expression])[];
  readonly capture: readonly (readonly [keyof Captures, readonly string[]])[];
  readonly hasConstants: boolean;
}

/**
 * Builds a matcher. `compileLinear` (from `loadLinearEngine`) is needed where the library holds patterns that
 * users brought. Throws where a pattern names an origin that the library lacks.
 */
export function createMatcher(library: PatternLibrary, compileLinear?: CompileExpression): Matcher {
  const origins = new Map<string, number>();
  const believers: Believes[] = [];
  const ranked = rank(library.patterns);
  const literals = [...new Set(ranked.map(({ literal }) => literal))];
  const indexOf = new Map(literals.map((literal, index) => [literal, index]));
  /** Ranks of the patterns that a literal brings up; `ranked` is in order of precedence. */
  const ranksOf: number[][] = literals.map(() => []);
  const recognisers = new Map<Pattern, Recogniser>();
  const byRank = ranked.map(({ literal, pattern }, place) => {
    ranksOf[indexOf.get(literal) as number]?.push(place);
    let recogniser = recognisers.get(pattern);
    if (recogniser === undefined) {
      recogniser = compile(pattern, originIndex(pattern));
      recognisers.set(pattern, recogniser);
    }
    return recogniser;
  });
  const find = indexLiterals(literals);

  function originIndex(pattern: Pattern): number {
    let index = origins.get(pattern.origin);
    if (index === undefined) {
      const origin = library.origins[pattern.origin];
      if (origin === undefined) throw new Error(`pattern ${pattern.id}: no origin named ${pattern.origin}`);
      index = believers.push(believer(origin, library.quoters)) - 1;
      origins.set(pattern.origin, index);
    }
    return index;
  }

  function compile(pattern: Pattern, origin: number): Recogniser {
    if (pattern.linear && compileLinear === undefined)
      throw new Error(`pattern ${pattern.id} comes from a user: give createMatcher the linear engine`);
    const engine = pattern.linear && compileLinear !== undefined ? compileLinear : compileNative;
    return {
      pattern,
      origin,
      message: pattern.message === null ? null : engine(pattern.message),
      fields: Object.entries(pattern.fields).map(([field, source]) => [field, engine(source)] as const),
      capture: Object.entries(pattern.capture) as [keyof Captures, readonly string[]][],
      hasConstants: Object.keys(pattern.constants).length > 0,
    };
  }

  return {
    literals: shortest(literals),
    longLiterals: [...new Set(library.patterns.filter((p) => p.longLine).flatMap((p) => p.literals))],
    match(record) {
      const places: number[] = [];
      find(record.text, (literal) => {
        for (const place of ranksOf[literal] ?? []) if (!places.includes(place)) places.push(place);
      });
      if (places.length === 0) return [];
      if (places.length > 1) places.sort((a, b) => a - b);
      const believed: (boolean | undefined)[] = [];
      let previous: Recogniser | undefined;
      for (const place of places) {
        const recogniser = byRank[place];
        if (recogniser === undefined || recogniser === previous) continue;
        previous = recogniser;
        believed[recogniser.origin] ??= believers[recogniser.origin]?.(record) ?? false;
        if (believed[recogniser.origin] !== true) continue;
        const captures = recognise(recogniser, record);
        if (captures !== null) return [{ record, pattern: recogniser.pattern, captures }];
      }
      return [];
    },
  };
}

const matchers = new WeakMap<readonly Pattern[], Matcher>();

/** The matcher of loaded patterns, one for each list of them: to compile it takes longer than a small log. */
export function matcherOf(library: LoadedPatterns): Matcher {
  const known = matchers.get(library.patterns);
  if (known !== undefined) return known;
  const matcher = createMatcher(library, library.compileLinear);
  matchers.set(library.patterns, matcher);
  return matcher;
}

/** Those that hold none of the others: a line with `StopContainer for` in it is found by `StopContainer`. */
function shortest(literals: readonly string[]): string[] {
  return literals.filter(
    (literal) => !literals.some((other) => other !== literal && literal.includes(other)),
  );
}

/** Every literal of every pattern, in the order of precedence stated above. */
function rank(patterns: readonly Pattern[]): { readonly literal: string; readonly pattern: Pattern }[] {
  return patterns
    .flatMap((pattern) => pattern.literals.map((literal) => ({ literal, pattern })))
    .sort(
      (a, b) =>
        expressionsOf(b.pattern) - expressionsOf(a.pattern) ||
        b.literal.length - a.literal.length ||
        (a.pattern.id < b.pattern.id ? -1 : 1),
    );
}

function expressionsOf(pattern: Pattern): number {
  return (pattern.message === null ? 0 : 1) + Object.keys(pattern.fields).length;
}

/** Where several places name the same capture, the message wins, then expressions over fields, then fields. */
function recognise(recogniser: Recogniser, record: LogRecord): Captures | null {
  const captures: MutableCaptures = {};
  if (recogniser.message !== null && !recogniser.message(record.message, captures)) return null;
  for (const [field, expression] of recogniser.fields) {
    const value = record.fields[field];
    if (value === undefined || !expression(value, captures)) return null;
  }
  for (const [name, fields] of recogniser.capture) {
    for (const field of fields) {
      const value = record.fields[field] ?? '';
      if (value === '') continue;
      captures[name] ??= value;
      break;
    }
  }
  return recogniser.hasConstants ? Object.assign(captures, recogniser.pattern.constants) : captures;
}
