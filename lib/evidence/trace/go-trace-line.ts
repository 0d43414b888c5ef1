/**
 * Says what one line of a Go trace is: the head of a panic, of a goroutine, a frame's function or file, what
 * started the goroutine, or something that the runtime prints around them. From Go 1.4 to 1.25. Lines come without
 * envelope; indentation does not count.
 */
import { isFunctionName, readFileLine, readFunctionLine } from '../../envelope/go-frame.js';

export type TraceLineKind =
  | { readonly kind: 'blank' | 'note' | 'other' | 'end' }
  /** `panic: `, `fatal error: `, `http: panic serving `, or `SIGSEGV: ` of a crash in C. */
  | { readonly kind: 'head'; readonly form: HeadForm; readonly reason: string }
  /** What stands in front of a dump that nobody died of: `SIGQUIT: quit`, `=== BEGIN goroutine stack dump ===`. */
  | { readonly kind: 'begin'; readonly banner: boolean }
  | { readonly kind: 'signal'; readonly name: string; readonly address: string | null }
  | GoroutineLine
  | { readonly kind: 'function'; readonly name: string; readonly args: string }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'created'; readonly by: string };

export type HeadForm = 'panic' | 'fatal' | 'served' | 'signal';

export interface GoroutineLine {
  readonly kind: 'goroutine';
  readonly id: number;
  readonly state: string;
  readonly waitMinutes: number | null;
}

const BLANK = { kind: 'blank' } as const;
const NOTE = { kind: 'note' } as const;
const OTHER = { kind: 'other' } as const;

/** Longest reason of a panic that is kept: a value can be a whole document. */
const LONGEST_REASON = 1024;
const LONGEST_STATE = 64;

/** How a panic that was recovered, and perhaps raised again, is marked (Go 1.18 and 1.23 on). */
const RECOVERED =
  /(?: \[(?:recovered|reraised|repanicked|goexit)(?:, (?:recovered|reraised|repanicked))?\])+$/;
const SERVED = /^http2?: panic serving (\S{0,256}): (.*)$/;
const SERVED_HEAD = /^http2?: panic serving /;
/** Signals that a process dies of; SIGQUIT only asks for the stacks. */
const PREAMBLE = /^SIG([A-Z0-9]{2,8}): ([a-z][a-z /-]{1,60})$/;
const SIGNAL = /^\[signal (SIG[A-Z0-9]{2,8}|0x[0-9a-f]{1,2})(?:[: ]|\])/;
const ADDRESS = /(?:^| )addr=(0x[0-9a-f]{1,16}|\d{1,20})(?=[ \]]|$)/;
const NAMES: Readonly<Record<string, string>> = {
  '0x4': 'SIGILL',
  '0x5': 'SIGTRAP',
  '0x6': 'SIGABRT',
  '0x7': 'SIGBUS',
  '0x8': 'SIGFPE',
  '0xa': 'SIGBUS',
  '0xb': 'SIGSEGV',
};

/** What else the runtime and its callers print inside or right behind a trace. */
const NOTES =
  /^(?:\.{3}(?:additional|\d{1,9}) frames elided\.{3}|PC=0x[0-9a-f]|r(?:ax|bx|cx|dx|di|si|bp|sp|ip|flags|\d{1,2}) +0x|[c-g]s +0x|(?:trap|error|fault|pc|sp|lr|r\d{1,2}|eflags|e[a-ds][xip]|[a-z]\d{0,2}|cpsr|pstate|status) +0x[0-9a-f]{1,16}(?: |$)|runtime stack:$|exit status \d{1,3}$|\[originating from |-----$|goroutine running on other thread|stack: frame=\{|0x[0-9a-f]{8,16}: {2}|instruction bytes: |\(elided\)|rax |##\[error\]Process completed )/;

/** State and wait between the brackets: `chan receive, 3 minutes, locked to thread`. */
function readStatus(status: string): { state: string; waitMinutes: number | null } {
  const parts = status.split(', ', 8);
  let waitMinutes: number | null = null;
  for (const part of parts.slice(1)) {
    const minutes = /^(\d{1,9}) minutes?$/.exec(part);
    if (minutes !== null) waitMinutes = Number(minutes[1]);
  }
  // Notes of the scheduler, of synctest and of the leak profiler; other brackets are part of the state's name.
  const state = (parts[0] ?? '').replace(/(?: \((?:scan|durable|leaked)\))+$/, '');
  return { state: state.slice(0, LONGEST_STATE), waitMinutes };
}

/** `goroutine 17 [syscall, 7 minutes, locked to thread]:`, from Go 1.23 on also `goroutine 1 gp=0x… m=nil [select]:`. */
export function readGoroutineLine(text: string): GoroutineLine | null {
  if (text.length > 1024) return null;
  const head =
    /^goroutine (\d{1,15})(?: gp=(?:0x)?[0-9a-f]{1,16})?(?: m=(?:nil|-?\d{1,10}))?(?: mp=(?:0x)?[0-9a-f]{1,16})? \[/.exec(
      text,
    );
  if (head === null) return null;
  const open = head[0].length;
  // Labels stand in braces, inside the brackets or behind them, and may hold anything.
  const close = text.indexOf(']', open);
  const behind = text.slice(close + 1);
  if (close <= open || !(behind === ':' || behind === '' || /^ ?\{.*\}:?$/.test(behind))) return null;
  const status = text.slice(open, close).replace(/,? ?\{.*$/, '');
  return /^[a-zA-Z]/.test(status) ? { kind: 'goroutine', id: Number(head[1]), ...readStatus(status) } : null;
}

function reasonOf(text: string): string {
  return text.trim().slice(0, LONGEST_REASON).replace(RECOVERED, '').trim();
}

function readHead(text: string): TraceLineKind | null {
  if (text.startsWith('panic: '))
    return { kind: 'head', form: 'panic', reason: reasonOf(text.slice('panic: '.length)) };
  if (text.startsWith('fatal error: '))
    return { kind: 'head', form: 'fatal', reason: reasonOf(text.slice('fatal error: '.length)) };
  if (SERVED_HEAD.test(text)) {
    const served = SERVED.exec(text.slice(0, 2048));
    const what = served === null ? text.replace(SERVED_HEAD, '') : (served[2] ?? '');
    return { kind: 'head', form: 'served', reason: `http: panic serving: ${reasonOf(what)}` };
  }
  const preamble = PREAMBLE.exec(text);
  if (preamble === null) return null;
  const name = preamble[1] ?? '';
  if (name === 'QUIT' || name.startsWith('USR')) return { kind: 'begin', banner: false };
  return { kind: 'head', form: 'signal', reason: text };
}

/** `[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x…]`, the same as `[signal 0xb code=0x1 …]`. */
function readSignal(text: string): TraceLineKind | null {
  const signal = SIGNAL.exec(text.slice(0, 512));
  if (signal === null) return null;
  const stated = signal[1] ?? '';
  const name = NAMES[stated] ?? stated;
  return { kind: 'signal', name, address: ADDRESS.exec(text.slice(0, 512))?.[1] ?? null };
}

/** Address that the register dump of a signal states: `PC=0x46f5c1 m=0 sigcode=1 addr=0x18`. */
export function addressOf(text: string): string | null {
  return text.startsWith('PC=') ? (ADDRESS.exec(text.slice(0, 512))?.[1] ?? null) : null;
}

function readCreated(text: string): TraceLineKind | null {
  const by = text.slice('created by '.length).replace(/ in goroutine \d{1,19}$/, '');
  // As the runtime writes it: a name without arguments.
  return isFunctionName(by) && !by.endsWith(')') ? { kind: 'created', by } : null;
}

/** `text` without blanks around it. */
export function readTraceLine(text: string): TraceLineKind {
  if (text === '') return BLANK;
  const first = text.charCodeAt(0);
  // 'g', 'p', 'f', 'h', 'S', '[', 'c', '=': the rest are frames, mostly.
  if (first === 0x67 && text.startsWith('goroutine ')) {
    const goroutine = readGoroutineLine(text);
    if (goroutine !== null) return goroutine;
  } else if (first === 0x70 || first === 0x66 || first === 0x68 || first === 0x53) {
    const head = readHead(text);
    if (head !== null) return head;
  } else if (first === 0x5b) {
    const signal = readSignal(text);
    if (signal !== null) return signal;
  } else if (first === 0x63 && text.startsWith('created by ')) {
    return readCreated(text) ?? OTHER;
  } else if (first === 0x3d && text.includes('goroutine stack dump')) {
    if (text.startsWith('=== BEGIN ')) return { kind: 'begin', banner: true };
    if (text.startsWith('=== END ')) return { kind: 'end' };
  }
  const called = readFunctionLine(text);
  if (called !== null) return { kind: 'function', name: called.name, args: called.args };
  const place = readFileLine(text);
  if (place !== null) return { kind: 'file', file: place.file, line: place.line };
  return NOTES.test(text.slice(0, 128)) ? NOTE : OTHER;
}
