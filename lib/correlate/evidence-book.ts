/**
 * The profiles, dumps and panics of a run by node, as digests under one cap: what the diagnosis asks for when
 * it judges an episode of that node's daemon.
 */
import type { Digest } from '../evidence/signature/digest.js';
import { runsAs } from '../evidence/signature/embedded.js';
import { NO_UNDO, type Undo } from './undo.js';

export interface EvidenceBook {
  add(digest: Digest, node: string): void;
  /** Digests of one kind and program of a node, in time order; those without a time last, as they came. */
  of(node: string, kind: Digest['kind'], program: string | null): readonly Digest[];
  readonly dropped: number;
}

const CAP = 256;

export interface EvidenceBookMemory {
  readonly entries: { readonly node: string; readonly digest: Digest }[];
  dropped: number;
}

export function newEvidenceBookMemory(): EvidenceBookMemory {
  return { entries: [], dropped: 0 };
}

export function createEvidenceBook(
  same: (a: string, b: string) => boolean,
  memory: EvidenceBookMemory = newEvidenceBookMemory(),
  undo: Undo = NO_UNDO,
): EvidenceBook {
  const { entries } = memory;
  return {
    add(digest, node) {
      // Of a heap profile one table of four can speak.
      if (digest.values.size === 0) return;
      undo.end(entries);
      entries.push({ node, digest });
      if (entries.length <= CAP) return;
      // The middle goes: growth is told by the first and the latest.
      undo.removed(entries, CAP >> 1);
      undo.fields(memory);
      entries.splice(CAP >> 1, 1);
      memory.dropped++;
    },
    of(node, kind, program) {
      const all = entries
        .filter((entry) => entry.digest.kind === kind && same(entry.node, node))
        .map((entry) => entry.digest);
      const own = all.filter(
        (digest) => program === null || (digest.program !== null && runsAs(digest.program, program)),
      );
      // One that names no program may be of any: it counts where nothing better is there.
      const fitting = own.length > 0 ? own : all.filter((digest) => digest.program === null);
      return fitting.toSorted(
        (a, b) => (a.ms ?? Number.POSITIVE_INFINITY) - (b.ms ?? Number.POSITIVE_INFINITY) || 0,
      );
    },
    get dropped() {
      return memory.dropped;
    },
  };
}
