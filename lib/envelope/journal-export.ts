/**
 * journald's export format: one field a line, a blank line behind each record. The scan gives the `MESSAGE`
 * line with its whole block. A message with control characters comes as the name alone, 8 bytes of length
 * and the raw text; the length bytes are no valid UTF-8 and are skipped up to their last zero.
 */
import type { CandidateLine } from '../scan/types.js';
import { journalPeel } from './journal-fields.js';
import type { Peeled } from './peeled.js';

const FIELD = /^([A-Z_][A-Z0-9_]{0,63})=/;
const NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;

/** Text behind the 8 bytes of little-endian length, of which all but the first few are zero. */
function withoutLength(text: string): string {
  const zeros = text.slice(0, 8).lastIndexOf('\0');
  return zeros < 0 ? text : text.slice(zeros + 1);
}

/** Fields of a block by name, first one wins. */
function readBlock(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const name = FIELD.exec(line)?.[1];
    if (name !== undefined) {
      if (!fields.has(name)) fields.set(name, line.slice(name.length + 1));
    } else if (NAME.test(line)) {
      const raw: string[] = [];
      while (i + 1 < lines.length && !FIELD.test(lines[i + 1] ?? '') && !NAME.test(lines[i + 1] ?? '')) {
        raw.push(lines[++i] ?? '');
      }
      if (!fields.has(line)) fields.set(line, withoutLength(raw.join('\n')));
    }
  }
  return fields;
}

/** Null where the candidate is no line of an export block. */
export function peelJournalExport(candidate: CandidateLine): Peeled | null {
  const { text, tail } = candidate;
  const inBlock = tail.some(
    (line) => line.startsWith('__REALTIME_TIMESTAMP=') || line.startsWith('__CURSOR='),
  );
  if (!text.startsWith('MESSAGE=') && !inBlock) return null;
  const block = readBlock(inBlock ? tail : [text]);
  const own = FIELD.exec(text)?.[1];
  // Another field's line can hold a literal, too (`_CMDLINE=`): it says nothing, but is not the message.
  const message = own === undefined ? (block.get('MESSAGE') ?? text) : text.slice(own.length + 1);
  return journalPeel('journal-export', message, (...names) => {
    for (const name of names) {
      const value = block.get(name);
      if (value !== undefined) return value;
    }
    return null;
  });
}
