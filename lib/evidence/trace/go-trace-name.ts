/** The time that a dump's file is named for, where the dump itself states none. */
import { absoluteStamp, localStamp, readOffset } from '../../envelope/stamp.js';
import type { Instant } from '../../envelope/types.js';

const NAME = /goroutine-stacks-(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4})/;

/** dockerd puts the time into the name of the file: `goroutine-stacks-2023-05-08T170141+0800.log`. */
export function timeOfName(source: string): Instant | null {
  const found = NAME.exec(source.slice(-128));
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const clock = { hour, minute, second, nanos: 0, digits: 0, end: 0 };
  const offset = found[7] === 'Z' ? 0 : (readOffset(found[7] ?? '', 0)?.minutes ?? null);
  if (offset === null) return null;
  const stamp = absoluteStamp(localStamp(year, month, day, clock), offset);
  return stamp.kind === 'absolute' ? stamp.at : null;
}
