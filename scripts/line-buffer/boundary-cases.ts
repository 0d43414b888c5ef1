/**
 * Inputs at the edges of containerd's line reader: lines around the limit, pieces around its read buffer, carriage
 * returns where one buffer ends and the next begins, ends without a newline. Described compactly, so that a fixture
 * is small and a test can make the same bytes.
 */
import type { StreamName } from '../../bench/line-buffer/real/writers.js';

/** A text, or so many bytes of a pattern in which every position is told from its neighbours. */
export type Part = string | number;

/** Parts that a stream carries, one after the other. */
export interface Step {
  readonly stream: StreamName;
  readonly parts: readonly Part[];
}

export interface BoundaryCase {
  readonly name: string;
  /** `max_container_log_line_size`. */
  readonly limitBytes: number;
  /** The next step is fed when the one before it was taken. After the last one the streams end. */
  readonly steps: readonly Step[];
}

const PATTERN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+';

export function bytesOf(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.alloc(part, PATTERN),
    ),
  );
}

const out = (...parts: readonly Part[]): Step => ({ stream: 'stdout', parts });
const err = (...parts: readonly Part[]): Step => ({ stream: 'stderr', parts });

/** Each limit has the lines around it and around its double, and each line an end with and without a newline. */
function aroundLimit(limitBytes: number): BoundaryCase[] {
  const lengths = [-1, 0, 1].flatMap((by) => [limitBytes + by, 2 * limitBytes + by]);
  // Below 16, the smallest read buffer there is, what is over the limit adds up from piece to piece.
  if (limitBytes <= 16) lengths.push(48, 100);
  return lengths.flatMap((length) => [
    { name: `line-${length}`, limitBytes, steps: [out(length, '\n')] },
    { name: `line-${length}-open`, limitBytes, steps: [out(length)] },
  ]);
}

function aroundReader(limitBytes: number): BoundaryCase[] {
  return [4095, 4096, 4097, 8191, 8192, 8193].flatMap((length) => [
    { name: `reader-${length}`, limitBytes, steps: [out(length, '\n')] },
    { name: `reader-${length}-open`, limitBytes, steps: [out(length)] },
  ]);
}

/** With `edge` the size of the read buffer. */
function carriageReturns(limitBytes: number, edge: number): BoundaryCase[] {
  const named = (name: string, ...parts: readonly Part[]): BoundaryCase => ({
    name: `cr-${name}`,
    limitBytes,
    steps: [out(...parts)],
  });
  return [
    named('lf-in-line', 10, '\r\n', 10, '\r\n'),
    named('last-lf-first', edge - 1, '\r\n', 5, '\n'),
    named('both-after', edge, '\r\n', 5, '\n'),
    named('both-before', edge - 2, '\r\n', 5, '\n'),
    named('last-text-first', edge - 1, '\r', 5, '\n'),
    named('last-and-end', edge - 1, '\r'),
    named('first-and-end', edge, '\r'),
    named('two-across', edge - 1, '\r\r\n', 5, '\n'),
    named('only', '\r\n\r\r\n\n'),
    named('at-limit', 16384, '\r\n', 16383, '\r\n'),
  ];
}

function others(limitBytes: number): BoundaryCase[] {
  return [
    { name: 'nothing', limitBytes, steps: [] },
    { name: 'empty-lines', limitBytes, steps: [out('\n\n', 3, '\n\n')] },
    { name: 'lines-then-open', limitBytes, steps: [out(100, '\n', 5000, '\n', 16385, '\n', 7)] },
    { name: 'bytes', limitBytes, steps: [out('\x00\x1b[31m\xff\xfe\t\n\xc3\n')] },
    { name: 'line-in-pieces', limitBytes, steps: [out(1), out(1), out(4095), out('\n'), out(3, '\n')] },
    {
      name: 'two-streams',
      limitBytes,
      steps: [out(5, '\n'), err(20000, '\n'), out(4096), err(3), out(4096, '\n'), err(16384, '\n')],
    },
  ];
}

export const BOUNDARY_CASES: readonly BoundaryCase[] = [16384, 4096, 1000, 16, 10, 0, -1].flatMap((limit) => [
  ...(limit > 0 ? aroundLimit(limit) : []),
  ...(limit > 16 ? aroundReader(limit) : []),
  ...(limit <= 0 ? aroundReader(limit) : []),
  ...(limit > 16 || limit <= 0 ? carriageReturns(limit, limit > 0 ? Math.min(limit, 4096) : 4096) : []),
  ...(limit > 16 || limit <= 0 ? others(limit) : []),
]);
