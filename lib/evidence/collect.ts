/**
 * Collects the bytes of one document until its end, bounded, and reads it: whole, or for a goroutine dump line
 * by line, because the dump of a sick daemon is larger than what should be held.
 */
import { StringDecoder } from 'node:string_decoder';
import { readDocument } from './read-document.js';
import { isLogLine } from './recognise.js';
import { createTraceReader } from './trace/go-trace.js';
import type { EvidenceReading } from './types.js';

export interface Collector {
  /** The chunk is only read during the call. */
  push(chunk: Uint8Array): void;
  end(): Promise<EvidenceReading>;
}

/** Bytes of a document, decompressed. A text becomes lines, which take several times that. */
const DOCUMENT_BYTES = { profile: 64 * 1024 * 1024, text: 16 * 1024 * 1024, 'text-and-log': 1024 * 1024 };
/** A line of a dump beyond this is cut. */
const LINE = 64 * 1024;

/** `limit`: bytes that are read where the rest is none of it; without it more than the cap is a problem. */
export function collectBytes(
  source: string,
  kind: 'profile' | 'text' | 'text-and-log',
  limit?: number,
): Collector {
  const cap = limit ?? DOCUMENT_BYTES[kind];
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let beyond = 0;
  return {
    push(chunk) {
      const room = Math.min(chunk.length, cap - bytes);
      beyond += chunk.length - room;
      if (room === 0) return;
      chunks.push(Uint8Array.from(chunk.subarray(0, room)));
      bytes += room;
    },
    async end() {
      const reading = await readDocument(source, kind, Buffer.concat(chunks));
      if (beyond === 0 || limit !== undefined) return reading;
      const reason = `larger than ${cap / 1024 / 1024} MiB: the last ${beyond} bytes were not read`;
      return { ...reading, problems: [...reading.problems, { source, line: null, reason }] };
    },
  };
}

/** Reads a goroutine dump as it comes. */
export function collectTrace(source: string): Collector {
  const decoder = new StringDecoder('utf8');
  const reader = createTraceReader({ source });
  let rest = '';
  let line = 0;
  let logLines = 0;
  const take = (text: string): void => {
    line += 1;
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (isLogLine(whole)) logLines += 1;
    reader.push({ line, text: whole.slice(0, LINE) });
  };
  return {
    push(chunk) {
      const lines = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))).split(
        '\n',
      );
      rest = (lines.pop() ?? '').slice(0, LINE);
      for (const text of lines) take(text);
    },
    async end() {
      const last = rest + decoder.end();
      if (last !== '') take(last);
      const reading = reader.end();
      if (logLines === 0) return reading;
      const reason = `${logLines} lines of a log stand behind the dump and were not read as one: give them as a file of their own`;
      return { ...reading, problems: [...reading.problems, { source, line: null, reason }] };
    },
  };
}
