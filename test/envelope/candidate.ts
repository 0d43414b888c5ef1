import { readFileSync } from 'node:fs';
import { parseRecord } from '../../lib/envelope/parse.js';
import type { LogRecord } from '../../lib/envelope/types.js';
import type { CandidateLine } from '../../lib/scan/types.js';
import { FIXTURES } from '../root.js';

export interface Where {
  readonly source?: string;
  readonly line?: number;
}

export function candidate(text: string, tail: readonly string[] = [], where: Where = {}): CandidateLine {
  return { source: where.source ?? 'test', line: where.line ?? 1, offset: 0, text, cutBytes: 0, tail };
}

/** The one record of a line. */
export function record(text: string, ...tail: readonly string[]): LogRecord {
  const records = parseRecord(candidate(text, tail));
  const [first] = records;
  if (first === undefined || records.length !== 1)
    throw new Error(`${records.length} records, expected one: ${text}`);
  return first;
}

export function fixtureLines(path: string): readonly string[] {
  const text = readFileSync(new URL(path, FIXTURES), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** Candidates of a fixture as the scan gives them: of an export block the message line with the block. */
export function fixtureCandidates(path: string): readonly CandidateLine[] {
  const text = readFileSync(new URL(path, FIXTURES), 'utf8');
  if (!text.startsWith('__CURSOR='))
    return fixtureLines(path).map((line, i) => candidate(line, [], { line: i + 1 }));
  return text
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const lines = block.split('\n').filter((line) => line !== '');
      return candidate(lines.find((line) => line.startsWith('MESSAGE=')) ?? '', lines);
    });
}

/** A stamp as short text: `2026-11-21T01:01:08.841055797Z`, `?-05-01 10:47:56.381`, `12.5s`. */
export function shown(stamp: LogRecord['envelopeTime']): string | null {
  if (stamp === null) return null;
  if (stamp.kind === 'uptime') return `${stamp.seconds}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (stamp.kind === 'absolute') {
    const { ms, nanos, digits } = stamp.at;
    const fraction = String(((ms % 1000) + 1000) % 1000).padStart(3, '0') + String(nanos).padStart(6, '0');
    const seconds = new Date(ms).toISOString().slice(0, 19);
    return digits === 0 ? `${seconds}Z` : `${seconds}.${fraction.slice(0, digits)}Z`;
  }
  const fraction = String(stamp.nanos).padStart(9, '0').slice(0, stamp.digits);
  const time = `${two(stamp.hour)}:${two(stamp.minute)}:${two(stamp.second)}${fraction === '' ? '' : `.${fraction}`}`;
  return `${stamp.year ?? '?'}-${two(stamp.month)}-${two(stamp.day)} ${time}`;
}
