/**
 * Reads what systemd says about a daemon: `systemctl status`, `show` and `cat`, unit files, drop-ins, and the
 * environment of the process. Memory, restarts, limits and the tracing exporter are found nowhere else.
 */

import type { Document, EvidenceReading } from '../types.js';
import { headLines, plainLines } from './plain-lines.js';
import { environmentReader } from './process-environment.js';
import { statementsOf } from './statements.js';
import { showReader } from './systemctl-show.js';
import { statusReader } from './systemctl-status.js';
import { unitFileReader } from './unit-file.js';

/** A line of status or show; an environment or a command line can be long. */
const LINE_LIMIT = 16_384;

export function looksLikeSystemctl(head: string): boolean {
  const lines = headLines(head);
  const { evidence, problems } = readSystemctl({
    source: '',
    bytes: new Uint8Array(),
    lines,
  });
  return evidence.length > 0 || problems.length > 0;
}

export function readSystemctl(document: Document): EvidenceReading {
  const statements = statementsOf(document);
  const { source } = document;
  const lines = plainLines(document);
  // In this order: a unit file's lines look like properties, a property's like a variable.
  const readers = [
    statusReader(statements.output),
    unitFileReader(source, statements.output),
    showReader(source, statements),
    environmentReader(source, lines, statements.output),
  ];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const text = line.length > LINE_LIMIT ? line.slice(0, LINE_LIMIT) : line;
    const taken = readers.findIndex((reader) => reader.read(text, i + 1));
    if (taken >= 0) for (const reader of readers.slice(taken + 1)) reader.end();
  }
  for (const reader of readers) reader.end();
  return statements.reading();
}
