/**
 * logrus as it prints to a terminal: `INFO[0042] text   key=value`, with a time instead of the seconds
 * where it was told to. crictl, podman and containerd in the foreground write it. Colours are gone already.
 * The seconds count from the program's start and are no time that could be placed.
 */
import { fieldBag } from './fields.js';
import { readPairs, startOfTrailingPairs } from './key-values.js';
import { levelName } from './level.js';
import type { Peeled } from './peeled.js';
import { isoStamp } from './stamp.js';

const HEADER =
  /^ {0,8}(TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)(?:ING|R)?\[([^\]\s]{1,40}(?: [\d:.+-]{8,24})?)\] ?/;

export function peelLogrusTty(text: string): Peeled | null {
  const header = HEADER.exec(text);
  if (header === null) return null;
  const stamp = header[2] ?? '';
  const time = isoStamp(stamp);
  if (time === null && !/^\d{1,10}$/.test(stamp)) return null;
  const body = text.slice(header[0].length);
  const start = startOfTrailingPairs(body);
  const bag = fieldBag();
  readPairs(body, start, bag.set);
  return {
    name: 'logrus-tty',
    kind: 'program',
    rest: body.slice(0, start).trimEnd(),
    time,
    level: levelName(header[1] ?? ''),
    fields: bag.fields,
  };
}
