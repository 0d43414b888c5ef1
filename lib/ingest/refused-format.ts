/**
 * Formats that hold a log and cannot be read here, told by their first bytes, with the command that makes a log of
 * them. A name's ending decides nothing, because rotated and copied files carry wrong ones.
 */

export interface RefusedFormat {
  readonly name: string;
  /** Reads FILE, and gives a log to standard input. */
  readonly command: string;
  /** Follows FILE; absent where nothing does. */
  readonly following?: string;
}

/** Null stands for any byte. */
type Magic = readonly (number | null)[];

const REFUSED: readonly (RefusedFormat & { readonly magic: Magic })[] = [
  { magic: [0xff, 0xfe], name: 'UTF-16', command: 'iconv -f UTF-16 -t UTF-8 FILE | analyze' },
  { magic: [0xfe, 0xff], name: 'UTF-16', command: 'iconv -f UTF-16 -t UTF-8 FILE | analyze' },
  // Export, for in JSON journalctl leaves out what is longer than 4 KiB.
  {
    magic: bytesOf('LPKSHHRH'),
    name: 'a binary journal',
    command: 'journalctl -o export --file FILE | analyze',
    following: 'analyze --journal --file FILE',
  },
  { magic: bytesOf('\xfd7zXZ\0'), name: 'xz', command: 'xz -dc FILE | analyze' },
  // No magic: its usual properties, and a size of its dictionary that is a multiple of 64 KiB.
  { magic: [0x5d, 0x00, 0x00], name: 'lzma', command: 'xz -dc FILE | analyze' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd', command: 'zstd -dc FILE | analyze' },
  // Its fourth byte is the level.
  {
    magic: [0x42, 0x5a, 0x68, null, 0x31, 0x41, 0x59, 0x26],
    name: 'bzip2',
    command: 'bzip2 -dc FILE | analyze',
  },
  { magic: [0x04, 0x22, 0x4d, 0x18], name: 'lz4', command: 'lz4 -dc FILE | analyze' },
  // As the kernel and older tools write it.
  { magic: [0x02, 0x21, 0x4c, 0x18], name: 'lz4', command: 'lz4 -dc FILE | analyze' },
  { magic: bytesOf('\x89LZO\0\r\n\x1a\n'), name: 'lzop', command: 'lzop -dc FILE | analyze' },
  { magic: bytesOf('LZIP\x01'), name: 'lzip', command: 'lzip -dc FILE | analyze' },
  { magic: [0x1f, 0x9d], name: 'compress (.Z)', command: 'gzip -dc FILE | analyze' },
  { magic: bytesOf('PK\x03\x04'), name: 'a zip archive', command: 'unzip -p FILE | analyze' },
  { magic: bytesOf('7z\xbc\xaf\x27\x1c'), name: 'a 7z archive', command: '7z x -so FILE | analyze' },
  { magic: bytesOf('Rar!\x1a\x07'), name: 'a rar archive', command: 'unrar p -inul FILE | analyze' },
];

/** The format by its first bytes where it cannot be read here, null where it can. */
export function refusedFormat(head: Uint8Array): RefusedFormat | null {
  return REFUSED.find(({ magic }) => startsWith(head, magic)) ?? null;
}

/** Whether too few bytes are there to say. */
export function mayBecomeRefused(head: Uint8Array): boolean {
  return REFUSED.some(
    ({ magic }) => head.length < magic.length && startsWith(head, magic.slice(0, head.length)),
  );
}

function startsWith(head: Uint8Array, magic: Magic): boolean {
  return head.length >= magic.length && magic.every((byte, at) => byte === null || head[at] === byte);
}

function bytesOf(latin1: string): Magic {
  return [...Buffer.from(latin1, 'latin1')];
}
