/**
 * The signs of a defect as its YAML states them: what the correlator gathers so that rules can be read against
 * it. Plain data.
 */
import type { Meaning } from '../match/types.js';

/**
 * One thing that speaks for or against a defect, and the fact that rules compare. It comes from log lines
 * (`means`), from profiles, dumps and panics (`signature`), from configuration (`setting`) or counters (`gauge`):
 * exactly one of the four.
 */
export interface Sign {
  /**
   * camelCase. Its value: of `means` and of a panic signature the number of occasions (0 where none); of a heap
   * signature the per cent of the latest profile, with `<fact>Bytes` beside it, and `<fact>Most` and `<fact>MostBytes` of the profile that
   * shows most; of a goroutine signature the count
   * in the latest one, null where there is no such profile; of a setting its number, 1 or 0 for true and false,
   * null where nothing states it, and beside it `<fact>Runs` (what the running daemon said: its start-up line or its
   * answer), `<fact>File` (what a file says), `<fact>Assumed` (the same where nothing else states it), `<fact>Since`
   * (what a daemon said that was started later), `<fact>StartsSince` (start-up lines later than the episode),
   * `<fact>Fits` and `<fact>FileFits` (1 where it is one of `where`, else 0); of a gauge the latest figure. Where a process was looked at more than once,
   * `<fact>Growth` is beside it, and `<fact>NeverFell`: 1 where it grew and never went back, else 0.
   */
  readonly fact: string;
  readonly means?: readonly Meaning[];
  /**
   * Captures that must be there and one of these values, compared whole; `*` at the end stands for any rest,
   * `1..10`, `..10` and `1..` for whole numbers from and to. Of `oom-killed` the capture `scope` is what the lines
   * of that kill say together: `own`, `container`, `node` or `limit` (kills.ts). Of a setting `value` alone, and
   * only for whether it opens.
   */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  readonly signature?: string;
  readonly setting?: { readonly product: string; readonly name: string };
  /** `take: largest`: not the latest figure counts but the largest, of whatever part of the daemon. */
  readonly gauge?: { readonly product: string; readonly name: string; readonly take?: 'largest' };
  /** Of a gauge that opens an incident: from which figure on, or from which growth over several looks. */
  readonly from?: { readonly value?: number; readonly growth?: number };
  /** Of a gauge in bytes: what it says to be held, as multiples of it, and how that is known. */
  readonly leak?: { readonly min: number; readonly max: number; readonly basis: string };
  /** True where it opens an incident; the others count where one is open. Default false. */
  readonly opens?: boolean;
  /** Lines within so many seconds tell of one occasion: an OOM kill is told four times. Default 0. */
  readonly onceWithinSeconds?: number;
}

/** A log line that ends an incident of a daemon. */
export interface Ending {
  readonly means: readonly Meaning[];
  readonly where?: Readonly<Record<string, readonly string[]>>;
  readonly state: 'resolved' | 'ended';
  readonly because: string;
}

/** What opens, feeds and ends the episodes of one defect: the part of its YAML that the correlator needs. */
export interface SignRules {
  readonly defect: string;
  readonly keyedBy: 'container' | 'node' | 'daemon' | 'process';
  /** Program that it is of, null for any. */
  readonly daemon: string | null;
  readonly signs: readonly Sign[];
  readonly ends: readonly Ending[];
  /** A sign this long after the last one is another episode, ms. */
  readonly newEpisodeMs: number;
}
