/**
 * Says what happened, in the right order with what is remembered of it: with `--state` an update is told only when
 * it is written down that it was, in FILE.told or in the state itself, so that a run which is killed does not make the
 * next one tell it again.
 */
import type { Output } from './io.js';

/** Where the lines of `--output` go. */
export interface LineSink {
  write(text: string): void;
  drained(): Promise<void> | undefined;
}

export interface Update {
  /** For standard output. */
  readonly text: string;
  /** For the file of `--output`: whole lines. */
  readonly lines: string;
  /** Written down in the moment before it is told, so that it need not wait for the state. False where it cannot be. */
  readonly note?: () => boolean;
}

export interface TellingOptions {
  readonly stdout: Output;
  readonly file: LineSink | null;
  /**
   * Saves the state: calls `take` at the moment that it is of, which gives the lines that it counts as told, and `safe`
   * in the moment in which it is saved. Resolves to false where it could not be. Null without a state.
   */
  readonly commit: ((take: () => string, safe: () => void) => Promise<boolean>) | null;
  /** Time to leave between two saves, ms: a large state is not saved with every piece of news. */
  readonly pauseMs?: () => number;
  /** Settles when reading is to stop: nobody waits for a reader any more. */
  readonly stopped: Promise<void>;
}

export interface Telling {
  tell(update: Update): void;
  /** Saves the state even if there is nothing to tell, and tells what waits. */
  commit(): Promise<void>;
  /** Back-pressure: settles when there is room for more; undefined where there is. */
  ready(): Promise<void> | undefined;
  /**
   * What comes from here on is not told, for the report says how everything stands. Saves, and tells what waits: in its
   * order before the report, and after a moment even if the disk hangs. The save may then still be under way.
   */
  end(): Promise<void>;
}

/** Updates that may wait for a slow disk before reading waits, too. */
const WAITING = 1_000;
/** News wait so long for a state that cannot be written, and no longer. */
const PATIENCE_MS = 1_000;
/** At the end, where the report has its share of two seconds, they wait so long. */
const LAST_MS = 500;

export function createTelling({ stdout, file, commit, pauseMs, stopped }: TellingOptions): Telling {
  let waiting: Update[] = [];
  /** Counted as told by a state that is being saved. */
  let taken: Update[] = [];
  let ended = false;
  let pause: Promise<void> | null = null;
  let committing: Promise<void> | null = null;

  function write(updates: readonly Update[]): void {
    for (const { text, lines } of updates) {
      stdout.write(text);
      file?.write(lines);
    }
  }

  function take(): string {
    taken = [...taken, ...waiting];
    waiting = [];
    return taken.map(({ lines }) => lines).join('');
  }

  function give(): void {
    const updates = taken;
    taken = [];
    write(updates);
  }

  /** News matter more than that they are told once: at a sick disk they are not held back. */
  function giveAll(): void {
    take();
    give();
  }

  async function commitOnce(save: NonNullable<TellingOptions['commit']>): Promise<void> {
    const patience = setInterval(giveAll, PATIENCE_MS);
    try {
      await (pause && Promise.race([pause, stopped]));
      if (await save(take, give)) give();
      else giveAll();
    } finally {
      clearInterval(patience);
    }
    pause = delay(Math.min(pauseMs?.() ?? 0, PATIENCE_MS));
  }

  function start(): Promise<void> {
    if (commit === null) return Promise.resolve();
    committing ??= commitOnce(commit).finally(() => {
      committing = null;
      if (waiting.length > 0) void start();
    });
    return committing;
  }

  return {
    tell(update) {
      if (ended) return;
      if (commit === null) {
        write([update]);
        return;
      }
      // In their order: what waits for the state is told first.
      if (waiting.length === 0 && taken.length === 0 && update.note?.() === true) {
        write([update]);
      } else {
        waiting.push(update);
        void start();
      }
    },
    async commit() {
      // One that is under way may have taken the state before the latest news.
      await committing;
      if (!ended) await start();
    },
    ready() {
      const busy =
        stdout.drained() ??
        file?.drained() ??
        (waiting.length > WAITING ? (committing ?? undefined) : undefined);
      return busy && Promise.race([busy, stopped]);
    },
    async end() {
      ended = true;
      let enough: ReturnType<typeof setTimeout> | undefined;
      const hanging = new Promise<void>((resolve) => {
        enough = setTimeout(resolve, LAST_MS);
      });
      // One that is under way is of a moment before.
      const saved = (committing ?? Promise.resolve()).then(start);
      await Promise.race([saved, hanging]);
      clearTimeout(enough);
      giveAll();
    },
  };
}

function delay(ms: number): Promise<void> | null {
  if (ms < 1) return null;
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
