/**
 * Who is who: containers and sandboxes by any spelling of their id, the pod they belong to, the sandbox they
 * live in. Every line may state a piece; the pieces meet whatever their order. Constant memory per container,
 * the least recently mentioned ones are forgotten at the cap.
 */
import type { Captures } from '../match/types.js';
import {
  asPodUid,
  asRuntime,
  containerOfCgroup,
  normaliseContainerId,
  type Runtime,
} from './container-id.js';
import { detach } from './detach.js';
import { createGroups, type GroupsMemory } from './groups.js';
import { createOldest } from './oldest.js';
import {
  createPodRegistry,
  isEmpty,
  isSamePod,
  lesser,
  mergeFacts,
  NO_FACTS,
  newPodRegistryMemory,
  type PodRegistryMemory,
} from './pod-facts.js';
import { asName, asNamespace, type PodFacts, type PodRef, parsePodRef } from './pod-ref.js';
import { remembered } from './remembered.js';
import { createSubjectIndex, newSubjectIndexMemory, type SubjectIndexMemory } from './subject-index.js';
import { NO_UNDO, type Undo } from './undo.js';

/** A container or sandbox. Its fields change as lines state more; `key` never does. */
export interface Subject {
  /** First 12 hex digits of the id. */
  readonly key: string;
  /** Longest form seen. */
  readonly id: string;
  /** `sandbox` once a line says so. */
  readonly kind: 'container' | 'sandbox';
  /** Name within the pod, or Docker's name. */
  readonly name: string | null;
  readonly runtime: Runtime | null;
  /** What lines about this very id state of its pod; `podOf` knows more. */
  readonly pod: PodFacts | null;
  /** Id of the sandbox it lives in, null where unknown or forgotten. */
  readonly sandboxId: string | null;
  /** The latest 16 pids that lines gave it. */
  readonly pids: ReadonlySet<string>;
  readonly node: string | null;
}

export interface Identities {
  /** Finds or makes the subject of an id in any spelling; 5 to 11 digits only find. Null for what is no id. */
  subject(idText: string): Subject | null;
  /** Finds, never makes. */
  find(idText: string): Subject | null;
  /** The container that a cgroup path or a `.scope` unit names, made if it is new; null where it names none. */
  subjectOfCgroup(path: string): Subject | null;
  /** Takes every identity that a line's captures state. */
  note(captures: Captures): void;
  /** The pod that a line's captures state, in whichever of them; null where they state none. */
  podRefOf(captures: Captures): PodFacts | null;
  /** True where the two, with all that is known of them, have one uid, or one namespace and name. */
  samePod(a: PodFacts, b: PodFacts): boolean;
  /** Its pod by its own lines, its sandbox's, its neighbours', and whoever else speaks of that pod. */
  podOf(subject: Subject): PodFacts | null;
  /** Containers with that name in that pod, sorted by id; for lines that name no id. */
  containersNamed(pod: PodFacts, containerName: string): readonly Subject[];
  /** Equal for all subjects of one pod: by uid, else namespace and name, else sandbox. Null where unknown. */
  podKey(subject: Subject): string | null;
  /** The sandbox that a container lives in; null for a sandbox, and where unknown. */
  sandboxOf(subject: Subject): Subject | null;
  /** `size`: subjects held; `evicted`: subjects dropped at the cap so far. */
  readonly counts: { readonly evicted: number; readonly size: number };
}

const DEFAULT_CAP = 50_000;
const MAX_PIDS = 16;
/** Containers remembered per sandbox; a crash loop makes one every few minutes. */
const MAX_CHILDREN = 256;
/** Subjects looked through for one container name. */
const MAX_CANDIDATES = 1024;
const NO_PIDS: ReadonlySet<string> = new Set();

/** Lower wins where lines disagree: containerd speaks of Docker's containers, too. */
const RUNTIME_ORDER: readonly Runtime[] = ['docker', 'cri-o', 'containerd'];

interface Node extends Subject {
  id: string;
  kind: 'container' | 'sandbox';
  name: string | null;
  runtime: Runtime | null;
  pod: PodFacts | null;
  sandboxId: string | null;
  pids: ReadonlySet<string>;
  node: string | null;
}

/** What is remembered of containers, sandboxes and pods. */
export interface IdentitiesMemory {
  readonly index: SubjectIndexMemory<Node>;
  readonly pods: PodRegistryMemory;
  /** Subjects by `uid:` and `name:` of their own pod facts. */
  readonly members: GroupsMemory<string, Node>;
  /** What lines without a container said of pods, by text. */
  readonly bystanders: Map<string, PodFacts>;
  /**
   * The sandbox of a container. Not a field of it: a log can make a chain of thousands of ids, and what writes
   * memory down goes as deep as its references lead.
   */
  readonly sandboxes: Map<Node, Node>;
  /** The containers of a sandbox, the latest `MAX_CHILDREN`. */
  readonly children: Map<Node, Set<Node>>;
  evicted: number;
}

export function newIdentitiesMemory(): IdentitiesMemory {
  return {
    index: newSubjectIndexMemory(),
    pods: newPodRegistryMemory(),
    members: new Map(),
    bystanders: new Map(),
    sandboxes: new Map(),
    children: new Map(),
    evicted: 0,
  };
}

export interface IdentitiesOptions {
  /** Subjects held, and pods known from lines that name no container. Default 50,000. */
  readonly cap?: number;
  /** What an earlier one remembered. */
  readonly memory?: IdentitiesMemory;
  readonly undo?: Undo;
}

export function createIdentities({
  cap: given = DEFAULT_CAP,
  memory = newIdentitiesMemory(),
  undo = NO_UNDO,
}: IdentitiesOptions = {}): Identities {
  // One line may name a container and its sandbox: both must stay while it is taken in.
  const cap = Math.max(2, given);
  const { bystanders, children, sandboxes } = memory;
  const members = createGroups(memory.members, undo);
  const pods = createPodRegistry(memory.pods, undo);
  const oldestBystander = createOldest(() => bystanders.entries());
  const index = createSubjectIndex<Node>(
    { cap, make: newNode, onLengthen: tellChildren, onEvict: forget },
    memory.index,
    undo,
  );

  function forget(node: Node): void {
    undo.fields(memory);
    undo.fields(node);
    memory.evicted++;
    setPod(node, null);
    leaveSandbox(node);
    node.sandboxId = null;
    for (const child of children.get(node) ?? []) {
      undo.entry(sandboxes, child);
      undo.fields(child);
      sandboxes.delete(child);
      child.sandboxId = null;
    }
    undo.entry(children, node);
    children.delete(node);
  }

  function leaveSandbox(node: Node): void {
    const sandbox = sandboxes.get(node);
    if (sandbox === undefined) return;
    undo.entry(sandboxes, node);
    sandboxes.delete(node);
    leaveChildren(sandbox, node);
  }

  function tellChildren(node: Node): void {
    node.id = detach(node.id);
    for (const child of children.get(node) ?? []) {
      undo.fields(child);
      child.sandboxId = node.id;
    }
  }

  /** An empty group is none. */
  function leaveChildren(sandbox: Node, child: Node): void {
    const group = children.get(sandbox);
    if (group === undefined) return;
    undo.member(group, child);
    group.delete(child);
    if (group.size > 0) return;
    undo.entry(children, sandbox);
    children.delete(sandbox);
  }

  function joinChildren(sandbox: Node, child: Node): Set<Node> {
    let group = children.get(sandbox);
    if (group === undefined) {
      group = new Set();
      undo.entry(children, sandbox);
      children.set(sandbox, group);
    }
    undo.member(group, child);
    return group.add(child);
  }

  function setPod(node: Node, facts: PodFacts | null): void {
    if (node.pod !== null) {
      pods.remove(node.pod);
      for (const key of memberKeys(node.pod)) members.leave(key, node);
    }
    undo.fields(node);
    node.pod = facts;
    if (facts === null) return;
    pods.add(facts);
    for (const key of memberKeys(facts)) members.join(key, node);
  }

  function addFacts(node: Node, facts: PodFacts): void {
    if (isEmpty(facts)) return;
    const merged = node.pod === null ? facts : mergeFacts(node.pod, facts);
    if (node.pod === null || !isEqual(node.pod, merged)) setPod(node, merged);
  }

  function addBystander(facts: PodFacts): void {
    const key = `${facts.namespace ?? ''}/${facts.name ?? ''}/${facts.uid ?? ''}`;
    undo.entry(bystanders, key);
    if (bystanders.delete(key)) bystanders.set(key, facts);
    else {
      bystanders.set(key, facts);
      pods.add(facts);
    }
    oldestBystander.moved();
    if (bystanders.size <= cap) return;
    const [oldest, dropped] = oldestBystander.next() as [string, PodFacts];
    undo.oldestEntry(bystanders, oldest);
    bystanders.delete(oldest);
    pods.remove(dropped);
  }

  function link(child: Node, sandbox: Node): void {
    if (child === sandbox) return;
    const before = sandboxes.get(child);
    if (before === sandbox || (before !== undefined && before.id < sandbox.id)) return;
    leaveSandbox(child);
    undo.entry(sandboxes, child);
    sandboxes.set(child, sandbox);
    undo.fields(child);
    child.sandboxId = sandbox.id;
    const own = joinChildren(sandbox, child);
    if (own.size <= MAX_CHILDREN) return;
    undo.oldestMember(own, first(own));
    own.delete(first(own));
  }

  function lookUp(text: string | undefined): Node | null {
    const parsed = text === undefined ? null : normaliseContainerId(text);
    if (parsed === null) return null;
    const node = index.findOrMake(parsed.id);
    if (node === null) return null;
    const runtime = strongerRuntime(node.runtime, parsed.runtime);
    if (runtime !== node.runtime) {
      undo.fields(node);
      node.runtime = runtime;
    }
    return node;
  }

  function note(captures: Captures): void {
    const ref = refOf(captures);
    const inCgroup = containerOfCgroup(captures.cgroup ?? '') ?? containerOfCgroup(captures.unit ?? '');
    const container = lookUp(captures.container) ?? lookUp(inCgroup?.id);
    const sandbox = lookUp(captures.sandbox);
    if (container !== null) undo.fields(container);
    if (sandbox !== null) undo.fields(sandbox);
    const isItsCgroup = inCgroup !== null && container?.key === inCgroup.id.slice(0, 12);
    const stated = factsOf(captures, ref);
    const facts = isItsCgroup ? { ...stated, uid: stated.uid ?? inCgroup.podUid } : stated;
    if (sandbox !== null) sandbox.kind = 'sandbox';
    if (container !== null) {
      if (ref?.kind === 'sandbox' || captures.containerName === 'POD') container.kind = 'sandbox';
      const name = ref?.containerName ?? nameOf(captures.containerName);
      container.name = lesser(container.name, name);
      if (isItsCgroup) container.runtime = strongerRuntime(container.runtime, inCgroup.runtime);
      if (sandbox !== null) link(container, sandbox);
    }
    for (let node = container ?? sandbox; node !== null; node = node === sandbox ? null : sandbox) {
      addFacts(node, facts);
      node.runtime = strongerRuntime(node.runtime, asRuntime(captures.runtime ?? ''));
      node.node = lesser(node.node, asName(captures.node) ?? ref?.node ?? null);
    }
    const owner = container ?? sandbox;
    if (owner === null && facts.name !== null && (facts.namespace ?? facts.uid) !== null) addBystander(facts);
    if (owner !== null) addPid(owner, captures.pid);
  }

  /** Own facts, filled in from the sandbox and the other containers in it where these agree. */
  function groupFacts(node: Node): PodFacts {
    let facts = node.pod ?? NO_FACTS;
    const sandbox = sandboxes.get(node) ?? node;
    if (sandbox.pod !== null) facts = fill(facts, sandbox.pod);
    if (facts.uid !== null && facts.name !== null && facts.namespace !== null) return facts;
    const siblings = [...(children.get(sandbox) ?? [])].flatMap((child) =>
      child.pod === null ? [] : [child.pod],
    );
    return fill(facts, {
      namespace: agreed(siblings, 'namespace'),
      name: agreed(siblings, 'name'),
      uid: agreed(siblings, 'uid'),
    });
  }

  function podOf(subject: Subject): PodFacts | null {
    const facts = pods.complete(groupFacts(subject as Node));
    return isEmpty(facts) ? null : facts;
  }

  function podKey(subject: Subject): string | null {
    const facts = podOf(subject);
    if (facts?.uid != null) return `uid:${facts.uid}`;
    if (facts?.name != null && facts.namespace !== null) return `pod:${facts.namespace}/${facts.name}`;
    const sandbox = subject.kind === 'sandbox' ? subject : sandboxOf(subject);
    return sandbox === null ? null : `sandbox:${sandbox.key}`;
  }

  function sandboxOf(subject: Subject): Subject | null {
    return sandboxes.get(subject as Node) ?? null;
  }

  function containersNamed(pod: PodFacts, containerName: string): readonly Subject[] {
    const wanted = pods.complete(pod);
    const found = new Set<Node>();
    let looked = 0;
    const consider = (node: Node) => {
      looked++;
      if (node.kind !== 'container' || node.name !== containerName || found.has(node)) return;
      const facts = podOf(node);
      if (facts !== null && isSamePod(facts, wanted)) found.add(node);
    };
    for (const key of memberKeys(wanted)) {
      for (const member of members.of(key)) {
        consider(member);
        for (const child of children.get(member) ?? []) consider(child);
        if (looked > MAX_CANDIDATES) break;
      }
    }
    return [...found].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  return {
    subject: (idText) => lookUp(idText),
    find(idText) {
      const parsed = normaliseContainerId(idText);
      return parsed === null ? null : index.find(parsed.id);
    },
    subjectOfCgroup(path) {
      const inCgroup = containerOfCgroup(path);
      return lookUp(inCgroup?.id);
    },
    note,
    podRefOf(captures) {
      const facts = factsOf(captures, refOf(captures));
      return isEmpty(facts) ? null : facts;
    },
    samePod: (a, b) => isSamePod(pods.complete(a), pods.complete(b)),
    podOf,
    containersNamed,
    podKey,
    sandboxOf,
    counts: {
      get evicted() {
        return memory.evicted;
      },
      get size() {
        return index.size;
      },
    },
  };
}

function newNode(id: string): Node {
  return {
    key: id.slice(0, 12),
    id: detach(id),
    kind: 'container',
    name: null,
    runtime: null,
    pod: null,
    sandboxId: null,
    pids: NO_PIDS,
    node: null,
  };
}

function memberKeys({ name, uid }: PodFacts): string[] {
  const keys: string[] = [];
  if (uid !== null) keys.push(`uid:${uid}`);
  if (name !== null) keys.push(`name:${name}`);
  return keys;
}

function factsOf({ namespace, pod, podUid }: Captures, ref: PodRef | null): PodFacts {
  return {
    namespace: asNamespace(namespace) ?? ref?.namespace ?? null,
    name: asName(pod) ?? ref?.name ?? null,
    uid: asPodUid(podUid ?? '') ?? ref?.uid ?? null,
  };
}

/** The one spelling of the pod that a line has, whichever capture holds it. */
function refOf({ podRef, pod, containerName }: Captures): PodRef | null {
  return (
    (podRef === undefined || podRef === pod ? null : parsePodRef(podRef)) ??
    // A plain name is no reference, even if it reads like a workload's.
    (pod === undefined || asName(pod) !== null ? null : parsePodRef(pod)) ??
    (containerName !== undefined && containerName !== pod && containerName.includes('k8s_')
      ? parsePodRef(containerName)
      : null)
  );
}

/** A container's name; Docker prints its own with a slash before it. */
function nameOf(text: string | undefined): string | null {
  return text === undefined ? null : containerNameIn(text);
}

const containerNameIn = remembered((text): string | null => {
  if (text.length > 253 || text === 'POD') return null;
  const plain = text.startsWith('/') ? text.slice(1) : text;
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(plain) ? detach(plain) : null;
});

function addPid(node: Node, pid: string | undefined): void {
  if (pid === undefined || !/^[1-9]\d{0,9}$/.test(pid) || node.pids.has(pid)) return;
  const pids = new Set(node.pids);
  pids.add(detach(pid));
  if (pids.size > MAX_PIDS) pids.delete(first(pids));
  node.pids = pids;
}

function strongerRuntime(a: Runtime | null, b: Runtime | null): Runtime | null {
  if (a === null || b === null) return a ?? b;
  return RUNTIME_ORDER.indexOf(a) <= RUNTIME_ORDER.indexOf(b) ? a : b;
}

/** Facts of another pod must not be mixed in. */
function fill(facts: PodFacts, from: PodFacts): PodFacts {
  const slots = ['namespace', 'name', 'uid'] as const;
  const differs = slots.some(
    (slot) => facts[slot] !== null && from[slot] !== null && facts[slot] !== from[slot],
  );
  return differs ? facts : mergeFacts(facts, from);
}

function agreed(all: readonly PodFacts[], slot: keyof PodFacts): string | null {
  const values = new Set(all.flatMap((facts) => facts[slot] ?? []));
  return values.size === 1 ? first(values) : null;
}

function isEqual(a: PodFacts, b: PodFacts): boolean {
  return a.namespace === b.namespace && a.name === b.name && a.uid === b.uid;
}

function first<T>(values: ReadonlySet<T>): T {
  return values.values().next().value as T;
}
