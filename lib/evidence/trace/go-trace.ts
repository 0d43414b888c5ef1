/**
 * Reads Go panics and goroutine dumps out of the lines of one speaker: a file of its own, or the log lines of one
 * process without their envelopes. What it gives is a `Panic` for a process that died, a `GoroutineProfile` for a
 * dump, and both where all goroutines were printed at a death. Nothing is believed for its header alone.
 */
import { withoutIndent } from '../../envelope/starts-trace.js';
import type { Instant } from '../../envelope/types.js';
import { unescapeQuoted } from '../../envelope/unescape.js';
import type { EvidenceReading } from '../types.js';
import { MAX_PROOF, type Proof } from './go-trace-body.js';
import { addressOf, type TraceLineKind } from './go-trace-line.js';
import { timeOfName } from './go-trace-name.js';
import { endOfPrefix, prefixOfGoroutine, prefixOfHead, shapeOf } from './go-trace-prefix.js';
import { ownText } from './go-trace-stacks.js';
import { createTraceState, newTraceMemory, type TraceMemory } from './go-trace-state.js';
import { createUnwrapper, newWrapMemory, type WrapMemory } from './go-trace-wrap.js';

export { KEEPS_ARGUMENTS } from './go-trace-arguments.js';
export type { Trace } from './go-trace-body.js';

export interface TraceLine {
  /** 1-based line of the source. */
  readonly line: number;
  /** Without envelope; may hold newlines, escaped ones too: a dump that was logged as one message. */
  readonly text: string;
  /** The line as read, for proof. Default: `text`. */
  readonly shown?: string;
  readonly at?: Instant | null;
}

export interface TraceReaderOptions {
  readonly source: string;
  readonly host?: string | null;
  readonly pid?: number | null;
  /** Program that is known for certain. Default: what the frames show. */
  readonly program?: string | null;
  /** Program where nothing else names one. */
  readonly fallbackProgram?: string | null;
  /** Time of lines that state none. Default: the one in the name of a file of dockerd's, else none. */
  readonly at?: Instant | null;
  /** Characters of one trace that are looked at; goroutines beyond them are only counted. Default: no limit. */
  readonly maxText?: number;
}

export interface TraceReader {
  push(line: TraceLine): void;
  /** True while lines of a trace may follow. */
  readonly open: boolean;
  /** True where `take` would give something. */
  readonly ready: boolean;
  /** The lines have ended: what is under way is complete. The reader can go on with other lines. */
  finish(): void;
  /** Traces that are complete by now, each given once. */
  take(): EvidenceReading;
  /** `finish` and `take` in one. */
  end(): EvidenceReading;
}

const MAX_LINE = 65_536;
const MAX_ESCAPES = 3;
const LONGEST_PROOF = 1024;

/** Behind the cap of text they are only counted, or not looked at. */
const INSIDE: ReadonlySet<TraceLineKind['kind']> = new Set(['function', 'file', 'created', 'blank', 'note']);

/** What is under way. Plain data. */
export interface ReaderMemory {
  readonly state: TraceMemory;
  readonly wrap: WrapMemory;
  /** Behind a row of dashes another thread of the same crash follows. */
  dashes: boolean;
}

export function newReaderMemory(): ReaderMemory {
  return { state: newTraceMemory(), wrap: newWrapMemory(), dashes: false };
}

export function createTraceReader(
  options: TraceReaderOptions,
  memory: ReaderMemory = newReaderMemory(),
): TraceReader {
  const { source, host = null, pid = null, program = null, fallbackProgram = null } = options;
  const state = createTraceState({ source, host, pid, program, fallbackProgram }, memory.state);
  const unwrapper = createUnwrapper(memory.wrap);
  const defaultTime = options.at ?? timeOfName(source);
  const maxText = options.maxText ?? Number.POSITIVE_INFINITY;

  const proofOf = ({ line, shown }: TraceLine, text: string): Proof => ({
    line,
    text: ownText((shown ?? text).slice(0, LONGEST_PROOF)),
  });
  const timeOf = (line: TraceLine): Instant | null => line.at ?? defaultTime;

  function finish(): void {
    state.finish();
    unwrapper.reset();
    memory.dashes = false;
  }

  function takeHead(kind: TraceLineKind & { kind: 'head' }, line: TraceLine, text: string): void {
    const { head, body } = state;
    // A panic while panicking is printed right below the first, one tab further in.
    if (head?.form === 'panic' && kind.form === 'panic' && body === null) {
      if (/^(?:\s|#011)/.test(text) || head.age === 0) {
        if (head.proof.length < MAX_PROOF / 2) head.proof.push(proofOf(line, text));
        return;
      }
    }
    if (kind.form === 'signal' && memory.dashes) return;
    state.startHead(kind.form, ownText(kind.reason), '', proofOf(line, text), timeOf(line));
    if (kind.form === 'signal' && state.head !== null)
      state.head.signal = { name: kind.reason.split(':', 1)[0] ?? '', address: null };
  }

  /** Signals, registers, empty lines: of use only while the first goroutine has not come. */
  function takeAround(kind: TraceLineKind, line: TraceLine, text: string): void {
    const { head, body } = state;
    if (kind.kind === 'note' && text.startsWith('-----')) memory.dashes = true;
    if (body !== null || head === null) return;
    if (kind.kind === 'signal') {
      head.signal = { name: kind.name, address: kind.address };
      if (head.proof.length < MAX_PROOF / 2) head.proof.push(proofOf(line, text));
      return;
    }
    const address = head.form === 'signal' ? addressOf(withoutIndent(text)) : null;
    if (address !== null) head.signal = { name: head.signal?.name ?? '', address };
    state.unknown();
  }

  /** Nothing of a trace: perhaps because something stands in front of it. */
  function takeOther(line: TraceLine, text: string): void {
    const { head, body } = state;
    const shown = { ...line, shown: line.shown ?? text };
    const front = prefixOfGoroutine(text);
    if (front !== '') {
      take(shown, text.slice(front.length), shapeOf(front));
      return;
    }
    const before = body === null && (head === null || head.shape !== '') ? prefixOfHead(text) : '';
    if (before !== '') {
      const form = text.startsWith('panic: ', before.length) ? 'panic' : 'fatal';
      const reason = text.slice(before.length + (form === 'panic' ? 'panic: ' : 'fatal error: ').length);
      const own = ownText(reason.trim().slice(0, LONGEST_PROOF));
      state.startHead(form, own, shapeOf(before), proofOf(line, text), timeOf(line));
      return;
    }
    const served = text.slice(0, 160).search(/\bhttp2?: panic serving /);
    if (served > 0) take(shown, text.slice(served), '');
    else if (head === null && body === null && withoutIndent(text).startsWith('runtime: '))
      state.say(proofOf(line, text));
    else state.unknown();
  }

  /** One line; `shape` is that of what was taken off its front, if anything. */
  function take(line: TraceLine, text: string, shape: string): void {
    const unwrapped = unwrapper.push(text.length > MAX_LINE ? text.slice(0, MAX_LINE) : text);
    if (unwrapped === null) {
      // Where nothing is under way, nothing is a piece of it.
      if (state.open) state.unknown();
      else unwrapper.reset();
      return;
    }
    const { kind, text: whole } = unwrapped;
    if (kind.kind === 'other') {
      takeOther(line, whole);
      return;
    }
    if (kind.kind !== 'blank') state.known();
    const { body } = state;
    if (body !== null) body.text += text.length;
    const beyond = body !== null && body.text > maxText;
    if (beyond && INSIDE.has(kind.kind)) return;
    switch (kind.kind) {
      case 'goroutine':
        if (beyond) state.countGoroutine();
        else state.startGoroutine(kind, shape, proofOf(line, whole), timeOf(line));
        break;
      case 'head':
        takeHead(kind, line, whole);
        break;
      case 'begin':
        if (memory.dashes && !kind.banner) break;
        finish();
        state.startHead('dump', '', '', proofOf(line, whole), timeOf(line));
        break;
      case 'end':
        finish();
        break;
      case 'function':
        state.takeFunction(kind.name, kind.args);
        state.prove(() => proofOf(line, whole), false);
        break;
      case 'file':
        if (unwrapped.cutCall !== null) state.takeFunction(unwrapped.cutCall, '');
        state.takeFile(kind.file, kind.line, unwrapped.again);
        state.prove(() => proofOf(line, whole), false);
        break;
      case 'created':
        state.takeCreator(kind.by);
        state.prove(() => proofOf(line, whole), true);
        break;
      default:
        takeAround(kind, line, whole);
    }
  }

  function takeLine(line: TraceLine, text: string): void {
    const { shape } = state;
    const end = shape === '' ? -1 : endOfPrefix(text, shape);
    if (end > 0) take({ ...line, shown: line.shown ?? text }, text.slice(end), shape);
    else take(line, text, '');
  }

  return {
    push(line) {
      let { text } = line;
      for (let level = 0; level < MAX_ESCAPES && isEscaped(text); level++) text = unescapeQuoted(text);
      if (!text.includes('\n')) {
        takeLine(line, text);
        return;
      }
      for (let from = 0; from <= text.length; ) {
        const newline = text.indexOf('\n', from);
        const end = newline < 0 ? text.length : newline;
        const piece = text.slice(from, end);
        takeLine({ ...line, shown: piece }, piece.endsWith('\r') ? piece.slice(0, -1) : piece);
        from = end + 1;
      }
    },
    get open() {
      return state.open;
    },
    get ready() {
      return state.shelf.ready;
    },
    finish,
    take: state.shelf.take,
    end() {
      finish();
      return state.shelf.take();
    },
  };
}

/** A whole trace in one line, its newlines written as `\n` or `\\n`. */
function isEscaped(text: string): boolean {
  return text.includes('\\n') && !text.includes('\n') && /goroutine \d{1,19} \[/.test(text.slice(0, 4096));
}
