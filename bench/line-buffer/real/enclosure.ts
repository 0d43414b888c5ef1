/**
 * The directory that all of a run lies in: made when no other run is under way, and removed with everything that
 * was started in it, whatever the run ends of.
 */
import { access, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HOME, type Home, openHome } from './home.js';
import { type Keeper, type KeeperTools, RUN_PREFIX, startKeeper } from './keeper.js';
import { RealUnavailable } from './requirements.js';

/**
 * On disk, and the same for every user and session, so that leftovers are found. /tmp can be memory, and a log of
 * some hundred MiB there would spoil what is measured. Only root writes here.
 */
export const ENCLOSURE_PARENT = '/var/lib';

export interface Enclosure {
  readonly directory: string;
  /** Last part of the directory, which is also the name of the cgroup that the containers run in. */
  readonly name: string;
  /** Removes everything, and lets the next run begin. Rejects where something is left, and names it. */
  readonly close: () => Promise<void>;
}

/** Other runs come and go between the making of the directory and its lock; not so often. */
const ATTEMPTS = 20;

/**
 * Removes what dead runs left, then makes a directory in `<parent>/leaktrail`. Throws `RealUnavailable` while another
 * run is alive, for two at once would spoil each other's figures, and where that place is not safe.
 */
export async function openEnclosure(
  tools: KeeperTools,
  parent: string = ENCLOSURE_PARENT,
): Promise<Enclosure> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const enclosure = await tryOpen(tools, parent);
    if (enclosure !== null) return enclosure;
  }
  throw new RealUnavailable(`runs in ${join(parent, HOME)} come and go too fast: try again`);
}

/** Null where the end of another run came between. */
async function tryOpen(tools: KeeperTools, parent: string): Promise<Enclosure | null> {
  const home = await openHome(parent);
  if (home === null) return null;
  let enclosure: Enclosure | null = null;
  try {
    const keeper = await startKeeper(home, tools);
    try {
      enclosure = await enter(home, keeper, tools);
    } finally {
      if (enclosure === null) await keeper.end();
    }
  } finally {
    if (enclosure === null) await home.handle.close();
  }
  return enclosure;
}

async function enter(home: Home, keeper: Keeper, tools: KeeperTools): Promise<Enclosure | null> {
  if (keeper.word === 'stale') return null;
  if (keeper.word === 'left') throw stuck(home.path);
  if (keeper.word === 'busy') {
    throw new RealUnavailable(
      `another run with the real containerd is under way (it has the lock of ${home.path}): wait for its end`,
    );
  }
  const directory = await mkdtemp(join(home.path, RUN_PREFIX));
  const close = async (): Promise<void> => {
    try {
      await keeper.end();
      // Somebody ended the keeper, or it waited in vain for a process to die. The lock is still ours.
      if (await exists(directory)) await (await startKeeper(home, tools)).end();
      if (await exists(directory)) throw stuck(directory);
    } finally {
      await home.handle.close();
    }
  };
  return { directory, name: basename(directory), close };
}

function stuck(directory: string): Error {
  return new Error(
    `processes or cgroups of ${directory} could not be removed; look for processes that hang (state D in ps), then start a run again: it cleans up`,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
