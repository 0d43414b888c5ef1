/**
 * logfmt of logrus: `time="…" level=info msg="…" key=value`, what dockerd, containerd and CRI-O print. It
 * must start the text; a `time="…"` in the middle of something else is that something's own. Undone here is
 * what happens to such lines on the way: dots before them, HTML, a second level of quotes, a lost beginning.
 */
import { fieldBag } from './fields.js';
import { endOfKey, readPairs } from './key-values.js';
import { levelName } from './level.js';
import type { Peeled } from './peeled.js';
import { anyStamp } from './stamp.js';
import type { Stamp } from './types.js';
import { unescapeHtml, unescapeQuoted } from './unescape.js';

/** Levels of escaping around a whole line that are undone. */
const MAX_ESCAPES = 3;

/** First character behind leading dots and blanks: docker 1.x printed progress dots into its log. */
function startOfText(text: string): number {
  let at = 0;
  while (text[at] === '.' || text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

const TIMES: ReadonlySet<string> = new Set(['time', 'ts', 't']);
const LEVELS: ReadonlySet<string> = new Set(['level', 'lvl']);

/** True where logfmt of a daemon starts at `at`. */
export function startsLogfmt(text: string, at: number): boolean {
  const equals = endOfKey(text, at);
  if (equals < 0) return false;
  const key = text.slice(at, equals);
  const first = text[equals + 1] ?? '';
  if (key === 'time') return /["\\&\d]/.test(first);
  if (LEVELS.has(key) || key === 'msg') return first !== '' && first !== ' ';
  if (TIMES.has(key)) return /["\d]/.test(first) && text.includes(' level=');
  return text.includes(' level=') && text.includes(' msg=');
}

/** The text with as many levels of escaping undone as stand before its first quote. */
function undoEscapes(text: string): string {
  let out = text;
  if (/^\w+=&(?:amp;)?(?:quot|#34);/.test(out))
    out = unescapeHtml(out.includes('&amp;quot;') ? unescapeHtml(out) : out);
  for (let level = 0; level < MAX_ESCAPES && /^\w+=\\+"/.test(out); level++) out = unescapeQuoted(out);
  return out;
}

export function peelLogfmt(text: string): Peeled | null {
  const start = startOfText(text);
  if (!startsLogfmt(text, start)) return null;
  const line = undoEscapes(text.slice(start));
  const bag = fieldBag();
  let time: Stamp | null = null;
  let level: string | null = null;
  let message: string | null = null;
  let caller: string | null = null;
  const pairs = readPairs(line, 0, (key, value) => {
    if (time === null && TIMES.has(key)) time = anyStamp(value);
    else if (level === null && LEVELS.has(key)) level = levelName(value);
    else if (message === null && key === 'msg') message = value;
    else if (caller === null && key === 'caller' && value.length <= 128) caller = value;
    else bag.set(key, value);
  });
  const glued = pairs.end < line.length ? { glued: line.slice(pairs.end) } : {};
  return {
    name: 'logfmt',
    kind: 'program',
    rest: message ?? line.slice(0, pairs.end),
    // Without a message the line stays as it is, and would be taken for a relayed one.
    done: message === null,
    time,
    level,
    caller,
    fields: bag.fields,
    ...glued,
  };
}
