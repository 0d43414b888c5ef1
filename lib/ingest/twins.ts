/**
 * Takes out the compressed twin where one rotated copy is named both plain and gzipped: `messages.1` and
 * `messages.1.gz`. A log rotator leaves both while it compresses, and reading both would count every line twice.
 */
import { open } from 'node:fs/promises';
import { type NamedFile, plainName } from './rotation.js';

/** What the comparison needs of a file. */
interface Comparable extends NamedFile {
  /** Bytes, as stored. */
  readonly size: number;
  /** The last four bytes; absent where the name itself can be opened. */
  tail?(): Promise<Uint8Array>;
}

/** The plain one is read. `lost` is told of the other only if it seems to hold something else. */
export async function withoutCompressedTwins<File extends Comparable>(
  files: readonly File[],
  lost: (file: File, reason: string) => void,
): Promise<File[]> {
  const plain = new Map<string, File>();
  for (const file of files) if (!isCompressedName(file.name)) plain.set(plainName(file.name), file);

  const kept: File[] = [];
  for (const file of files) {
    const twin = isCompressedName(file.name) ? plain.get(plainName(file.name)) : undefined;
    if (twin === undefined) {
      kept.push(file);
    } else if ((await uncompressedSize(file)) !== twin.size % 2 ** 32) {
      lost(
        file,
        `not read: by its name a compressed copy of ${twin.name}, which is read, but of another length`,
      );
    }
  }
  return kept;
}

function isCompressedName(name: string): boolean {
  return /\.gz$/i.test(name);
}

/** Length modulo 2^32 as gzip's last four bytes state it, null where the file cannot say. */
async function uncompressedSize(file: Comparable): Promise<number | null> {
  if (file.size < 18) return null;
  try {
    const tail = await (file.tail?.() ?? tailOf(file));
    return Buffer.from(tail).readUInt32LE(0);
  } catch {
    return null;
  }
}

async function tailOf(file: Comparable): Promise<Uint8Array> {
  const handle = await open(file.name);
  try {
    return (await handle.read(Buffer.alloc(4), 0, 4, file.size - 4)).buffer;
  } finally {
    await handle.close();
  }
}
