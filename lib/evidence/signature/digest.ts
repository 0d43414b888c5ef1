/**
 * What is kept of a profile, a dump or a panic once it is read: the values of the signatures. A dump of a sick daemon has tens of megabytes; a digest has a few kilobytes.
 */

import type { Instant } from '../../envelope/types.js';
import type { FunctionTable, GoroutineProfile, Measure, Panic } from '../types.js';
import { type Signature, type SignatureValue, signatureValue } from './signature.js';
import { type StopCalls, stopCallsOf } from './stop-calls.js';

export interface Digest {
  readonly kind: 'functions' | 'goroutines' | 'panic';
  readonly source: string;
  readonly line: number;
  readonly text: string;
  readonly program: string | null;
  /** Null where nothing states a time. */
  readonly at: Instant | null;
  /** The same in float ms since the epoch. */
  readonly ms: number | null;
  /** Year or zone of that time had to be assumed. */
  readonly timeAssumed: boolean;
  /** Of a table of functions, else null. */
  readonly measure: Measure | null;
  /** Bytes, objects or goroutines; 1 for a panic. */
  readonly total: number;
  /** By signature id. A signature that applies and was not found has the value 0. */
  readonly values: ReadonlyMap<string, SignatureValue>;
  readonly stopCalls: StopCalls | null;
  readonly modules: Readonly<Record<string, string>>;
  /** Of a panic: header, signal, first frames, for proof. */
  readonly lines: readonly { readonly line: number; readonly text: string }[];
}

/** Lines of a panic kept for proof. */
const PROOF_LINES = 6;

export function digestOf(
  evidence: FunctionTable | GoroutineProfile | Panic,
  signatures: readonly Signature[],
): Digest {
  const values = new Map<string, SignatureValue>();
  for (const signature of signatures) {
    const value = signatureValue(signature, evidence);
    if (value !== null) values.set(signature.id, value);
  }
  const { source, line, text, program, at } = evidence;
  return {
    kind: evidence.kind,
    source,
    line,
    text,
    program,
    at,
    ms: at === null ? null : at.ms + at.nanos / 1e6,
    timeAssumed: evidence.timeAssumed === true,
    measure: evidence.kind === 'functions' ? evidence.measure : null,
    total: evidence.kind === 'panic' ? 1 : evidence.total,
    values,
    stopCalls: evidence.kind === 'goroutines' ? stopCallsOf(evidence, signatures) : null,
    modules: evidence.kind === 'functions' ? {} : evidence.modules,
    lines: evidence.kind === 'panic' ? evidence.lines.slice(0, PROOF_LINES) : [],
  };
}
