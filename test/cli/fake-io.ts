/** An `Io` without a process: what was written is kept, terminals and signals are pretended. */
import type { Io, Output, RequestSignal, StopSignal } from '../../lib/cli/io.js';

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
  /** As if the signal came, SIGINT if none is named. */
  readonly interrupt: (signal?: StopSignal) => void;
  /** As if this signal came. */
  readonly request: (signal: RequestSignal) => void;
  /** As if the reader of standard output went away. */
  readonly breakStdout: (reason?: string) => void;
  /** As if the reader of standard output took nothing any more. */
  readonly blockStdout: () => void;
  /** As if the time of every timer had come. */
  readonly tick: () => void;
  readonly exits: readonly number[];
  readonly listening: () => number;
}

export interface FakeIoOptions {
  readonly stdinIsTerminal?: boolean;
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const stdout = fakeOutput(options.stdoutIsTerminal ?? false, options.columns ?? null);
  const stderr = fakeOutput(options.stderrIsTerminal ?? false, options.columns ?? null);
  const signals = new Set<(signal: StopSignal) => void>();
  const requests = new Map<string, () => void>();
  const timers = new Set<{ readonly listener: () => void }>();
  const exits: number[] = [];
  return {
    stdout: stdout.output,
    stderr: stderr.output,
    stdinIsTerminal: options.stdinIsTerminal ?? false,
    env: options.env ?? {},
    onSignal(listener) {
      signals.add(listener);
      return () => signals.delete(listener);
    },
    onRequest(signal, listener) {
      requests.set(signal, listener);
      return () => requests.delete(signal);
    },
    every(_ms, listener) {
      const timer = { listener };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    exit: (code) => exits.push(code),
    out: stdout.text,
    err: stderr.text,
    interrupt(signal = 'SIGINT') {
      for (const listener of signals) listener(signal);
    },
    request: (signal) => requests.get(signal)?.(),
    breakStdout: stdout.break,
    blockStdout: stdout.block,
    tick() {
      for (const { listener } of [...timers]) listener();
    },
    exits,
    listening: () => signals.size + requests.size + timers.size,
  };
}

function fakeOutput(isTerminal: boolean, columns: number | null) {
  let text = '';
  let broken: string | null = null;
  let blocked: Promise<void> | undefined;
  const listeners: (() => void)[] = [];
  const output: Output = {
    isTerminal,
    columns,
    get broken() {
      return broken;
    },
    write(piece) {
      if (broken === null) text += piece;
    },
    drained: () => blocked,
    flushed: () => Promise.resolve(),
    onBroken: (listener) => listeners.push(listener),
  };
  return {
    output,
    text: () => text,
    block() {
      blocked = new Promise(() => {});
    },
    break(reason = 'EPIPE') {
      broken = reason;
      for (const listener of listeners) listener();
    },
  };
}
