/**
 * From the names a user gave to groups of sources: files, globs, `-` for standard input. What cannot be read
 * becomes a problem beside the others, because at a broken node half of the logs is better than none.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { descriptorSource, fileSource } from './file-source.js';
import { reasonOf } from './input-error.js';
import { groupRotated, type NamedFile } from './rotation.js';
import { withoutCompressedTwins } from './twins.js';
import type { InputProblem, Inputs, Source, SourceGroup } from './types.js';

export interface OpenOptions {
  /** What the name `-` reads. Default: descriptor 0. */
  readonly stdin?: () => Source;
}

/** A regular file among the inputs. */
interface InputFile extends NamedFile {
  /** Bytes, as stored. */
  readonly size: number;
  readonly source: Source;
}

const GLOB_MAGIC = /[*?[{]|[!@+]\(/;

/**
 * Opens nothing yet. A file that is named twice, or under two names, is read once. Files come before streams, in the order of
 * the names; the matches of one glob in natural order (`2` before `10`).
 */
export async function openInputs(names: readonly string[], options: OpenOptions = {}): Promise<Inputs> {
  const files: InputFile[] = [];
  const streams: Source[] = [];
  const problems: InputProblem[] = [];
  const seen = new Set<string>();

  const add = async (name: string): Promise<void> => {
    try {
      const status = await stat(name, { bigint: true });
      if (status.isDirectory()) {
        problems.push({ source: name, reason: `is a directory: name the files in it (${join(name, '*')})` });
        return;
      }
      await access(name, constants.R_OK);
      const identity = `${status.dev}:${status.ino}`;
      if (seen.has(identity)) return;
      seen.add(identity);
      const source = fileSource(name, status);
      if (status.isFile()) {
        files.push({ name, size: Number(status.size), modified: Number(status.mtimeMs), source });
      } else {
        streams.push(source);
      }
    } catch (error) {
      problems.push({ source: name, reason: reasonOf(error) });
    }
  };

  for (const name of names) {
    if (name === '-') {
      if (!seen.has('-')) streams.push((options.stdin ?? descriptorSource)());
      seen.add('-');
    } else if (GLOB_MAGIC.test(name) && !(await exists(name))) {
      const matches = await matchesOf(name, problems);
      for (const match of matches) await add(match);
    } else {
      await add(name);
    }
  }

  const kept = await withoutCompressedTwins(files, problems);
  const groups: SourceGroup[] = groupRotated(kept).map((group) => ({
    name: group.name,
    sources: group.files.map(({ source }) => source),
  }));
  for (const source of streams) groups.push({ name: source.name, sources: [source] });
  return { groups, problems };
}

async function matchesOf(pattern: string, problems: InputProblem[]): Promise<string[]> {
  // Loaded only here: most calls name no glob, and it costs a noticeable part of the start.
  const { default: fastGlob } = await import('fast-glob');
  try {
    const matches = await fastGlob(pattern, { dot: true });
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
