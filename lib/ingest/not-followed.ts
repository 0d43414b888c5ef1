/**
 * Files that a glob of `--follow` finds beside the logs, and that are no text which grows: copies in a compression
 * that is not read, binary journals, wtmp and its like. Told by their first bytes; by their names while they have too
 * few.
 */
import { isUtf8 } from 'node:buffer';
import { isTarHead } from './bundle/tar-header.js';
import { refusedFormat } from './refused-format.js';

/** First bytes that tell: a block of a tar archive, or a record of wtmp. */
export const TELLING_BYTES = 512;
/** With so many the name of a file says nothing any more. */
const FORMAT_BYTES = 8;

/** By the ending of a name, for a file that is being written. */
const PACKED = /\.(xz|zst|zstd|bz2|lz4|lzma|Z|zip)$/;
const COMMANDS: Readonly<Record<string, string>> = {
  bz2: 'bzip2 -dc',
  lzma: 'xz -dc',
  zst: 'zstd -dc',
  zstd: 'zstd -dc',
  Z: 'gzip -dc',
  zip: 'unzip -p',
};

/**
 * A phrase without the name that says what it is and how to read it, null for a text. `head`: its first bytes,
 * `TELLING_BYTES` where it has so many.
 */
export function whyNotFollowed(path: string, head: Uint8Array): string | null {
  const refused = refusedFormat(head);
  if (refused !== null) return notFollowed(refused.name, refused.following ?? refused.command);
  if (isTarHead(head)) return notFollowed('a tar archive', 'analyze FILE');
  if (isBinary(head)) return 'is no text: it is not followed';
  const [, ending] = PACKED.exec(path) ?? [];
  if (ending === undefined || head.length >= FORMAT_BYTES) return null;
  return notFollowed(`named .${ending}`, `${COMMANDS[ending] ?? `${ending} -dc`} FILE | analyze`);
}

function notFollowed(what: string, command: string): string {
  return `is ${what}: it is not followed; ${command} reads it`;
}

/** A text does not begin with control characters. */
const BEGINNING = 32;
/** Share of bytes that are no text, from which on they are none: a text with a binary header before each line has less. */
const BINARY_SHARE = 0.3;
/** Fewer say too little. */
const LEAST_BYTES = 64;

/**
 * Zeros before everything else say nothing: they are the hole of a log that was truncated while its writer went on.
 * Nor do bytes above 127 alone: they may be text in any encoding.
 */
function isBinary(head: Uint8Array): boolean {
  const start = head.findIndex((byte) => byte !== 0);
  const bytes = start === -1 ? head.subarray(0, 0) : head.subarray(start);
  if (bytes.length < LEAST_BYTES || !bytes.subarray(0, BEGINNING).some(isControl)) return false;
  const isText = isUtf8(bytes);
  const strange = bytes.filter((byte) => byte === 0 || isControl(byte) || (byte > 127 && !isText)).length;
  return strange >= BINARY_SHARE * bytes.length;
}

/** None of those that terminals and texts use: bell, backspace, tab, line ends, form feed, escape. */
function isControl(byte: number): boolean {
  return byte > 0 && byte < 32 && !(byte >= 7 && byte <= 13) && byte !== 27;
}
