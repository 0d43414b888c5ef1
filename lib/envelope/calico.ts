/**
 * Calico's CNI plugin: `2023-05-01 10:47:56.381 [INFO][88861] ipam.go 1172: text Key="v"`. The kubelet
 * relays its stderr, so that these lines, which alone tie a sandbox to its pod, stand under the kubelet's
 * tag. The number in brackets is the plugin's process, not the kubelet's, and is left out.
 */
import { fieldBag } from './fields.js';
import { readPairs, skipSpaces, startOfTrailingPairs } from './key-values.js';
import { levelName } from './level.js';
import type { Peeled } from './peeled.js';
import { readIso } from './stamp.js';

const HEADER = /^ \[([A-Z]{3,8})\]\[\d{1,10}(?:\/\d{1,10})?\] ([\w./-]{1,100}) (\d{1,6}): /;

export function peelCalico(text: string): Peeled | null {
  const at = skipSpaces(text, 0);
  const found = readIso(text, at);
  if (found === null) return null;
  const header = HEADER.exec(text.slice(found.end, found.end + 256));
  if (header === null) return null;
  const body = text.slice(found.end + header[0].length);
  const start = startOfTrailingPairs(body);
  const bag = fieldBag();
  readPairs(body, start, bag.set);
  return {
    name: 'calico',
    kind: 'program',
    rest: body.slice(0, start).trimEnd(),
    time: found.stamp,
    level: levelName(header[1] ?? ''),
    caller: `${header[2]}:${header[3]}`,
    fields: bag.fields,
  };
}
