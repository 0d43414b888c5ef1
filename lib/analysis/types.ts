/** What a run is asked for, and what it can be asked while it goes on. */

import type { Observable } from 'rxjs';
import type { Incident, Report } from '../diagnose/types.js';
import type { FollowedName, SavedSource } from '../ingest/follow/types.js';
import type { Problem } from '../match/problem.js';
import type { ScanCounts } from '../scan/types.js';
import type { SourceStanding } from './following.js';
import type { RunMemory } from './memory.js';

export interface AnalyzeOptions {
  /** Directories with YAML patterns of your own, beside the built-in ones. */
  readonly patterns?: readonly string[];
  /** Zone of lines that state none: an IANA name or `+08:00`. Default: what other lines show, else this machine's. */
  readonly tz?: string | null;
  /** Suspected incidents, too: one "using the force" line is one. Default false. */
  readonly all?: boolean;
  /** Updates while the input runs. Default: true where an input is a stream. */
  readonly live?: boolean;
  /** Stops reading; what was read is reported. */
  readonly signal?: AbortSignal;
  /** Wall clock, ms since the epoch. Default Date.now. */
  readonly now?: () => number;
  /** Waited for between two pieces of input, and two incidents at the end: back-pressure of whoever takes the reports. */
  readonly ready?: () => Promise<void> | undefined;
  /** Told what is wrong with a pattern file; the rest keeps working. */
  readonly onPatternProblem?: (problem: Problem) => void;
  readonly onNotice?: (text: string) => void;
  /** Told how far the reading is, after every piece. */
  readonly onProgress?: (counts: Readonly<ScanCounts>) => void;
  /** Lines before this time are left out, ms since the epoch, but not of sources that `saved` knows. */
  readonly sinceMs?: number;
  /** What an earlier run left: this one goes on from it. Null memory: only the positions of its sources are known. */
  readonly saved?: { readonly sources: readonly SavedSource[]; readonly memory: RunMemory | null };
  /** Told when a followed source is met for the first time: a good moment to save. */
  readonly onSources?: () => void;
  /** Waited for when all is read, before what is still held is taken to be the end. */
  readonly beforeEnd?: () => Promise<void>;
}

/** One run over its inputs. */
export interface Analysis {
  /** Subscribe once: that begins it. */
  readonly reports: Observable<Report>;
  /** What is open now. */
  open(): readonly Incident[];
  /** How far each followed source has been read. */
  sources(): Promise<readonly SourceStanding[]>;
  /** How each name stands of which files are followed; null before all have been looked at once. */
  names(): readonly FollowedName[] | null;
  /** What the next run needs to go on from here, as things stand between two pieces of input. Not a copy. */
  save(): SavedRun;
  /** Reads the patterns again. Where one of them is wrong, all stay as they were. */
  reload(): Promise<readonly Problem[]>;
}

/** Plain data. */
export interface SavedRun {
  readonly sources: readonly SavedSource[];
  readonly memory: RunMemory;
}
