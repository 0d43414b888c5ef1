/**
 * `journalctl -o json`, and the same as Vector writes it. A field is a list of bytes where it holds control
 * characters, a list of texts where it was logged twice, and null where it was too long.
 */
import { journalPeel } from './journal-fields.js';
import type { JsonMember, JsonMembers } from './json-object.js';
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

function plainText(member: JsonMember | undefined): string | null {
  if (member === undefined || member.kind === 'literal') return null;
  if (member.kind === 'nested') return member.text.startsWith('[') ? listText(member.text) : null;
  return member.text;
}

export function journalJson(members: JsonMembers): Peeled | null {
  const message = members.get('MESSAGE') ?? members.get('message');
  // An entry need not have one; only the journal names a cursor.
  if (message === undefined && !members.has('__CURSOR')) return null;
  if (!members.has('MESSAGE') && !MARKS.some((mark) => members.has(mark))) return null;
  return journalPeel('journal-json', plainText(message) ?? '', (...names) => {
    for (const name of names) {
      const text = plainText(members.get(name));
      if (text !== null) return text;
    }
    return null;
  });
}
