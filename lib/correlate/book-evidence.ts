/**
 * Books what is not a log line: versions, settings and figures become facts of their node, profiles, dumps and
 * panics become digests that open or feed the episodes of a daemon.
 */
import { digestOf } from '../evidence/signature/digest.js';
import type { Signature } from '../evidence/signature/signature.js';
import type { Evidence } from '../evidence/types.js';
import type { DaemonEpisodes } from './daemon-episodes.js';
import { detach } from './detach.js';
import type { EvidenceBook } from './evidence-book.js';
import type { NodeFacts } from './node-facts.js';
import { programOf } from './program.js';
import type { ProofLimits } from './proof.js';
import type { Proof } from './types.js';
import { isVendorBuild } from './vendor.js';

export interface EvidenceTargets {
  readonly facts: NodeFacts;
  readonly book: EvidenceBook;
  readonly daemons: DaemonEpisodes;
  readonly signatures: readonly Signature[];
  readonly limits: ProofLimits;
}

const RUNTIMES = { dockerd: 'docker', 'cri-o': 'cri-o' } as const;

export function bookEvidence(evidence: Evidence, node: string, targets: EvidenceTargets): void {
  const { facts, limits } = targets;
  if (node !== '') facts.seeHost(node);
  const ms = evidence.at === null ? Number.POSITIVE_INFINITY : evidence.at.ms + evidence.at.nanos / 1e6;
  const place = { node, ms };
  const proofOf = (item: { readonly line: number; readonly text: string }): Proof => ({
    at: evidence.at,
    source: evidence.source,
    line: item.line,
    text: detach(item.text.slice(0, limits.proofText)),
    pattern: `evidence.${evidence.kind}`,
    component: evidence.program ?? 'evidence',
  });
  switch (evidence.kind) {
    case 'versions':
      for (const item of evidence.versions) {
        const product = programOf(item.product);
        facts.versions.add({ ...place, product, version: detach(item.version), proof: proofOf(item) });
        const runtime = RUNTIMES[product as keyof typeof RUNTIMES];
        if (runtime !== undefined) facts.runtimes.add({ ...place, runtime });
        if (product === 'dockerd' && isVendorBuild(item.version))
          facts.vendors.add({ ...place, vendor: detach(item.version) });
      }
      return;
    case 'settings':
      for (const { product, name, value, ...item } of evidence.settings)
        facts.settings.add({ ...place, product, name, value: detach(value), proof: proofOf(item) });
      return;
    case 'gauges':
      for (const { product, name, value, ...item } of evidence.gauges)
        facts.gauges.add({ ...place, product, name, value, proof: proofOf(item) });
      return;
    case 'functions':
    case 'goroutines':
    case 'panic': {
      const digest = digestOf(evidence, targets.signatures);
      for (const [name, version] of Object.entries(digest.modules)) {
        // A daemon's own source tree; of its libraries only the episode asks.
        const product = programOf(name);
        if (product === evidence.program)
          facts.versions.add({ ...place, product, version: detach(version), proof: proofOf(evidence) });
      }
      targets.book.add(digest, node);
      targets.daemons.digest(digest, node, proofOf(evidence));
      return;
    }
  }
}
