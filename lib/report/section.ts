/**
 * The labelled parts of a block: `WHY    text`, wrapped with a hanging indent under the text.
 * All labels have one width so that the eye can run down the left edge.
 */
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { wrapWords } from './wrap.js';

export const labelWidth = 7;
const hang = ' '.repeat(labelWidth);

/** Paragraphs under one label; nothing for no paragraph. Texts must be printable already. */
export function section(label: string, paragraphs: readonly string[], width: number, paint: Paint): string[] {
  return paragraphs.flatMap((text, index) =>
    labelled(index === 0 ? label : '', wrapWords(text, width, hang, hang), paint),
  );
}

/** Puts the label into the indent of the first line. */
export function labelled(label: string, lines: readonly string[], paint: Paint): string[] {
  const [first = '', ...rest] = lines;
  if (label === '') return [...lines];
  return [
    paint.strong(label) + ' '.repeat(Math.max(1, labelWidth - label.length)) + first.slice(labelWidth),
    ...rest,
  ];
}

/** Made printable, cut to `max` columns, and ended with a stop, so that it can stand beside others. */
export function sentence(text: string, max: number): string {
  const shown = printable(text.trim(), max);
  return shown === '' || /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}
