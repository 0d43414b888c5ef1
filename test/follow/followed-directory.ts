/**
 * A real directory with a follower on it whose looks are made by hand: tests neither sleep nor race, and
 * time passes when it is told to.
 */
import * as files from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import type { FollowClock } from '../../lib/ingest/follow/follow-clock.js';
import {
  createFileFollower,
  type FileFollower,
  type FileFollowOptions,
} from '../../lib/ingest/follow/follower.js';
import { createLineConsumer, type Kept, type LineConsumer } from './line-consumer.js';

export interface FollowedRun {
  readonly consumer: LineConsumer;
  /** Looks at everything, and gives the lines that are new since the last look. */
  look(): Promise<string[]>;
  /** Gives what was told or fell due since the last call, without looking at everything. */
  read(): Promise<string[]>;
  readonly follower: FileFollower;
}

export interface FollowedDirectory {
  at(name: string): string;
  run(names: readonly string[], options?: FileFollowOptions, kept?: Kept | null): FollowedRun;
  write(name: string, ...lines: readonly string[]): void;
  /** Time passes; what falls due in it is called. */
  later(ms: number): void;
  readonly clock: FollowClock;
  /** Descriptors of this process on files in the directory. */
  open(): string[];
}

export function followedDirectory(t: Test): FollowedDirectory {
  const directory = files.realpathSync(files.mkdtempSync(join(tmpdir(), 'follow-')));
  t.teardown(() => files.rmSync(directory, { recursive: true, force: true }));
  const at = (name: string): string => join(directory, name);
  let now = Date.now();
  let timers: { readonly due: number; readonly run: () => void }[] = [];
  const clock: FollowClock = {
    now: () => now,
    after(ms, run) {
      const timer = { due: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  return {
    at,
    clock,
    run(names, options = {}, kept = null) {
      const consumer = createLineConsumer(kept);
      const follower = createFileFollower(names.map(at), {
        clock,
        ...options,
        ...(kept !== null && { saved: kept.saved }),
      });
      t.teardown(() => follower.close());
      const read = async (): Promise<string[]> => {
        const before = new Map(consumer.lines);
        for (let piece = await follower.next(); piece !== null; piece = await follower.next())
          consumer.take(piece);
        return [...consumer.lines].flatMap(([line, count]) =>
          Array.from({ length: count - (before.get(line) ?? 0) }, () => line),
        );
      };
      return {
        consumer,
        read,
        look() {
          follower.wake();
          return read();
        },
        follower,
      };
    },
    write(name, ...lines) {
      files.mkdirSync(dirname(at(name)), { recursive: true });
      files.appendFileSync(at(name), lines.map((text) => `${text}\n`).join(''));
    },
    later(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = timers.filter(({ due }) => due <= until).toSorted((a, b) => a.due - b.due);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.due);
        next.run();
      }
      now = until;
    },
    open: () =>
      files.readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          const target = files.readlinkSync(`/proc/self/fd/${fd}`);
          return target.startsWith(directory) ? [target] : [];
        } catch {
          return [];
        }
      }),
  };
}

/** Long enough to be known again by its text. */
export const line = (text: string): string => `2026-11-21T10:00:00.000000+00:00 node ${text}`;
export const A = line('a');
export const B = line('b');
export const C = line('c');
export const D = line('d');
