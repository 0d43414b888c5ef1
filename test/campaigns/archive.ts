/** Packs files into a tar in memory. */
import { pack } from 'tar-stream';

export async function archiveOf(
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
): Promise<Buffer> {
  const archive = pack();
  for (const { name, bytes } of files) archive.entry({ name: `bundle/${name}` }, bytes);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
