/**
 * Tells metrics from text that has some in it. A scrape has thousands of lines with the names of calls and methods:
 * read as a log they would be taken for damaged messages.
 */

/** What curl, `date` and people put around them. */
const OTHERS = 0.1;
const LINE = /^(?:#|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{| [+-]?(?:[\d.]|Inf|NaN)))/;

/** `lines`: of the head, the last one may be cut. */
export function isMetrics(lines: readonly string[]): boolean {
  let samples = 0;
  let all = 0;
  for (const line of lines) {
    if (line === '') continue;
    all += 1;
    if (LINE.test(line)) samples += line.startsWith('#') ? 0.5 : 1;
  }
  // Every sample may have two lines of comment.
  return samples > 2 && samples * 2 >= all * (1 - OTHERS);
}
