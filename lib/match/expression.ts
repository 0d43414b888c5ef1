/**
 * Compiles the expressions of patterns. Ours run in V8's engine, held by tests to behave on hostile text; those
 * that users bring run in re2js, whose time grows linearly with the text whatever the expression says.
 */
import type { Captures } from './types.js';
import { CAPTURE_NAMES } from './vocabulary.js';

/** Adds the captures found in the text, unless they are there already; false where it does not match. */
export type Expression = (text: string, into: MutableCaptures) => boolean;
export type CompileExpression = (source: string) => Expression;
export type MutableCaptures = { -readonly [Name in keyof Captures]: Captures[Name] };

/** Characters of a message or field that a user's expression is run over: linear, but some 100 times slower. */
export const LINEAR_TEXT_LIMIT = 16_384;
/** Instructions of a user's compiled expression; with the limit above one match stays below a quarter second. */
export const LINEAR_PROGRAM_LIMIT = 500;
export const EXPRESSION_LENGTH_LIMIT = 4_000;

const GROUP_NAME = /\(\?P?<([A-Za-z_]\w*)>/g;

/** Names of the groups in an expression, in order. */
export function groupsOf(source: string): string[] {
  return Array.from(source.matchAll(GROUP_NAME), ([, group = '']) => group);
}

/**
 * A group's name is its capture's, with digits behind it where one expression has several places for the same
 * capture (`container`, `container2`): the first that took part in the match counts. Null for another name.
 */
export function captureOfGroup(group: string): keyof Captures | null {
  const name = group.replace(/\d+$/, '') as keyof Captures;
  return CAPTURE_NAMES.includes(name) ? name : null;
}

/** Compiles one of our own expressions. Throws a SyntaxError for a malformed one. */
export const compileNative: CompileExpression = (source) => {
  const expression = new RegExp(source, 'u');
  const places = placesOf(source);
  if (places.length === 0) return (text) => expression.test(text);
  return (text, into) => {
    const groups = expression.exec(text)?.groups;
    if (groups === undefined) return false;
    for (const { group, capture } of places) keep(into, capture, groups[group]);
    return true;
  };
};

/** Loads the linear-time engine, only when a user's pattern asks for it. The result throws on what RE2 lacks. */
export async function loadLinearEngine(): Promise<CompileExpression> {
  const { RE2JS } = await import('re2js');
  return (source) => {
    if (source.length > EXPRESSION_LENGTH_LIMIT)
      throw new Error(`longer than ${EXPRESSION_LENGTH_LIMIT} characters`);
    const expression = RE2JS.compile(source);
    const size = expression.programSize();
    if (size > LINEAR_PROGRAM_LIMIT)
      throw new Error(
        `needs ${size} instructions, more than the ${LINEAR_PROGRAM_LIMIT} allowed: repeat less often`,
      );
    const places = placesOf(source);
    return (text, into) => {
      const matcher = expression.matcher(
        text.length > LINEAR_TEXT_LIMIT ? text.slice(0, LINEAR_TEXT_LIMIT) : text,
      );
      if (!matcher.find()) return false;
      for (const { group, capture } of places) keep(into, capture, matcher.group(group) ?? undefined);
      return true;
    };
  };
}

interface Place {
  readonly group: string;
  readonly capture: keyof Captures;
}

function placesOf(source: string): Place[] {
  return groupsOf(source).flatMap((group) => {
    const capture = captureOfGroup(group);
    return capture === null ? [] : [{ group, capture }];
  });
}

function keep(into: MutableCaptures, capture: keyof Captures, value: string | undefined): void {
  if (value !== undefined && value !== '') into[capture] ??= value;
}
