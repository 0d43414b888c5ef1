/**
 * The CRI log file of a container: `2023-05-01T10:47:56.381123456Z stdout F text`. `P` marks a piece of a
 * line that was cut at 16 KiB, `F` the last piece. Such a file given as input is the log of what runs in
 * the container (kind, dind), so its text speaks for itself.
 */
import type { Peeled } from './peeled.js';
import { readIso } from './stamp.js';

export function peelCri(text: string): Peeled | null {
  const time = readIso(text, 0);
  if (time === null || time.stamp.kind !== 'absolute') return null;
  const head = /^ (stdout|stderr) ([PF])(?::[^ ]{1,64})?(?: |$)/.exec(text.slice(time.end, time.end + 96));
  if (head === null) return null;
  const partial = { stream: head[1] ?? '', more: head[2] === 'P' };
  const rest = text.slice(time.end + head[0].length);
  return { name: 'cri', kind: 'outer', rest, time: time.stamp, inside: true, partial };
}
