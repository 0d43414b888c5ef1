/**
 * Which of the files that were named are journals. journalctl opens all of them or none, and does not say which one is
 * in its way: what is none would take the others down with it.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { reasonOf } from '../input-error.js';

export interface BadFile {
  readonly file: string;
  /** A phrase without the name. */
  readonly reason: string;
  /** It may be a journal, and be opened later: journald rotates, a disk is not mounted yet, descriptors are short. */
  readonly mayPass: boolean;
}

type Fault = Omit<BadFile, 'file'>;

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
 * `names`: paths and globs; those of `leftOut` are not looked at. `refusal`: asks journalctl for one file alone, and
 * gives what it has against it, or null. A glob stays one where all of its files are good: more may match it later.
 */
export async function sortFiles(
  names: readonly string[],
  leftOut: ReadonlySet<string>,
  refusal: (file: string) => Promise<string | null>,
): Promise<{ readonly good: readonly string[]; readonly bad: readonly BadFile[] }> {
  const bad: BadFile[] = [];
  const good = await keep(names, async (file) => {
    if (leftOut.has(file)) return false;
    const fault = (await faultOf(file)) ?? (await refused(file, refusal));
    if (fault !== null) bad.push({ file, ...fault });
    return fault === null;
  });
  return { good, bad };
}

/** The same names without these files. */
export function namesWithout(
  names: readonly string[],
  leftOut: ReadonlySet<string>,
): Promise<readonly string[]> {
  return keep(names, async (file) => !leftOut.has(file));
}

async function keep(
  names: readonly string[],
  isKept: (file: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const name of names) {
    const files = await filesOf(name);
    const fine: string[] = [];
    for (const file of files) if (await isKept(file)) fine.push(file);
    kept.push(...(fine.length === files.length ? [name] : fine));
  }
  return kept;
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (!MAGIC.test(name)) return [name];
  const { default: fastGlob } = await import('fast-glob');
  const files = await fastGlob(name, { onlyFiles: false, suppressErrors: true });
  // One that matches nothing is told under its own name.
  return files.length === 0 ? [name] : files.toSorted();
}

async function faultOf(file: string): Promise<Fault | null> {
  try {
    // A pipe that nobody writes to would hold a thread up for ever, and the end of the process with it.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await handle.stat();
      if (status.isDirectory())
        return lasting('expected a journal file, found a directory; name it with --directory');
      if (!status.isFile()) return lasting(NOT_REGULAR);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(SIGNATURE.length), 0, SIGNATURE.length, 0);
      // journald makes it before it writes to it.
      if (bytesRead === 0) return passing('expected a journal file, found an empty one');
      if (buffer.toString('latin1', 0, bytesRead) === SIGNATURE) return null;
      return lasting(
        'expected a file of systemd-journald, found another one; a log file is followed with --follow',
      );
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What opening a socket gives.
    if (code === 'ENXIO') return lasting(NOT_REGULAR);
    return passing(code === 'EACCES' ? `permission denied: ${JOURNAL_RIGHTS}` : reasonOf(error));
  }
}

const NOT_REGULAR = 'expected a journal file, found a pipe, a socket or a device';

function lasting(reason: string): Fault {
  return { reason, mayPass: false };
}

function passing(reason: string): Fault {
  return { reason, mayPass: true };
}

async function refused(
  file: string,
  refusal: (file: string) => Promise<string | null>,
): Promise<Fault | null> {
  const said = await refusal(file);
  return said === null
    ? null
    : passing(`journalctl cannot open it (${said}); journalctl --verify --file=FILE says more`);
}

export const JOURNAL_RIGHTS = 'a journal is read by root, and by users of the groups systemd-journal and adm';
