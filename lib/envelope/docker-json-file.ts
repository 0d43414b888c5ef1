/**
 * docker's json-file log: `{"log":"text\n","stream":"stderr","time":"…Z"}`. A `log` without a newline at its
 * end is a piece of a longer line, cut at 16 KiB. Such a file given as input is the log of what runs in the
 * container, an inner dockerd for example.
 */
import { type JsonMembers, memberText } from './json-object.js';
import type { Peeled } from './peeled.js';
import { anyStamp } from './stamp.js';

export function dockerJsonFile(members: JsonMembers): Peeled | null {
  const log = members.get('log');
  const stream = memberText(members, 'stream');
  const time = memberText(members, 'time');
  if (log?.kind !== 'string' || (stream === null && time === null)) return null;
  const more = !log.text.endsWith('\n');
  return {
    name: 'docker-json-file',
    kind: 'outer',
    rest: more ? log.text : log.text.replace(/\r?\n$/, ''),
    time: time === null ? null : anyStamp(time),
    inside: true,
    partial: { stream: (stream ?? '').slice(0, 16), more },
  };
}
