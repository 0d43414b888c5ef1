/** Finds the word that somebody meant: for options, commands and names that are one slip away. */

/** `; did you mean X?` for the nearest of `known` that is near enough, else an empty string. */
export function didYouMean(word: string, known: readonly string[], prefix = ''): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean ${prefix}${near}?`;
}

/** At most one slip in three letters, and never more than three; a beginning of one word only counts, too. */
export function nearest(word: string, known: readonly string[]): string | null {
  const typed = word.toLowerCase();
  const begun = known.filter((each) => typed.length >= 2 && each.toLowerCase().startsWith(typed));
  if (begun.length === 1) return begun[0] ?? null;
  let best: string | null = null;
  let least = Math.min(3, Math.floor(typed.length / 3)) + 1;
  for (const each of known) {
    const slips = distance(typed, each.toLowerCase());
    if (slips < least) [best, least] = [each, slips];
  }
  return best;
}

/** Letters inserted, left out, replaced or swapped with their neighbour (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
