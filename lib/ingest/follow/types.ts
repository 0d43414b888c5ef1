/**
 * What following gives: pieces of sources that grow, and what is needed to go on with each of them in a later
 * run. A file is known by what it is (device, inode, its first bytes), not by its name: names move.
 */

/** What a text begins with: its first bytes, behind the zeros of a hole if its file begins with some. */
export interface Fingerprint {
  /** Bytes of the hole. Absent: none. */
  readonly at?: number;
  /** 1 to 1,024. */
  readonly bytes: number;
  /** SHA-256 of these bytes, hex. */
  readonly sha256: string;
  /** First 16 hex digits of the SHA-256 of the first 64, 128, 256 and 512 bytes, as far as it has more. */
  readonly parts?: readonly string[];
  /** The first 32 of them, base64: what a shorter copy is recognised by. */
  readonly start: string;
}

/** Where the taking in of a source stands: at the start of a line, everything before it has been booked. */
export interface LinePosition {
  /** Bytes from the start of the (decompressed) source. */
  readonly offset: number;
  /** Whole lines before it. */
  readonly line: number;
  /** Up to 64 bytes that stand right before `offset`, base64: they tell whether it is still the same text. */
  readonly before: string;
}

/** Plain data (JSON-safe): what a later run needs to go on with a source. */
export type SavedSource = SavedFile | SavedFiles | SavedJournal;

export interface SavedFile {
  readonly kind: 'file';
  readonly key: string;
  /** Path that is followed; the file itself may have been renamed since. */
  readonly name: string;
  /** Decimal: they may exceed what a number holds. */
  readonly dev: string;
  readonly ino: string;
  /** Time of its creation, ms since the epoch; absent where the file system keeps none. */
  readonly born?: number;
  readonly head: Fingerprint;
  readonly position: LinePosition;
  /** Last change of the file as it was seen, ms since the epoch. */
  readonly modified?: number;
  /** Renamed and read to its end, while what came after it was being written already: nothing more will come. */
  readonly finished?: true;
  /** Real path of the log where `name` led to it through a symbolic link. */
  readonly target?: string;
}

/**
 * What is known beside the sources: which names were looked at, and which texts lie there that are not to be read
 * again, or were not begun yet. What a later run finds and does not know was written since.
 */
export interface SavedFiles {
  readonly kind: 'files';
  readonly key: 'files';
  readonly name: 'files';
  /** Always the start: nothing is read of it. */
  readonly position: LinePosition;
  /** Names and globs whose files had all been looked at; empty before the first look was over. */
  readonly asked: readonly string[];
  readonly texts: readonly KnownText[];
}

export interface KnownText extends Omit<SavedFile, 'kind'> {
  /** Read to its end, or not asked for. Else it is to be begun. */
  readonly over: boolean;
  /** Key of the text that it is a copy of, made while that was being written. */
  readonly copyOf?: string;
}

export interface SavedJournal {
  readonly kind: 'journal';
  readonly key: string;
  readonly name: string;
  /** Cursor of the last entry that was taken in; null where none was. */
  readonly cursor: string | null;
  readonly position: LinePosition;
}

/** One file from its first byte to its last, under whatever names; or one journal. */
export interface FollowedSource {
  /** Path that was followed when it was found, or `journal`: the name that reports show. */
  readonly name: string;
  readonly kind: 'stream';
  /** Time of the last change when it was found, ms since the epoch: it dates years. Null for a journal. */
  readonly modified: number | null;
  /** Never the same for two sources of a run, and of the runs that go on from it. */
  readonly key: string;
  /** Where reading began: `offset` of the first piece, with the number of lines before it. */
  readonly start: LinePosition;
  /** What a later run needs to go on at this position, which is not behind what was given out. */
  save(position: LinePosition): SavedSource;
  /** Where its file was seen last, as its name may show another one by now; null where that is not known. Absent for a journal. */
  path?(): string | null;
}

export interface KnownFiles {
  readonly key: 'files';
  /** What a later run has to know beside the sources that it was given out up to now. */
  save(): SavedFiles;
  /** How everything that is followed stands now; null before all has been looked at once. Asks no file system. */
  names(): readonly FollowedName[] | null;
}

/** Why a followed name is not read: `deleted` once it was there, else `waiting`; `refused` is what holds no text. */
export type Standstill = 'waiting' | 'deleted' | 'forbidden' | 'refused' | 'failing';

export interface FollowedName {
  /** As it was named, or found by a glob: one for each log that is read. Of a glob that is in trouble itself, the glob. */
  readonly name: string;
  readonly state: 'reading' | Standstill;
  /** A phrase without the name; null where it is being read. */
  readonly reason: string | null;
  /** Bytes that were read behind the last newline: they wait for the rest of their line. */
  readonly unfinishedBytes: number;
}

export type FollowedPiece =
  | {
      readonly kind: 'bytes';
      readonly source: FollowedSource;
      /** Valid only until the next piece is asked for: its memory is used again. */
      readonly chunk: Uint8Array;
      /** More was there to be read when this was: the source is behind. */
      readonly more: boolean;
    }
  /** Read to its end for good; a last line without a newline counts. */
  | { readonly kind: 'end'; readonly source: FollowedSource; readonly because: EndCause }
  /** Comes first: what has to be saved beside the sources. */
  | { readonly kind: 'known'; readonly source: KnownFiles }
  | {
      readonly kind: 'problem';
      /** Name of the file, glob or journal. */
      readonly source: string;
      /** A phrase without the name: `permission denied; it is tried again`. */
      readonly reason: string;
      /** Bytes that are known not to have been read and never will be; null where some are and nobody knows how many. */
      readonly lostBytes: number | null;
      /** What was told of it before is over: it is read again. */
      readonly over?: true;
    };

export type EndCause = 'rotated' | 'removed' | 'truncated' | 'stopped';

export interface FollowOptions {
  /** Stops everything; what is open is closed. */
  readonly signal?: AbortSignal;
  /** Where to begin with what `saved` does not know. Default `end`. */
  readonly from?: 'end' | 'start' | { readonly sinceMs: number };
  /** Sources of an earlier run. */
  readonly saved?: readonly SavedSource[];
  /** How far the events or lines of a source have got, ms; null where nothing is known. The one furthest behind is read next. */
  readonly frontier?: (source: FollowedSource) => number | null;
  /** Waited for between two pieces: back-pressure. */
  readonly ready?: () => Promise<void> | undefined;
}
