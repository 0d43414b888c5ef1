/** Reads one whole document of a known kind: protobuf, or text in any of the forms that `readTexts` knows. */
import { readPprof } from './pprof/pprof.js';
import { readTexts } from './read-texts.js';
import type { Document, EvidenceReading } from './types.js';

export async function readDocument(
  source: string,
  kind: 'profile' | 'text' | 'text-and-log',
  bytes: Uint8Array,
): Promise<EvidenceReading> {
  const document: Document = {
    source,
    bytes,
    lines: kind === 'profile' ? [] : linesOf(bytes),
  };
  return kind === 'profile' ? readPprof(document) : readTexts(document);
}

function linesOf(bytes: Uint8Array): readonly string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const lines = text.replace(/^\ufeff/, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
