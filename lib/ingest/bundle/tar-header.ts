/**
 * Reads one header block of a tar archive (v7, ustar, GNU) and says whether a block is one. Own instead of a
 * library's: members of a plain tar are read in place, which needs their offsets, and a header may claim
 * anything, such as a long name of eight gigabytes that a library would gather in memory.
 */

export const BLOCK = 512;

export interface TarHeader {
  /** As the block states it, ustar prefix included; long names come in blocks before it. */
  readonly path: string;
  /** Target of a link. */
  readonly link: string;
  readonly type: string;
  /** Bytes of data behind the header, as it claims. */
  readonly size: number;
  /** Seconds since the epoch, null where it states none. */
  readonly seconds: number | null;
  /** GNU sparse: more blocks of the map follow. */
  readonly extended: boolean;
}

/** Null where the block is not a header: its sum is wrong or its size is no number. */
export function readTarHeader(block: Buffer): TarHeader | null {
  if (block.length < BLOCK || !hasHeaderSum(block)) return null;
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0);
  const size = readNumber(block.subarray(124, 136));
  if (size === null) return null;
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    link: text(block, 157, 100),
    type,
    size,
    seconds: readNumber(block.subarray(136, 148)),
    extended: type === 'S' && block[482] === 1,
  };
}

/** Whether bytes begin as a tar archive does: by its magic word, or by the sum alone, as the oldest do. */
export function isTarHead(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  const block = Buffer.from(head.buffer, head.byteOffset, BLOCK);
  const magic = block.toString('latin1', 257, 263);
  if ((magic === 'ustar\0' || magic === 'ustar ') && block.subarray(0, 257).includes(0)) return true;
  return block[0] !== 0 && readTarHeader(block) !== null;
}

export function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** The sum of all bytes with its own field as spaces; some old programs summed signed bytes. */
function hasHeaderSum(block: Buffer): boolean {
  const stated = readNumber(block.subarray(148, 156));
  if (stated === null) return false;
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let at = 0; at < BLOCK; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at] ?? 0;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  // A block of zeros sums to the empty field's spaces: that is the end of the archive, not a header.
  return (stated === unsigned || stated === signed) && unsigned !== 8 * 32;
}

/** Octal digits, or GNU's base 256. Null where it is neither, negative, or beyond what a number holds. */
function readNumber(field: Buffer): number | null {
  const first = field[0] ?? 0;
  if (first === 0x80) {
    let value = 0;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : null;
  }
  // Spaces or NULs before and after the digits; what is behind the first of them does not count.
  const digits =
    field
      .toString('latin1')
      .replace(/^[ \0]+/, '')
      .split(/[ \0]/, 1)[0] ?? '';
  if (digits === '') return 0;
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : null;
}

function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end === -1 || end > at + length ? at + length : end);
}
