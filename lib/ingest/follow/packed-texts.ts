/**
 * What is known of the texts in compressed files, by the file and not by its name: a rotation renames all of them. To
 * know more than its beginning, a file has to be decompressed, which takes seconds for a large one: that is done once
 * for all places that are known to be needed, and only so much of it at a look that other logs are read in between.
 */
import { type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import {
  createGzipText,
  type GzipText,
  gzipChunks,
  gzipOpening,
  type Marks,
  unlessDamaged,
} from './gzip-text.js';
import type { Head, TextEnd } from './text-mark.js';
import { isSameFile, isSameState, openSame, Postponed } from './view.js';

/** Compressed files of which it is remembered what they hold, the ones that were asked for last: 2 to 6 KB each. */
const PACKED_TEXTS = 1024;
/** Places that are marked together because one of them was asked for. */
const WANTED_MARKS = 64;
/** Places of a text that are remembered. */
const MARKS = 256;

export interface PackedText {
  /** Of the file, when it was opened first. */
  readonly status: FileStatus;
  /** Null: no text yet, or no sound gzip. */
  readonly head: Head | null;
  readonly marks: Marks;
  /** Of the text, as far as it can be decompressed; null before it was. */
  end: TextEnd | null;
  /** How many had been decompressed then, this one among them. */
  ordinal: number;
}

export interface PackedTexts {
  /** Others were read: so much may be decompressed again. */
  allow(): void;
  /** A look begins. `since`: what `ordinal` gave when it was put off first; null where it was not. */
  begin(since: number | null): void;
  /** What is known of a file in this state, whatever its name. */
  find(status: FileStatus): PackedText | undefined;
  read(status: FileStatus, file: OpenFile): Promise<PackedText>;
  /**
   * Decompresses all of it, and marks these offsets: the first, and of the others as many as fit. Throws a Postponed
   * where it was enough for now.
   */
  unpack(path: string, text: PackedText, wanted: readonly number[]): Promise<void>;
  /** The file has changed since it was decompressed, and what it holds now matters. */
  forget(text: PackedText): void;
  /** How many were decompressed. */
  ordinal(): number;
  /** Lets go of a file that nobody has asked for since this was called last. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

interface Unpacking {
  readonly text: PackedText;
  readonly file: OpenFile;
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly gathered: GzipText;
  isAsked: boolean;
}

export function createPackedTexts(options: {
  readonly open: (path: string) => Promise<OpenFile>;
  readonly signal: AbortSignal;
  /** Bytes of texts that are decompressed until others are read again. */
  readonly bytesAtOnce: number;
}): PackedTexts {
  const { signal } = options;
  const texts = new Map<string, PackedText>();
  let ordinal = 0;
  let since = Number.POSITIVE_INFINITY;
  let left = 0;
  /** One at a time, whoever asks: each is finished before the next is begun. */
  let current: Unpacking | null = null;

  const remember = (text: PackedText): void => {
    const id = idOf(text.status);
    texts.delete(id);
    texts.set(id, text);
    const [oldest] = texts.keys();
    if (texts.size > PACKED_TEXTS && oldest !== undefined) texts.delete(oldest);
  };

  const drop = async (): Promise<void> => {
    const unpacking = current;
    current = null;
    await unpacking?.chunks.return(undefined).catch(() => undefined);
    await unpacking?.file.close().catch(() => undefined);
  };

  const advance = async ({ chunks, gathered, text }: Unpacking): Promise<void> => {
    try {
      for (;;) {
        if (left <= 0) throw new Postponed();
        const next = await chunks.next();
        // It ends early then.
        if (signal.aborted) throw new Postponed();
        if (next.done) break;
        gathered.add(next.value);
        left -= next.value.length;
      }
    } catch (error) {
      if (error instanceof Postponed) throw error;
      unlessDamaged(error);
    }
    if (text.marks.size + gathered.marks.size > MARKS) text.marks.clear();
    for (const [offset, before] of gathered.marks) text.marks.set(offset, before);
    text.end = gathered.end();
    text.ordinal = ++ordinal;
  };

  const finish = async (unpacking: Unpacking): Promise<void> => {
    try {
      await advance(unpacking);
    } catch (error) {
      if (!(error instanceof Postponed)) await drop();
      throw error;
    }
    remember(unpacking.text);
    await drop();
  };

  const start = async (path: string, text: PackedText, wanted: readonly number[]): Promise<Unpacking> => {
    const file = await openSame(options.open, path, text.status);
    const gathered = createGzipText(wanted.slice(0, WANTED_MARKS));
    return { text, file, chunks: gzipChunks(path, file, signal), gathered, isAsked: true };
  };

  return {
    allow() {
      left = options.bytesAtOnce;
    },
    begin(putOff) {
      since = putOff ?? Number.POSITIVE_INFINITY;
      // So many at once would be forgotten before all of them are known.
      if (ordinal - since >= PACKED_TEXTS) left = Number.POSITIVE_INFINITY;
    },
    find(status) {
      const text = texts.get(idOf(status));
      if (text === undefined || !isSameFile(text.status, status)) return undefined;
      // One that grows all the time while it is decompressed would never be known. What it did not hold then it may
      // hold by now: whoever asks has to see to that.
      const isRecent = text === current?.text || text.ordinal > since;
      if (!isRecent && !isSameState(text.status, status)) return undefined;
      remember(text);
      return text;
    },
    async read(status, file) {
      const text = { status, ...(await gzipOpening(file, signal)), end: null, ordinal: 0 };
      remember(text);
      return text;
    },
    async unpack(path, text, wanted) {
      if (current !== null && current.text !== text)
        await finish(current).catch((error: unknown) => {
          if (error instanceof Postponed) throw error;
        });
      current ??= await start(path, text, wanted);
      current.isAsked = true;
      await finish(current);
      // It had been begun for other places.
      if (!lacks(text, wanted[0])) return;
      current = await start(path, text, wanted);
      await finish(current);
    },
    forget: ({ status }) => void texts.delete(idOf(status)),
    ordinal: () => ordinal,
    async rest() {
      if (current?.isAsked === false) await drop();
      else if (current !== null) current.isAsked = false;
    },
    close: drop,
  };
}

/** Whether a place lies in the text, not at its end, and what stands before it is not known. */
function lacks({ end, marks }: PackedText, offset = 0): boolean {
  return offset > 0 && end !== null && offset < end.length && !marks.has(offset);
}
