/**
 * RFC 5424: `<30>1 2026-11-21T01:01:08.841126+00:00 host app pid msgid [structured data] message`. `-`
 * stands for what is missing; the message may begin with a byte order mark. Structured data is read over,
 * not kept: what it says is about the relay.
 */
import { processId } from './key-values.js';
import type { Peeled } from './peeled.js';
import { skipPriority } from './rfc3164.js';
import { endOfDigits, readIso } from './stamp.js';
import { isContainerTag } from './syslog-tag.js';

/** Index behind `-` or `[id k="v"][…]`, -1 where the text is neither. */
function endOfStructuredData(text: string, at: number): number {
  if (text[at] === '-') return at + 1;
  if (text[at] !== '[') return -1;
  let i = at;
  while (text[i] === '[') {
    let quoted = false;
    i++;
    while (i < text.length && (quoted || text[i] !== ']')) {
      if (text[i] === '\\') i++;
      else if (text[i] === '"') quoted = !quoted;
      i++;
    }
    i++;
  }
  return Math.min(i, text.length);
}

function stated(word: string | undefined): string | null {
  return word === undefined || word === '-' || word === '' ? null : word;
}

export function peelRfc5424(text: string): Peeled | null {
  // Over TCP a count of octets and a space come first.
  const count = endOfDigits(text, 0);
  const start = count > 0 && text[count] === ' ' ? count + 1 : 0;
  const version = skipPriority(text, start);
  if (version === start || text[version + 1] !== ' ' || text[version] !== '1') return null;
  const words: string[] = [];
  let at = version + 2;
  while (words.length < 5) {
    const gap = text.indexOf(' ', at);
    if (gap < 0 || gap - at > 255) return null;
    words.push(text.slice(at, gap));
    at = gap + 1;
  }
  const [when = '-', host, app, process] = words;
  const time = when === '-' ? null : readIso(when, 0);
  if (when !== '-' && (time === null || time.end !== when.length)) return null;
  const end = endOfStructuredData(text, at);
  if (end < 0) return null;
  const message = text.slice(end).replace(/^ {0,2}\ufeff?/, '');
  const tag = stated(app);
  return {
    name: 'rfc5424',
    kind: 'outer',
    rest: message,
    time: time?.stamp ?? null,
    host: stated(host),
    tag,
    pid: processId(process ?? ''),
    containerOutput: tag !== null && isContainerTag(tag),
  };
}
