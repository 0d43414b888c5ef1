/**
 * Makes a text of a message that journalctl wrote as a list of bytes, as it does where there are control characters
 * in it. A list of numbers holds none of the words that are searched for.
 */

/** journalctl up to 239 puts blanks in between. */
const BYTES = /"MESSAGE" ?: ?\[ ?(\d[\d, ]*)\]/;

/** `line`: one character a byte. */
export function plainMessage(line: string): string {
  const found = BYTES.exec(line);
  if (found === null) return line;
  const [list, numbers] = found as unknown as [string, string];
  const text = Buffer.from(numbers.split(',').map(Number)).toString('utf8');
  const json = Buffer.from(JSON.stringify(text), 'utf8').toString('latin1');
  return `${line.slice(0, found.index)}"MESSAGE":${json}${line.slice(found.index + list.length)}`;
}
