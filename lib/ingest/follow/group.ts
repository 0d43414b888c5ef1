/**
 * A log with its rotated copies, and the paths that show them. Which of them is which is known only when all of
 * them are looked at together.
 */
import type { FileStatus } from './follow-fs.js';
import type { Tail } from './tail.js';
import type { Head } from './text-mark.js';

export interface Group {
  /** Real path of the live log. */
  readonly live: string;
  /** Path that showed it last: the name in reports. */
  name: string;
  readonly paths: Set<Followed>;
  /** Oldest first; a later one waits until the earlier ones have been read as far as they go. */
  readonly tails: Tail[];
  /** Texts of which nothing is to be read: what holds one of them holds nothing new. */
  readonly over: Tail[];
  /** What the live path shows; it may be a text of another group where one file has two names. */
  shows: Tail | null;
  /** Nothing is known of it from before: what is found at the first look falls under `from`. */
  first: boolean;
  /** Has to be looked at as a whole. */
  due: boolean;
  /** What the members were found to begin with, by path: read again only where they changed. */
  contents: Map<string, Content>;
  /** By identity: copies that are too short to say what they are, and since when; somebody may be writing to them. */
  blanks: ReadonlyMap<string, number>;
  /** Its directory could be listed at the last look. */
  isListed: boolean;
  /** Why what the live path shows is not followed. */
  refused: string | null;
  /** Members that it was said of that they cannot be read, and why. */
  readonly unreadable: Map<string, string>;
}

/** What a file begins with. */
export interface Content {
  readonly status: FileStatus;
  /** Null: no text yet, or no sound gzip. */
  readonly head: Head | null;
  readonly packed: boolean;
  /** Why it is not followed; null for a text. */
  readonly refused: string | null;
  /** Where the text in it ends; null before that was asked for. */
  end: TextEnd | null;
}

export interface TextEnd {
  /** Bytes of the text: of a compressed one as far as it can be decompressed. */
  readonly length: number;
  /** Up to 64 bytes before that. */
  readonly last: Uint8Array;
}

/** A path that is followed. */
export interface Followed {
  readonly path: string;
  /** Named as it stands, not found by a glob. */
  readonly literal: boolean;
  /** It had been looked at in the run before, or its glob had: what it shows was written since, or is known. */
  readonly covered: boolean;
  group: Group;
  /** Real path at the last look. */
  real: string;
  /** Size at the start of the run where it was there then; `from` holds up to it. */
  atStart: number | null;
  /** At the last look; null where there was nothing. */
  seen: FileStatus | null;
  /** Since when there has been nothing, ms since the epoch. */
  absentSince: number | null;
  /** What was said about it last, so that it is said once. */
  trouble: string | null;
}

export function newGroup(live: string, name: string): Group {
  return {
    live,
    name,
    paths: new Set(),
    tails: [],
    over: [],
    shows: null,
    first: false,
    due: false,
    contents: new Map(),
    blanks: new Map(),
    isListed: true,
    refused: null,
    unreadable: new Map(),
  };
}
