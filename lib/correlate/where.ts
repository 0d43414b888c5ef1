/**
 * Whether what a line captured, or a setting states, is what a sign asks for: values compared whole, their beginning,
 * or whole numbers from and to.
 */
import type { Captures } from '../match/types.js';
import type { Sign } from './sign.js';

/** True where nothing is asked for. */
export function fits(where: Sign['where'], captures: Captures): boolean {
  if (where === undefined) return true;
  return Object.entries(where).every(([name, values]) => {
    const value = (captures as Readonly<Record<string, string | undefined>>)[name];
    return value !== undefined && values.some((wanted) => isOne(value, wanted));
  });
}

/** `docker*`: any rest; `1..67108863`, `262144..`: a whole number from and to, both included. */
function isOne(value: string, wanted: string): boolean {
  if (wanted.endsWith('*')) return value.startsWith(wanted.slice(0, -1));
  const range = /^(-?\d{1,20})?\.\.(-?\d{1,20})?$/.exec(wanted);
  if (range === null) return value === wanted;
  if (!/^-?\d{1,20}$/.test(value)) return false;
  const [, from, to] = range;
  // All 64 bits count: limits in logs go up to the largest number there is.
  return (
    (from === undefined || BigInt(value) >= BigInt(from)) && (to === undefined || BigInt(value) <= BigInt(to))
  );
}
