/** Makes documents for readers: from a fixture, from lines, from bytes. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Document } from '../../lib/evidence/types.js';
import { FIXTURES } from '../root.js';

/** Bytes of a fixture, `profiles/x.heap.pb.gz`; decompressed where its name ends in `.gz`. */
export function fixtureBytes(name: string): Buffer {
  const bytes = readFileSync(new URL(name, FIXTURES));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

export function binaryDocument(bytes: Uint8Array, source = 'input'): Document {
  return { source, bytes, lines: [] };
}

/** Lines without their `\n`, as the collector gives them. */
export function textDocument(text: string | Buffer, source = 'input'): Document {
  const bytes = Buffer.from(text);
  return { source, bytes, lines: bytes.toString('utf8').split('\n') };
}
