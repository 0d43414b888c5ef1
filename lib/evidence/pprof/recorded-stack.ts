/**
 * Reads the lines that Go's debug=1 profiles put below a record: `#<tab>0x563a…<tab>daemon.(*Daemon).Kill+0x64<tab>
 * /go/src/…/kill.go:88`. The readers of heap and goroutine text share it. Tabs may have become blanks in a paste,
 * and names of generic functions hold blanks of their own, so it goes by marks instead of columns.
 */

import type { Frame } from '../types.js';
import { UNKNOWN_FRAME } from './stack-groups.js';

const MAX_NAME = 4096;
const ADDRESS = /^#\s{0,40}0x[0-9a-f]{1,16}(?:\s|$)/;
const OFFSET_AND_PLACE = /^\+0x[0-9a-f]{1,16}\s{1,400}(\S.*):(\d{1,9})$/;

/** Null for a line that is no frame. An address without a name is `<unknown>`. */
export function recordedFrame(line: string): Frame | null {
  const address = ADDRESS.exec(line);
  if (address === null) return null;
  const rest = line.slice(address[0].length).trimStart();
  if (rest === '') return UNKNOWN_FRAME;
  const plus = rest.indexOf('+0x');
  // Cut off by whoever pasted it: the name may be cut, too.
  if (plus === -1) return null;
  const name = rest.slice(0, Math.min(plus, MAX_NAME));
  const place = OFFSET_AND_PLACE.exec(rest.slice(plus));
  return { function: name, file: place?.[1] ?? null, line: place === null ? null : Number(place[2]) };
}
