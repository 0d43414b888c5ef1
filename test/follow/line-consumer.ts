/**
 * Takes the pieces of a follower as the pipeline does: splits them into lines, keeps for every source the position
 * of its last whole line, and can be saved and resumed. It complains where pieces do not fit together.
 */
import type {
  FollowedPiece,
  FollowedSource,
  KnownFiles,
  SavedSource,
} from '../../lib/ingest/follow/types.js';

interface Open {
  readonly source: FollowedSource;
  offset: number;
  line: number;
  before: Buffer;
  partial: Buffer;
}

export interface Loss {
  readonly source: string;
  readonly reason: string;
  readonly lostBytes: number | null;
  /** When it was told, by the clock of the consumer. */
  readonly at: number;
}

/** What a checkpoint holds. */
export interface Kept {
  readonly saved: readonly SavedSource[];
  readonly lines: readonly (readonly [string, number])[];
  readonly problems: readonly Loss[];
}

export interface LineConsumer {
  /** How often each line was seen. */
  readonly lines: Map<string, number>;
  readonly problems: Loss[];
  /** What was told to be over. */
  readonly over: string[];
  /** The last that came. */
  known(): KnownFiles | null;
  readonly sources: ReadonlyMap<string, Open>;
  take(piece: FollowedPiece): void;
  /** Plain data. */
  save(): Kept;
}

export function createLineConsumer(kept: Kept | null = null, now = (): number => 0): LineConsumer {
  const lines = new Map<string, number>(kept?.lines);
  const problems: Loss[] = [...(kept?.problems ?? [])];
  const resumed = new Map(kept?.saved.map((saved) => [saved.key, saved]));
  const sources = new Map<string, Open>();
  const ended = new Set<string>();
  const over: string[] = [];
  let known: KnownFiles | null = null;

  const count = (line: Buffer): void => {
    const text = line.toString('latin1');
    lines.set(text, (lines.get(text) ?? 0) + 1);
  };

  const openOf = (source: FollowedSource): Open => {
    let open = sources.get(source.key);
    if (open !== undefined) return open;
    if (ended.has(source.key)) throw new Error(`${source.key} goes on after its end`);
    const { start } = source;
    const before = resumed.get(source.key)?.position;
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(start))
      throw new Error(`${source.key} resumes at ${JSON.stringify(start)}, not ${JSON.stringify(before)}`);
    resumed.delete(source.key);
    open = {
      source,
      offset: start.offset,
      line: start.line,
      before: Buffer.from(start.before, 'base64'),
      partial: Buffer.alloc(0),
    };
    sources.set(source.key, open);
    return open;
  };

  return {
    lines,
    problems,
    over,
    known: () => known,
    sources,
    take(piece) {
      if (piece.kind === 'problem') {
        if (piece.over === true) {
          over.push(piece.source);
          return;
        }
        problems.push({ source: piece.source, reason: piece.reason, lostBytes: piece.lostBytes, at: now() });
        return;
      }
      if (piece.kind === 'known') {
        known = piece.source;
        resumed.delete(known.key);
        return;
      }
      const open = openOf(piece.source);
      if (piece.kind === 'end') {
        if (open.partial.length > 0) count(open.partial);
        sources.delete(piece.source.key);
        ended.add(piece.source.key);
        return;
      }
      let rest = Buffer.concat([open.partial, piece.chunk]);
      for (;;) {
        const newline = rest.indexOf(10);
        if (newline < 0) break;
        count(rest.subarray(0, newline));
        const whole = rest.subarray(0, newline + 1);
        open.before = Buffer.concat([open.before, whole]).subarray(-64);
        open.offset += whole.length;
        open.line += 1;
        rest = rest.subarray(newline + 1);
      }
      open.partial = Buffer.from(rest);
    },
    save() {
      const saved: SavedSource[] = [...sources.values()].map(({ source, offset, line, before }) =>
        source.save({ offset, line, before: before.toString('base64') }),
      );
      // What was not given out yet of an earlier run is still to be gone on with.
      if (known !== null) saved.push(known.save());
      return structuredClone({ saved: [...resumed.values(), ...saved], lines: [...lines], problems });
    },
  };
}
