/** What a daemon answers instead of a profile: saved by a script that did not look, it must not pass for health. */
import type { Document, EvidenceReading } from '../types.js';

const LONGEST = 2048;
const NOT_FOUND = /^\s*(?:\{"message":"page not found"\}|404 page not found)\s*$/;
const OTHER = /^\s*\{"message":"[^"]{1,512}"\}\s*$/;

export function looksLikeRefusal(head: string): boolean {
  return head.length <= LONGEST && (NOT_FOUND.test(head) || OTHER.test(head));
}

export function readRefusal(document: Document): EvidenceReading {
  const text = document.lines.join('\n');
  if (!looksLikeRefusal(text)) return { evidence: [], problems: [] };
  const reason = NOT_FOUND.test(text)
    ? 'is an answer "page not found" instead of a profile: dockerd serves profiles only with debug on ("debug": true, then reload)'
    : 'is an error message of a daemon instead of what was asked for';
  return { evidence: [], problems: [{ source: document.source, line: 1, reason }] };
}
