/**
 * What is true of a node at a time: which dockerd generation and versions run, when daemons restarted, what
 * trouble the kernel reported, where the log itself lost lines. Episodes ask it when they are judged, so that
 * the order in which lines arrive does not matter.
 */
import type { ProcessLife } from '../evidence/types.js';
import type { Proof } from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

export type Trouble = 'd-state' | 'oom' | 'storage' | 'cpu' | 'events-lost';

interface Placed {
  readonly node: string;
  /** Float ms since the epoch; +Infinity for what states no time: it holds where nothing dated says otherwise. */
  readonly ms: number;
}

export interface GenerationMark extends Placed {
  readonly generation: 'v1' | 'v2';
  readonly basis: 'wording' | 'version';
}
export interface VersionMark extends Placed {
  readonly product: string;
  readonly version: string;
  readonly proof: Proof;
}
/** A setting of a daemon as a configuration, a start-up line or an output states it. */
export interface SettingMark extends Placed {
  readonly product: string;
  readonly name: string;
  readonly value: string;
  /** Of statements without a time the highest holds; 0 for most. */
  readonly rank: number;
  readonly proof: Proof;
}
/** A figure of a daemon: goroutines, file descriptors, memory, restarts. */
export interface GaugeMark extends Placed {
  readonly product: string;
  readonly name: string;
  readonly value: number;
  /** What of the daemon was measured, in words; null where it is all of it. */
  readonly of: string | null;
  readonly life?: ProcessLife;
  readonly proof: Proof;
  /** Signs of defects that it was booked for, as `defect fact`; absent where there is none. */
  bookedFor?: string[];
}
export interface VendorMark extends Placed {
  readonly vendor: string;
}
export interface RestartMark extends Placed {
  readonly product: string;
}
export interface TroubleMark extends Placed {
  readonly trouble: Trouble;
  readonly pid: string | null;
  readonly comm: string | null;
  /** Key of the container whose cgroup the line names. */
  readonly subjectKey: string | null;
  readonly proof: Proof;
}
export interface LossMark extends Placed {
  readonly lines: number;
}
/** The runtimes whose lines were seen on a node. */
export interface RuntimeMark extends Placed {
  readonly runtime: 'docker' | 'containerd' | 'cri-o';
}

export interface NodeFacts {
  readonly generations: FactList<GenerationMark>;
  readonly versions: FactList<VersionMark>;
  readonly settings: FactList<SettingMark>;
  readonly gauges: FactList<GaugeMark>;
  readonly vendors: FactList<VendorMark>;
  readonly restarts: FactList<RestartMark>;
  readonly reboots: FactList<Placed>;
  readonly troubles: FactList<TroubleMark>;
  readonly losses: FactList<LossMark>;
  readonly runtimes: FactList<RuntimeMark>;
  /** Names a host; '' is not one. */
  seeHost(node: string): void;
  /** True where both are the same node as far as can be told: a nameless one is the only host of the run. */
  same(a: string, b: string): boolean;
  /** The host's name for reports: a nameless node gets the only host's. */
  nameOf(node: string): string | null;
  readonly dropped: number;
}

export interface FactList<T extends Placed> {
  add(fact: T): void;
  of(node: string): readonly T[];
}

/** Of one thing marks may say the same again and again: then its first and its latest one are kept. */
interface Repeats<T> {
  /** Whether both tell of one thing. */
  readonly isOf: (mark: T, fact: T) => boolean;
  /** Whether they tell the same of it. */
  readonly isSame: (mark: T, fact: T) => boolean;
}

const HOST_CAP = 1024;
/** A scrape has eight figures, and there are scrapes of a hundred nodes. */
const GAUGES_PER_FACT = 16;
const INNER = 'inside ';

/** The node of a daemon that runs in a container, known by the file of that container's output. */
export function innerNode(source: string): string {
  return INNER + source;
}

export interface NodeFactsMemory {
  readonly generations: GenerationMark[];
  readonly versions: VersionMark[];
  readonly settings: SettingMark[];
  readonly gauges: GaugeMark[];
  readonly vendors: VendorMark[];
  readonly restarts: RestartMark[];
  readonly reboots: Placed[];
  readonly troubles: TroubleMark[];
  readonly losses: LossMark[];
  readonly runtimes: RuntimeMark[];
  /** Names of hosts, the longest spelling of each. */
  readonly hosts: Set<string>;
  dropped: number;
}

export function newNodeFactsMemory(): NodeFactsMemory {
  return {
    generations: [],
    versions: [],
    settings: [],
    gauges: [],
    vendors: [],
    restarts: [],
    reboots: [],
    troubles: [],
    losses: [],
    runtimes: [],
    hosts: new Set(),
    dropped: 0,
  };
}

/** `cap`: facts of one kind; of figures sixteen times as many. */
export function createNodeFacts(
  cap: number,
  memory: NodeFactsMemory = newNodeFactsMemory(),
  undo: Undo = NO_UNDO,
): NodeFacts {
  const { hosts } = memory;
  const same = (a: string, b: string): boolean => {
    if (a === b) return true;
    if (a.startsWith(INNER) || b.startsWith(INNER)) return false;
    if (a === '' || b === '') return hosts.size <= 1;
    return isShortFor(a, b) || isShortFor(b, a);
  };

  /** `repeats`: of facts that come again and again; each of the others counts. */
  function list<T extends Placed>(facts: T[], repeats: Repeats<T> | null, most = cap): FactList<T> {
    /** Place of the latest mark where the fact only repeats it and the one before it of the same kind. */
    const repeated = (fact: T): number => {
      if (repeats === null) return -1;
      const last = facts.findLastIndex((mark) => repeats.isOf(mark, fact));
      if (last < 1 || !repeats.isSame(facts[last] as T, fact)) return -1;
      const before = facts.findLast((mark, at) => at < last && repeats.isOf(mark, fact));
      return before !== undefined && repeats.isSame(before, fact) ? last : -1;
    };
    /** Each verdict asks for the same node again: found once, as long as nothing comes. Not remembered. */
    const found = new Map<string, readonly T[]>();
    let hostsThen = memory.hosts.size;
    undo.onTakenBack(() => found.clear());
    return {
      add(fact) {
        if (found.size > 0) found.clear();
        // A loop repeats one fact a thousand times: keep its first and its latest mark.
        const last = repeated(fact);
        if (last >= 0) {
          undo.removed(facts, last);
          facts.splice(last, 1);
        }
        undo.end(facts);
        facts.push(fact);
        if (facts.length > most) {
          // The middle goes: first and latest facts decide.
          undo.removed(facts, facts.length >> 1);
          undo.fields(memory);
          facts.splice(facts.length >> 1, 1);
          memory.dropped++;
        }
      },
      of(node) {
        // A second host changes whose the nameless lines are.
        if (hostsThen !== hosts.size || found.size > HOST_CAP) found.clear();
        hostsThen = hosts.size;
        const known = found.get(node) ?? facts.filter((fact) => same(fact.node, node));
        found.set(node, known);
        return known;
      },
    };
  }

  return {
    generations: list(memory.generations, {
      isOf: isOfNode,
      isSame: (a, b) => a.generation === b.generation,
    }),
    versions: list(memory.versions, {
      isOf: (a, b) => a.product === b.product && isOfNode(a, b),
      isSame: (a, b) => a.version === b.version,
    }),
    settings: list(memory.settings, {
      isOf: (a, b) => a.product === b.product && a.name === b.name && isOfNode(a, b),
      isSame: (a, b) => a.value === b.value && a.rank === b.rank,
    }),
    gauges: list(memory.gauges, null, cap * GAUGES_PER_FACT),
    vendors: list(memory.vendors, { isOf: isOfNode, isSame: (a, b) => a.vendor === b.vendor }),
    restarts: list(memory.restarts, null),
    reboots: list(memory.reboots, null),
    troubles: list(memory.troubles, {
      isOf: (a, b) =>
        a.trouble === b.trouble && a.pid === b.pid && a.subjectKey === b.subjectKey && isOfNode(a, b),
      isSame: (a, b) => b.ms - a.ms < 60_000,
    }),
    losses: list(memory.losses, null),
    runtimes: list(memory.runtimes, {
      isOf: (a, b) => a.runtime === b.runtime && isOfNode(a, b),
      isSame: () => true,
    }),
    seeHost(node) {
      if (node === '' || node.startsWith(INNER) || hosts.size >= HOST_CAP || hosts.has(node)) return;
      // `docker info` says node-1 where syslog says node-1.example.com: one host.
      for (const known of hosts) {
        if (isShortFor(node, known)) return;
        if (!isShortFor(known, node)) continue;
        undo.member(hosts, known);
        hosts.delete(known);
      }
      undo.member(hosts, node);
      hosts.add(node);
    },
    same,
    nameOf(node) {
      if (node.startsWith(INNER)) return null;
      if (node !== '') return node;
      return hosts.size === 1 ? ([...hosts][0] ?? null) : null;
    },
    get dropped() {
      return memory.dropped;
    },
  };
}

function isOfNode(a: Placed, b: Placed): boolean {
  return a.node === b.node;
}

/** True where `short` is the first label of the name `full`. */
function isShortFor(short: string, full: string): boolean {
  return !short.includes('.') && full.length > short.length && full.startsWith(`${short}.`);
}

/** The latest mark not after `ms`, else the first one after it: what held at that time as far as is known. */
export function atTime<T extends Placed & { readonly rank?: number }>(
  marks: readonly T[],
  ms: number,
): T | null {
  let before: T | null = null;
  let after: T | null = null;
  for (const mark of marks) {
    if (mark.ms <= ms) {
      const later = before === null || mark.ms > before.ms;
      if (later || (mark.ms === before?.ms && (mark.rank ?? 0) >= (before.rank ?? 0))) before = mark;
    } else {
      const earlier = after === null || mark.ms < after.ms;
      if (earlier || (mark.ms === after?.ms && (mark.rank ?? 0) > (after.rank ?? 0))) after = mark;
    }
  }
  return before ?? after;
}
