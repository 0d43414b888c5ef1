/**
 * When a machine was started, by lines that state both the time and the seconds since boot. It gives lines
 * that state only the seconds (`dmesg`) their time. The other stamp is kept as it was stated, because its
 * year and zone may only become known later.
 */

import { placeInYear } from './local-time.js';
import type { ClockRecord, Timed } from './stamp-evidence.js';

/** Boots remembered per host and per source. */
const MAX_BOOTS = 16;
/** The kernel's clock drifts from the wall's; what differs by more is another boot. */
const SAME_BOOT_MS = 120_000;

/** A line that states both. */
export interface BootSample {
  readonly seconds: number;
  /** The line, with its other stamp as the only one. */
  readonly record: ClockRecord;
  readonly stamp: Timed;
}

export interface BootTimes {
  learn(sample: BootSample): void;
  /** The boot that a line belongs to: of its own source the last one stated before it, else the first behind. */
  inSource(line: number | null): BootSample | null;
  /** The latest boot stated: what `dmesg` shows. */
  latest(): BootSample | null;
}

/** Plain data. */
export interface BootMemory {
  readonly samples: BootSample[];
}

export function newBootMemory(): BootMemory {
  return { samples: [] };
}

export function createBootTimes({ samples }: BootMemory): BootTimes {
  return {
    learn(sample) {
      if (samples.some((known) => isSameBoot(known, sample))) return;
      if (samples.length >= MAX_BOOTS) samples.shift();
      samples.push(sample);
    },
    inSource(line) {
      if (line === null) return samples.at(-1) ?? null;
      return samples.findLast((sample) => (sample.record.line ?? 0) <= line) ?? samples[0] ?? null;
    },
    latest: () => samples.at(-1) ?? null,
  };
}

function isSameBoot(a: BootSample, b: BootSample): boolean {
  return a.stamp.kind === b.stamp.kind && Math.abs(bootOf(a) - bootOf(b)) < SAME_BOOT_MS;
}

/** On the scale of its own kind of stamp: only good for comparing. */
function bootOf({ stamp, seconds }: BootSample): number {
  return (stamp.kind === 'absolute' ? stamp.at.ms : placeInYear(stamp)) - seconds * 1000;
}
