/**
 * `journalctl -o json`, and the same as Vector writes it. `MESSAGE` is a list of bytes where it holds control
 * characters, a list of texts where it was logged twice, and null where it was too long.
 */
import { journalPeel } from './journal-fields.js';
import { type JsonMembers, memberText } from './json-object.js';
import type { Peeled } from './peeled.js';

const MARKS = [
  '__REALTIME_TIMESTAMP',
  '__CURSOR',
  '_SYSTEMD_UNIT',
  '_BOOT_ID',
  'SYSLOG_IDENTIFIER',
  '_HOSTNAME',
  '_COMM',
];

/** A list as JSON text: bytes become the text that they encode, of several texts the first counts. */
function listText(source: string): string {
  let list: unknown;
  try {
    list = JSON.parse(source);
  } catch {
    // Cut off: the bytes before the cut.
    list = source.match(/\d{1,3}(?=,)/g)?.map(Number) ?? [];
  }
  if (!Array.isArray(list)) return '';
  const first: unknown = list[0];
  if (typeof first === 'string') return first;
  const bytes = list.filter((byte): byte is number => typeof byte === 'number');
  return Buffer.from(Uint8Array.from(bytes)).toString('utf8');
}

export function journalJson(members: JsonMembers): Peeled | null {
  const message = members.get('MESSAGE') ?? members.get('message');
  if (message === undefined) return null;
  if (!members.has('MESSAGE') && !MARKS.some((mark) => members.has(mark))) return null;
  const text =
    message.kind === 'string' || message.kind === 'number'
      ? message.text
      : message.kind === 'nested'
        ? listText(message.text)
        : '';
  return journalPeel('journal-json', text, (...names) => memberText(members, ...names));
}
