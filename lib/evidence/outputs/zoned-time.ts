/** Times that outputs of commands state, where they can be placed: with an offset, or in UTC. */
import { readIso } from '../../envelope/stamp.js';
import type { Instant } from '../../envelope/types.js';

/** `2023-05-08T17:01:41.750342975+08:00`; null for anything without a zone. */
export function zonedTime(text: string): Instant | null {
  const read = readIso(text, 0);
  return read?.stamp.kind === 'absolute' && read.end === text.length ? read.stamp.at : null;
}

/**
 * systemd's `Thu 2023-05-04 10:18:14 UTC` as `2023-05-04T10:18:14Z`. Other zones are abbreviations that several
 * places share (`CST`): those stay as printed.
 */
export function systemdTime(text: string): string {
  const found = /^[A-Za-z]{2,4} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|GMT)$/.exec(text);
  return found === null ? text : `${found[1]}T${found[2]}Z`;
}
