/** From when each deciding line was written and when its incident arrived: how long that took. */
import type { WriterTimes } from './writer.js';

export interface Delays {
  /** Of lines written in the first seconds, ms. */
  readonly cold: readonly number[];
  /** Of those behind them. */
  readonly warm: readonly number[];
  /** Lines whose incident did not arrive. */
  readonly missing: number;
}

/** `arrivals`: by container id, ns of the same clock. */
export function delaysOf(
  { began, written }: Pick<WriterTimes, 'began' | 'written'>,
  arrivals: ReadonlyMap<string, bigint>,
  warmUpSeconds: number,
): Delays {
  const cold: number[] = [];
  const warm: number[] = [];
  let missing = 0;
  const warmFrom = BigInt(began) + BigInt(Math.round(warmUpSeconds * 1e9));
  for (const [id, at] of Object.entries(written)) {
    const arrived = arrivals.get(id);
    if (arrived === undefined) missing++;
    else (BigInt(at) < warmFrom ? cold : warm).push(Number(arrived - BigInt(at)) / 1e6);
  }
  return { cold, warm, missing };
}
