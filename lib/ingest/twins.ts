/**
 * Takes out the compressed twin where one rotated copy is named both plain and gzipped: `messages.1` and
 * `messages.1.gz`. A log rotator leaves both while it compresses, and reading both would count every line twice.
 */
import { open } from 'node:fs/promises';
import { type NamedFile, plainName } from './rotation.js';
import type { InputProblem } from './types.js';

/** The plain one is read. The other is a problem only if it seems to hold something else. */
export async function withoutCompressedTwins<File extends NamedFile & { readonly size: number }>(
  files: readonly File[],
  problems: InputProblem[],
): Promise<File[]> {
  const plain = new Map<string, File>();
  for (const file of files) if (!isCompressedName(file.name)) plain.set(plainName(file.name), file);

  const kept: File[] = [];
  for (const file of files) {
    const twin = isCompressedName(file.name) ? plain.get(plainName(file.name)) : undefined;
    if (twin === undefined) {
      kept.push(file);
    } else if ((await uncompressedSize(file)) !== twin.size % 2 ** 32) {
      const reason = `not read: by its name a compressed copy of ${twin.name}, which is read, but of another length`;
      problems.push({ source: file.name, reason });
    }
  }
  return kept;
}

function isCompressedName(name: string): boolean {
  return /\.gz$/i.test(name);
}

/** Length modulo 2^32 as gzip's last four bytes state it, null where the file cannot say. */
async function uncompressedSize(file: {
  readonly name: string;
  readonly size: number;
}): Promise<number | null> {
  if (file.size < 18) return null;
  try {
    const handle = await open(file.name);
    try {
      const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, file.size - 4);
      return buffer.readUInt32LE(0);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
