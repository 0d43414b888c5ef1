/**
 * Looks at the first bytes of an input or of a bundle's member: is it an archive, and if it is a member, can it
 * be read at all. Names decide nothing: collectors call gzip `.log` and archives `.txt`.
 */
import { constants, gunzipSync } from 'node:zlib';
import { isGzip } from '../gunzip.js';
import { refusedFormat } from '../refused-format.js';
import { BLOCK, isTarHead } from './tar-header.js';

/** Enough of a compressed file to see the first block of what is in it, and at most 4 MiB when it is a bomb. */
export const HEAD_BYTES = 4_096;

/** A tar header begins with a name, and a mode of octal digits behind it. */
const NAME_BYTES = 100;
const MODE_BYTES = 8;

function isOctal(byte: number): boolean {
  return byte === 0 || byte === 0x20 || (byte >= 0x30 && byte <= 0x37);
}

/** A tar archive, plain or gzipped; null for anything else. */
export function archiveForm(head: Uint8Array): 'tar' | 'tar.gz' | null {
  if (isTarHead(head)) return 'tar';
  return isGzip(head) && isTarHead(gunzipHead(head)) ? 'tar.gz' : null;
}

/** As `archiveForm`, null while more bytes are needed to say; false for what is no archive. */
export function archiveFormSoFar(head: Uint8Array): 'tar' | 'tar.gz' | false | null {
  const form = archiveForm(head);
  if (form !== null) return form;
  if (head.length < 2) return null;
  const plain = isGzip(head) ? gunzipHead(head) : head;
  // The name of a first member fills a hundred bytes and holds no newline; the first line of a log ends soon.
  if (plain.length >= BLOCK || plain.subarray(0, NAME_BYTES).includes(0x0a)) return false;
  // A number stands behind it: nothing that a log line holds there is waited for.
  if (plain.subarray(NAME_BYTES, NAME_BYTES + MODE_BYTES).some((byte) => !isOctal(byte))) return false;
  return head.length >= HEAD_BYTES * 4 ? false : null;
}

/** Why a member is not read, null where it is. `listed`: the table names it, so that odd bytes do not matter. */
export function refusalOf(head: Uint8Array, listed: boolean): string | null {
  if (archiveForm(head) !== null) return 'an archive inside the bundle: unpack it and name it itself';
  const format = refusedFormat(head);
  if (format !== null) return `${format.name}: convert it first (${format.command})`;
  return listed || isText(isGzip(head) ? gunzipHead(head) : head) || isProfile(head)
    ? null
    : 'neither text nor a profile';
}

/** What the beginning of a gzip file holds, empty where it is damaged. */
export function gunzipHead(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head.subarray(0, HEAD_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}

function isText(bytes: Uint8Array): boolean {
  const looked = bytes.subarray(0, HEAD_BYTES);
  let odd = 0;
  for (const byte of looked) {
    if (byte === 0) return isProfile(bytes);
    if (byte < 0x08 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)) odd++;
  }
  return odd * 20 <= looked.length;
}

/** A pprof profile begins with a sample type: field 1, a few bytes long, in it field 1 or 2. */
function isProfile(bytes: Uint8Array): boolean {
  return bytes[0] === 0x0a && (bytes[1] ?? 0) <= 12 && (bytes[2] === 0x08 || bytes[2] === 0x10);
}
