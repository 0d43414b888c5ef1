/**
 * Which program a goroutine trace is of. Its frames say so where the log does not: a CI job shows the panic of
 * docker-buildx under nobody's name. Tags of syslog and journal say it in many spellings.
 */
import type { Frame } from '../types.js';

const TAGS: Readonly<Record<string, string>> = {
  dockerd: 'dockerd',
  'dockerd-current': 'dockerd',
  'docker-current': 'dockerd',
  'docker-engine': 'dockerd',
  balenad: 'dockerd',
  'balena-engine-daemon': 'dockerd',
  containerd: 'containerd',
  'docker-containerd': 'containerd',
  'docker-containerd-current': 'containerd',
  'balena-engine-containerd': 'containerd',
  buildkitd: 'buildkitd',
  'docker-buildx': 'docker-buildx',
  buildx: 'docker-buildx',
};

const UNITS: Readonly<Record<string, string>> = {
  'docker.service': 'dockerd',
  'containerd.service': 'containerd',
  'buildkit.service': 'buildkitd',
  'buildkitd.service': 'buildkitd',
};

/** The product that a tag or unit names for certain, else null. */
export function programOfTag(tag: string | null, unit: string | null): string | null {
  const plain =
    tag === null ? '' : tag.slice(tag.lastIndexOf('/') + 1).replace(/\.(?:stderr|stdout)\.log$/, '');
  const named = Object.hasOwn(TAGS, plain) ? TAGS[plain] : undefined;
  const ofUnit = unit !== null && Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  return named ?? ofUnit ?? null;
}

/**
 * Directories of main packages and packages that only one program has, in the order in which they are believed.
 * moby's client code is part of buildx and its BuildKit is part of dockerd, so that those alone say nothing.
 */
const MARKS: readonly (readonly [program: string, mark: RegExp])[] = [
  ['dockerd', /\/cmd\/dockerd\//],
  ['docker-buildx', /\/buildx\/cmd\/buildx\//],
  ['buildkitd', /\/buildkit\/cmd\/buildkitd\//],
  ['buildctl', /\/buildkit\/cmd\/buildctl\//],
  ['containerd-shim', /\/cmd\/containerd-shim[\w-]{0,32}\//],
  ['containerd', /\/cmd\/containerd\//],
  ['kubelet', /\/cmd\/kubelet\//],
  ['docker', /(?:^|\/)github\.com\/docker\/cli\/(?:cmd|vendor)\//],
  ['docker-buildx', /(?:^|\/)github\.com\/docker\/buildx\//],
  [
    'dockerd',
    /(?:^|\/)github\.com\/(?:docker\/docker|moby\/moby(?:\/v2)?)\/(?:daemon[./]|api\/server[./]|container[./]|vendor\/)/,
  ],
  [
    'containerd',
    /(?:^|\/)github\.com\/containerd\/(?:containerd(?:\/v2)?\/(?:pkg\/cri|internal\/cri|services|pkg\/server)|cri\/pkg)[./]/,
  ],
];

/** Longest name or path looked at. */
const LONGEST = 512;

/** Null where no frame is of a program that is known. Looks at every text at most once a mark. */
export function programOfFrames(frames: Iterable<Frame>, creators: Iterable<string>): string | null {
  let best = MARKS.length;
  const look = (text: string): void => {
    const short = text.slice(0, LONGEST);
    for (let rank = 0; rank < best; rank++) if (MARKS[rank]?.[1].test(short)) best = rank;
  };
  for (const { function: name, file } of frames) {
    look(name);
    if (file !== null) look(file);
  }
  for (const name of creators) look(name);
  return MARKS[best]?.[0] ?? null;
}
