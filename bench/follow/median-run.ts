/** Of several runs the one in the middle, whole: its figures belong together, which medians of each would not. */
export function medianRun<Run>(runs: readonly Run[], by: (run: Run) => number): Run {
  const sorted = runs.toSorted((a, b) => by(a) - by(b));
  const middle = sorted[(sorted.length - 1) >> 1];
  if (middle === undefined) throw new Error('expected a run at least, found none');
  return middle;
}
