/**
 * A record of dockerd's json-file log driver, escaped as dockerd escapes it: what HTML could trip over becomes
 * \u00XX, and every byte that is no UTF-8 becomes a replacement character of its own.
 */
import type { StreamName } from './cri-record.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HTML = new Set([...'<>&'].map((character) => character.charCodeAt(0)));

/** `ascii` is below 0x80. Null: it is written as it is. */
function escaped(ascii: number): string | null {
  if (ascii === QUOTE || ascii === BACKSLASH) return `\\${String.fromCharCode(ascii)}`;
  if (ascii === 0x0a) return '\\n';
  if (ascii === 0x0d) return '\\r';
  if (ascii < 0x20 || HTML.has(ascii)) return `\\u00${ascii.toString(16).padStart(2, '0')}`;
  return null;
}

/** Bytes of the UTF-8 character at `at`, 0 where there is none: overlong, surrogate, too high, cut off, stray. */
function characterBytes(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) === 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}

/** U+2028 and U+2029 end a line in JavaScript. */
function isLineSeparator(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0xe2 && bytes[at + 1] === 0x80 && (bytes[at + 2] === 0xa8 || bytes[at + 2] === 0xa9);
}

/** Nothing in it is escaped but a newline at the end; most of what is logged is so. */
const PLAIN = /^[ !#-%'-;=?-[\]-\x7f]*$/;

function quoted(bytes: Buffer): Buffer[] {
  const ended = bytes.at(-1) === 0x0a;
  const text = ended ? bytes.subarray(0, -1) : bytes;
  if (PLAIN.test(text.toString('latin1'))) return ended ? [text, Buffer.from('\\n')] : [text];
  return escapedParts(bytes);
}

function escapedParts(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let plain = 0;
  let at = 0;
  const replace = (text: string, width: number): void => {
    parts.push(bytes.subarray(plain, at), Buffer.from(text));
    at += width;
    plain = at;
  };
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) {
      const replacement = escaped(byte);
      if (replacement === null) at++;
      else replace(replacement, 1);
      continue;
    }
    const width = characterBytes(bytes, at);
    if (width === 0) replace('\\ufffd', 1);
    else if (isLineSeparator(bytes, at)) replace(`\\u202${bytes[at + 2] === 0xa8 ? '8' : '9'}`, 3);
    else at += width;
  }
  parts.push(bytes.subarray(plain));
  return parts;
}

/** One line of the log file. `log`: the content, with its newline unless more of the line follows. */
export function dockerJsonRecord(log: Buffer, stream: StreamName, time: string): Buffer {
  return Buffer.concat([
    Buffer.from('{"log":"'),
    ...quoted(log),
    Buffer.from(`","stream":"${stream}","time":"${time}"}\n`),
  ]);
}
