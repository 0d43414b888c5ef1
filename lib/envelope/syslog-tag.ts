/**
 * What stands between a syslog-like time and the message: `host tag[pid]: `. Every part of it can be
 * missing: no host (two spaces, or simply nothing), no pid, no tag at all. Shared by all headers that put
 * a host and a tag behind a time.
 */
import { processId, skipSpaces } from './key-values.js';

export interface TagAt {
  readonly host: string | null;
  readonly tag: string | null;
  readonly pid: number | null;
  readonly unit: string | null;
  readonly containerOutput: boolean;
  /** Index of the first character of the message. */
  readonly end: number;
  /** `tag[pid]`, not only `tag:`: nobody prints that by chance. */
  readonly hasPid: boolean;
}

/** Longest host or tag, with its pid. A unit's or container's name can take 128 and more. */
const LONGEST_TOKEN = 256;

/** Words with a colon that begin a message, not tags: a kernel's `INFO: task …`, Go's `panic: …`. */
const NO_TAGS: ReadonlySet<string> = new Set(
  'info warning warn error err fatal panic debug note notice bug critical trace exception caused goroutine runtime http https'.split(
    ' ',
  ),
);

const UNIT = /^[^\s/]+\.(?:service|scope|slice|socket|mount|automount|swap|timer|path|target|device)$/;

/** Tags that docker's syslog driver gives to what a container prints: its id, or a name by its template. */
const CONTAINER_TAG = /^(?:[0-9a-f]{12}|[0-9a-f]{64}|docker\/\S+|docker_\S+_\d+|k8s_[^_\s]+_[^_\s]+_\S+)$/;

export function isContainerTag(tag: string): boolean {
  return CONTAINER_TAG.test(tag);
}

interface Token {
  readonly text: string;
  readonly end: number;
}

/** The word at `at`, null where it is empty or too long to be a host or tag. */
function readToken(text: string, at: number): Token | null {
  let end = at;
  const limit = at + LONGEST_TOKEN;
  while (end < text.length && end <= limit) {
    const code = text.charCodeAt(end);
    if (code <= 0x20) break;
    end++;
  }
  return end === at || end > limit ? null : { text: text.slice(at, end), end };
}

/** `tag[pid]:`, `tag[pid]` or `tag:` as tag and pid, null for any other word. */
function splitTag(token: string): { tag: string; pid: number | null; hasPid: boolean } | null {
  const colon = token.endsWith(':');
  const word = colon ? token.slice(0, -1) : token;
  const bracket = word.endsWith(']') ? word.lastIndexOf('[') : -1;
  if (bracket > 0) {
    const tag = word.slice(0, bracket);
    const inside = word.slice(bracket + 1, -1);
    if (/["={}[\],]/.test(tag) || !/^[\w*.-]{1,20}$/.test(inside)) return null;
    return { tag, pid: processId(inside), hasPid: true };
  }
  if (!colon || word === '' || /["'={}[\],;]/.test(word) || !/[\p{L}\d]/u.test(word)) return null;
  if (NO_TAGS.has(word.toLowerCase())) return null;
  return { tag: word, pid: null, hasPid: false };
}

function found(host: string | null, token: Token, text: string): TagAt | null {
  const split = splitTag(token.text);
  if (split === null) return null;
  const { hasPid, pid } = split;
  // `with-unit` of journalctl puts the unit where the tag would be; `init.scope` is systemd itself.
  const unit = UNIT.test(split.tag) ? split.tag : null;
  const tag = unit === null ? split.tag : unit === 'init.scope' ? 'systemd' : null;
  const containerOutput = isContainerTag(split.tag);
  // One separating space; what is left may begin with blanks that belong to the message (stack traces).
  const end = text[token.end] === ' ' ? token.end + 1 : token.end;
  return { host, tag, pid, unit, containerOutput, end, hasPid };
}

/** The tag of a line that has a header but neither host nor tag. */
function none(end: number): TagAt {
  return { host: null, tag: null, pid: null, unit: null, containerOutput: false, end, hasPid: false };
}

/**
 * Reads host and tag from `at`, the first character behind a header's time. `startsPayload` tells where a
 * program's own format begins, which is neither.
 */
export function readTag(
  text: string,
  at: number,
  startsPayload: (text: string, at: number) => boolean,
): TagAt {
  const start = skipSpaces(text, at);
  if (startsPayload(text, start)) return none(start);
  const first = readToken(text, start);
  if (first === null) return none(start);
  const alone = found(null, first, text);
  if (alone !== null) return alone;
  // `panic: close: …` and `[signal SIGSEGV: …` have neither host nor tag.
  if (first.text.endsWith(':') || first.text === '[signal') return none(start);
  const behind = skipSpaces(text, first.end);
  if (startsPayload(text, behind)) return { ...none(behind), host: first.text };
  const second = readToken(text, behind);
  const tagged = second === null ? null : found(first.text, second, text);
  if (tagged !== null) return tagged;
  if (/^(?:last )?message repeated \d/.test(text.slice(behind, behind + 32)))
    return { ...none(behind), host: first.text };
  return none(start);
}
