/**
 * The followed sources of a run: their pieces on the way to the scan, what is known of each for the next run, what
 * could not be read of them, and which of them have fallen silent.
 */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { filter, map, merge, type Observable } from 'rxjs';
import type {
  FollowedName,
  FollowedPiece,
  FollowedSource,
  KnownFiles,
  LinePosition,
  SavedFile,
  SavedSource,
} from '../ingest/follow/types.js';
import { createSilenceWatch } from '../ingest/silence.js';
import type { FollowHooks, InputProblem, Inputs } from '../ingest/types.js';
import type { RunCounts } from './memory.js';
import type { Progress } from './progress.js';

export interface FollowingOptions {
  readonly inputs: Inputs;
  /** Sources of the run that this one goes on from. */
  readonly saved: readonly SavedSource[];
  readonly hooks: FollowHooks;
  readonly progress: Progress;
  readonly counts: RunCounts;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Told at once what cannot be read, what was lost, and who has fallen silent. */
  readonly onNotice: (text: string) => void;
  /** Told when sources are met for the first time, or have ended: a good moment to save. */
  readonly onSources?: () => void;
  /** Whether the file system of a directory takes nothing more. */
  readonly isFull?: (directory: string) => Promise<boolean>;
}

export interface Piece {
  readonly source: FollowedSource;
  readonly chunk: Uint8Array | null;
  readonly more: boolean;
}

export interface Following {
  readonly pieces: Observable<Piece>;
  /** What the next run needs to go on with each source. */
  save(positionOf: (key: string) => LinePosition | undefined): readonly SavedSource[];
  /** Looks who has fallen silent. */
  tick(): void;
  /** When a source was last written, ms since the epoch, at the time it was found. */
  modified(name: string): number | null;
  /** True for a source that an earlier run had begun. */
  isOld(name: string): boolean;
  /** Names that could not be read up to now. */
  readonly unread: readonly InputProblem[];
  readonly silent: readonly { readonly source: string; readonly seconds: number }[];
  /** How each name stands of which files are followed; null before all have been looked at once. */
  readonly names: readonly FollowedName[] | null;
  /** How each source stands now. */
  standing(): Promise<readonly SourceStanding[]>;
}

/** How far a source has been read. */
export interface SourceStanding {
  readonly name: string;
  readonly kind: 'file' | 'journal';
  /** Bytes of a file behind what was read of it; null where that cannot be known: a journal, a file that has moved. */
  readonly unreadBytes: number | null;
  /** Where a file lies that has moved; null where it has not, or lies nowhere any more. */
  readonly movedTo: string | null;
  /** For how long it has been silent, null where it has not been found to be. */
  readonly silentSeconds: number | null;
}

/** Names with a problem that may still pass. */
const NAMES = 1_024;
const NAMED = 256;

export function createFollowing(options: FollowingOptions): Following {
  const { counts, hooks, inputs, isFull = takesNothing, now, onNotice, progress } = options;
  const sources = new Map<string, FollowedSource>();
  /** By key: the offset that it was read to. */
  const readTo = new Map<string, number>();
  let known: KnownFiles | null = null;
  /** Of an earlier run, and not met yet. */
  const waiting = new Map(options.saved.map((source) => [source.key, source]));
  const oldNames = new Set(options.saved.map(({ name }) => name));
  const modified = new Map<string, number | null>();
  /** By name: what is in the way, and may pass. */
  const unread = new Map<string, string>();
  const silent = new Map<string, number>();
  const silence = createSilenceWatch();

  function take(piece: FollowedPiece): Piece | null {
    switch (piece.kind) {
      case 'bytes': {
        const { chunk, more, source } = piece;
        if (!sources.has(source.key)) {
          sources.set(source.key, source);
          waiting.delete(source.key);
          modified.set(source.name, source.modified);
          options.onSources?.();
        }
        unread.delete(source.name);
        // An empty one only says that the source is there.
        if (chunk.length > 0) {
          readTo.set(source.key, (readTo.get(source.key) ?? source.start.offset) + chunk.length);
          progress.read(source.key, more);
          heard(source);
        }
        return { source, chunk, more };
      }
      case 'end':
        sources.delete(piece.source.key);
        readTo.delete(piece.source.key);
        waiting.delete(piece.source.key);
        if (piece.because === 'removed' || piece.because === 'stopped') quitted(piece.source.name);
        progress.ended(piece.source.key);
        return { source: piece.source, chunk: null, more: false };
      case 'known':
        known = piece.source;
        waiting.delete(known.key);
        return null;
      case 'problem':
        problem(piece);
        return null;
    }
  }

  /** Silence is that of a name: the file behind it changes with every rotation. */
  function heard({ name }: FollowedSource): void {
    const pause = silence.heard(name, now());
    silent.delete(name);
    if (pause !== null) onNotice(`${name}: speaks again, after ${minutes(pause)}`);
  }

  function quitted(name: string): void {
    if ([...sources.values()].some((source) => source.name === name)) return;
    silence.forget(name);
    silent.delete(name);
  }

  function problem({ source, reason, lostBytes, over }: Extract<FollowedPiece, { kind: 'problem' }>): void {
    onNotice(`${source}: ${reason}`);
    if (over === true) {
      unread.delete(source);
      return;
    }
    if (lostBytes === 0) {
      if (unread.size < NAMES) unread.set(source, reason);
      return;
    }
    if (lostBytes === null) counts.unknownLosses++;
    else counts.lostBytes += lostBytes;
    if (counts.losses.length < NAMED) counts.losses.push({ source, reason });
    else counts.moreLosses++;
  }

  async function tellSilence(source: string, silentMs: number, usualMs: number): Promise<void> {
    const full = (await isFull(directoryOf(source))) ? '; its file system is full' : '';
    onNotice(
      `${source}: silent for ${minutes(silentMs)}, never before for more than ${minutes(usualMs)}: ` +
        `is its writer stuck?${full}`,
    );
  }

  /** What is not read because nobody takes what is told of it has not fallen silent. */
  function ready(): Promise<void> | undefined {
    const busy = hooks.ready?.();
    if (busy === undefined) return undefined;
    silence.pause(now());
    return busy.finally(() => silence.resume(now()));
  }

  function silentSeconds(name: string): number | null {
    const sinceMs = silent.get(name);
    return sinceMs === undefined ? null : Math.round((now() - sinceMs) / 1000);
  }

  return {
    pieces: merge(...(inputs.followed ?? []).map((follow) => follow({ ...hooks, ready }))).pipe(
      map(take),
      filter((piece) => piece !== null),
    ),
    save(positionOf) {
      const saved: SavedSource[] = [...waiting.values()];
      if (known !== null) saved.push(known.save());
      for (const source of sources.values()) saved.push(source.save(positionOf(source.key) ?? source.start));
      return saved;
    },
    tick() {
      const at = now();
      for (const { source, silentMs, usualMs } of silence.look(at)) {
        silent.set(source, at - silentMs);
        void tellSilence(source, silentMs, usualMs);
      }
    },
    modified: (name) => modified.get(name) ?? null,
    isOld: (name) => oldNames.has(name),
    get names() {
      // It comes before anything is asked of the files: without it none are followed.
      return known === null ? [] : known.names();
    },
    get unread() {
      return [...unread].map(([source, reason]) => ({ source, reason }));
    },
    get silent() {
      return [...silent.keys()].map((source) => ({ source, seconds: silentSeconds(source) ?? 0 }));
    },
    standing: () =>
      Promise.all(
        [...sources.values()].map(async (source) => {
          const { key, name, start } = source;
          const saved = source.save(start);
          return {
            name,
            kind: saved.kind === 'journal' ? 'journal' : 'file',
            ...(saved.kind === 'file'
              ? await placeOf(saved, source.path?.() ?? null, readTo.get(key) ?? start.offset)
              : { unreadBytes: null, movedTo: null }),
            silentSeconds: silentSeconds(name),
          } as const;
        }),
      ),
  };
}

/** `path`: where it was seen last. */
async function placeOf(
  saved: SavedFile,
  path: string | null,
  readTo: number,
): Promise<Pick<SourceStanding, 'unreadBytes' | 'movedTo'>> {
  const size = await sizeOf(saved, saved.name);
  if (size !== null) return { unreadBytes: Math.max(0, size - readTo), movedTo: null };
  const isThere = path !== null && (await sizeOf(saved, path)) !== null;
  return { unreadBytes: null, movedTo: isThere ? path : null };
}

/** Null where the path shows another file, or none. */
async function sizeOf({ dev, ino }: SavedFile, path: string): Promise<number | null> {
  const file = await stat(path, { bigint: true }).catch(() => null);
  if (file === null || String(file.dev) !== dev || String(file.ino) !== ino) return null;
  return Number(file.size);
}

async function takesNothing(directory: string): Promise<boolean> {
  const disk = await statfs(directory).catch(() => null);
  return disk?.bavail === 0;
}

/** A journal has a name of its own, and lies there unless it is kept in memory. */
function directoryOf(source: string): string {
  return source === 'journal' ? '/var/log/journal' : dirname(source);
}

function minutes(ms: number): string {
  return ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
