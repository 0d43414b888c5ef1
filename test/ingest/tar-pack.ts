/** Archives for tests, packed in memory by tar-stream, which shares no code with what reads them. */
import { type Header, pack } from 'tar-stream';

export type Entry = Partial<Header> & { readonly name: string } & { readonly content?: string | Buffer };

export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const packing = pack();
  const chunks: Buffer[] = [];
  const read = (async () => {
    for await (const chunk of packing) chunks.push(Buffer.from(chunk as Uint8Array));
  })();
  for (const { content = '', ...header } of entries)
    packing.entry({ mtime: new Date(1_683_000_000_000), ...header } as Header, content);
  packing.finalize();
  await read;
  return Buffer.concat(chunks);
}

/** Puts the right sum into a header block that was changed by hand. */
export function sealHeader(archive: Buffer, at = 0): Buffer {
  const block = archive.subarray(at, at + 512);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive;
}
