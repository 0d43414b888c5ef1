/**
 * What makes a run a service: what it follows, the state that the next run goes on from, and the file that its
 * incidents are appended to. Loaded only where something is followed.
 */

import { MEMORY_SCHEMA, type RunMemory } from '../analysis/memory.js';
import type { AnalyzeOptions, SavedRun } from '../analyze.js';
import { openCheckpoint } from '../checkpoint/checkpoint.js';
import { StateError } from '../checkpoint/state-error.js';
import type { SavedIncident } from '../checkpoint/types.js';
import type { Incident } from '../diagnose/types.js';
import type { SavedJournal, SavedSource } from '../ingest/follow/types.js';
import type { FollowedInput } from '../ingest/types.js';
import type { FollowSettings } from './analyze-options.js';
import { type OutputFile, openOutputFile } from './output-file.js';
import { UsageError } from './usage-error.js';
import { packageVersion } from './version.js';

export interface Service {
  readonly followed: readonly FollowedInput[];
  /** Of the run before; null where there is none to go on from. */
  readonly saved: AnalyzeOptions['saved'] | null;
  readonly file: OutputFile | null;
  /** Null without `--state`. `take`: lines that the state counts as written. Resolves to false where it failed. */
  readonly save: ((run: () => SavedRun, take: () => string, safe: () => void) => Promise<boolean>) | null;
  /** Time to leave between two saves, ms. */
  pauseMs(): number;
  /** Keeps the state's list of open incidents, for people, up to date. */
  tell(incident: Incident): void;
  close(): Promise<void>;
}

/** Open incidents that the state lists for people. */
const LISTED = 1_000;
/** So many times as long as saving holds a run up, it goes on before the next save. */
const SHARE = 4;

/** Throws an Error for the user where the run must not start. `warn`: told what is wrong and does not stop it. */
export async function openService(settings: FollowSettings, warn: (text: string) => void): Promise<Service> {
  const { files, from, journal } = settings;
  const state =
    settings.state === null
      ? null
      : openCheckpoint(settings.state, { memorySchema: MEMORY_SCHEMA, program: packageVersion() });
  const loaded = (await state?.load().catch(asUsage)) ?? { checkpoint: null, notices: [] };
  for (const notice of loaded.notices) warn(notice);
  const { checkpoint } = loaded;
  const file =
    settings.output === null
      ? null
      : await openOutputFile(settings.output, { saved: checkpoint?.output ?? null, onProblem: warn }).catch(
          async (error: unknown) => {
            await state?.close();
            throw error;
          },
        );
  const sources = checkpoint?.sources ?? [];
  const followed: FollowedInput[] = [];
  if (files.length > 0 || sources.some(isFile)) {
    const { followFiles } = await import('../ingest/follow/follow-files.js');
    followed.push((hooks) => followFiles(files, { ...hooks, from, saved: sources.filter(isFile) }));
  }
  if (journal !== null) {
    const { followJournal, journalName } = await import('../ingest/journal/index.js');
    const { directory, files: journalFiles, units } = journal;
    const which = {
      units,
      ...(directory !== null && { directory }),
      ...(journalFiles.length > 0 && { file: journalFiles }),
    };
    const saved = sources.filter(isJournal).find(({ name }) => name === journalName(which)) ?? null;
    followed.push((hooks) => followJournal({ ...hooks, ...which, from, saved }));
  }
  let failing = false;
  const open = new Map((checkpoint?.incidents ?? []).map((incident) => [incident.id, incident]));

  return {
    followed,
    file,
    saved: checkpoint === null ? null : { sources, memory: (checkpoint.memory ?? null) as RunMemory | null },
    save:
      state &&
      (async (run, take, safe) => {
        try {
          await state.save(() => {
            const { memory, sources: now } = run();
            const lines = take();
            const incidents = [...open.values()];
            return { sources: now, memory, incidents, output: file?.position(lines) ?? null };
          }, safe);
          if (failing) warn(`${settings.state}: can be written again`);
          failing = false;
          return true;
        } catch (error) {
          if (!failing) warn((error as Error).message);
          failing = true;
          return false;
        }
      }),
    pauseMs: () => SHARE * (state?.counts().heldUpMs ?? 0),
    tell(incident) {
      open.delete(incident.id);
      if (incident.state === 'open') open.set(incident.id, inBrief(incident));
      if (open.size > LISTED) open.delete(open.keys().next().value ?? '');
    },
    async close() {
      await file?.close();
      await state?.close();
    },
  };
}

function asUsage(error: unknown): never {
  throw error instanceof StateError ? new UsageError(`--state: ${error.message}`) : error;
}

function isFile(source: SavedSource): boolean {
  return source.kind !== 'journal';
}

function isJournal(source: SavedSource): source is SavedJournal {
  return source.kind === 'journal';
}

function inBrief({ id, defect, state, certainty, attempts, firstSeen }: Incident): SavedIncident {
  return { id, defect, state, certainty, attempts, firstSeen: firstSeen ?? '' };
}
