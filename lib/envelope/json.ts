/**
 * Lines that are one JSON object. Told apart by their members: docker's json-file, the journal's, klog's
 * (`"ts"` in milliseconds), and any program's or shipper's own (`level`, `msg`, `time` under many names).
 */
import { dockerJsonFile } from './docker-json-file.js';
import { fieldBag } from './fields.js';
import { journalJson } from './journal-json.js';
import { type JsonMembers, memberText, readJsonObject } from './json-object.js';
import { skipSpaces } from './key-values.js';
import { levelName } from './level.js';
import type { Peeled } from './peeled.js';
import { anyStamp } from './stamp.js';

const MESSAGES = ['msg', 'message', 'MESSAGE', '@message', 'log'];
const TIMES = ['time', 'ts', 'timestamp', '@timestamp', 't'];
const LEVELS = ['level', 'log.level', 'lvl', 'severity'];
const HOSTS = ['host', 'hostname', 'host.name'];

/** From here on a number of seconds would be far in the future: klog counts milliseconds. */
const FIRST_MILLISECONDS = 1e11;

/** A member of a nested object, for shippers that write `{"host":{"name":"…"}}`. */
function nestedText(members: JsonMembers, outer: string, inner: string): string | null {
  const member = members.get(outer);
  if (member?.kind !== 'nested' || member.text.length > 4096) return null;
  const object = readJsonObject(member.text, 0);
  return object === null ? null : memberText(object, inner);
}

function programJson(members: JsonMembers): Peeled | null {
  const message = memberText(members, ...MESSAGES);
  if (message === null) return null;
  const ts = members.get('ts');
  const isKlog = ts?.kind === 'number' && Number(ts.text) >= FIRST_MILLISECONDS && members.has('msg');
  const stated = memberText(members, ...TIMES);
  const level = memberText(members, ...LEVELS) ?? nestedText(members, 'log', 'level');
  const stamped = memberText(members, 'caller');
  const caller = stamped !== null && stamped.length <= 128 ? stamped : null;
  const bag = fieldBag();
  const own = new Set([
    ...TIMES,
    ...LEVELS,
    ...MESSAGES.filter((name) => memberText(members, name) === message),
  ]);
  if (caller !== null) own.add('caller');
  for (const [key, member] of members) if (!own.has(key) && member.text !== 'null') bag.set(key, member.text);
  return {
    name: isKlog ? 'klog-json' : 'json',
    kind: 'program',
    rest: message,
    time: stated === null ? null : anyStamp(stated),
    level: level === null ? null : levelName(level),
    caller,
    host: memberText(members, ...HOSTS) ?? nestedText(members, 'host', 'name'),
    fields: bag.fields,
  };
}

export function peelJson(text: string): Peeled | null {
  let at = skipSpaces(text, 0);
  // The cookie that marks JSON inside syslog.
  if (text.startsWith('@cee:', at)) at = skipSpaces(text, at + 5);
  const members = readJsonObject(text, at);
  if (members === null) return null;
  return dockerJsonFile(members) ?? journalJson(members) ?? programJson(members);
}
