/**
 * A log with its rotated copies, and the paths that show them. Which of them is which is known only when all of
 * them are looked at together.
 */
import type { FileStatus } from './follow-fs.js';
import type { PackedText } from './packed-texts.js';
import type { Tail } from './tail.js';
import type { Head, TextEnd } from './text-mark.js';
import type { Standstill } from './types.js';

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
  /** How many compressed files had been decompressed when a look was put off until more are; null where none was. */
  putOff: number | null;
  /** Since when copies that matter have been growing while they were looked at; null where none has. */
  growsSince: number | null;
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
  /** What is known of the text in a compressed file; null for a plain one. */
  readonly packed: PackedText | null;
  /** Why it is not followed; null for a text. */
  readonly refused: string | null;
  /** Where the text in a plain file ends; null before that was asked for. */
  end: TextEnd | null;
}

/** What keeps a path from being read. */
export interface Trouble {
  readonly state: Standstill;
  readonly reason: string;
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
  /** What it showed at the start of the run, if anything; `from` holds up to its size then. */
  atStart: FileStatus | null;
  /** At the last look; null where there was nothing. */
  seen: FileStatus | null;
  /** Since when there has been nothing, ms since the epoch. */
  absentSince: number | null;
  /** What was said about it last, so that it is said once. */
  trouble: Trouble | null;
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
    putOff: null,
    growsSince: null,
    contents: new Map(),
    blanks: new Map(),
    isListed: true,
    refused: null,
    unreadable: new Map(),
  };
}
