/**
 * Tells whether a text begins like a log line in any known form. Asked where taking something off would be
 * wrong in front of ordinary text: mail quoting, a file name of grep, the rest of a line that was cut.
 */
import { peelDmesg } from './dmesg.js';
import { peelJournalFull } from './journal-short.js';
import { startsPayload } from './payload.js';
import { readSyslogTime, skipPriority } from './rfc3164.js';
import { readIso } from './stamp.js';

export function startsRecord(text: string): boolean {
  const head = text.slice(0, 512);
  return (
    startsPayload(head, 0) ||
    readSyslogTime(head, skipPriority(head, 0)) !== null ||
    readIso(head, 0) !== null ||
    peelDmesg(head) !== null ||
    peelJournalFull(head) !== null
  );
}
