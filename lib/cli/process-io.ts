/**
 * The real process behind `Io`, and the last step of every bin. Standard input is asked for a terminal by its
 * descriptor: touching process.stdin would already start to read it.
 */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createFileOutput } from './file-output.js';
import type { Io } from './io.js';
import { createOutput } from './output.js';

const STDOUT = 1;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function processIo(): Io {
  const requests = new Set<NodeJS.Signals>();
  return {
    stdout: isFile(STDOUT) ? createFileOutput(STDOUT) : createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    stdinIsTerminal: isatty(0),
    env: process.env,
    onSignal(listener) {
      const heard = (signal: NodeJS.Signals) => {
        if (!requests.has(signal)) listener();
      };
      for (const signal of SIGNALS) process.on(signal, heard);
      return () => {
        for (const signal of SIGNALS) process.off(signal, heard);
      };
    },
    onRequest(signal, listener) {
      requests.add(signal);
      process.on(signal, listener);
      return () => {
        requests.delete(signal);
        process.off(signal, listener);
      };
    },
    every(ms, listener) {
      const timer = setInterval(listener, ms).unref();
      return () => clearInterval(timer);
    },
    exit: (code) => process.exit(code),
  };
}

/** Runs a command line and exits with its code once the output is out, whatever is still open. */
export async function main(
  command: (argv: readonly string[], io: Io) => Promise<number>,
  prefix: readonly string[] = [],
): Promise<void> {
  const io = processIo();
  const code = await command([...prefix, ...process.argv.slice(2)], io);
  await Promise.all([io.stdout.flushed(), io.stderr.flushed()]);
  process.exit(code);
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}
