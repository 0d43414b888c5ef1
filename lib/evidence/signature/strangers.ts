/**
 * Tells a panic of somebody else's program from one of container tools, where both died in a library that both
 * use. Nothing but the stack can tell: a service that calls its binary `main` and vendors the library looks the
 * same down to the frame that died.
 */
import type { Panic } from '../types.js';

/** Import paths of the programs that the defects are of. */
const WITNESSES = [
  'github.com/docker/buildx',
  'github.com/docker/cli',
  'github.com/docker/docker',
  'github.com/moby/buildkit',
  'github.com/moby/moby',
  'github.com/containerd/containerd',
];

const OURS = new Set(['buildkit', 'buildkitd', 'buildx', 'containerd', 'docker', 'docker-buildx', 'dockerd']);
/** Directories that their sources are built in: `/src/cmd/buildkitd/main.go`, `/build/docker.io-20.10.24+dfsg1/`. */
const OUR_PLACE = /(?:buildctl|buildkit|buildx|containerd|docker|moby)/;

/** True where the stack shows another program's own code, and nothing of ours. */
export function isStrangers({ program, frames, lines }: Panic): boolean {
  if (program !== null && OURS.has(program)) return false;
  const texts = [
    ...frames.flatMap(({ function: name, file }) => [name, file ?? '']),
    ...lines.map(({ text }) => text),
  ];
  if (texts.some((text) => WITNESSES.some((witness) => text.includes(witness)))) return false;
  return frames.some(({ function: name, file }) => {
    // Every program has a `main.main`: only where it stands tells whose it is.
    if (name.startsWith('main.')) return file === null ? !name.startsWith('main.main') : !isOurPlace(file);
    return file !== null && isForeignVendor(file);
  });
}

function isOurPlace(file: string): boolean {
  return file.startsWith('/src/') || OUR_PLACE.test(file);
}

/** `/app/vendor/…`; Go's own sources have such a directory, too, and `/src` is where BuildKit and buildx are built. */
function isForeignVendor(file: string): boolean {
  const at = file.indexOf('/vendor/');
  if (at === -1) return false;
  const root = file.slice(0, at);
  const isOfGo = root.endsWith('/src') && file.startsWith('/vendor/golang.org/', at);
  return root !== '/src' && !isOfGo && !OUR_PLACE.test(root);
}
