/** The largest of many numbers, however many: spread over the arguments of a call they would overflow the stack. */

/** `least` where there is none larger. */
export function largest(values: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let most = least;
  for (const value of values) if (value > most) most = value;
  return most;
}
