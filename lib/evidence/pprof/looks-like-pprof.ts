/**
 * Says from the head of an input whether it is a pprof profile. Asked of every input before anything else is known
 * of it, so it is cheap, and no text passes: a sample type holds control bytes where a log has letters.
 */
import {
  type Field,
  LENGTH,
  newField,
  nextField,
  PprofDamage,
  VARINT,
  type WireReader,
} from './pprof-wire.js';

/** profile.proto ends at 15 (doc_url); 0 and beyond are other formats. */
const WIRE_TYPES: readonly (number | undefined)[] = [
  undefined,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  VARINT,
  VARINT,
  VARINT,
  VARINT,
  LENGTH,
  VARINT,
  undefined,
  VARINT,
  VARINT,
];
const COMMENT = 13;

/**
 * `head`: the first bytes, up to 64 KiB, of a file that may go on. True where whole fields of a profile, with a
 * sample type among them, lead up to the end of the head or to a field that the head cuts.
 */
export function looksLikePprof(head: Uint8Array): boolean {
  const reader: WireReader = { bytes: head, at: 0, end: head.length };
  const field = newField();
  let sampleTypes = 0;
  try {
    while (nextField(reader, field)) {
      const { number, wire } = field;
      if (number === COMMENT ? wire !== VARINT && wire !== LENGTH : WIRE_TYPES[number] !== wire) return false;
      if (number !== 1 && number !== 11) continue;
      if (!isValueType(head, field)) return false;
      if (number === 1) sampleTypes += 1;
    }
  } catch (error) {
    if (!(error instanceof PprofDamage)) throw error;
  }
  // A damaged profile is still a profile: its reader says where it is damaged.
  return sampleTypes > 0;
}

/** `{ type, unit }`: two indices into the string table, nothing else. */
function isValueType(bytes: Uint8Array, outer: Field): boolean {
  const reader: WireReader = { bytes, at: outer.start, end: outer.end };
  const field = newField();
  let fields = 0;
  while (nextField(reader, field)) {
    if (field.wire !== VARINT || (field.number !== 1 && field.number !== 2)) return false;
    fields += 1;
  }
  return fields > 0;
}
