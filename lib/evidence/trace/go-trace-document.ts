/** A file that is a goroutine dump and nothing else: what `kill -USR1` wrote, or `/debug/pprof/goroutine?debug=2`. */

import { withoutIndent } from '../../envelope/starts-trace.js';
import type { Document, EvidenceReading } from '../types.js';
import { createTraceReader } from './go-trace.js';
import { readTraceLine } from './go-trace-line.js';

/** What curl prints above what it fetched. */
const FETCHING = /^(?:[*<>{}] |[*<>{}]$|HTTP\/\d|[A-Z][A-Za-z-]{1,40}: \S)/;
/** Lines looked at for the first that says something. */
const MAX_HEAD_LINES = 64;

/** True where the first line that says something is the head of a goroutine, or of a dump of all. */
export function looksLikeTrace(headLines: readonly string[]): boolean {
  for (const line of headLines.slice(0, MAX_HEAD_LINES)) {
    const text = withoutIndent(line.slice(0, 1024).replace(/^\ufeff/, ''));
    const { kind } = readTraceLine(text);
    if (kind === 'goroutine') return text.endsWith(':') || text.endsWith(']');
    if (kind === 'begin') return true;
    if (text !== '' && !FETCHING.test(text)) return false;
  }
  return false;
}

/** Every dump and panic of a document, whatever else stands in it. */
export function readTraceDocument(document: Document): EvidenceReading {
  const { source } = document;
  const reader = createTraceReader({ source });
  for (const [index, text] of document.lines.entries()) reader.push({ line: index + 1, text });
  return reader.end();
}
