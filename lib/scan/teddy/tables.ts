/** Writes literals and their fingerprints into the memory of the search, as assembly/teddy.ts reads them. */
import { FINGERPRINT_BYTES, type Fingerprint, HASHED_BYTES } from './fingerprints.js';
import type { Global } from './web-assembly.js';

/** The module keeps the first page for itself; the literals stand behind it. */
export const PAGE_BYTES = 64 * 1024;
/** Their records are numbered in 16 bits, from 1 on. */
export const MOST_LITERALS = 0xffff;
const RECORD_BYTES = 20;
const HASH_FACTOR = 0x9e3779b1;
const HASH_SHIFT = 20;

/** Where the module looks for its tables. */
export interface TableAddresses {
  readonly TABLES: Global;
  readonly SHORTS: Global;
  readonly HEADS: Global;
  readonly RECORDS: Global;
}

/** Bytes that the literals need behind the first page. */
export function tableBytes(literals: readonly Uint8Array[]): number {
  return literals.reduce((sum, { length }) => sum + RECORD_BYTES + length, RECORD_BYTES);
}

export function writeTables(
  memory: Buffer,
  at: TableAddresses,
  literals: readonly Uint8Array[],
  kinds: readonly number[],
  fingerprints: readonly Fingerprint[],
): void {
  const tables: number = at.TABLES.value;
  const records: number = at.RECORDS.value;
  let text = records + RECORD_BYTES * (literals.length + 1);
  for (const [index, literal] of literals.entries()) {
    const { offset, bucket } = fingerprints[index] ?? { offset: 0, bucket: 0 };
    for (let byte = 0; byte < FINGERPRINT_BYTES; byte += 1) {
      const table = tables + 32 * byte;
      for (const half of halvesOf(literal[offset + byte]))
        memory[table + half] = (memory[table + half] ?? 0) | (1 << bucket);
    }
    memory.set(literal, text);
    const record = index + 1;
    const entry = records + RECORD_BYTES * record;
    memory.writeUInt32LE(text, entry);
    memory.writeUInt32LE(literal.length, entry + 4);
    memory.writeUInt32LE(offset, entry + 8);
    memory.writeUInt32LE(kinds[index] ?? 0, entry + 16);
    if (literal.length < HASHED_BYTES) {
      memory.writeUInt32LE(memory.readUInt32LE(at.SHORTS.value), entry + 12);
      memory.writeUInt32LE(record, at.SHORTS.value);
    } else {
      const head = at.HEADS.value + 2 * hashOf(memory.readUInt32LE(text + offset));
      memory.writeUInt32LE(memory.readUInt16LE(head), entry + 12);
      memory.writeUInt16LE(record, head);
    }
    text += literal.length;
  }
}

/** Places in the table of a byte: sixteen for its low half, sixteen for its high half. Any byte may be behind a literal. */
function halvesOf(byte: number | undefined): readonly number[] {
  return byte === undefined ? EVERY_HALF : [byte & 15, 16 + (byte >>> 4)];
}

const EVERY_HALF = Array.from({ length: 32 }, (_, half) => half);

function hashOf(fourBytes: number): number {
  return Math.imul(fourBytes, HASH_FACTOR) >>> HASH_SHIFT;
}
