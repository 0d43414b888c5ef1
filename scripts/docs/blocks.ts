/**
 * Finds the generated blocks of a page and puts new text into them. A block stands between two comments,
 * `<!-- output: COMMAND -->` and `<!-- /output -->`; what is between them belongs to the generator.
 */

/** A block's kind and what follows its colon. */
export interface Block {
  readonly kind: string;
  readonly argument: string;
  /** What stands in it now, without the newlines next to the comments. */
  readonly before: string;
}

const OPENING = /^<!-- (output|file|defects|benchmark|runs)(?:: (.+?))? -->$/;
const CLOSING = /^<!-- \/(\w+) -->$/;

/** `render` gives the text of a block, or null to leave it as it is. Throws where a block is not closed. */
export async function fillBlocks(
  page: string,
  text: string,
  render: (block: Block) => Promise<string | null>,
): Promise<string> {
  const lines = text.split('\n');
  const filled: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    filled.push(line);
    const [, kind = '', argument = ''] = OPENING.exec(line) ?? [];
    if (kind === '') continue;
    const end = lines.findIndex((other, index) => index > at && CLOSING.exec(other)?.[1] === kind);
    if (end === -1) throw new Error(`${page}:${at + 1}: "${line}" has no "<!-- /${kind} -->"`);
    const before = lines.slice(at + 1, end).join('\n');
    filled.push((await render({ kind, argument, before })) ?? before, lines[end] as string);
    at = end;
  }
  return filled.join('\n');
}

/** Fenced, with a fence longer than any in the text. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/^`{3,}/gm)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}
