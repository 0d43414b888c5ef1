/**
 * A log line's JSON object as a flat map of texts. Strings are unescaped, numbers keep the digits they were
 * written with, objects and lists keep their JSON text. An object that was cut off in the middle gives the
 * members before the cut: a bounded reader cuts long lines, and the message mostly comes first.
 */

export interface JsonMember {
  readonly kind: 'string' | 'number' | 'literal' | 'nested';
  /** Unescaped text of a string, source text of anything else. */
  readonly text: string;
}

export type JsonMembers = ReadonlyMap<string, JsonMember>;

/** Members read of one object; journald's own objects have about 30. */
const MAX_MEMBERS = 256;

function skipBlank(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code !== 0x20 && code !== 0x2c && (code < 0x09 || code > 0x0d)) break;
    end++;
  }
  return end;
}

/** Index behind the closing quote of a string at `at`, or the text's length and `closed` false. */
function endOfString(text: string, at: number): { end: number; closed: boolean } {
  let i = at + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return { end: i + 1, closed: true };
    i += code === 0x5c ? 2 : 1;
  }
  return { end: text.length, closed: false };
}

/** The text of a string literal; one that was cut off loses an incomplete escape at its end. */
function decode(text: string, at: number, end: number, closed: boolean): string | null {
  const inner = text.slice(at + 1, closed ? end - 1 : end);
  if (!inner.includes('\\')) return inner;
  const source = closed
    ? text.slice(at, end)
    : `${text.slice(at, end).replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '')}"`;
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'string' ? value : null;
  } catch {
    // A raw tab or newline is no valid JSON, and common in lines that were edited by hand.
    return source
      .slice(1, -1)
      .replace(/\\(["\\/])/g, '$1')
      .replace(/\\n/g, '\n')
      .replace(/\\t/g, '\t');
  }
}

function endOfNested(text: string, at: number): number {
  let depth = 0;
  let i = at;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i).end;
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      depth--;
      if (depth === 0) return i + 1;
    }
    i++;
  }
  return text.length;
}

function endOfWord(text: string, at: number): number {
  let end = at;
  while (end < text.length && !/[\s,}\]]/.test(text[end] ?? '')) end++;
  return end;
}

/** Members of the object that starts at `at`, null where no object with a first key does. */
export function readJsonObject(text: string, at: number): JsonMembers | null {
  if (text[at] !== '{') return null;
  const members = new Map<string, JsonMember>();
  let i = skipBlank(text, at + 1);
  while (text[i] === '"' && members.size < MAX_MEMBERS) {
    const keyEnd = endOfString(text, i);
    const key = keyEnd.closed ? decode(text, i, keyEnd.end, true) : null;
    let valueStart = skipBlank(text, keyEnd.end);
    if (key === null || text[valueStart] !== ':') break;
    valueStart = skipBlank(text, valueStart + 1);
    if (valueStart >= text.length) break;
    const first = text[valueStart];
    if (first === '"') {
      const { end, closed } = endOfString(text, valueStart);
      const value = decode(text, valueStart, end, closed);
      if (value !== null) members.set(key, { kind: 'string', text: value });
      i = end;
    } else if (first === '{' || first === '[') {
      i = endOfNested(text, valueStart);
      members.set(key, { kind: 'nested', text: text.slice(valueStart, i) });
    } else {
      i = endOfWord(text, valueStart);
      const word = text.slice(valueStart, i);
      // Nothing there is not JSON, and would not move on.
      if (word === '') break;
      members.set(key, { kind: /^-?\d/.test(word) ? 'number' : 'literal', text: word });
    }
    i = skipBlank(text, i);
  }
  return members.size > 0 ? members : null;
}

/** The first of the named members that is a string or a number, else null. */
export function memberText(members: JsonMembers, ...names: readonly string[]): string | null {
  for (const name of names) {
    const member = members.get(name);
    if (member !== undefined && (member.kind === 'string' || member.kind === 'number')) return member.text;
  }
  return null;
}
