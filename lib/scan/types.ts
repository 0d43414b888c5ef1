/**
 * What the scan stage takes and gives: raw bytes in, candidate lines out.
 *
 * A candidate is a line that contains at least one of the literals the patterns need. Everything else is
 * counted and forgotten while it is still bytes.
 */

/** Limits of one line. DESIGN: 64 KiB of a line are kept, dumps and CRI start-up lines to 1 MiB. */
export interface ScanLimits {
  /** Bytes kept of a candidate line; a literal that starts beyond makes no candidate. Default 65,536. */
  readonly lineBytes: number;
  /** Bytes kept of a line that holds one of `longLiterals` within its first `lineBytes`. Default 1,048,576. */
  readonly longLineBytes: number;
  /** Continuation lines kept behind a candidate. Default 64. */
  readonly tailLines: number;
  /** Bytes of continuation lines, or of one journal-export block, kept for a candidate. Default 65,536. */
  readonly tailBytes: number;
}

/** One line that holds a literal, decoded. */
export interface CandidateLine {
  /** Name of the input as people write it: a path, or `stdin`. */
  readonly source: string;
  /** Tells apart the texts that a followed name stood for, one after the other: lines are counted anew in each. */
  readonly part?: string;
  /** Byte offset of the first byte of the line in the (decompressed) source. */
  readonly offset: number;
  /** 1-based number of the line in the source. */
  readonly line: number;
  /** The line without its newline, decoded as UTF-8, cut to the limits. */
  readonly text: string;
  /** Bytes of the line that were cut off, 0 for a whole line. */
  readonly cutBytes: number;
  /**
   * Lines that belong to this one: continuation lines behind it, or for a journal-export `MESSAGE` the whole
   * block (all lines between two blank lines, this one included). Empty for nearly every line.
   */
  readonly tail: readonly string[];
  /**
   * True for a line that holds no literal of a pattern, and was let through because one of `blockLiterals` stands
   * in it or in a line above. Has no tail but a journal-export block.
   */
  readonly block?: true;
}

/** A line that is longer than its limit, told when its end is known. */
export interface LongLine {
  readonly source: string;
  /** 1-based number of the line in the source. */
  readonly line: number;
  /** Its first bytes, at most 512, decoded as UTF-8. */
  readonly head: string;
  /** All of its bytes, without the newline. */
  readonly bytes: number;
  /** False where the source ended before its newline. */
  readonly ended: boolean;
}

/** A line behind a long one: what became of a text that was cut. */
export interface LineBehind {
  readonly source: string;
  /** 1-based number of the line in the source. */
  readonly line: number;
  /** Its first bytes, at most 128, decoded as UTF-8. */
  readonly head: string;
}

/** A literal that lets the lines behind its own through, whatever they hold: the header of a stack. */
export interface BlockLiteral {
  /** A newline as its first character stands for the start of a line. */
  readonly literal: string;
  /** Lines of the source, or journal-export entries, that are let through behind it. */
  readonly lines: number;
  /** Whether its line is kept to `longLineBytes`. Default false. */
  readonly long?: boolean;
}

/** What was read so far, in bytes and lines. */
export interface ScanCounts {
  bytes: number;
  lines: number;
  /** Lines that hold a literal of a pattern; those of blocks are not counted. */
  candidates: number;
  /** Lines longer than their limit, candidates or not, and the bytes beyond it. */
  truncatedLines: number;
  truncatedBytes: number;
}

/** Where the scan of a source stands: at the start of the first line that has not been dealt with. Plain data. */
export interface ScanPosition {
  /** Bytes from the start of the (decompressed) source. */
  readonly offset: number;
  /** Whole lines before it. */
  readonly line: number;
  /** Up to 64 bytes that stand right before `offset`, base64. */
  readonly before: string;
  /** Absent where nothing is known of the lines before. */
  readonly scan?: ScanState;
}

/** What a scan that goes on has to know of the lines before. */
export interface ScanState {
  /** Lines of the head that were shown. */
  readonly shown: number;
  /** Whole lines from the position on that were shown or told already: not once more. */
  readonly told: number;
  /** Lines behind the last long one that are still told. */
  readonly behind: number;
  /** Lines that a literal of a block still lets through. */
  readonly block: number;
  /** Offset up to which fields are known not to be of a journal entry. */
  readonly plainUntil: number;
  /** The fields right before the position, which may be of one entry with those behind it; null for none. */
  readonly fields: {
    /** Base64, cut as lines are. */
    readonly bytes: string;
    /** First byte of the fields in `bytes`. */
    readonly from: number;
    /** Index of a newline, and bytes that were dropped in front of it. */
    readonly cuts: readonly (readonly [index: number, bytes: number])[];
  } | null;
}

/** Literals that a scan looks for. */
export type ScanLiterals = Pick<ScannerOptions, 'literals' | 'longLiterals' | 'blockLiterals'>;

/** One source being scanned. Feed it chunks of any size; the candidates do not depend on where they are cut. */
export interface Scanner {
  /** The chunk is only read during the call; it may be re-used afterwards. It is searched where it stands. */
  push(chunk: Uint8Array): void;
  /**
   * A live source has gone quiet: a candidate that only waits for lines that might continue it is given out.
   * A line without its newline still waits. What speeds up a large log is given back.
   */
  flush(): void;
  /** Gives back the memory that is not needed before the next push. */
  release(): void;
  /** The source has ended: a last line without a newline counts. */
  end(): void;
  /** Since the start of the scan. */
  readonly counts: Readonly<ScanCounts>;
  /** The same, but only of what is before the position. */
  counted(): ScanCounts;
  /** Where another scanner can go on, between two calls. */
  position(): ScanPosition;
  /** Looks for other literals in all that has not been dealt with. */
  use(literals: ScanLiterals): void;
  /**
   * The last whole line that is not blank with its number, cut to 4,096 bytes; null where it is not known any more.
   * To be asked right after `push` or `end`.
   */
  lastLine(): { readonly text: string; readonly line: number } | null;
}

export interface ScannerOptions {
  readonly source: string;
  /** What candidates carry as `part`. Default: nothing. */
  readonly part?: string;
  /** Where the bytes to come stand in the source: at the start of a line. Default: the source's start. */
  readonly start?: ScanPosition;
  /**
   * It may be one of thousands of sources, each with little to say: what speeds up a large log is made only for one
   * that has given 8 MiB without a `flush`. Default false: with the first chunk that is large enough.
   */
  readonly live?: boolean;
  /**
   * Searches in JavaScript even where SIMD is there: both find the same, and tests hold them against each other.
   * Default false.
   */
  readonly plain?: boolean;
  /** Literals that make a line a candidate. Bytes are compared as UTF-8, case counts. */
  readonly literals: readonly string[];
  /** Literals whose lines are kept to `longLineBytes`: dumps, CRI start-up lines. */
  readonly longLiterals?: readonly string[];
  /**
   * Where one of them stands, its line and the lines behind it are candidates, too, marked `block`. Lines with a
   * pattern's literal stay what they are without this. Default none.
   */
  readonly blockLiterals?: readonly BlockLiteral[];
  readonly limits?: Partial<ScanLimits>;
  readonly onCandidate: (candidate: CandidateLine) => void;
  /**
   * Told each line that is longer than its limit, candidate or not: how long a line of any length is can be said
   * without keeping it.
   */
  readonly onLongLine?: (line: LongLine) => void;
  /** Told the lines behind a long one that are not long themselves, after all long lines of the same chunk. */
  readonly onLineBehind?: (line: LineBehind) => void;
  /**
   * Called with lines from the head of the source, candidate or not, so that hosts, years and zones can be
   * learned from a log whose few interesting lines do not state them. Cut to 1 KiB each.
   */
  readonly onHead?: (line: string, lineNumber: number) => void;
  /** How many head lines are shown to `onHead`. Default 64. */
  readonly headLines?: number;
}
