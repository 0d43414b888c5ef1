/**
 * From the names a user gave to groups of sources: files, globs, bundles (directories and tar archives), `-` for
 * standard input. What cannot be read becomes a problem beside the others, because at a broken node half of the
 * logs is better than none.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { archiveFormOf } from './bundle/archive-form.js';
import type { BundleWork, OpenedBundle } from './bundle/bundle.js';
import { descriptorSource, fileSource } from './file-source.js';
import { reasonOf } from './input-error.js';
import { groupRotated, type NamedFile } from './rotation.js';
import { isGlob, matchGlob } from './shell-glob.js';
import { probeStream } from './stream-probe.js';
import { withoutCompressedTwins } from './twins.js';
import type { InputProblem, OpenedInputs, Skipped, Source, SourceGroup } from './types.js';

export interface OpenOptions {
  /** What the name `-` reads. Default: descriptor 0. */
  readonly stdin?: () => Source;
  /** Ends the unpacking of archives and the wait for a pipe; what was found until then is given. */
  readonly signal?: AbortSignal;
  /**
   * Looks whether a pipe that is the only input carries an archive, which waits for its first bytes. Default
   * false: a pipe is a log, and nothing is read from it yet.
   */
  readonly awaitPipe?: boolean;
}

/** A regular file among the inputs. */
interface InputFile extends NamedFile {
  /** Bytes, as stored. */
  readonly size: number;
  readonly source: Source;
  /** Present for members of bundles. */
  readonly tail?: () => Promise<Uint8Array>;
}

/**
 * Opens archives and bundles to choose their members, logs not yet. A file that is named twice, under two names
 * or in two directories, is read once. Files come before streams, in the order of the names; the matches of one glob
 * in natural order (`2` before `10`). Call `dispose` when all is read.
 */
export async function openInputs(names: readonly string[], options: OpenOptions = {}): Promise<OpenedInputs> {
  const files: InputFile[] = [];
  let streams: Source[] = [];
  const problems: InputProblem[] = [];
  const skipped: Skipped[] = [];
  const closers: (() => void)[] = [];
  const seen = new Set<string>();
  const signal = options.signal ?? new AbortController().signal;

  const isNew = (identity: string): boolean => {
    const known = seen.has(identity);
    seen.add(identity);
    return !known;
  };

  const addBundle = async (
    name: string,
    open: (work: BundleWork) => Promise<OpenedBundle & { close?(): void }>,
  ): Promise<void> => {
    // Loaded only here: most calls name no bundle.
    const { bundleWork } = await import('./bundle/bundle.js');
    const opened = await open(await bundleWork(name, signal));
    for (const file of opened.files) files.push({ ...file, modified: file.modified ?? 0 });
    problems.push(...opened.problems);
    skipped.push(...opened.skipped);
    if (opened.close !== undefined) closers.push(() => opened.close?.());
  };

  const add = async (name: string): Promise<void> => {
    try {
      const status = await stat(name, { bigint: true });
      if (status.isDirectory()) {
        const { openDirectory } = await import('./bundle/bundle-directory.js');
        await addBundle(name, (work) => openDirectory(work, isNew));
        return;
      }
      await access(name, constants.R_OK);
      if (!isNew(`${status.dev}:${status.ino}`)) return;
      const source = fileSource(name, status);
      if (!status.isFile()) {
        streams.push(source);
        return;
      }
      const form = await archiveFormOf(name);
      if (form === 'tar') {
        const { openTar } = await import('./bundle/bundle-tar.js');
        await addBundle(name, openTar);
      } else if (form === 'tar.gz') {
        const { openGzippedTar } = await import('./bundle/bundle-unpack.js');
        await addBundle(name, (work) =>
          openGzippedTar(work, (stop) => source.raw?.(stop) ?? nothing(), true),
        );
      } else {
        files.push({ name, size: Number(status.size), modified: Number(status.mtimeMs), source });
      }
    } catch (error) {
      problems.push({ source: name, reason: reasonOf(error) });
    }
  };

  for (const name of names) {
    if (name === '-') {
      if (isNew('-')) streams.push((options.stdin ?? descriptorSource)());
    } else if (isGlob(name) && !(await exists(name))) {
      const matches = await matchesOf(name, problems);
      for (const match of matches) await add(match);
    } else {
      await add(name);
    }
  }
  // Beside other inputs a pipe is not waited for: `tail -f` may be silent for an hour.
  const [only, ...others] = streams;
  if (options.awaitPipe === true && only !== undefined && others.length === 0 && files.length === 0) {
    const probed = await probeStream(only, signal);
    if (probed.kind === 'log') streams = [probed.source];
    else {
      streams = [];
      const { openGzippedTar, unpackTar } = await import('./bundle/bundle-unpack.js');
      await addBundle(only.name, (work) =>
        probed.form === 'tar' ? unpackTar(work, probed.raw) : openGzippedTar(work, () => probed.raw, false),
      );
    }
  }

  const inBundle = (file: InputFile) => file.tail !== undefined;
  const kept = await withoutCompressedTwins(files, (file, reason) => {
    if (inBundle(file)) skipped.push({ source: file.name, reason, count: 1 });
    else problems.push({ source: file.name, reason });
  });
  const groups: SourceGroup[] = groupRotated(kept).map((group) => ({
    name: group.name,
    sources: group.files.map(({ source }) => source),
  }));
  for (const source of streams) groups.push({ name: source.name, sources: [source] });
  return {
    groups,
    problems,
    skipped,
    async dispose() {
      for (const close of closers.splice(0)) close();
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function matchesOf(pattern: string, problems: InputProblem[]): Promise<string[]> {
  try {
    const matches = await matchGlob(pattern);
    if (matches.length === 0) problems.push({ source: pattern, reason: 'no file matches' });
    return matches.sort(new Intl.Collator('en', { numeric: true }).compare);
  } catch (error) {
    problems.push({ source: pattern, reason: reasonOf(error) });
    return [];
  }
}

async function exists(name: string): Promise<boolean> {
  return stat(name).then(
    () => true,
    () => false,
  );
}
