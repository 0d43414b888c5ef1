/** Takes a log through scan, envelope and gatherer, and collects the panics and dumps in it. */
import { createEnvelopeParser } from '../../lib/envelope/parse.js';
import type { LogRecord } from '../../lib/envelope/types.js';
import type { Trace } from '../../lib/evidence/trace/go-trace.js';
import { createTraceGatherer } from '../../lib/evidence/trace/trace-gatherer.js';
import { BLOCK_LITERALS } from '../../lib/evidence/trace/trace-literals.js';
import type { EvidenceProblem, GoroutineProfile, Panic } from '../../lib/evidence/types.js';
import { createScanner } from '../../lib/scan/scanner.js';

export interface Gathered {
  readonly traces: Trace[];
  readonly panics: Panic[];
  readonly dumps: GoroutineProfile[];
  readonly problems: EvidenceProblem[];
  /** The records that the traces begin with. */
  readonly records: LogRecord[];
  readonly unknownEnvelopes: number;
}

/** `literals`: what patterns would ask for beside the block literals. `size`: bytes of a chunk. */
export function gather(log: string | Buffer, literals: readonly string[] = [], size = 64 * 1024): Gathered {
  const traces: Trace[] = [];
  const problems: EvidenceProblem[] = [];
  const records: LogRecord[] = [];
  const gatherer = createTraceGatherer({
    onEvidence: (trace, record) => {
      traces.push(trace);
      records.push(record);
    },
    onProblem: (problem) => problems.push(problem),
    timeOf: ({ innerTime, envelopeTime }) => {
      const stamp = innerTime ?? envelopeTime;
      return stamp?.kind === 'absolute' ? stamp.at : null;
    },
  });
  const parser = createEnvelopeParser();
  const scanner = createScanner({
    source: 'test.log',
    literals,
    blockLiterals: BLOCK_LITERALS,
    onCandidate: (candidate) => {
      for (const record of parser.parse(candidate)) gatherer.push(record);
    },
  });
  const bytes = Buffer.from(log);
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  scanner.end();
  for (const record of parser.flush()) gatherer.push(record);
  gatherer.flush();
  return {
    traces,
    problems,
    records,
    panics: traces.filter((trace) => trace.kind === 'panic'),
    dumps: traces.filter((trace) => trace.kind === 'goroutines'),
    unknownEnvelopes: parser.counts.unknownEnvelopes,
  };
}
