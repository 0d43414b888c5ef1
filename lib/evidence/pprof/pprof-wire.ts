/**
 * Reads the protobuf wire format from bytes: tags, varints, lengths, with every bound checked. The decoder of
 * profiles walks messages with it. It throws `PprofDamage` with the offset where the bytes stop making sense;
 * nothing outside of the pprof reader ever sees that error.
 */

/** What is wrong, and at which byte of the document. */
export class PprofDamage extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

export const VARINT = 0;
export const LENGTH = 2;
const FIXED64 = 1;
const FIXED32 = 5;

export interface WireReader {
  readonly bytes: Uint8Array;
  at: number;
  /** Fields of the message end here. */
  end: number;
}

export interface Field {
  number: number;
  wire: number;
  /** Where its value starts and ends. */
  start: number;
  end: number;
}

const TWO_TO_63 = 2 ** 63;
const TWO_TO_64 = 2 ** 64;

/** An unsigned varint; beyond 2^53 its last digits are lost. */
export function readVarint(reader: WireReader): number {
  const { bytes } = reader;
  const start = reader.at;
  let value = 0;
  let scale = 1;
  for (let length = 0; length < 10; length += 1) {
    if (reader.at >= reader.end) throw new PprofDamage('a number runs past the end of its message', start);
    const byte = bytes[reader.at] ?? 0;
    reader.at += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (length === 9 && byte > 1) break;
      return value;
    }
    scale *= 128;
  }
  throw new PprofDamage('a number is longer than 64 bits', start);
}

/** An int64. Beyond 2^53 either way it is refused: no figure of a profile is that large. */
export function readInt(reader: WireReader): number {
  const start = reader.at;
  const raw = readVarint(reader);
  if (raw <= Number.MAX_SAFE_INTEGER) return raw;
  // Only the sign matters of a negative number, so the digits lost do not.
  if (raw >= TWO_TO_63) return Math.min(-1, raw - TWO_TO_64);
  throw new PprofDamage('a number is larger than 2^53', start);
}

/** An id, an index or a count: refused beyond 2^53. */
export function readId(reader: WireReader): number {
  const start = reader.at;
  const value = readVarint(reader);
  if (value > Number.MAX_SAFE_INTEGER) throw new PprofDamage('an id is larger than 2^53', start);
  return value;
}

/** All 64 bits, signed. */
export function readBigInt(reader: WireReader): bigint {
  const start = reader.at;
  readVarint(reader);
  let value = 0n;
  for (let at = reader.at - 1; at >= start; at -= 1) {
    value = (value << 7n) | BigInt((reader.bytes[at] ?? 0) & 0x7f);
  }
  return BigInt.asIntN(64, value);
}

/**
 * Reads the next tag and steps behind its value; false at the end of the message. `into` is filled instead of made
 * anew: a profile has a million fields.
 */
export function nextField(reader: WireReader, into: Field): boolean {
  if (reader.at >= reader.end) return false;
  const start = reader.at;
  const tag = readVarint(reader);
  into.number = Math.floor(tag / 8);
  into.wire = tag % 8;
  if (into.number < 1 || into.number > 536_870_911) {
    throw new PprofDamage('a field has a number that does not exist', start);
  }
  into.start = reader.at;
  if (into.wire === VARINT) {
    readVarint(reader);
  } else if (into.wire === LENGTH) {
    const length = readVarint(reader);
    into.start = reader.at;
    step(reader, length, start);
  } else if (into.wire === FIXED64) {
    step(reader, 8, start);
  } else if (into.wire === FIXED32) {
    step(reader, 4, start);
  } else {
    throw new PprofDamage('a field has a wire type that profiles do not use', start);
  }
  into.end = reader.at;
  return true;
}

function step(reader: WireReader, length: number, start: number): void {
  if (length > reader.end - reader.at) {
    throw new PprofDamage('a field is longer than what is left', start);
  }
  reader.at += length;
}

export function newField(): Field {
  return { number: 0, wire: 0, start: 0, end: 0 };
}

/** Throws `PprofDamage` where a field has another wire type than its number means. */
export function expectWire(field: Field, wire: number, what: string, at: number): void {
  if (field.wire !== wire) throw new PprofDamage(`${what} is of the wrong type`, at);
}

/** Throws `PprofDamage` beyond a cap. */
export function bounded(count: number, most: number, what: string, at: number): void {
  if (count > most) throw new PprofDamage(`it has more than ${most} ${what}`, at);
}
