/**
 * Lines that begin with an ISO time: rsyslog's default file format and journalctl's short-iso
 * (`2017-06-22T18:59:47.925917+08:00 host tag[pid]: `), and the bare times that CI systems and
 * `docker logs -t` put before any text. What follows the time tells them apart.
 */
import { skipSpaces } from './key-values.js';
import { startsPayload } from './payload.js';
import type { Peeled } from './peeled.js';
import { readIso } from './stamp.js';
import { readTag } from './syslog-tag.js';

export function peelIso(text: string): Peeled | null {
  const start = skipSpaces(text, 0);
  const time = readIso(text, start);
  if (time === null) return null;
  const zoned = time.stamp.kind === 'absolute';
  const next = text[time.end];
  if (next === undefined)
    return zoned ? { name: 'ci-prefix', kind: 'outer', rest: '', time: time.stamp } : null;
  if (next !== ' ' && next !== '\t') return null;
  // `dmesg --time-format iso` is the one that writes a comma before the fraction and an offset.
  if (zoned && text[start + 19] === ',') {
    return { name: 'dmesg', kind: 'outer', rest: text.slice(time.end + 1), time: time.stamp };
  }
  // GitLab's job logs: number and letter of the stream, `+` where the line goes on.
  if (zoned && /^ [0-9a-f]{2}[OE](?:[ +]|$)/.test(text.slice(time.end, time.end + 5)))
    return { name: 'ci-prefix', kind: 'outer', rest: text.slice(time.end + 5), time: time.stamp };
  const { end, hasPid, ...who } = readTag(text, time.end, startsPayload);
  // GitHub prints 7 digits and docker 9, both `Z`, before text that can look like a tag: `step 3: …`.
  const digits =
    time.stamp.kind === 'uptime' ? 0 : time.stamp.kind === 'local' ? time.stamp.digits : time.stamp.at.digits;
  const prefix = zoned && digits >= 7 && text[time.end - 1] === 'Z' && !hasPid;
  // Without a zone it is rather a program's own time (`2019-05-10 07:06:26 ERROR a.b.C: …`) than a header.
  const named = zoned ? who.tag !== null || who.unit !== null || who.host !== null : hasPid;
  if (!prefix && named)
    return { name: 'iso', kind: 'outer', rest: text.slice(end), time: time.stamp, ...who };
  if (!zoned && !startsPayload(text, skipSpaces(text, time.end))) return null;
  return { name: 'ci-prefix', kind: 'outer', rest: text.slice(time.end + 1), time: time.stamp };
}
