/**
 * What a service follows, from what its user named: files, a journal, and where an earlier run stood in each. What is
 * likely to be a mistake is told at once: following it would go on without a word.
 */
import { statSync } from 'node:fs';
import { of } from 'rxjs';
import { isOfState } from '../checkpoint/state-names.js';
import type { SavedJournal, SavedSource } from '../ingest/follow/types.js';
import { reasonOf } from '../ingest/input-error.js';
import type { FollowedInput } from '../ingest/types.js';
import type { FollowSettings, JournalSettings } from './analyze-options.js';
import type { FileIdentity } from './output-fs.js';
import { ownOutput, withoutOwn } from './own-output.js';

export interface EarlierRun {
  readonly sources: readonly SavedSource[];
  /** Why nobody knows how far it had read; null where that is known. */
  readonly lost: string | null;
  readonly warn: (text: string) => void;
}

/** `written`: the file behind the name of `--output`, as it is now; null where there is none. */
export async function followedInputs(
  { files, from, journal, output, state }: FollowSettings,
  { lost, sources, warn }: EarlierRun,
  written: () => FileIdentity | null,
): Promise<readonly FollowedInput[]> {
  const followed: FollowedInput[] = [];
  if (lost !== null && from === 'start')
    warn(`${state}: ${lost}; all that is there is read again, and told again`);
  else if (lost !== null)
    // Told and counted as whatever else is lost of a source.
    followed.push(() => of({ kind: 'problem', source: `${state}`, reason: lost, lostBytes: null }));
  if (files.length > 0 || sources.some(isFile)) {
    const { followFiles } = await import('../ingest/follow/follow-files.js');
    const saved = sources.filter(isFile);
    const own = state === null ? {} : { leaveOut: isOfState(state) };
    followed.push((hooks) =>
      followFiles(files, { ...hooks, ...own, from, saved }).pipe(
        withoutOwn(ownOutput(output, written), warn),
      ),
    );
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
    // Beside it: a large journal takes its time.
    warnOfNothing(journal, which, warn).catch((error: unknown) =>
      warn(`--journal: its units could not be looked up: ${reasonOf(error)}`),
    );
  }
  return followed;
}

async function warnOfNothing(
  { units }: JournalSettings,
  which: { readonly directory?: string; readonly file?: readonly string[] },
  warn: (text: string) => void,
): Promise<void> {
  const named = new Set(units.filter(isFileThere));
  for (const unit of named)
    warn(`--journal: "${unit}" is read as a unit; to follow the file, write ./${unit}`);
  const { JOURNAL_RIGHTS, missingIn } = await import('../ingest/journal/index.js');
  const { everything, units: unknown } = await missingIn({ units, ...which });
  if (everything)
    warn(
      `--journal: journalctl finds no entries in ${placeOf(which)} so far; ${JOURNAL_RIGHTS}. ${ELSEWHERE}`,
    );
  for (const unit of unknown) if (!named.has(unit)) warn(`--journal: ${nothingOf(unit)}`);
}

/** Where journald writes, on disk and until there is one. */
const OWN_JOURNAL = '/var/log/journal or /run/log/journal';
const ELSEWHERE =
  'One that lies elsewhere is named with --directory; where a node keeps none, follow its log files';

function placeOf({
  directory,
  file,
}: {
  readonly directory?: string;
  readonly file?: readonly string[];
}): string {
  return directory ?? file?.join(' or ') ?? OWN_JOURNAL;
}

function nothingOf(unit: string): string {
  return (
    `the journal has nothing of a unit "${unit}" so far; systemctl list-units shows their names, ` +
    'and a file is followed that stands before --journal'
  );
}

function isFileThere(name: string): boolean {
  try {
    return statSync(name).isFile();
  } catch {
    // As a rule it is a unit, and nothing of that name is here; or this directory may not be searched.
    return false;
  }
}

function isFile(source: SavedSource): boolean {
  return source.kind !== 'journal';
}

function isJournal(source: SavedSource): source is SavedJournal {
  return source.kind === 'journal';
}
