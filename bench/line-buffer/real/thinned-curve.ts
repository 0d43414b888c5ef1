/**
 * Keeps a curve short however long it is drawn: when it is full, every other point goes and from then on half as
 * many are kept. The last point is always there.
 */
export interface ThinnedCurve<Point> {
  readonly add: (point: Point) => void;
  readonly points: () => readonly Point[];
}

/** `most` is even; between half of it and all of it are kept of a long curve. */
export function thinnedCurve<Point>(most: number): ThinnedCurve<Point> {
  let kept: Point[] = [];
  let last: Point | undefined;
  let seen = 0;
  let stride = 1;
  return {
    add(point) {
      last = point;
      if (seen % stride === 0) kept.push(point);
      seen += 1;
      if (kept.length < most) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    points: () => (last === undefined || kept.at(-1) === last ? kept : [...kept, last]),
  };
}
