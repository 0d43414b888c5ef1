/**
 * Files that a glob of `--follow` finds beside the logs, and that are no text which grows: copies in a compression
 * that is not read, binary journals. Told by their first bytes; by their names while they have too few.
 */
import { refusedFormat } from './decompress.js';

/** First bytes that tell. */
export const TELLING_BYTES = 8;

const JOURNAL = 'LPKSHHRH';
const LZ4 = [0x04, 0x22, 0x4d, 0x18] as const;
/** By the ending of a name, for a file that is being written. */
const PACKED = /\.(xz|zst|zstd|bz2|lz4|lzma|Z|zip)$/;
const COMMANDS: Readonly<Record<string, string>> = {
  bz2: 'bzip2 -dc',
  lzma: 'xz -dc',
  zst: 'zstd -dc',
  zstd: 'zstd -dc',
  Z: 'gzip -dc',
  zip: 'unzip -p',
};

/**
 * A phrase without the name that says what it is and how to read it, null for a text. `head`: its first bytes,
 * `TELLING_BYTES` where it has so many.
 */
export function whyNotFollowed(path: string, head: Uint8Array): string | null {
  const refused = refusedFormat(head);
  if (refused !== null) return notFollowed(refused.name, `${refused.command} FILE | analyze`);
  if (startsWith(head, Buffer.from(JOURNAL)))
    return notFollowed('a binary journal', 'analyze --journal --file FILE');
  if (startsWith(head, LZ4)) return notFollowed('lz4', 'lz4 -dc FILE | analyze');
  const [, ending] = PACKED.exec(path) ?? [];
  if (ending === undefined || head.length >= TELLING_BYTES) return null;
  return notFollowed(`named .${ending}`, `${COMMANDS[ending] ?? `${ending} -dc`} FILE | analyze`);
}

function notFollowed(what: string, command: string): string {
  return `is ${what}: it is not followed; ${command} reads it`;
}

function startsWith(head: Uint8Array, magic: ArrayLike<number>): boolean {
  return head.length >= magic.length && Array.from(magic).every((byte, at) => head[at] === byte);
}
