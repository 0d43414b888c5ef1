/**
 * What is under way of a trace: its head, its goroutines, the one whose lines come in. Told what each line is, it
 * decides what belongs together and where one trace ends and the next begins.
 */
import type { Instant } from '../../envelope/types.js';
import {
  MAX_PROOF,
  newBody,
  type Proof,
  type Speaker,
  type TraceBody,
  type TraceHead,
} from './go-trace-body.js';
import type { GoroutineLine } from './go-trace-line.js';
import { createTraceShelf, newShelfMemory, type ShelfMemory, type TraceShelf } from './go-trace-shelf.js';
import {
  addFrame,
  addGoroutine,
  dropGoroutine,
  MAX_GOROUTINES,
  type OpenGoroutine,
  openGoroutine,
} from './go-trace-stacks.js';

/** Lines between `panic: ` and the first goroutine: its value, nested panics, the runtime's own stack. */
const MAX_HEAD_LINES = 64;
/** Lines of no trace between lines of one: other programs speak under the same name. */
const MAX_NOISE = 8;
/** Lines of the runtime kept that stand before `fatal error: `. */
const MAX_WORDS = 4;

/** The function on top of the goroutine that prints the dump, which is the first of it. */
const DUMPERS =
  /(?:^runtime\/pprof\.writeGoroutineStacks|\/signal\.DumpStacks|\/stack(?:dump)?\.Dump(?:ToFile)?|\.dumpStacks)$/;

export interface Pending {
  readonly name: string;
  readonly args: string;
  file: string | null;
  line: number | null;
}

export interface TraceState {
  /** Announced, and without goroutines so far. */
  readonly head: TraceHead | null;
  readonly body: TraceBody | null;
  /** Shape of what stands in front of every line; empty for nothing. */
  readonly shape: string;
  readonly shelf: TraceShelf;
  /** True while lines of a trace may follow. */
  readonly open: boolean;
  startHead(form: TraceHead['form'], reason: string, shape: string, proof: Proof, at: Instant | null): void;
  startGoroutine(found: GoroutineLine, shape: string, proof: Proof, at: Instant | null): void;
  /** A goroutine that is counted and not looked at. */
  countGoroutine(): void;
  takeFunction(name: string, args: string): void;
  /** `again`: the file of the line before, with its whole number. */
  takeFile(file: string, line: number, again: boolean): void;
  takeCreator(name: string): void;
  /** The line just taken, for proof, if it is of the goroutine that died. */
  prove(proof: () => Proof, created: boolean): void;
  /** What the runtime says before it says `fatal error: `. */
  say(proof: Proof): void;
  /** A line of a trace that the state has no use for. */
  known(): void;
  /** A line of no trace. */
  unknown(): void;
  finish(): void;
}

/** Plain data. */
export interface TraceMemory {
  readonly shelf: ShelfMemory;
  head: TraceHead | null;
  body: TraceBody | null;
  goroutine: OpenGoroutine | null;
  pending: Pending | null;
  shape: string;
  noise: number;
  /** The last goroutine's header. */
  opening: { readonly proof: Proof; readonly at: Instant | null };
  words: Proof[];
}

export function newTraceMemory(): TraceMemory {
  return {
    shelf: newShelfMemory(),
    head: null,
    body: null,
    goroutine: null,
    pending: null,
    shape: '',
    noise: 0,
    opening: { proof: { line: 0, text: '' }, at: null },
    words: [],
  };
}

export function createTraceState(speaker: Speaker, memory: TraceMemory): TraceState {
  const shelf = createTraceShelf(speaker, memory.shelf);

  function flushFrame(): void {
    const { body, goroutine, pending } = memory;
    if (body !== null && goroutine !== null && pending !== null)
      addFrame(body.stacks, goroutine, pending.name, pending.args, pending.file, pending.line);
    memory.pending = null;
  }

  function closeGoroutine(): void {
    flushFrame();
    const { body, goroutine } = memory;
    if (body !== null && goroutine !== null) addGoroutine(body.stacks, goroutine);
    memory.goroutine = null;
  }

  function finish(): void {
    closeGoroutine();
    if (memory.body !== null) shelf.put(memory.body);
    memory.body = null;
    memory.head = null;
    memory.shape = '';
    memory.noise = 0;
    memory.words = [];
  }

  function begin(announced: TraceHead | null, found: GoroutineLine, own: string): void {
    const begun = newBody(announced, found, memory.opening.proof, memory.opening.at);
    memory.body = begun.body;
    memory.goroutine = begun.goroutine;
    memory.head = null;
    memory.shape = own;
  }

  function takeFunction(name: string, args: string): void {
    const { body, goroutine } = memory;
    if (goroutine === null || goroutine.createdBy !== null) return;
    const first = memory.pending === null && goroutine.frames.length === 0;
    flushFrame();
    if (first && body !== null && DUMPERS.test(name)) {
      if (body.stacks.total > 0) {
        memory.goroutine = null;
        const own = memory.shape;
        finish();
        begin(null, goroutine.head, own);
      }
      if (memory.body !== null) memory.body.dumped = true;
    }
    memory.pending = { name, args, file: null, line: null };
  }

  return {
    get head() {
      return memory.head;
    },
    get body() {
      return memory.body;
    },
    get shape() {
      return memory.body === null ? (memory.head?.shape ?? '') : memory.shape;
    },
    shelf,
    get open() {
      return memory.body !== null || memory.head !== null || memory.words.length > 0;
    },
    startHead(form, reason, own, proof, at) {
      const said = memory.words;
      // What was said before it stays: it is of this one.
      if (memory.body !== null) finish();
      memory.head = {
        form,
        reason,
        proof: [...said, proof],
        line: proof.line,
        at,
        shape: own,
        signal: null,
        age: 0,
      };
      memory.words = [];
    },
    startGoroutine(found, own, proof, at) {
      memory.noise = 0;
      closeGoroutine();
      // A goroutine runs once in a dump: the same one running again is the next dump's.
      if (found.state === 'running' && memory.body?.ids.has(found.id)) finish();
      memory.opening = { proof, at };
      const { body, head } = memory;
      if (body === null) {
        // A head in the middle of a line is only one where the goroutines stand behind the same text.
        begin(head !== null && (head.shape === '' || head.shape === own) ? head : null, found, own);
        return;
      }
      const goroutine = openGoroutine(found, proof.line);
      memory.goroutine = goroutine;
      if (body.ids.size < MAX_GOROUTINES) body.ids.add(found.id);
      if (body.dying.goroutine.head.state !== 'running' && found.state === 'running')
        body.dying = { goroutine, proof: [proof], created: null };
    },
    countGoroutine() {
      memory.noise = 0;
      closeGoroutine();
      if (memory.body !== null) dropGoroutine(memory.body.stacks);
    },
    takeFunction,
    takeFile(file, line, again) {
      const { pending } = memory;
      if (pending === null || (pending.file !== null && !again)) return;
      pending.file = file;
      pending.line = line;
    },
    takeCreator(name) {
      if (memory.goroutine === null) return;
      flushFrame();
      memory.goroutine.createdBy ??= name;
    },
    prove(proof, created) {
      const { body, goroutine } = memory;
      if (body === null || goroutine === null || body.dying.goroutine !== goroutine) return;
      if (created) body.dying.created ??= proof();
      else if (goroutine.createdBy === null && body.dying.proof.length < MAX_PROOF)
        body.dying.proof.push(proof());
    },
    say(proof) {
      if (memory.words.length < MAX_WORDS) memory.words.push(proof);
    },
    known() {
      memory.noise = 0;
    },
    unknown() {
      memory.words = [];
      if (memory.body !== null) {
        memory.noise += 1;
        if (memory.noise > MAX_NOISE) finish();
      } else if (memory.head !== null) {
        memory.head.age += 1;
        if (memory.head.age > MAX_HEAD_LINES) memory.head = null;
      }
    },
    finish,
  };
}
