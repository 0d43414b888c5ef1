/**
 * Takes the envelopes off one text: first everything that is transport, then the program's own format.
 * The order of the peelers decides where two could fit; each of them is strict about how a text begins.
 */
import { peelCalico } from './calico.js';
import { peelCri } from './cri.js';
import { peelDmesg } from './dmesg.js';
import type { Draft } from './draft.js';
import { peelGoLog } from './go-log.js';
import { peelIso } from './iso.js';
import { peelJournalFull, peelJournalUnix } from './journal-short.js';
import { peelJson } from './json.js';
import { peelCutPairs, peelKlog } from './klog.js';
import { peelLogfmt } from './logfmt.js';
import { peelLogrusTty } from './logrus-tty.js';
import type { Peeled, Peeler } from './peeled.js';
import { peelPrefix } from './prefixes.js';
import { peelRepeated } from './repeated.js';
import { peelBareTag, peelRfc3164 } from './rfc3164.js';
import { peelRfc5424 } from './rfc5424.js';
import { startsRecord } from './starts-record.js';
import { startsTrace } from './starts-trace.js';
import { unescapeOctal } from './unescape.js';

/** Envelopes around one line. More is a text that was made to be deep. */
export const MAX_DEPTH = 8;

function peelLinePrefix(text: string): Peeled | null {
  return peelPrefix(text, startsRecord, startsLine);
}

function startsLine(text: string): boolean {
  return startsRecord(text) || startsTrace(text);
}

const OUTER: readonly Peeler[] = [
  peelJson,
  peelCri,
  peelRfc5424,
  peelRfc3164,
  peelJournalFull,
  peelJournalUnix,
  peelIso,
  peelDmesg,
  peelRepeated,
  peelLinePrefix,
  peelBareTag,
];

/** Behind the header of a stack, where an empty line has a prefix, too. */
const OUTER_OF_BLOCK: readonly Peeler[] = OUTER.map((peel) =>
  peel === peelLinePrefix
    ? (text) => peelPrefix(text, startsRecord, (rest) => rest.trim() === '' || startsLine(rest))
    : peel,
);

const PROGRAM: readonly Peeler[] = [peelKlog, peelLogfmt, peelCalico, peelLogrusTty, peelGoLog, peelCutPairs];

/** Inside a program's message only what cannot be mistaken counts: k3s around a kubelet, dockerd around containerd. */
const RELAYED: readonly Peeler[] = [
  peelKlog,
  (text) => (text.startsWith('time="') ? peelLogfmt(text) : null),
  peelCalico,
];

function firstFit(peelers: readonly Peeler[], text: string): Peeled | null {
  for (const peel of peelers) {
    const peeled = peel(text);
    if (peeled !== null) return peeled;
  }
  return null;
}

export interface OuterPeel {
  readonly rest: string;
  /** Set where the last envelope cuts lines: the text can be a piece, and is not looked at any further. */
  readonly partial: { readonly stream: string; readonly more: boolean } | null;
}

/**
 * Takes transports off until a program's text or a piece of a line is left. `inBlock`: the line stands behind the
 * header of a stack, and may be one of it.
 */
export function peelTransports(draft: Draft, text: string, inBlock = false): OuterPeel {
  let rest = text;
  while (draft.envelopes.length < MAX_DEPTH) {
    // A frame begins like a file's name of grep.
    if (inBlock && startsTrace(rest)) break;
    const peeled = firstFit(inBlock ? OUTER_OF_BLOCK : OUTER, rest);
    if (peeled === null) break;
    draft.apply(peeled);
    rest = unescapeOctal(peeled.rest);
    if (peeled.partial !== undefined) return { rest, partial: peeled.partial };
    // JSON can be a shipper's around any line, or the program's own with a message that is just a text.
    if (peeled.kind === 'program' && !startsRecord(rest)) break;
  }
  return { rest, partial: null };
}

/**
 * A tail line without the transports that its first line had. Mail quoting comes off even where nothing
 * known follows: the first line has shown that it is quoting.
 */
export function peelLikeHead(line: string, head: readonly string[]): string {
  let rest = line;
  for (const name of head) {
    const peeled = firstFit(OUTER, rest);
    if (peeled !== null && peeled.name === name && peeled.kind === 'outer') rest = unescapeOctal(peeled.rest);
    else if (name === 'ci-prefix') rest = rest.replace(/^(?:> ?){1,8}/, '');
    else break;
  }
  return rest;
}

const PROGRAM_FORMATS: ReadonlySet<string> = new Set(['json', 'klog-json']);

export interface ProgramPeel {
  readonly message: string;
  readonly glued: string | null;
}

/** Where a log line was glued to a crash message without a newline. */
function endOfCrash(text: string): number {
  if (!text.startsWith('panic: ') && !text.startsWith('fatal error: ')) return -1;
  const at = text.indexOf('time="2');
  return at > 0 && text.indexOf('\n') < 0 && text.indexOf(' level=', at) > 0 ? at : -1;
}

/** Takes the program's own format off, and what it relays inside its message. */
export function peelProgram(draft: Draft, text: string, inBlock = false): ProgramPeel {
  let message = text;
  let glued: string | null = null;
  const crash = endOfCrash(text);
  if (crash > 0) return { message: text.slice(0, crash).trimEnd(), glued: text.slice(crash) };
  // A panic's value can hold anything, `key="value"` too.
  if (inBlock && startsTrace(text)) return { message, glued };
  let inside = draft.envelopes.some((name) => PROGRAM_FORMATS.has(name));
  while (draft.envelopes.length < MAX_DEPTH) {
    const peeled = firstFit(inside ? RELAYED : PROGRAM, message);
    if (peeled === null) break;
    draft.apply(peeled);
    message = peeled.rest;
    // Only of the outermost: what is glued inside a message is the message's.
    if (!inside) glued = peeled.glued ?? null;
    inside = true;
    if (peeled.done === true) break;
  }
  return { message, glued };
}
