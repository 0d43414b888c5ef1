/**
 * A journalctl that a test plays itself: what it is started with can be looked at, and it prints, complains and ends
 * as it is told. Time stands still but for the timers that a test lets run out.
 */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FollowedPiece, SavedJournal } from '../../lib/ingest/follow/types.js';
import { type JournalOptions, journalPieces } from '../../lib/ingest/journal/index.js';

export class FakeProcess extends EventEmitter {
  readonly stdout = new PassThrough({ highWaterMark: 2 ** 26 });
  readonly stderr = new PassThrough();
  readonly signals: string[] = [];
  /** Whether a signal ends it. */
  obedient = true;

  constructor(readonly args: readonly string[]) {
    super();
  }

  /** Entries as lines. */
  print(...lines: readonly string[]): void {
    this.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  complain(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  end(code: number | null, signal: string | null = null): void {
    let open = 2;
    for (const stream of [this.stdout, this.stderr]) {
      const closed = () => {
        open--;
        if (open === 0) this.emit('close', code, signal);
      };
      if (stream.closed) closed();
      else stream.once('close', closed);
      stream.end();
    }
  }

  kill(signal: string): boolean {
    this.signals.push(signal);
    if (this.obedient || signal === 'SIGKILL') queueMicrotask(() => this.emit('close', null, signal));
    return true;
  }
}

interface Pending {
  readonly ms: number;
  readonly call: () => void;
}

export interface FakeJournal {
  readonly pieces: AsyncGenerator<FollowedPiece>;
  /** The next journalctl that is started. */
  started(): Promise<FakeProcess>;
  /** Lets the next timer of that many ms run out, once it has been set. */
  elapse(ms: number): Promise<void>;
  /** The clock alone. */
  pass(ms: number): void;
  /** The next piece, which must be bytes: its text. */
  text(): Promise<string>;
  /** The next piece, which must be a problem: its reason. */
  problem(): Promise<string>;
  /** Of the source of the last piece of bytes. */
  save(offset: number): SavedJournal;
  readonly environments: Readonly<Record<string, string | undefined>>[];
  readonly abort: AbortController;
  /** Resolves when the generator has ended. */
  stop(): Promise<void>;
}

const never = { machineId: () => null };

/** `failures`: what starting journalctl throws or reports, in turn. */
export function fakeJournal(
  options: JournalOptions = {},
  failures: { thrown?: Error; emitted?: Error }[] = [],
): FakeJournal {
  const bell = new EventEmitter().setMaxListeners(0);
  const processes: FakeProcess[] = [];
  const pending = new Set<Pending>();
  const environments: Readonly<Record<string, string | undefined>>[] = [];
  const abort = new AbortController();
  let now = Date.parse('2026-11-21T12:00:00Z');
  let source: Extract<FollowedPiece, { kind: 'bytes' }>['source'] | undefined;

  async function until<Found>(look: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise((resolve) => bell.once('ring', resolve));
    }
  }

  const pieces = journalPieces({
    ...never,
    signal: abort.signal,
    clock: () => now,
    timers: {
      setTimeout(call, ms) {
        const timer = { ms, call };
        // The moment in which a piece gathers: not what a test waits for.
        if (ms === 10) setImmediate(call);
        pending.add(timer);
        bell.emit('ring');
        return timer;
      },
      clearTimeout: (timer) => void pending.delete(timer as Pending),
    },
    spawn(command, args, { env }) {
      if (command !== 'journalctl') throw new Error(`started ${command}`);
      const failure = failures.shift();
      if (failure?.thrown) throw failure.thrown;
      const started = new FakeProcess(args);
      environments.push(env);
      if (failure?.emitted) queueMicrotask(() => started.emit('error', failure.emitted));
      else processes.push(started);
      bell.emit('ring');
      return started;
    },
    ...options,
  });

  async function next<Kind extends FollowedPiece['kind']>(
    kind: Kind,
  ): Promise<Extract<FollowedPiece, { kind: Kind }>> {
    const { value } = await pieces.next();
    if (value?.kind !== kind) throw new Error(`expected ${kind}, found ${JSON.stringify(value)}`);
    return value;
  }

  return {
    pieces,
    environments,
    abort,
    async stop() {
      abort.abort();
      await pieces.return(undefined);
    },
    started: () => until(() => processes.shift()),
    async elapse(ms) {
      const timer = await until(() => [...pending].find((one) => one.ms === ms));
      pending.delete(timer);
      now += ms;
      timer.call();
    },
    pass: (ms) => {
      now += ms;
    },
    async text() {
      const piece = await next('bytes');
      source = piece.source;
      return Buffer.from(piece.chunk).toString('utf8');
    },
    problem: async () => (await next('problem')).reason,
    save(offset) {
      const saved = source?.save({ offset, line: 0, before: '' });
      if (saved?.kind !== 'journal') throw new Error(`no journal: ${JSON.stringify(saved)}`);
      return saved;
    },
  };
}

export interface EntryParts {
  readonly message?: unknown;
  /** Names the numbering. */
  readonly journal?: string;
  readonly micros?: number;
}

export function cursorOf(number: number, { journal = 'a', micros = number }: EntryParts = {}): string {
  const time = (1_700_000_000_000_000 + micros).toString(16);
  return `s=${journal.repeat(32)};i=${number.toString(16)};b=${'b'.repeat(32)};m=${micros.toString(16)};t=${time};x=f${number % 7}`;
}

/** An entry as journalctl 252 prints it; they are numbered from 1. */
export function entry(number: number, parts: EntryParts = {}): string {
  const message = JSON.stringify(parts.message ?? `message ${number}`);
  return `{"_HOSTNAME":"node-17","__CURSOR":"${cursorOf(number, parts)}","MESSAGE":${message}}`;
}

export function entries(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
}

/** The same as text of a piece. */
export const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('');
