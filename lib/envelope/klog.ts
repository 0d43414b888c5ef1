/**
 * klog: `E0930 14:50:52.135711    3122 file.go:784] text`, the kubelet's format. The text is free up to
 * Kubernetes 1.20 and `"msg" key="value"` from 1.21 on. The header has no year and is in local time.
 */
import { fieldBag } from './fields.js';
import { endOfKey, readPairs, readQuoted, skipSpaces, startsGlued } from './key-values.js';
import { levelName } from './level.js';
import type { Peeled } from './peeled.js';
import { endOfDigits, fixedDigits, isDay, localStamp, readClock } from './stamp.js';
import type { Stamp } from './types.js';

interface Header {
  readonly level: string | null;
  readonly time: Stamp;
  readonly pid: number;
  readonly caller: string;
  readonly end: number;
}

/** Longest `file.go:123` that is looked for. */
const LONGEST_CALLER = 128;

function readHeader(text: string, at: number): Header | null {
  const letter = text[at] ?? '';
  if (letter !== 'I' && letter !== 'W' && letter !== 'E' && letter !== 'F') return null;
  const month = fixedDigits(text, at + 1, 2);
  const day = fixedDigits(text, at + 3, 2);
  if (!isDay(month, day) || text[at + 5] !== ' ') return null;
  const clock = readClock(text, at + 6);
  if (clock === null || text[clock.end] !== ' ') return null;
  const pidStart = skipSpaces(text, clock.end);
  const pidEnd = endOfDigits(text, pidStart);
  if (pidEnd === pidStart || pidEnd - pidStart > 10 || text[pidEnd] !== ' ') return null;
  const callerEnd = text.slice(pidEnd + 1, pidEnd + 1 + LONGEST_CALLER).indexOf('] ');
  const last = callerEnd < 0 && text.endsWith(']') ? text.length - 1 : pidEnd + 1 + callerEnd;
  const caller = text.slice(pidEnd + 1, last);
  if (last <= pidEnd || caller.length > LONGEST_CALLER || !/^[^\s\]]+:\d+$/.test(caller)) return null;
  return {
    level: levelName(letter),
    time: localStamp(null, month, day, clock),
    pid: Number(text.slice(pidStart, pidEnd)),
    caller,
    end: Math.min(text.length, last + 2),
  };
}

/** `"msg" key="value" …` behind the header; null where the text is free. */
function readStructured(text: string): Pick<Peeled, 'rest' | 'fields' | 'glued'> | null {
  if (text[0] !== '"') return null;
  const message = readQuoted(text, 0);
  // A free text may begin with a quote, too; then what follows the quote is no pair.
  if (!message.closed && text.indexOf('"', 1) >= 0) return null;
  const bag = fieldBag();
  if (startsGlued(text, message.end))
    return { rest: message.value, fields: bag.fields, glued: text.slice(message.end) };
  const pairs = readPairs(text, message.end, bag.set);
  const glued = pairs.end < text.length ? { glued: text.slice(pairs.end) } : {};
  return { rest: message.value, fields: bag.fields, ...glued };
}

/**
 * Where a pager wrapped, its mark stays inside the joined line: `desc = > context deadline exceeded`. The
 * only place where klog itself prints ` >` is the end of a multi-line value, on a line of its own.
 */
function withoutWrapMarks(text: string): string {
  return text.includes('= > ') ? text.replaceAll('= > ', '= ') : text;
}

/** microshift runs several components in one process and puts their names before the header. */
function startOfHeader(text: string): number {
  const start = skipSpaces(text, 0);
  const component = /^[a-z][a-z-]{2,39} (?=[IWEF]\d{4} )/.exec(text.slice(start, start + 64));
  return component === null ? start : start + component[0].length;
}

export function peelKlog(text: string): Peeled | null {
  const header = readHeader(text, startOfHeader(text));
  if (header === null) return null;
  const body = withoutWrapMarks(text.slice(header.end));
  const inner = readStructured(body) ?? { rest: body };
  const { level, time, pid, caller } = header;
  return { name: 'klog', kind: 'program', level, time, pid, caller, ...inner };
}

/** Longest left-cut message that is looked through for its closing quote. */
const LONGEST_CUT_MESSAGE = 512;

/**
 * A structured line whose beginning was cut off: `Container failed" err="…" pod="…"`. Recognised by its
 * first quote, which closes something and is followed by a pair.
 */
export function peelCutPairs(text: string): Peeled | null {
  const quote = text.slice(0, LONGEST_CUT_MESSAGE).indexOf('"');
  if (quote < 1 || text[quote + 1] !== ' ' || text[quote - 1] === '=') return null;
  const equals = endOfKey(text, quote + 2);
  if (equals < 0 || text[equals + 1] !== '"') return null;
  const bag = fieldBag();
  readPairs(text, quote + 2, bag.set);
  return { name: 'klog', kind: 'program', rest: text.slice(0, quote).trimStart(), fields: bag.fields };
}
