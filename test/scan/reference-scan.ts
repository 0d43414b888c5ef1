/**
 * The scan stage's rules for ordinary lines, written the plain way: over the whole input, a line at a time. The
 * property tests hold the scanner against it. It knows nothing of the journal export format.
 */
import { type CandidateLine, DEFAULT_LIMITS, type ScanCounts, type ScanLimits } from './scan.js';

export interface ReferenceOptions {
  readonly literals: readonly string[];
  readonly longLiterals?: readonly string[];
  readonly limits?: Partial<ScanLimits>;
}

export function referenceScan(
  input: Buffer,
  options: ReferenceOptions,
): { candidates: CandidateLine[]; counts: ScanCounts } {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const long = (options.longLiterals ?? []).map((literal) => Buffer.from(literal));
  const all = [...options.literals.map((literal) => Buffer.from(literal)), ...long];
  const lines: { start: number; kept: Buffer; cut: number; hit: boolean }[] = [];
  for (let start = 0; start < input.length; ) {
    const found = input.indexOf(10, start);
    const end = found < 0 ? input.length : found;
    const line = input.subarray(start, end);
    const head = line.subarray(0, limits.lineBytes);
    const limit = long.some((literal) => head.includes(literal)) ? limits.longLineBytes : limits.lineBytes;
    const kept = line.subarray(0, limit);
    lines.push({
      start,
      kept,
      cut: line.length - kept.length,
      hit: all.some((literal) => head.includes(literal)),
    });
    start = end + 1;
  }
  const textOf = ({ kept, cut }: { kept: Buffer; cut: number }): string =>
    (cut === 0 && kept.at(-1) === 13 ? kept.subarray(0, -1) : kept).toString('utf8');
  const opens = (line: { kept: Buffer; cut: number } | undefined): boolean =>
    line !== undefined && line.cut === 0 && textOf(line).endsWith('=<');

  const candidates: CandidateLine[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    if (line === undefined || !line.hit) {
      at += 1;
      continue;
    }
    const tail: string[] = [];
    const bytesWith = (count: number): number =>
      lines.slice(at + 1, at + 1 + count).reduce((sum, { kept }) => sum + kept.length + 1, -1);
    const fits = (count: number): boolean =>
      count <= limits.tailLines && bytesWith(count) <= limits.tailBytes;
    for (;;) {
      const last = lines[at + tail.length];
      if (opens(last)) {
        let close = tail.length + 1;
        while (
          fits(close) &&
          at + close < lines.length &&
          !lines[at + close]?.kept.subarray(0, 2).equals(Buffer.from(' >'))
        ) {
          close += 1;
        }
        if (fits(close) && at + close < lines.length) {
          while (tail.length < close) tail.push(textOf(lines[at + tail.length + 1] ?? line));
          continue;
        }
      }
      const next = lines[at + tail.length + 1];
      if (next === undefined || next.hit || !fits(tail.length + 1)) break;
      if (
        !/^[ \t]/.test(next.kept.toString('latin1')) &&
        !/^[0-9a-fA-F]+\r?$/.test(next.kept.toString('latin1'))
      )
        break;
      tail.push(textOf(next));
    }
    candidates.push({
      source: 'test',
      offset: line.start,
      line: at + 1,
      text: textOf(line),
      cutBytes: line.cut,
      tail,
    });
    at += tail.length + 1;
  }
  const truncated = lines.filter(({ cut }) => cut > 0);
  return {
    candidates,
    counts: {
      bytes: input.length,
      lines: lines.length,
      candidates: candidates.length,
      truncatedLines: truncated.length,
      truncatedBytes: truncated.reduce((sum, { cut }) => sum + cut, 0),
    },
  };
}
