/**
 * What tools and people put before log lines: mail quoting, grep's file names, pods and services of
 * kubectl, stern and compose, BuildKit's step and seconds. Anything that ordinary text could begin with is
 * taken off only where a known format follows, which the caller tells.
 */
import type { Peeled } from './peeled.js';
import { unescapeQuotedPrintable } from './unescape.js';

/** Longest prefix of any kind. */
const LONGEST = 300;

const QUOTING = /^(?:[>|] ?){1,8}/;
const GREP = /^(?:[\w.~-]*\/)?[\w./~-]{1,200}[:-](?:\d{1,10}[:-])?(?=\S)/;
const POD_BRACKET = /^\[pod\/[^\s\]]+\](?: |$)/;
const POD = /^pod\/\S+ \S+ /;
const COMPOSE = /^([\w.-]{1,128}) {0,64}\| ?/;
const BUILDKIT = /^#\d{1,6} \d{1,7}\.\d{1,3}(?: |$)/;
/** Without seconds, as some front ends print it: only before something known. */
const STEP = /^#\d{1,6}(?: |$)/;

function prefix(text: string, length: number): Peeled {
  return { name: 'ci-prefix', kind: 'outer', rest: text.slice(length) };
}

/** True where the text is a line of a quoted-printable mail. */
export function isQuotedPrintable(text: string): boolean {
  return text.includes('level=3D');
}

/**
 * `startsRecord` tells whether a log line begins here, `startsLine` whether that or a line of a stack does. What
 * grep put in front of a stack is left: `app-x.f()` can be a function of its own.
 */
export function peelPrefix(
  text: string,
  startsRecord: (text: string) => boolean,
  startsLine: (text: string) => boolean,
): Peeled | null {
  const head = text.slice(0, LONGEST);
  const certain = POD_BRACKET.exec(head) ?? POD.exec(head) ?? BUILDKIT.exec(head);
  if (certain !== null) return prefix(text, certain[0].length);
  const compose = COMPOSE.exec(head);
  // Compose numbers its containers; one with a name of its own has no number.
  if (compose !== null) {
    const length = compose[0].length;
    if (/[-_]\d{1,4}$/.test(compose[1] ?? '') || startsLine(text.slice(length))) return prefix(text, length);
  }
  const quoting = QUOTING.exec(head);
  if (quoting !== null) {
    const rest = text.slice(quoting[0].length);
    if (isQuotedPrintable(rest) || startsLine(rest)) return prefix(text, quoting[0].length);
  }
  const step = STEP.exec(head);
  if (step !== null && startsLine(text.slice(step[0].length))) return prefix(text, step[0].length);
  const grep = GREP.exec(head);
  if (grep !== null && startsRecord(text.slice(grep[0].length))) return prefix(text, grep[0].length);
  return null;
}

/** Undoes quoted-printable in a line that clearly is. */
export function decodeMail(text: string): string {
  return isQuotedPrintable(text) ? unescapeQuotedPrintable(text) : text;
}
