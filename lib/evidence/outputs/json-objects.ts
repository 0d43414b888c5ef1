/**
 * Finds the JSON objects in a document: one that is the whole file, or among other outputs. Checks the text
 * itself before `JSON.parse`, because that tells neither line nor column of what is wrong in all versions of
 * Node, and because an object must be found to its end first.
 */

import type { Document } from '../types.js';
import { plainLines } from './plain-lines.js';

export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export interface FoundJson {
  readonly ok: true;
  readonly value: JsonObject;
  /** 1-based, first and last. */
  readonly line: number;
  readonly lastLine: number;
}

/** A text that begins like an object and is none. */
export interface BrokenJson {
  readonly ok: false;
  /** What was read up to and a little beyond the fault: to tell whose it is. */
  readonly text: string;
  readonly line: number;
  readonly faultLine: number;
  /** 1-based, in characters. */
  readonly faultColumn: number;
  readonly expected: string;
}

/** Characters of a document in which objects are looked for: `docker info` has 10 thousand. */
const TEXT_LIMIT = 4_194_304;
const OBJECTS_LIMIT = 256;

const found = new WeakMap<Document, readonly (FoundJson | BrokenJson)[]>();

/** In order. Objects start at the start of a line; each character is looked at at most twice. */
export function jsonObjects(document: Document): readonly (FoundJson | BrokenJson)[] {
  let objects = found.get(document);
  if (objects === undefined) {
    objects = find(plainLines(document));
    found.set(document, objects);
  }
  return objects;
}

function find(lines: readonly string[]): readonly (FoundJson | BrokenJson)[] {
  const starts: number[] = [];
  let length = 0;
  let count = 0;
  let any = false;
  for (const line of lines) {
    if (length + line.length > TEXT_LIMIT) break;
    any ||= /^\s{0,32}\{/.test(line);
    starts.push(length);
    length += line.length + 1;
    count++;
  }
  if (!any) return [];
  const text = lines.slice(0, count).join('\n');
  const out: (FoundJson | BrokenJson)[] = [];
  for (let i = 0; i < count && out.length < OBJECTS_LIMIT; ) {
    const start = starts[i] ?? 0;
    const at = start + (lines[i] ?? '').length - (lines[i] ?? '').trimStart().length;
    if (text[at] !== '{') {
      i++;
      continue;
    }
    const { end, expected } = endOfJson(text, at);
    const last = lineAt(starts, Math.max(at, expected === null ? end - 1 : end), i);
    if (expected === null) {
      const value = parsed(text.slice(at, end));
      if (value !== null) out.push({ ok: true, value, line: i + 1, lastLine: last + 1 });
      i = last + 1;
    } else {
      out.push({
        ok: false,
        text: text.slice(at, Math.min(end + 256, at + 65_536)),
        line: i + 1,
        faultLine: last + 1,
        faultColumn: end - (starts[last] ?? 0) + 1,
        expected,
      });
      // What stands before the fault was read as a part of this one.
      i = Math.max(last, i + 1);
    }
  }
  return out;
}

function parsed(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

function lineAt(starts: readonly number[], offset: number, from: number): number {
  let line = from;
  while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= offset) line++;
  return line;
}

const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Index behind the string that starts at `at`, -1 where none does. By hand: a regex keeps a step per character. */
function endOfString(text: string, at: number): number {
  if (text[at] !== '"') return -1;
  let i = at + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) return -1;
    i = code === 0x5c ? skip(ESCAPE, text, i) : i + 1;
    if (i < 0) return -1;
  }
  return -1;
}

/** Index behind the value that starts at `at`; where it is no JSON, the index of the fault and what was expected. */
function endOfJson(text: string, at: number): { readonly end: number; readonly expected: string | null } {
  /** True for objects, false for lists, outermost first: no recursion, hostile nesting is deep. */
  const open: boolean[] = [];
  let i = at;
  for (;;) {
    i = skip(SPACE, text, i);
    const first = text[i];
    if (first === '{' || first === '[') {
      open.push(first === '{');
      const inside = skip(SPACE, text, i + 1);
      if (text[inside] === (first === '{' ? '}' : ']')) {
        i = inside;
      } else {
        i = inside;
        if (first === '{') {
          const value = afterKey(text, i);
          if (value.expected !== null) return value;
          i = value.end;
        }
        continue;
      }
    } else {
      const end = first === '"' ? endOfString(text, i) : skip(SCALAR, text, i);
      if (end < 0) return { end: i, expected: first === '"' ? 'a string with its closing quote' : 'a value' };
      i = end;
    }
    // A value ended, or an empty object or list is about to: close what closes here.
    for (;;) {
      i = skip(SPACE, text, i);
      const object = open.at(-1);
      if (text[i] === (object ? '}' : ']')) {
        open.pop();
        i++;
        if (open.length === 0) return { end: i, expected: null };
        continue;
      }
      if (text[i] !== ',') return { end: i, expected: object ? '"," or "}"' : '"," or "]"' };
      i = skip(SPACE, text, i + 1);
      if (object) {
        const value = afterKey(text, i);
        if (value.expected !== null) return value;
        i = value.end;
      }
      break;
    }
  }
}

function afterKey(text: string, at: number): { readonly end: number; readonly expected: string | null } {
  const key = endOfString(text, at);
  if (key < 0) return { end: at, expected: 'a key in double quotes' };
  const colon = skip(SPACE, text, key);
  return text[colon] === ':' ? { end: colon + 1, expected: null } : { end: colon, expected: '":"' };
}

const QUOTED = /"([^"\\]{1,128})"/g;
/** Texts of one object whose lines are kept. */
const TEXTS_LIMIT = 8_192;
const linesOfTexts = new WeakMap<FoundJson, ReadonlyMap<string, number>>();

/** 1-based line of the first key or text `"text"` within the object, its first line where there is none. */
export function lineOfText(document: Document, object: FoundJson, text: string): number {
  let lines = linesOfTexts.get(object);
  if (lines === undefined) {
    lines = textsOf(document, object);
    linesOfTexts.set(object, lines);
  }
  return lines.get(text) ?? object.line;
}

function textsOf(document: Document, { line, lastLine }: FoundJson): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  for (let at = line; at <= lastLine; at++) {
    for (const [, text = ''] of (document.lines[at - 1] ?? '').matchAll(QUOTED)) {
      if (out.size === TEXTS_LIMIT) return out;
      if (!out.has(text)) out.set(text, at);
    }
  }
  return out;
}

export function asObject(value: JsonValue | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function asText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
