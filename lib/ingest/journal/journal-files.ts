/**
 * Which of the files that were named are journals. journalctl opens all of them or none, and does not say which one is
 * in its way: what is none would take the others down with it.
 */
import { open } from 'node:fs/promises';
import { reasonOf } from '../input-error.js';

export interface BadFile {
  readonly file: string;
  /** A phrase without the name. */
  readonly reason: string;
}

/** What each journal file begins with. */
const SIGNATURE = 'LPKSHHRH';
const MAGIC = /[*?[]/;
/** journalctl's own words, of all versions. */
const NOT_OPENED = /failed to open (?:journal )?files: ?(.*)/i;

/** What journalctl said of files that it does not open; null where it was something else. */
export function saidOfFiles(said: string): string | null {
  return NOT_OPENED.exec(said)?.[1] ?? null;
}

/**
 * `names`: paths and globs. `refusal`: asks journalctl for one file alone, and gives what it has against it, or null.
 * A glob stays one where all of its files are good: more may match it later.
 */
export async function sortFiles(
  names: readonly string[],
  refusal: (file: string) => Promise<string | null>,
): Promise<{ readonly good: readonly string[]; readonly bad: readonly BadFile[] }> {
  const good: string[] = [];
  const bad: BadFile[] = [];
  for (const name of names) {
    const files = await filesOf(name);
    const badBefore = bad.length;
    const fine: string[] = [];
    for (const file of files) {
      const reason = (await whyNone(file)) ?? (await refused(file, refusal));
      if (reason === null) fine.push(file);
      else bad.push({ file, reason });
    }
    good.push(...(bad.length === badBefore ? [name] : fine));
  }
  return { good, bad };
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (!MAGIC.test(name)) return [name];
  const { default: fastGlob } = await import('fast-glob');
  const files = await fastGlob(name, { onlyFiles: false, suppressErrors: true });
  // One that matches nothing is told under its own name.
  return files.length === 0 ? [name] : files.toSorted();
}

async function whyNone(file: string): Promise<string | null> {
  try {
    const handle = await open(file);
    try {
      if ((await handle.stat()).isDirectory())
        return 'expected a journal file, found a directory; name it with --directory';
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(SIGNATURE.length), 0, SIGNATURE.length, 0);
      if (bytesRead === 0) return 'expected a journal file, found an empty one';
      if (buffer.toString('latin1', 0, bytesRead) === SIGNATURE) return null;
      return 'expected a file of systemd-journald, found another one; a log file is followed with --follow';
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? `permission denied: ${JOURNAL_RIGHTS}` : reasonOf(error);
  }
}

async function refused(
  file: string,
  refusal: (file: string) => Promise<string | null>,
): Promise<string | null> {
  const said = await refusal(file);
  return said === null
    ? null
    : `journalctl cannot open it (${said}); journalctl --verify --file=FILE says more`;
}

export const JOURNAL_RIGHTS = 'a journal is read by root, and by users of the groups systemd-journal and adm';
