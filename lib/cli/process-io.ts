/**
 * The real process behind `Io`, and the last step of every bin. Standard input is asked for a terminal by its
 * descriptor: touching process.stdin would already start to read it.
 */
import { closeSync, fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createFileOutput } from './file-output.js';
import type { Io, RequestSignal } from './io.js';
import { createOutput } from './output.js';
import { createSignals, type Signals } from './signals.js';

const STDOUT = 1;
/** Descriptors that were a terminal when the process started. */
const TERMINALS = [0, STDOUT, 2].filter((descriptor) => isatty(descriptor));

function processIo(signals: Signals): Io {
  return {
    stdout: isFile(STDOUT) ? createFileOutput(STDOUT) : createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    stdinIsTerminal: isatty(0),
    env: process.env,
    onSignal: signals.onSignal,
    onRequest: signals.onRequest,
    every(ms, listener) {
      const timer = setInterval(listener, ms).unref();
      return () => clearInterval(timer);
    },
    exit: (code) => leave(code, signals),
  };
}

/** Runs a command line and exits with its code once the output is out, whatever is still open. */
export async function main(
  command: (argv: readonly string[], io: Io) => Promise<number>,
  cameEarly: (signal: RequestSignal) => boolean,
): Promise<void> {
  const signals = createSignals({
    listen(signal, heard) {
      process.on(signal, heard);
      return () => process.off(signal, heard);
    },
    cameEarly,
    hasTerminal: TERMINALS.some(isOutput),
    isTerminalGone: () => goneTerminals().some(isOutput),
    after: (ms, listener) => void setTimeout(listener, ms).unref(),
  });
  const io = processIo(signals);
  const code = await command(process.argv.slice(2), io);
  await Promise.all([io.stdout.flushed(), io.stderr.flushed()]);
  leave(code, signals);
}

function leave(code: number, signals: Signals): void {
  // Node gives a terminal its modes back at the end, and aborts where it cannot; what is closed it leaves alone.
  for (const descriptor of goneTerminals()) closeSync(descriptor);
  if (signals.hungUp()) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  process.exit(code);
}

/** A closed terminal answers no question, not even whether it is one. */
function goneTerminals(): readonly number[] {
  return TERMINALS.filter((descriptor) => !isatty(descriptor));
}

/** A service may be started from a terminal that is closed later: only who writes to it is ended with it. */
function isOutput(descriptor: number): boolean {
  return descriptor !== 0;
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}
