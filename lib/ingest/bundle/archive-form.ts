/** Reads the first bytes of a named file to see whether it is an archive. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { archiveForm, HEAD_BYTES } from './member-head.js';

/** Null also where it cannot be read: the reading itself says why. */
export async function archiveFormOf(name: string): Promise<'tar' | 'tar.gz' | null> {
  try {
    const handle = await open(name, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return archiveForm(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
