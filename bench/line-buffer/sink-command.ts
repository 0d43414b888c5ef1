/**
 * A shell command as a sink: it gets the bytes on its standard input, its own output is read and thrown away. It
 * runs in a process group of its own, so that whatever it started ends with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Clock } from './clock.js';

export interface CommandExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to standard error. It is the command's own text: not safe for a terminal as it is. */
  readonly errorText: string;
}

export interface CommandSink {
  readonly pid: number;
  readonly input: Writable;
  /** Fulfilled when the command itself has ended, and what it wrote is here. */
  readonly exited: Promise<CommandExit>;
  /**
   * Ends it and what it left behind: SIGTERM to its process group, SIGKILL after `graceSeconds`. Fulfilled when it has
   * ended, or was sent SIGKILL: one that hangs in the kernel, or runs as another user, is not waited for.
   */
  stop(graceSeconds: number): Promise<void>;
  /** SIGKILL to the whole group, at once. */
  kill(): void;
}

const ERROR_TEXT_BYTES = 4096;
const LAST_WORDS_SECONDS = 0.2;

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: the whole group has ended already. EPERM: it runs as another user, as with sudo.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Rejects with an Error that names the command when no shell can be started. */
export async function startCommand(command: string, clock: Clock): Promise<CommandSink> {
  const child: ChildProcess = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let errorText = '';
  child.stderr?.setEncoding('latin1').on('data', (text: string) => {
    errorText = (errorText + text).slice(-ERROR_TEXT_BYTES);
  });
  // Read, not closed: a command whose output is /dev/null or a closed pipe behaves differently.
  child.stdout?.resume();
  const heard = once(child.stderr ?? child, 'close').catch(() => {});
  const exited = new Promise<CommandExit>((resolve) => {
    child.once('exit', async (code, signal) => {
      // Its last words may come after it; what it left running may hold the pipe for longer than anyone waits.
      const late = new AbortController();
      await Promise.race([heard, clock.sleep(LAST_WORDS_SECONDS, late.signal).catch(() => {})]);
      late.abort();
      resolve({ code, signal, errorText });
    });
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error(`expected to start \`${command}\` with /bin/sh, found ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null)
    throw new Error(`expected a process for \`${command}\`, found none`);
  // EPIPE when it closes its input; whoever feeds it sees the same error from its own pipeline.
  stdin.on('error', () => {});
  return {
    pid,
    input: stdin,
    exited,
    kill: () => signalGroup(pid, 'SIGKILL'),
    async stop(graceSeconds) {
      const grace = new AbortController();
      signalGroup(pid, 'SIGTERM');
      const late = clock.sleep(graceSeconds, grace.signal).then(
        () => signalGroup(pid, 'SIGKILL'),
        () => {},
      );
      await Promise.race([exited, late]);
      grace.abort();
      // Descendants that outlived the command itself.
      signalGroup(pid, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      stdin.destroy();
    },
  };
}
