/**
 * The documents of a run: gives what they say to whoever books it, and remembers for the summary what each was
 * taken for and what could not be read. Bounded; what is beyond is counted.
 */
import { type ComparisonMemory, createComparison, type Grown, newComparisonMemory } from './comparison.js';
import { describe } from './describe.js';
import type { Piece } from './divert-documents.js';
import type { Evidence, EvidenceProblem, EvidenceReading } from './types.js';

/** One document as the summary names it. */
export interface ReadDocument {
  readonly source: string;
  /** `heap profile of dockerd, 246 MiB in use`; one a piece of evidence. */
  readonly what: readonly string[];
}

export interface Documents {
  /** Readings under way. */
  readonly pending: Set<Promise<void>>;
  take(reading: EvidenceReading, source: Piece['source'], alone: boolean): void;
  /** A panic or dump inside a log. */
  seen(evidence: Evidence): void;
  /** Something inside a log that could not be read. */
  problem(problem: EvidenceProblem): void;
  /** What grows in every one of several profiles. */
  grown(): readonly Grown[];
  /** Resolves when nothing is under way; undefined where nothing is. */
  settled(): Promise<void> | undefined;
  readonly read: readonly ReadDocument[];
  /** Documents read beyond those named in `read`. */
  readonly more: number;
  readonly problems: readonly EvidenceProblem[];
  /** Problems beyond those named. */
  readonly moreProblems: number;
  /** Documents that were nothing else and said nothing that could be read. */
  readonly unreadable: readonly EvidenceProblem[];
}

const NAMED = 256;
const PIECES = 16;

/** Plain data. What is being read when it is saved is not in it: a document that did not come to its end. */
export interface DocumentsMemory {
  readonly comparison: ComparisonMemory;
  readonly read: ReadDocument[];
  more: number;
  readonly problems: EvidenceProblem[];
  moreProblems: number;
  readonly unreadable: EvidenceProblem[];
}

export function newDocumentsMemory(): DocumentsMemory {
  return {
    comparison: newComparisonMemory(),
    read: [],
    more: 0,
    problems: [],
    moreProblems: 0,
    unreadable: [],
  };
}

/** `onEvidence`: told the host that the evidence or its bundle states, and the bundle's name; null where there is none. */
export function createDocuments(
  onEvidence: (evidence: Evidence, host: string | null, bundle: string | null) => void,
  memory: DocumentsMemory = newDocumentsMemory(),
): Documents {
  const { problems, read, unreadable } = memory;
  const comparison = createComparison(memory.comparison);
  const pending = new Set<Promise<void>>();
  const list = (document: ReadDocument): void => {
    if (read.length < NAMED) read.push(document);
    else memory.more += 1;
  };
  const note = (problem: EvidenceProblem): void => {
    if (problems.length < NAMED) problems.push(problem);
    else memory.moreProblems += 1;
  };
  return {
    pending,
    take({ evidence, problems: found }, source, alone) {
      // A host that one output of a document names is the host of all of it.
      const host = evidence.find((item) => item.host !== null)?.host ?? source.bundle?.host ?? null;
      for (const item of evidence) {
        comparison.add(item);
        onEvidence(item, item.host ?? host, source.bundle?.name ?? null);
      }
      if (evidence.length > 0) {
        const told = evidence.some(isHeapInUse)
          ? evidence.filter((item) => !isOfAllAllocations(item))
          : evidence;
        const what = [...new Set(told.map(describe))].filter((text) => text !== null).slice(0, PIECES);
        list({ source: source.name, what });
      }
      const [first] = found;
      if (alone && evidence.length === 0) {
        const reason = 'looks like evidence, but nothing in it could be read';
        unreadable.push(first ?? { source: source.name, line: null, reason });
        return;
      }
      for (const problem of found) note(problem);
    },
    seen(evidence) {
      comparison.add(evidence);
      const what = describe(evidence);
      if (what !== null) list({ source: `${evidence.source}:${evidence.line}`, what: [what] });
    },
    problem: note,
    grown: comparison.grown,
    settled: () => (pending.size === 0 ? undefined : Promise.all(pending).then(() => undefined)),
    read,
    get more() {
      return memory.more;
    },
    problems,
    get moreProblems() {
      return memory.moreProblems;
    },
    unreadable,
  };
}

function isHeapInUse(evidence: Evidence): boolean {
  return evidence.kind === 'functions' && evidence.measure === 'inuse_space';
}

/** Every heap profile has that table, too. */
function isOfAllAllocations(evidence: Evidence): boolean {
  return evidence.kind === 'functions' && evidence.measure === 'alloc_space';
}
