/**
 * Where the evidence of a run comes together that is not a line of a log: documents among the inputs, dumps and panics
 * inside of logs, long records of containers. It is held until the host that it belongs to is known.
 */
import type { Sampler } from '../envelope/sampler.js';
import { createDocuments } from '../evidence/documents.js';
import { createHolding } from '../evidence/holding.js';
import { createLongRecords } from '../evidence/log-file/long-records.js';
import { createTraceGatherer } from '../evidence/trace/trace-gatherer.js';
import type { Inputs } from '../ingest/types.js';
import type { Stages } from './stages.js';

export function gatherEvidence(
  inputs: Inputs,
  { clock, correlator, live, memory, signatures }: Stages,
  sampler: Pick<Sampler, 'reached'>,
) {
  const bundleOf = new Map(
    inputs.groups.flatMap(({ sources }) => sources.map((source) => [source.name, source.bundle] as const)),
  );
  const holding = createHolding({
    signatures,
    book: (item, node) => correlator.pushEvidence(item, node),
    timeOf: (record) => {
      const time = clock.resolve(record);
      return time && { at: time.at, assumed: time.basis === 'assumed' };
    },
    hostOf: (bundle) => {
      const ofBundle = sampler.reached().filter(({ source }) => bundleOf.get(source)?.name === bundle);
      const hosts = new Set(ofBundle.map(({ node }) => node).filter((node) => node !== ''));
      return hosts.size === 1 ? ([...hosts][0] ?? null) : null;
    },
    live,
  });
  const documents = createDocuments(holding.document, memory.documents);
  const traces = createTraceGatherer(
    {
      onEvidence: (item, record) => {
        documents.seen(item);
        holding.trace(item, record);
      },
      onProblem: documents.problem,
    },
    memory.traces,
  );
  const longRecords = createLongRecords(
    {
      onEvidence: (item) => {
        documents.seen(item);
        const bundle = bundleOf.get(item.source);
        holding.document(item, bundle?.host ?? null, bundle?.name ?? null);
      },
      live,
    },
    memory.longRecords,
  );
  return { documents, holding, longRecords, traces };
}
