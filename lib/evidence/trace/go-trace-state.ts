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
import { createTraceShelf, type TraceShelf } from './go-trace-shelf.js';
import { MAX_GOROUTINES, type OpenGoroutine } from './go-trace-stacks.js';

/** Lines between `panic: ` and the first goroutine: its value, nested panics, the runtime's own stack. */
const MAX_HEAD_LINES = 64;
/** Lines of no trace between lines of one: other programs speak under the same name. */
const MAX_NOISE = 8;
/** Lines of the runtime kept that stand before `fatal error: `. */
const MAX_WORDS = 4;

/** The function on top of the goroutine that prints the dump, which is the first of it. */
const DUMPERS =
  /(?:^runtime\/pprof\.writeGoroutineStacks|\/signal\.DumpStacks|\/stack(?:dump)?\.Dump(?:ToFile)?|\.dumpStacks)$/;

interface Pending {
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

export function createTraceState(speaker: Speaker): TraceState {
  const shelf = createTraceShelf(speaker);
  let head: TraceHead | null = null;
  let body: TraceBody | null = null;
  let goroutine: OpenGoroutine | null = null;
  let pending: Pending | null = null;
  let shape = '';
  let noise = 0;
  /** The last goroutine's header. */
  let opening: { readonly proof: Proof; readonly at: Instant | null } = {
    proof: { line: 0, text: '' },
    at: null,
  };
  let words: Proof[] = [];

  function flushFrame(): void {
    if (pending !== null && goroutine !== null)
      body?.stacks.addFrame(goroutine, pending.name, pending.args, pending.file, pending.line);
    pending = null;
  }

  function closeGoroutine(): void {
    flushFrame();
    if (goroutine !== null) body?.stacks.add(goroutine);
    goroutine = null;
  }

  function finish(): void {
    closeGoroutine();
    if (body !== null) shelf.put(body);
    body = null;
    head = null;
    shape = '';
    noise = 0;
    words = [];
  }

  function begin(announced: TraceHead | null, found: GoroutineLine, own: string): void {
    const begun = newBody(announced, found, opening.proof, opening.at);
    body = begun.body;
    goroutine = begun.goroutine;
    head = null;
    shape = own;
  }

  function takeFunction(name: string, args: string): void {
    if (goroutine === null || goroutine.createdBy !== null) return;
    const first = pending === null && goroutine.frames.length === 0;
    flushFrame();
    if (first && body !== null && DUMPERS.test(name)) {
      const { head: opened } = goroutine;
      if (body.stacks.total > 0) {
        goroutine = null;
        const own = shape;
        finish();
        begin(null, opened, own);
      }
      body.dumped = true;
    }
    pending = { name, args, file: null, line: null };
  }

  return {
    get head() {
      return head;
    },
    get body() {
      return body;
    },
    get shape() {
      return body === null ? (head?.shape ?? '') : shape;
    },
    shelf,
    get open() {
      return body !== null || head !== null || words.length > 0;
    },
    startHead(form, reason, own, proof, at) {
      const said = words;
      // What was said before it stays: it is of this one.
      if (body !== null) finish();
      head = {
        form,
        reason,
        proof: [...said, proof],
        line: proof.line,
        at,
        shape: own,
        signal: null,
        age: 0,
      };
      words = [];
    },
    startGoroutine(found, own, proof, at) {
      noise = 0;
      closeGoroutine();
      // A goroutine runs once in a dump: the same one running again is the next dump's.
      if (body !== null && found.state === 'running' && body.ids.has(found.id)) finish();
      opening = { proof, at };
      if (body === null) {
        // A head in the middle of a line is only one where the goroutines stand behind the same text.
        begin(head !== null && (head.shape === '' || head.shape === own) ? head : null, found, own);
        return;
      }
      goroutine = body.stacks.open(found, proof.line);
      if (body.ids.size < MAX_GOROUTINES) body.ids.add(found.id);
      if (body.dying.goroutine.head.state !== 'running' && found.state === 'running')
        body.dying = { goroutine, proof: [proof], created: null };
    },
    countGoroutine() {
      noise = 0;
      closeGoroutine();
      body?.stacks.drop();
    },
    takeFunction,
    takeFile(file, line, again) {
      if (pending === null || (pending.file !== null && !again)) return;
      pending.file = file;
      pending.line = line;
    },
    takeCreator(name) {
      if (goroutine === null) return;
      flushFrame();
      goroutine.createdBy ??= name;
    },
    prove(proof, created) {
      if (body === null || goroutine === null || body.dying.goroutine !== goroutine) return;
      if (created) body.dying.created ??= proof();
      else if (goroutine.createdBy === null && body.dying.proof.length < MAX_PROOF)
        body.dying.proof.push(proof());
    },
    say(proof) {
      if (words.length < MAX_WORDS) words.push(proof);
    },
    known() {
      noise = 0;
    },
    unknown() {
      words = [];
      if (body !== null) {
        noise += 1;
        if (noise > MAX_NOISE) finish();
      } else if (head !== null) {
        head.age += 1;
        if (head.age > MAX_HEAD_LINES) head = null;
      }
    },
    finish,
  };
}
