/**
 * Makes a container image of the local busybox, as one tar that `ctr images import` reads. No registry is asked:
 * the image is the binary, a link for each command that is needed, and the few JSON files of an OCI layout.
 */
import { createHash } from 'node:crypto';

export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array | { readonly linkTo: string } | 'directory';
}

/** Node's names of processors to Go's, which images carry. */
const GO_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
};

const COMMANDS = ['cat', 'sh', 'sleep'];

/** The image as a tar. `busybox` is the content of a static binary; `reference` is the name it gets. */
export function busyboxImage(
  busybox: Uint8Array,
  reference: string,
  processor: string = process.arch,
): Buffer {
  const layer = tar([
    { path: 'bin/', mode: 0o755, content: 'directory' },
    { path: 'bin/busybox', mode: 0o755, content: busybox },
    ...COMMANDS.map((name) => ({ path: `bin/${name}`, mode: 0o777, content: { linkTo: 'busybox' } })),
    ...['dev/', 'etc/', 'feed/', 'proc/', 'sys/'].map(
      (path): TarEntry => ({ path, mode: 0o755, content: 'directory' }),
    ),
  ]);
  const config = json({
    architecture: GO_ARCHITECTURES[processor] ?? processor,
    os: 'linux',
    // The pause container of a pod runs what the image names.
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sleep', '2147483647'] },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: described(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [described(layer, 'application/vnd.oci.image.layer.v1.tar')],
  });
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        ...described(manifest, 'application/vnd.oci.image.manifest.v1+json'),
        annotations: { 'io.containerd.image.name': reference },
      },
    ],
  });
  return tar([
    { path: 'oci-layout', mode: 0o644, content: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', mode: 0o644, content: index },
    ...[config, manifest, layer].map(
      (blob): TarEntry => ({
        path: `blobs/sha256/${digest(blob).slice('sha256:'.length)}`,
        mode: 0o644,
        content: blob,
      }),
    ),
  ]);
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digest(blob: Uint8Array): string {
  return `sha256:${createHash('sha256').update(blob).digest('hex')}`;
}

function described(blob: Uint8Array, mediaType: string): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digest(blob), size: blob.length };
}

const BLOCK = 512;

/** A ustar archive. Paths have at most 100 bytes; times are zero and owners root, so equal input is equal output. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const body = entry.content instanceof Uint8Array ? entry.content : new Uint8Array();
    parts.push(header(entry, body.length), body, Buffer.alloc(-body.length & (BLOCK - 1)));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header({ path, mode, content }: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`a path in a tar has at most 100 bytes: ${path}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void => {
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  };
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  if (content === 'directory') {
    block.write('5', 156);
  } else if (content instanceof Uint8Array) {
    block.write('0', 156);
  } else {
    block.write('2', 156);
    block.write(content.linkTo, 157);
  }
  block.write('ustar\x0000', 257, 'latin1');
  // The checksum is taken with its own field full of spaces.
  block.write('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
