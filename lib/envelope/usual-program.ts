/**
 * What the daemons print, read in one pass where it is as they print it: klog of the kubelet, logfmt of dockerd,
 * containerd and CRI-O. Gives nothing for whatever else it may be; the peelers then look at it from all sides.
 */
import { NO_FIELDS } from './draft.js';
import { type Fields, fieldBag } from './fields.js';
import { levelName } from './level.js';
import { endOfDigits, fixedDigits, isDay, isTimeOfDay } from './stamp.js';
import type { Stamp } from './types.js';
import { closingQuote, readUsualPairs, unquoted } from './usual-pairs.js';
import { zonedStamp } from './zoned-stamp.js';

export interface UsualProgram {
  readonly name: 'klog' | 'logfmt';
  readonly time: Stamp;
  readonly level: string | null;
  readonly pid: number | null;
  readonly caller: string | null;
  readonly message: string;
  readonly fields: Fields;
}

/** `time="` */
const TIME_LENGTH = 6;
const LONGEST_CALLER = 128;

/** Null where the text from `at` on is anything but one whole record. */
export function readUsualProgram(text: string, at: number): UsualProgram | null {
  const first = text.charCodeAt(at);
  if (first === 0x74) return text.startsWith('time="', at) ? readLogfmt(text, at) : null;
  return klogLevel(first) === null ? null : readKlog(text, at, first);
}

function readLogfmt(text: string, at: number): UsualProgram | null {
  const quote = text.indexOf('"', at + TIME_LENGTH);
  const time = quote < 0 ? null : zonedStamp(text, at + TIME_LENGTH, quote);
  if (time === null || text.charCodeAt(quote + 1) !== 0x20) return null;
  let level: string | null = null;
  let message: string | null = null;
  let caller: string | null = null;
  const bag = fieldBag();
  const isWhole = readUsualPairs(text, quote + 2, (key, value) => {
    if (level === null && (key === 'level' || key === 'lvl'))
      level = value === 'info' ? value : levelName(value);
    else if (message === null && key === 'msg') message = value;
    else if (caller === null && key === 'caller' && value.length <= LONGEST_CALLER) caller = value;
    else bag.set(key, value);
  });
  if (!isWhole || message === null || relays(message)) return null;
  return { name: 'logfmt', time, level, pid: null, caller, message, fields: bag.fields };
}

function klogLevel(letter: number): string | null {
  if (letter === 0x49) return 'info';
  if (letter === 0x57) return 'warning';
  if (letter === 0x45) return 'error';
  return letter === 0x46 ? 'fatal' : null;
}

/** Length of `E0930 14:50:52.135711`. */
const HEAD_LENGTH = 21;

function readKlog(text: string, at: number, letter: number): UsualProgram | null {
  const time = klogTime(text, at);
  if (time === null) return null;
  let pidStart = at + HEAD_LENGTH;
  while (text.charCodeAt(pidStart) === 0x20) pidStart += 1;
  const pidEnd = endOfDigits(text, pidStart);
  if (pidStart === at + HEAD_LENGTH || pidEnd === pidStart || pidEnd - pidStart > 10) return null;
  const callerEnd = text.charCodeAt(pidEnd) === 0x20 ? text.indexOf('] ', pidEnd) : -1;
  if (callerEnd < 0 || !isCaller(text, pidEnd + 1, callerEnd)) return null;
  const body = callerEnd + 2;
  let message: string;
  let fields: Fields = NO_FIELDS;
  if (text.charCodeAt(body) === 0x22) {
    const close = closingQuote(text, body);
    if (close < 0) return null;
    message = unquoted(text, body, close);
    const bag = fieldBag();
    if (close + 1 < text.length && !readUsualPairs(text, close + 2, bag.set)) return null;
    fields = bag.fields;
  } else message = text.slice(body);
  if (relays(message)) return null;
  return {
    name: 'klog',
    time,
    level: klogLevel(letter),
    pid: Number(text.slice(pidStart, pidEnd)),
    caller: text.slice(pidEnd + 1, callerEnd),
    message,
    fields,
  };
}

function klogTime(text: string, at: number): Stamp | null {
  const month = fixedDigits(text, at + 1, 2);
  const day = fixedDigits(text, at + 3, 2);
  const hour = fixedDigits(text, at + 6, 2);
  const minute = fixedDigits(text, at + 9, 2);
  const second = fixedDigits(text, at + 12, 2);
  const micros = fixedDigits(text, at + 15, 6);
  const isTime =
    isDay(month, day) &&
    text.charCodeAt(at + 5) === 0x20 &&
    text.charCodeAt(at + 8) === 0x3a &&
    text.charCodeAt(at + 11) === 0x3a &&
    text.charCodeAt(at + 14) === 0x2e &&
    isTimeOfDay(hour, minute, second) &&
    micros >= 0;
  if (!isTime) return null;
  return { kind: 'local', year: null, month, day, hour, minute, second, nanos: micros * 1000, digits: 6 };
}

/** `file.go:123` */
function isCaller(text: string, from: number, to: number): boolean {
  if (to - from > LONGEST_CALLER - 2) return false;
  let digits = to;
  while (digits > from && isDigit(text.charCodeAt(digits - 1))) digits -= 1;
  if (digits === to || digits - 1 <= from || text.charCodeAt(digits - 1) !== 0x3a) return false;
  for (let at = from; at < digits; at += 1) {
    const code = text.charCodeAt(at);
    // Beyond ASCII there are blanks, too.
    if (code <= 0x20 || code === 0x5d || code > 0x7e) return false;
  }
  return true;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether the message may be another program's line: then it is one more envelope. */
function relays(message: string): boolean {
  const first = message.charCodeAt(0);
  // A component's name may stand in front of klog's head, and blanks in front of anything.
  if (first >= 0x61 && first <= 0x7a) return message.startsWith('time="') || RELAYED_KLOG.test(message);
  return first <= 0x20 || isDigit(first) || (klogLevel(first) !== null && isDigit(message.charCodeAt(1)));
}

const RELAYED_KLOG = /^[a-z][a-z-]{2,39} [IWEF]\d/;
