/**
 * A journal as pieces of bytes: lines of JSON, one entry each, as `journalctl -o json` prints them with the fields
 * that records are made of. It goes on for good: ends of journalctl, gaps and repeated entries are dealt with here.
 */
import { spawn as spawnChild } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { FollowedPiece, FollowedSource, LinePosition, SavedJournal } from '../follow/types.js';
import { journalName } from './command-line.js';
import { type Cursor, entryCursor, parseCursor } from './cursor.js';
import { createEntryQueue, PIECE_BYTES } from './entry-queue.js';
import { keepRunning } from './keep-running.js';
import { plainMessage } from './plain-message.js';
import { createProblems, type Problems } from './problems.js';
import { createProgress } from './progress.js';
import { createReadEntries, type ReadEntries } from './read-entries.js';
import type { JournalOptions, SpawnJournalctl, Timers } from './types.js';

/** Of a busy journal a piece comes at most so often, or when it is full: journalctl prints 4 KiB at a time. */
const APART_MS = 10;

const START: LinePosition = { offset: 0, line: 0, before: '' };

const nodeTimers: Timers = {
  setTimeout: (call, ms) => setTimeout(call, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

function thisMachine(): string | null {
  try {
    const id = readFileSync('/etc/machine-id', 'latin1').trim();
    return /^[0-9a-f]{32}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}

function followedSource(name: string, saved: SavedJournal | null, entries: ReadEntries): FollowedSource {
  const key = saved?.key ?? (name === 'journal' ? name : `journal:${name}`);
  return {
    name,
    kind: 'stream',
    modified: null,
    key,
    start: saved?.position ?? START,
    save: (position) => ({ kind: 'journal', key, name, cursor: entries.at(position.offset), position }),
  };
}

function savedCursor(saved: SavedJournal | null, problems: Problems): Cursor | null {
  if (saved === null || saved.cursor === null) return null;
  const cursor = parseCursor(saved.cursor);
  if (cursor === null) problems.lost('the saved cursor is damaged: it begins as if there was none', null);
  return cursor;
}

/** The bytes of a piece; valid until the next one is made. */
function pieceMaker(): (lines: readonly string[]) => Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES * 2);
  return (lines) => {
    let text = '';
    for (const line of lines) text += `${line}\n`;
    if (text.length > buffer.length) return Buffer.from(text, 'latin1');
    return buffer.subarray(0, buffer.write(text, 'latin1'));
  };
}

/**
 * Ends when `signal` aborts, with journalctl gone and what was not given out left for a later run; by itself only
 * where there is no journalctl.
 */
export async function* journalPieces(options: JournalOptions = {}): AsyncGenerator<FollowedPiece> {
  const name = journalName(options);
  const { clock = Date.now, timers = nodeTimers } = options;
  const stop = new AbortController();
  const abort = () => stop.abort();
  options.signal?.addEventListener('abort', abort);
  if (options.signal?.aborted) abort();

  const saved = options.saved?.name === name ? options.saved : null;
  let wake = () => {};
  const problems = createProblems(name, clock, () => wake());
  const first = savedCursor(saved, problems);
  const entries = createReadEntries(first?.text ?? null);
  const source = followedSource(name, saved, entries);
  const progress = createProgress(first, {
    known: entries.cursors,
    complete: (options.units?.length ?? 0) === 0 && options.file === undefined,
    onMissing: (count) =>
      problems.lost(
        count === null
          ? 'the last entry read is gone, and others behind it may be: they were deleted before they were read'
          : `${count} ${count === 1 ? 'entry is' : 'entries are'} missing: deleted before being read, or not readable`,
        null,
      ),
  });

  const queue = createEntryQueue();
  /** Behind the last entry read. */
  let offset = source.start.offset;
  let over = false;
  const child = keepRunning({
    journal: { machineId: thisMachine, ...options },
    spawn: options.spawn ?? (spawnChild as SpawnJournalctl),
    clock,
    timers,
    signal: stop.signal,
    problems,
    progress,
    // An earlier run began at the end of a journal without entries: all of them are new.
    atEnd: saved === null && (options.from ?? 'end') === 'end',
    onFirst(cursor) {
      progress.take(cursor);
      entries.add(offset, cursor.text);
    },
    onLeftOut: progress.leftOut,
    onLine(line) {
      if (!line.startsWith('{')) {
        problems.say(`journalctl printed what is no entry: ${line.slice(0, 200).replace(/[^ -~]+/g, ' ')}`);
        return;
      }
      const cursor = entryCursor(line);
      if (cursor !== null && !progress.take(cursor)) return;
      const plain = plainMessage(line);
      offset += plain.length + 1;
      if (cursor !== null) entries.add(offset, cursor.text);
      queue.push(plain);
    },
    onChunk() {
      if (queue.full) child.pause();
      wake();
    },
  });
  void child.ended.then(() => {
    over = true;
    wake();
  });

  const asBytes = pieceMaker();

  function nextPiece(): FollowedPiece | null {
    const problem = problems.take();
    if (problem !== undefined) return problem;
    const behind = queue.full;
    const lines = queue.take();
    if (lines.length === 0) return null;
    if (!queue.full) child.resume();
    const chunk = asBytes(lines);
    return { kind: 'bytes', source, chunk, more: behind || queue.size > 0 };
  }

  /** Resolves when `promise` does, or at once when all is stopped. */
  const unlessStopped = (promise: Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      const done = () => {
        stop.signal.removeEventListener('abort', done);
        resolve();
      };
      stop.signal.addEventListener('abort', done);
      promise.then(done, reject);
      if (stop.signal.aborted) done();
    });

  /** Waits until there is more for a piece, for a moment. */
  async function gather(): Promise<void> {
    let timer: unknown;
    await unlessStopped(
      new Promise((resolve) => {
        wake = () => (queue.full || over) && resolve();
        timer = timers.setTimeout(resolve, APART_MS);
      }),
    );
    timers.clearTimeout(timer);
  }

  try {
    let givenAt = Number.NEGATIVE_INFINITY;
    while (!stop.signal.aborted) {
      if (queue.size === 0 && !problems.waiting && !over) {
        await unlessStopped(
          new Promise((resolve) => {
            wake = resolve;
          }),
        );
        continue;
      }
      if (queue.size > 0 && !queue.full && !over && clock() - givenAt < APART_MS) await gather();
      givenAt = clock();
      const busy = options.ready?.();
      if (busy !== undefined) await unlessStopped(busy);
      if (stop.signal.aborted) return;
      const piece = nextPiece();
      if (piece === null) {
        yield { kind: 'end', source, because: 'stopped' };
        return;
      }
      yield piece;
    }
  } finally {
    options.signal?.removeEventListener('abort', abort);
    stop.abort();
    await child.ended;
  }
}
