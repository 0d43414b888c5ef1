/**
 * The head of a record in a CRI log file: `<time> <stdout|stderr> <P|F> `. The content and a newline follow it.
 */
export const STREAMS = ['stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];
/** `P`: more of the same line follows, or the stream ended in it. `F`: the line ends here. */
export type RecordTag = 'P' | 'F';

const NANOSECONDS = 1_000_000_000n;

function parts(nanoseconds: bigint): { readonly second: string; readonly fraction: string } {
  const seconds = nanoseconds / NANOSECONDS;
  return {
    second: new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length),
    fraction: String(nanoseconds % NANOSECONDS).padStart(9, '0'),
  };
}

/**
 * Go's RFC3339Nano in UTC: trailing zeros of the fraction are left out, and the point with them. So the width is 20
 * to 30 characters, and two equal runs differ in size on disk by a few bytes.
 */
export function rfc3339Nano(nanoseconds: bigint): string {
  const { second, fraction } = parts(nanoseconds);
  const digits = fraction.replace(/0+$/, '');
  return digits === '' ? `${second}Z` : `${second}.${digits}Z`;
}

/** conmon's time stamp: always nine digits and a numeric offset, 35 characters. */
export function conmonTime(nanoseconds: bigint): string {
  const { second, fraction } = parts(nanoseconds);
  return `${second}.${fraction}+00:00`;
}

export function recordHead(time: string, stream: StreamName, tag: RecordTag): Buffer {
  return Buffer.from(`${time} ${stream} ${tag} `, 'latin1');
}
