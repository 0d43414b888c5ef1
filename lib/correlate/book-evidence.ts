/**
 * Books what is not a log line: versions, settings and figures become facts of their node, profiles, dumps and
 * panics open or feed the episodes of a daemon.
 */
import type { Instant } from '../envelope/types.js';
import type { Bookable } from '../evidence/holding.js';
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
  readonly limits: ProofLimits;
}

const RUNTIMES = { dockerd: 'docker', 'cri-o': 'cri-o' } as const;

/** Where a piece of evidence comes from, as its proof says it. */
interface Origin {
  readonly at: Instant | null;
  readonly source: string;
  readonly program: string | null;
}

export function bookEvidence(item: Bookable, node: string, targets: EvidenceTargets): void {
  const { facts, limits } = targets;
  if (node !== '') facts.seeHost(node);
  const origin: Origin = item.kind === 'digest' ? item.digest : item;
  const kind = item.kind === 'digest' ? item.digest.kind : item.kind;
  const ms = origin.at === null ? Number.POSITIVE_INFINITY : origin.at.ms + origin.at.nanos / 1e6;
  const place = { node, ms };
  const proofOf = (line: { readonly line: number; readonly text: string }): Proof => ({
    at: origin.at,
    source: origin.source,
    line: line.line,
    text: detach(line.text.slice(0, limits.proofText)),
    pattern: `evidence.${kind}`,
    component: origin.program ?? 'evidence',
  });
  switch (item.kind) {
    case 'versions':
      for (const stated of item.versions) {
        const product = programOf(stated.product);
        facts.versions.add({ ...place, product, version: detach(stated.version), proof: proofOf(stated) });
        const runtime = RUNTIMES[product as keyof typeof RUNTIMES];
        if (runtime !== undefined) facts.runtimes.add({ ...place, runtime });
        if (product === 'dockerd' && isVendorBuild(stated.version))
          facts.vendors.add({ ...place, vendor: detach(stated.version) });
      }
      return;
    case 'settings':
      for (const { product, name, value, rank = 0, ...line } of item.settings) {
        const mark = { ...place, product, name, value: detach(value), rank, proof: proofOf(line) };
        facts.settings.add(mark);
        targets.daemons.setting(mark);
      }
      return;
    case 'gauges':
      for (const { product, name, value, of = null, ...line } of item.gauges) {
        const { life } = item;
        const mark = { ...place, product, name, value, of: of && detach(of), proof: proofOf(line) };
        facts.gauges.add(life === undefined ? mark : { ...mark, life });
      }
      for (const { product, name } of item.gauges) targets.daemons.gauge({ product, name }, node);
      return;
    case 'digest': {
      const { digest } = item;
      for (const [name, version] of Object.entries(digest.modules)) {
        // A daemon's own source tree; of its libraries only the episode asks.
        const product = programOf(name);
        if (product === digest.program)
          facts.versions.add({ ...place, product, version: detach(version), proof: proofOf(digest) });
      }
      targets.book.add(digest, node);
      targets.daemons.digest(digest, node, proofOf(digest));
      return;
    }
  }
}
