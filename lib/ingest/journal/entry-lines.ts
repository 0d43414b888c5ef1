/**
 * Splits what journalctl prints into lines, one entry each, with a limit: a longer line is left out and its bytes
 * are counted. Text comes and goes with one character a byte (latin1): nothing is decoded or encoded on the way.
 */
import split2 from 'split2';

/** A field may have 768 MiB; what records are made of has a few KiB. */
export const MAX_LINE_BYTES = 8 * 2 ** 20;

export interface EntryLines {
  /** Calls `onLine` for each line that it ends, in their order with `onDropped`. */
  write(text: string): void;
}

/** `onDropped`: a line was left out, with its newline so many bytes. */
export function entryLines(
  onLine: (line: string) => void,
  onDropped: (bytes: number) => void,
  maxBytes = MAX_LINE_BYTES,
): EntryLines {
  const limits = { maxLength: maxBytes, skipOverflow: true, decodeStrings: false };
  // It calls its mapper at once, and never has to wait: nothing is ever put into its readable side.
  const splitter = split2('\n', (line: string) => void onLine(line), limits);
  /** Bytes of the line that has not ended. */
  let open = 0;
  return {
    write(text) {
      const newline = text.indexOf('\n');
      // By split2's own rule; it leaves the line out without a word.
      if (open > maxBytes && newline !== -1) onDropped(open + newline + 1);
      open = newline === -1 ? open + text.length : text.length - text.lastIndexOf('\n') - 1;
      splitter.write(text);
    },
  };
}
