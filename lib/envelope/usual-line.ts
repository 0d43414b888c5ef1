/**
 * Most lines of a node are of one shape: a time, `host tag[pid]: `, and klog or logfmt behind it, as rsyslog writes
 * them. Such a line is read in one pass, without a try at each of the envelopes that it could have. Whatever is
 * different in any way is left to the peelers; what they would make of a line that is read here is the same.
 */
import type { CandidateLine } from '../scan/types.js';
import { monthNumber } from './months.js';
import { startsPayload } from './payload.js';
import { fixedDigits, isDay, isTimeOfDay } from './stamp.js';
import { readTag, type TagAt } from './syslog-tag.js';
import type { EnvelopeName, LogRecord, Stamp } from './types.js';
import { plainQuotes } from './unescape.js';
import { readUsualProgram, type UsualProgram } from './usual-program.js';
import { zonedStamp } from './zoned-stamp.js';

/** Length of `Nov 21 01:01:08`. */
const SYSLOG_TIME = 15;
/** Length of the shortest ISO time with a zone, and of the longest: nanoseconds and minutes of the offset. */
const ISO_TIME = 20;
const LONGEST_ISO_TIME = 35;

/** The record of a line of the usual shape, null for any other. */
export function readUsualLine(candidate: CandidateLine): LogRecord | null {
  const { text } = candidate;
  if (candidate.block === true || candidate.tail.length > 0 || isTreated(text)) return null;
  const isIso = text.charCodeAt(0) <= 0x39;
  const timeEnd = isIso ? text.indexOf(' ', ISO_TIME) : SYSLOG_TIME;
  const time = isIso ? isoTime(text, timeEnd) : syslogTime(text);
  if (time === null) return null;
  const head = headAt(text, timeEnd);
  if (head === null || (isIso && !isIsoHead(time, head))) return null;
  const program = readUsualProgram(text, timeEnd + head.end);
  return program === null ? null : recordOf(candidate, isIso ? 'iso' : 'rfc3164', time, head, program);
}

/** Something was done to the line on its way: colours, returns, octal or mail escapes, a pager's marks. */
function isTreated(text: string): boolean {
  return (
    text.includes('\x1b') ||
    text.includes('\r') ||
    text.includes('\n') ||
    text.includes('#0') ||
    text.includes('^[[') ||
    text.includes('=3D') ||
    text.includes('= > ')
  );
}

/** The same second comes line after line: it is read once, and its stamp is shared, as stamps are only read. */
let lastTime = '';
let lastStamp: Stamp | null = null;

function syslogTime(text: string): Stamp | null {
  if (lastStamp !== null && text.startsWith(lastTime)) return lastStamp;
  const stamp = readSyslogStamp(text);
  if (stamp === null) return null;
  // A copy: a piece of the line would keep the line.
  lastTime = Buffer.from(text.slice(0, SYSLOG_TIME), 'latin1').toString('latin1');
  lastStamp = stamp;
  return stamp;
}

/** With a name of three letters, without a year or a fraction. */
function readSyslogStamp(text: string): Stamp | null {
  const name = text.slice(0, 3);
  const month = /^[A-Z][a-z]{2}$/.test(name) ? (monthNumber(name) ?? 0) : 0;
  const ten = text.charCodeAt(4) === 0x20 ? 0 : fixedDigits(text, 4, 1);
  const one = fixedDigits(text, 5, 1);
  const hour = fixedDigits(text, 7, 2);
  const minute = fixedDigits(text, 10, 2);
  const second = fixedDigits(text, 13, 2);
  const day = ten * 10 + one;
  const isTime =
    month > 0 &&
    ten >= 0 &&
    one >= 0 &&
    isDay(month, day) &&
    text.charCodeAt(3) === 0x20 &&
    text.charCodeAt(6) === 0x20 &&
    text.charCodeAt(9) === 0x3a &&
    text.charCodeAt(12) === 0x3a &&
    isTimeOfDay(hour, minute, second);
  if (!isTime) return null;
  return { kind: 'local', year: null, month, day, hour, minute, second, nanos: 0, digits: 0 };
}

function isoTime(text: string, end: number): Stamp | null {
  return end < 0 || end > LONGEST_ISO_TIME ? null : zonedStamp(text, 0, end);
}

/** Docker and CI systems print such times before any text; only a head with a process id is surely one of syslog. */
function isIsoHead(time: Stamp, head: TagAt): boolean {
  return head.hasPid || (time.kind === 'absolute' && time.at.digits < 7);
}

/** `host tag[pid]: ` and where it ends behind the time, by its text: there are few of them, and each comes again. */
const heads = new Map<string, TagAt | null>();
const HEADS = 512;
const LONGEST_HEAD = 128;
/** Not the number and letter that GitLab prints, nor a year behind the time. */
const HEAD = /^ (?![0-9a-f]{2}[OE] |\d{4} )[\w.-]+ [\w.-]+(?:\[\d{1,10}\])?: $/;

/** Null where it has not exactly one host, one tag and single blanks: then it takes more to tell what is what. */
function headAt(text: string, at: number): TagAt | null {
  const host = text.indexOf(' ', at + 1);
  const end = host < 0 ? -1 : text.indexOf(' ', host + 1) + 1;
  if (end <= 0 || end - at > LONGEST_HEAD) return null;
  const found = text.slice(at, end);
  const known = heads.get(found);
  if (known !== undefined) return known;
  // A copy: a piece of the line would keep the line.
  const head = Buffer.from(found, 'utf8').toString('utf8');
  const tag = HEAD.test(head) ? readTag(head, 0, startsPayload) : null;
  const usual = tag !== null && tag.host !== null && tag.end === head.length ? tag : null;
  if (heads.size >= HEADS) heads.clear();
  heads.set(head, usual);
  return usual;
}

/** Lists of envelopes are only read: all records of a kind have the same one. */
const ENVELOPES: Readonly<Record<'iso' | 'rfc3164', Readonly<Record<string, readonly EnvelopeName[]>>>> = {
  iso: { klog: ['iso', 'klog'], logfmt: ['iso', 'logfmt'] },
  rfc3164: { klog: ['rfc3164', 'klog'], logfmt: ['rfc3164', 'logfmt'] },
};

function recordOf(
  { line, offset, part, source, text }: CandidateLine,
  outer: 'iso' | 'rfc3164',
  envelopeTime: Stamp,
  { host, tag, unit, containerOutput, pid }: TagAt,
  program: UsualProgram,
): LogRecord {
  return {
    source,
    ...(part !== undefined && { part }),
    line,
    offset,
    text,
    envelopes: ENVELOPES[outer][program.name] as readonly EnvelopeName[],
    host,
    tag,
    pid: pid ?? program.pid,
    unit,
    envelopeTime,
    innerTime: program.time,
    level: program.level,
    caller: program.caller,
    message: plainQuotes(program.message),
    fields: program.fields,
    repeat: 1,
    containerOutput,
  };
}
