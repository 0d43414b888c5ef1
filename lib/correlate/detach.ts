/**
 * Copies a piece of a line so that it no longer keeps the line alive. V8 represents what a regular expression
 * or `slice` cuts out as a reference into the whole text: fifty thousand ids kept that way would hold fifty
 * thousand lines of up to 64 KiB. Whatever outlives its line goes through here.
 */

const scratch = Buffer.allocUnsafeSlow(4096);
/** Bytes that one UTF-16 unit can take in UTF-8. */
const MOST_BYTES = 3;

export function detach(text: string): string {
  if (text.length * MOST_BYTES > scratch.length) return Buffer.from(text, 'utf8').toString('utf8');
  return scratch.toString('utf8', 0, scratch.write(text, 0, 'utf8'));
}
