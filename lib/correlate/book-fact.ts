/**
 * Books what a line says about its node: versions, dockerd generation, restarts, kernel trouble, lost lines.
 */
import type { Captures, Meaning } from '../match/types.js';
import { detach } from './detach.js';
import type { Identities, Subject } from './identity.js';
import type { NodeFacts, RuntimeMark, Trouble } from './node-facts.js';
import { type ProofLimits, proofOf } from './proof.js';
import type { TimedEvent } from './types.js';
import { isVendorBuild, isVendorTag } from './vendor.js';

const TROUBLE: Partial<Record<Meaning, Trouble>> = {
  'task-blocked': 'd-state',
  'storage-error': 'storage',
  'cpu-stalled': 'cpu',
  'oom-killed': 'oom',
  'unit-oom': 'oom',
  'oom-event': 'oom',
  'events-lost': 'events-lost',
};

/** Whose line it is tells the runtime; `containerd` alone does not, Docker runs on it, too. */
export const RUNTIME_OF_COMPONENT: Readonly<Record<string, RuntimeMark['runtime']>> = {
  dockerd: 'docker',
  'cri-dockerd': 'docker',
  cri: 'containerd',
  crio: 'cri-o',
};

export function bookFact(
  facts: NodeFacts,
  event: TimedEvent,
  identities: Identities,
  limits: ProofLimits,
): void {
  const { node, ms } = event;
  const { pattern, captures, record } = event.event;
  const place = { node, ms };
  if (pattern.generation !== null)
    facts.generations.add({ node, ms, generation: pattern.generation, basis: 'wording' });
  const runtime = RUNTIME_OF_COMPONENT[pattern.component];
  if (runtime !== undefined && pattern.role !== 'context') facts.runtimes.add({ node, ms, runtime });
  if (captures.error?.startsWith('operation timeout') || captures.error?.includes('= operation timeout')) {
    // Only dockershim and cri-dockerd print this: the runtime is dockerd.
    facts.runtimes.add({ ...place, runtime: 'docker' });
  }
  if (captures.runtime === 'docker' || captures.runtime === 'containerd' || captures.runtime === 'cri-o') {
    facts.runtimes.add({ ...place, runtime: captures.runtime });
  }
  if (record.tag !== null && isVendorTag(record.tag)) facts.vendors.add({ ...place, vendor: record.tag });
  const trouble = TROUBLE[pattern.means];
  if (trouble !== undefined) {
    facts.troubles.add({
      ...place,
      trouble,
      pid: captures.pid === undefined ? null : detach(captures.pid),
      comm: captures.comm === undefined ? null : detach(captures.comm),
      subjectKey: containerInCgroup(captures, identities)?.key ?? null,
      proof: proofOf(event, limits),
    });
  }
  switch (pattern.means) {
    case 'daemon-version': {
      const product = productOf(event);
      if (captures.version === undefined) return;
      const version = detach(
        builtFrom(captures.version.replace(/^v(?=\d)/, ''), captures.commit).slice(0, 64),
      );
      facts.versions.add({ ...place, product, version, proof: proofOf(event, limits) });
      if (product === 'dockerd' && isVendorBuild(version)) facts.vendors.add({ ...place, vendor: version });
      return;
    }
    case 'line-limit':
      // `cut`: of a start-up line that ends before it.
      if (captures.value === undefined || captures.value === 'cut') return;
      facts.settings.add({
        ...place,
        product: 'containerd',
        name: 'max-container-log-line-size',
        value: detach(captures.value.slice(0, 64)),
        rank: 0,
        proof: proofOf(event, limits),
      });
      return;
    case 'unit-restarting':
      if (captures.product !== undefined) facts.restarts.add({ ...place, product: productOf(event) });
      return;
    case 'daemon-starting':
      facts.restarts.add({ ...place, product: productOf(event) });
      return;
    case 'rebooted':
      facts.reboots.add(place);
      return;
    case 'lines-lost':
      facts.losses.add({ ...place, lines: Number.parseInt(captures.count ?? '0', 10) || 0 });
      return;
    default:
      return;
  }
}

/** The container whose cgroup or systemd scope a line names. */
export function containerInCgroup(captures: Captures, identities: Identities): Subject | null {
  return identities.subjectOfCgroup(captures.cgroup ?? '') ?? identities.subjectOfCgroup(captures.unit ?? '');
}

/** Distributions print the version of their package where others print a commit: it tells more. */
function builtFrom(version: string, commit = ''): string {
  const rest = commit.startsWith(version) ? commit.slice(version.length) : '';
  return /^[-+~][\w.+~:-]{1,60}$/.test(rest) ? commit : version;
}

/** Patterns call it docker, as systemd and users do; defects, leaks and fixes speak of the daemon. */
function productOf(event: TimedEvent): string {
  const { captures, pattern } = event.event;
  const product = (captures.product ?? pattern.component).toLowerCase();
  return product === 'docker' ? 'dockerd' : product;
}
