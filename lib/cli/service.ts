/**
 * What makes a run a service: what it follows, the state that the next run goes on from, and the file that its
 * incidents are appended to. Loaded only where something is followed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { MEMORY_SCHEMA, type RunMemory } from '../analysis/memory.js';
import type { AnalyzeOptions, SavedRun } from '../analyze.js';
import { openCheckpoint } from '../checkpoint/checkpoint.js';
import { StateError } from '../checkpoint/state-error.js';
import { codeOf, nodeStateFs, type StateFs } from '../checkpoint/state-fs.js';
import { openToldLog } from '../checkpoint/told-log.js';
import type { Checkpoint, SavedIncident, SavedTold } from '../checkpoint/types.js';
import type { Incident } from '../diagnose/types.js';
import type { FollowedInput } from '../ingest/types.js';
import type { FollowSettings } from './analyze-options.js';
import { followedInputs } from './followed-inputs.js';
import { type OutputFile, openOutputFile } from './output-file.js';
import { lockOutput } from './output-lock.js';
import { createToldBefore } from './told-before.js';
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
  /** Whether it is time to save although nothing waits for that. `bytes`: read up to now. */
  isSaveDue(bytes: number): boolean;
  /**
   * What the next run goes on from, as it is now: whatever is saved later says this. The report at the end takes what
   * is held for the end of the input, which it is not.
   */
  freeze(run: SavedRun): void;
  /** Whether what was frozen is saved; true where there is no `--state`. */
  isSafe(): boolean;
  /**
   * At the very end, when what was written last has had its moment to get out: saves what was frozen where that is not
   * done yet, and how far `--output` got. False where the next run does not go on from here.
   */
  saveLast(): Promise<boolean>;
  /** Keeps the state's list of open incidents, for people, up to date. */
  tell(incident: Incident): void;
  /** Whether an earlier run told this update, without its state knowing it. Asked once for each. */
  wasTold(incident: Incident): boolean;
  /** Whether an earlier run told the end of an incident that this one, stopped early, has seen open only. */
  isBehind(incident: Incident): boolean;
  /** Writes down beside the state that it is told, with the lines for `--output`. False where that cannot be. */
  note(incident: Incident, lines: string): boolean;
  /** False where lines for `--output` are left that could not be written. */
  close(): Promise<boolean>;
}

/** Open incidents that the state lists for people. */
const LISTED = 1_000;
/** So many times as long as saving holds a run up, it goes on before the next save. */
const SHARE = 4;
/** The same where nothing waits for it: what is saved rarely is read again after a kill, and news are not held up. */
const IDLE_SHARE = 1000;
/** After one that failed the next is tried so much later, at the earliest: a disk that was full has room again, ms. */
const RETRY_MS = 4_000;
/** A state is saved so often, however long that takes, ms. */
const LONGEST_PAUSE_MS = 60_000;

/** At the end the state waits so long for the report to be in `--output`, ms; then it says what is not. */
const FLUSH_MS = 300;

export interface ServiceWorld {
  /** Where the state is kept. */
  readonly fs?: StateFs;
  /** Milliseconds; only differences count. */
  readonly now?: () => number;
}

/** Throws an Error for the user where the run must not start. `warn`: told what is wrong and does not stop it. */
export async function openService(
  settings: FollowSettings,
  warn: (text: string) => void,
  { fs = nodeStateFs, now = () => performance.now() }: ServiceWorld = {},
): Promise<Service> {
  const state =
    settings.state === null
      ? null
      : openCheckpoint(settings.state, { fs, memorySchema: MEMORY_SCHEMA, program: packageVersion() });
  const loaded = (await state?.load().catch(asUsage)) ?? { checkpoint: null, notices: [], lost: null };
  for (const notice of loaded.notices) warn(notice);
  const { checkpoint } = loaded;
  const before = createToldBefore();
  for (const entry of checkpoint?.told.pending ?? []) before.learn(entry);
  /** Lines in the output behind the place that the state knows. */
  const unsaved = new Set<string>();
  const told = settings.state === null ? null : openToldLog(settings.state, checkpoint?.told.count ?? null);
  for (const entry of told?.since ?? []) before.learn(entry);
  const release = async (error: unknown): Promise<never> => {
    await unlock();
    await state?.close();
    throw error;
  };
  let unlock = async (): Promise<void> => {};
  if (settings.output !== null) unlock = await lockOutput(settings.output, warn).catch(release);
  const file =
    settings.output === null
      ? null
      : await openOutputFile(settings.output, {
          saved: checkpoint?.output ?? null,
          onUnsaved: (line) => {
            unsaved.add(line);
            before.learnLine(line);
          },
          onProblem: warn,
        }).catch(release);
  // Told, and killed before it was in the output.
  for (const line of (told?.since ?? []).flatMap(({ lines }) => lines.split('\n')))
    if (line !== '' && !unsaved.has(line)) file?.write(`${line}\n`);
  const sources = checkpoint?.sources ?? [];
  const followed = await followedInputs(
    settings,
    { sources, lost: loaded.lost, warn },
    () => file?.identity() ?? null,
  ).catch(async (error: unknown) => {
    await file?.close();
    return release(error);
  });
  /** Why the last try to save failed; null where it did not. */
  let failing: string | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;
  let savedAt = Number.NEGATIVE_INFINITY;
  let savedBytes = -1;
  let frozen: Omit<Checkpoint, 'output'> | null = null;
  let isFrozenSaved = false;
  const open = new Map((checkpoint?.incidents ?? []).map((incident) => [incident.id, incident]));
  const listed = (): readonly SavedIncident[] => [...open.values()];
  const toldNow = (): SavedTold => ({ count: told?.log.count() ?? 0, pending: before.pending() });

  /** There is nothing yet that the next run could go on from. */
  const isFirst = (): boolean => checkpoint === null && savedAt === Number.NEGATIVE_INFINITY;

  async function save(
    run: () => Omit<Checkpoint, 'output'>,
    take: () => string,
    safe: () => void,
  ): Promise<boolean> {
    triedAt = now();
    try {
      let counted = 0;
      let isFrozen = false;
      await state?.save(() => {
        const made = run();
        const lines = take();
        counted = made.told.count;
        isFrozen = made === frozen;
        return { ...made, output: file?.position(lines) ?? null };
      }, safe);
      told?.log.saved(counted);
      isFrozenSaved ||= isFrozen;
      savedAt = now();
      if (failing !== null) warn(`${settings.state}: is saved again; nothing was lost`);
      failing = null;
      return true;
    } catch (error) {
      const { message, cause } = error as Error;
      // Once for each reason, not with every try.
      const reason = codeOf(cause) || message;
      if (reason !== failing) warn(message);
      failing = reason;
      return false;
    }
  }

  return {
    followed,
    file,
    saved: checkpoint === null ? null : { sources, memory: (checkpoint.memory ?? null) as RunMemory | null },
    save:
      state &&
      ((run, take, safe) =>
        save(() => frozen ?? { ...run(), incidents: listed(), told: toldNow() }, take, safe)),
    freeze({ memory, sources: read }) {
      if (state === null) return;
      frozen = {
        sources: structuredClone(read),
        memory: serialize(memory),
        incidents: listed(),
        told: toldNow(),
      };
    },
    isSafe: () => frozen === null || isFrozenSaved,
    async saveLast() {
      const last = frozen;
      // Without `--output` nothing has changed since.
      if (last === null || (isFrozenSaved && file === null)) return true;
      await Promise.race([file?.flushed(), pause(FLUSH_MS, undefined, { ref: false })]);
      const isSaved = await save(
        () => last,
        () => '',
        () => {},
      );
      if (!isSaved && !isFrozenSaved)
        warn(
          isFirst()
            ? `${settings.state}: no state could be saved: the next run begins as this one did`
            : `${settings.state}: the next run goes on from the state before`,
        );
      return isSaved || isFrozenSaved;
    },
    isSaveDue(bytes) {
      if (failing !== null) return now() - triedAt >= RETRY_MS;
      const sinceMs = now() - savedAt;
      if (sinceMs < LONGEST_PAUSE_MS && bytes === savedBytes) return false;
      if (sinceMs < Math.min(LONGEST_PAUSE_MS, IDLE_SHARE * (state?.counts().heldUpMs ?? 0))) return false;
      savedBytes = bytes;
      return true;
    },
    pauseMs: () => SHARE * (state?.counts().heldUpMs ?? 0),
    tell(incident) {
      open.delete(incident.id);
      if (incident.state === 'open') open.set(incident.id, inBrief(incident));
      if (open.size > LISTED) open.delete(open.keys().next().value ?? '');
    },
    wasTold: before.has,
    isBehind: before.isBehind,
    note({ id, state: standing, certainty }, lines) {
      return told !== null && !isFirst() && told.log.note({ id, state: standing, certainty, lines });
    },
    async close() {
      const isWritten = (await file?.close()) ?? true;
      await unlock();
      await state?.close();
      return isWritten;
    },
  };
}

function asUsage(error: unknown): never {
  throw error instanceof StateError ? new UsageError(`--state: ${error.message}`) : error;
}

function inBrief({ id, defect, state, certainty, attempts, firstSeen }: Incident): SavedIncident {
  return { id, defect, state, certainty, attempts, firstSeen: firstSeen ?? '' };
}
