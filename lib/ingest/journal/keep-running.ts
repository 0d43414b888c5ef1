/**
 * Keeps journalctl running: starts it where reading has got to, says why it ended, and starts it again after a
 * while, which grows up to a minute. It gives up only where there is no journalctl, or no journal among the files.
 */

import { createChosenFiles } from './chosen-files.js';
import {
  FIELDS_OPTION,
  followArguments,
  journalEnvironment,
  lastEntryArguments,
  type Place,
} from './command-line.js';
import { type Cursor, cursorMicros, entryCursor } from './cursor.js';
import { type Run, type RunEnd, type RunOptions, runJournalctl } from './journalctl.js';
import type { Problems } from './problems.js';
import type { Progress } from './progress.js';
import type { JournalOptions, SpawnJournalctl, Timers } from './types.js';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Having run this long, it was well. */
const HEALTHY_MS = 60_000;
/**
 * One that has been silent for so long is replaced, which costs nothing: journalctl is not told when its directory
 * is replaced by another one of the same name, and waits for ever. One that runs without a file that was in trouble
 * is replaced after the same time: the file may be well by then.
 */
const SILENT_MS = 600_000;

/** It then gives only what its user may read: what is missing is not lost. */
const NOT_ALL = /not seeing messages|permission/i;

export interface KeepRunningOptions {
  readonly journal: JournalOptions;
  readonly spawn: SpawnJournalctl;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly problems: Problems;
  readonly progress: Progress;
  /** Begins with the entries to come; else with those behind `progress.last`, or as `journal.from` says. */
  readonly atEnd: boolean;
  /** The last entry that there was before anything was read; those behind it are the first to be read. */
  readonly onFirst: (cursor: Cursor) => void;
  readonly onLine: (line: string) => void;
  readonly onLeftOut: () => void;
  readonly onChunk: () => void;
}

export interface KeptRunning {
  /** Resolves when there is nothing more to come, and no process any more. */
  readonly ended: Promise<void>;
  pause(): void;
  resume(): void;
}

export function keepRunning(options: KeepRunningOptions): KeptRunning {
  const { clock, timers, signal, problems, progress } = options;
  const environment = journalEnvironment(options.journal);
  /** With the files that it is started with. */
  let { journal } = options;
  const { file: named = [] } = journal;
  const files = createChosenFiles({
    names: typeof named === 'string' ? [named] : named,
    problems,
    runAlone: (file) =>
      run(lastEntryArguments({ ...journal, file: [file] }, narrow), { onLine: () => {}, onChunk: () => {} }),
  });
  let current: Run | null = null;
  let paused = false;
  let wait = FIRST_WAIT_MS;
  /** journalctl can leave out fields. */
  let narrow = true;
  /** journalctl takes the cursor of the last entry. */
  let seekable = true;

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timers.clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = timers.setTimeout(done, ms);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  /** Runs it to its end; `replaced`: until `signal`, or until it was silent for too long. */
  async function run(
    args: readonly string[],
    on: Pick<RunOptions, 'onLine' | 'onChunk'>,
  ): Promise<RunEnd | { readonly kind: 'replaced' }> {
    let silent = true;
    let silence: unknown;
    const started = runJournalctl({
      spawn: options.spawn,
      timers,
      args,
      environment,
      onLine: on.onLine,
      onChunk() {
        silent = false;
        on.onChunk();
      },
      onDropped(bytes) {
        options.onLeftOut();
        problems.lost(`an entry of ${bytes} bytes was left out: it is longer than 8 MiB`, bytes);
      },
      onStandardError(line) {
        if (NOT_ALL.test(line)) progress.partly();
        problems.say(`journalctl: ${line}`);
      },
    });
    current = started;
    if (paused) started.pause();
    let stop = () => {};
    const replaced = new Promise<{ readonly kind: 'replaced' }>((resolve) => {
      stop = () => resolve({ kind: 'replaced' });
      const look = () => {
        if ((silent || files.isPartial) && !paused) stop();
        silent = true;
        silence = timers.setTimeout(look, SILENT_MS);
      };
      silence = timers.setTimeout(look, SILENT_MS);
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const end = await Promise.race([started.ended, replaced]);
    timers.clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    if (end.kind === 'replaced') await started.stop();
    current = null;
    return end;
  }

  function place(): Place {
    const { last } = progress;
    if (last !== null && seekable) return { kind: 'cursor', cursor: last.text };
    const micros = last === null ? null : cursorMicros(last);
    if (micros !== null) return { kind: 'since', micros };
    const { from } = journal;
    if (typeof from === 'object') return { kind: 'since', micros: from.sinceMs * 1000 };
    return { kind: 'start' };
  }

  /** What to do about an end: `again` at once, `later` after a while, `never`. */
  function explain(end: RunEnd): 'again' | 'later' | 'never' {
    if (end.kind === 'not-started') {
      if (end.error.code === 'ENOENT') {
        problems.lost(
          'there is no journalctl to read it with: install systemd, or name the log files and follow these',
          0,
        );
        return 'never';
      }
      problems.say(
        `journalctl cannot be started (${end.error.code ?? end.error.message}); it is tried again`,
      );
      return 'later';
    }
    const said = end.said.join('; ');
    if (narrow && said.includes(FIELDS_OPTION)) {
      narrow = false;
      return 'again';
    }
    if (seekable && /seek to cursor/i.test(said)) {
      seekable = false;
      problems.lost(
        'the place where reading stopped is not known any more; it goes on at the time of the last entry read',
        null,
      );
      return 'again';
    }
    const how = end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
    problems.say(`journalctl ended (${how})${said === '' ? '' : `: ${said}`}; it is started again`);
    return 'later';
  }

  /** As `explain`; files that journalctl does not open are left out, and the others are read. */
  async function dealWith(end: RunEnd): Promise<'again' | 'later' | 'never'> {
    return (await files.after(end)) ?? explain(end);
  }

  async function chooseFiles(): Promise<void> {
    const file = await files.next();
    if (file.length > 0) journal = { ...journal, file };
  }

  async function waitLonger(): Promise<void> {
    const now = wait;
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    await pause(now);
  }

  /** False: there is nothing to read with, or to be read. */
  async function findEnd(): Promise<boolean> {
    while (!signal.aborted) {
      await chooseFiles();
      let cursor: Cursor | null = null;
      const end = await run(lastEntryArguments(journal, narrow), {
        onLine: (line) => {
          cursor = entryCursor(line) ?? cursor;
        },
        onChunk: () => {},
      });
      if (end.kind === 'replaced') continue;
      if (end.kind === 'exit' && end.code === 0) {
        // Without an entry it is empty: whatever comes is new.
        if (cursor !== null) options.onFirst(cursor);
        return true;
      }
      const next = await dealWith(end);
      if (next === 'never') return false;
      if (next === 'later') await waitLonger();
    }
    return true;
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await chooseFiles();
      const startedAt = clock();
      const begin = place();
      const before = progress.last;
      progress.restarted(begin.kind === 'cursor');
      const end = await run(followArguments(journal, begin, narrow), {
        onLine: options.onLine,
        onChunk() {
          files.opened();
          options.onChunk();
        },
      });
      // The cursor of an entry that was read since is a good one.
      if (progress.last !== before) seekable = true;
      if (end.kind === 'replaced') continue;
      const next = signal.aborted ? 'never' : await dealWith(end);
      if (next === 'never') return;
      if (clock() - startedAt >= HEALTHY_MS) wait = FIRST_WAIT_MS;
      if (next === 'later') await waitLonger();
    }
  }

  async function live(): Promise<void> {
    if (options.atEnd && !(await findEnd())) return;
    await follow();
  }

  return {
    ended: live(),
    pause() {
      paused = true;
      current?.pause();
    },
    resume() {
      paused = false;
      current?.resume();
    },
  };
}
