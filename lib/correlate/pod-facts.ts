/**
 * Completes what is known of a pod by what others said about it: uid, namespace and name meet here. Nothing is
 * merged for good: every answer is worked out from the statements held at that time, so that their order does
 * not matter and a forgotten container leaves no trace.
 */
import type { PodFacts } from './pod-ref.js';
import { createTally, type TallyMemory } from './tally.js';
import { NO_UNDO, type Undo } from './undo.js';

export interface PodRegistry {
  /** Someone holds these facts from now on. */
  add(facts: PodFacts): void;
  /** The same facts are no longer held. */
  remove(facts: PodFacts): void;
  /** Fills in what follows without doubt from the facts that are held. */
  complete(facts: PodFacts): PodFacts;
}

/** What the registry remembers. */
export interface PodRegistryMemory {
  readonly nameOfUid: TallyMemory;
  readonly namespaceOfUid: TallyMemory;
  readonly namespaceOfName: TallyMemory;
  readonly uidOfName: TallyMemory;
  /** By `namespace/name`. */
  readonly uidOfPod: TallyMemory;
}

export function newPodRegistryMemory(): PodRegistryMemory {
  return {
    nameOfUid: new Map(),
    namespaceOfUid: new Map(),
    namespaceOfName: new Map(),
    uidOfName: new Map(),
    uidOfPod: new Map(),
  };
}

export const NO_FACTS: PodFacts = { namespace: null, name: null, uid: null };

export function createPodRegistry(
  memory: PodRegistryMemory = newPodRegistryMemory(),
  undo: Undo = NO_UNDO,
): PodRegistry {
  const nameOfUid = createTally(memory.nameOfUid, undo);
  const namespaceOfUid = createTally(memory.namespaceOfUid, undo);
  const namespaceOfName = createTally(memory.namespaceOfName, undo);
  const uidOfName = createTally(memory.uidOfName, undo);
  const uidOfPod = createTally(memory.uidOfPod, undo);

  function change(facts: PodFacts, how: 'add' | 'remove'): void {
    const { namespace, name, uid } = facts;
    if (uid !== null && name !== null) {
      nameOfUid[how](uid, name);
      uidOfName[how](name, uid);
      if (namespace !== null) uidOfPod[how](`${namespace}/${name}`, uid);
    }
    if (uid !== null && namespace !== null) namespaceOfUid[how](uid, namespace);
    if (name !== null && namespace !== null) namespaceOfName[how](name, namespace);
  }

  function step({ namespace, name, uid }: PodFacts): PodFacts {
    if (uid !== null) {
      name ??= nameOfUid.only(uid);
      namespace ??= namespaceOfUid.only(uid);
    }
    if (name !== null) {
      // A name alone is enough where the run knows it from one namespace only.
      namespace ??= namespaceOfName.only(name);
      if (!namespaceOfName.isAmbiguous(name)) uid ??= uidOfName.only(name);
      else if (namespace !== null) uid ??= uidOfPod.only(`${namespace}/${name}`);
    }
    return { namespace, name, uid };
  }

  return {
    add: (facts) => change(facts, 'add'),
    remove: (facts) => change(facts, 'remove'),
    // What the first step finds may lead further, once.
    complete: (facts) => step(step(facts)),
  };
}

/** Both filled from each other; where they contradict, the value that sorts first, so that order cannot matter. */
export function mergeFacts(a: PodFacts, b: PodFacts): PodFacts {
  return {
    namespace: lesser(a.namespace, b.namespace),
    name: lesser(a.name, b.name),
    uid: lesser(a.uid, b.uid),
  };
}

/** The one that is not null, else the one that sorts first. */
export function lesser(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

export function isEmpty({ namespace, name, uid }: PodFacts): boolean {
  return namespace === null && name === null && uid === null;
}

/** True where nothing distinguishes them and uid, or namespace and name, are the same. */
export function isSamePod(a: PodFacts, b: PodFacts): boolean {
  if (a.uid !== null && b.uid !== null) return a.uid === b.uid;
  return a.name !== null && a.name === b.name && a.namespace !== null && a.namespace === b.namespace;
}
