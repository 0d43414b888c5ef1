/**
 * Starts the private containerd. It is the first process of a pid namespace and has a mount namespace of its own:
 * when it dies, the kernel ends its shims and containers and takes their mounts away, and it dies with us.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type CriClient, connectCri } from './cri-client.js';
import { type DaemonPaths, daemonConfig, pathsIn } from './daemon-config.js';
import type { Enclosure } from './enclosure.js';
import { busyboxImage } from './oci-image.js';
import type { Programs } from './requirements.js';
import { within } from './within.js';

/** A name that no registry can have, so that a mistake here never pulls. */
export const IMAGE = 'leaktrail.invalid/busybox:1';

export interface Daemon {
  readonly pid: number;
  readonly paths: DaemonPaths;
  readonly metricsAddress: string;
  readonly cri: CriClient;
  /** Aborts, with the end of its log as reason, when containerd ends without having been asked to. */
  readonly died: AbortSignal;
  /** Never rejects for a daemon that is gone already, and waits for ten seconds at most. */
  readonly stop: () => Promise<void>;
}

const START_SECONDS = 30;

/** Lines that say nothing about a failure: there is no CNI here, and unshare stumbles when its child was killed. */
const EXPECTED = /^$|level=(?:debug|info|warning)|failed to load cni|^unshare: sigprocmask/;

/**
 * Shims put their sockets in /run/containerd, and no setting of 1.x moves it. A /run of its own, in a mount namespace
 * of its own, so that nothing is made or removed in the host's. Busybox's mount, because the other one notes its
 * mounts in a file of the host.
 */
const INSIDE =
  '"$1" mount -t tmpfs -o mode=755 tmpfs /run && "$1" mkdir -m 711 /run/containerd && exec "$3" --config "$2/config.toml"';

/** A process in state D holds its namespace open; what is left then is the enclosure's to complain of. */
const STOP_SECONDS = 10;

/** Rejects with the end of containerd's log where it does not come up within 30 s. */
export async function startDaemon(
  enclosure: Enclosure,
  programs: Programs,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Daemon> {
  const paths = pathsIn(enclosure.directory);
  for (const directory of [paths.logs, paths.feeds, join(paths.directory, 'cni')]) {
    await mkdir(directory);
  }
  const metricsAddress = `127.0.0.1:${await freePort()}`;
  const { containerdVersion: version, runc } = programs;
  await writeFile(
    paths.config,
    daemonConfig(paths, { version, limitBytes, image: IMAGE, runc, metricsAddress }),
  );

  const { child, died, logEnd, stop } = await spawnContained(paths, programs);
  try {
    const either = AbortSignal.any([signal, died]);
    const cri = await answering(paths.socket, either, logEnd);
    const pid = await containedPid(child);
    if (pid === null) throw new Error('containerd ended while it was being started');
    await importImage(programs, paths, cri, either);
    return {
      pid,
      paths,
      metricsAddress,
      cri,
      died,
      stop: async () => {
        cri.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Contained {
  readonly child: ChildProcess;
  readonly died: AbortSignal;
  readonly logEnd: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

async function spawnContained(paths: DaemonPaths, programs: Programs): Promise<Contained> {
  const logFile = join(paths.directory, 'containerd.log');
  const log = await open(logFile, 'a');
  const { setpriv, unshare, busybox, containerd } = programs;
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inside = [busybox, 'sh', '-c', INSIDE, 'sh', busybox, paths.directory, containerd];
  const child = spawn(setpriv, ['--pdeathsig', 'KILL', unshare, ...namespaces, ...inside], {
    detached: true,
    cwd: paths.directory,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      // Its shim lies beside it, and /usr/sbin has runc.
      PATH: `${dirname(containerd)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      TMPDIR: paths.directory,
    },
  });
  await log.close();
  const logEnd = async (): Promise<string> => {
    const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
    return lines
      .filter((line) => !EXPECTED.test(line))
      .slice(-5)
      .join('\n');
  };
  const death = new AbortController();
  let stopping = false;
  child.once('error', (error) => death.abort(error));
  child.once('exit', async () => {
    if (stopping) return;
    const last = await logEnd().catch(() => '');
    const why =
      last === '' ? ' without a word: it was killed, for want of memory perhaps (see dmesg)' : `:\n${last}`;
    death.abort(new Error(`containerd ended${why}`));
  });
  const stop = async (): Promise<void> => {
    // Without a number it was never started.
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    stopping = true;
    const gone = once(child, 'exit');
    // The first process of the namespace, so that unshare, its parent, fetches it and ends: no zombie is left.
    kill((await containedPid(child)) ?? child.pid);
    await within(STOP_SECONDS, gone);
  };
  return { child, died: death.signal, logEnd, stop };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The process that unshare started, by its number outside; null: not started yet, or gone. */
async function containedPid({ pid }: ChildProcess): Promise<number | null> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return Number(children.trim()) || null;
}

async function answering(
  socket: string,
  signal: AbortSignal,
  logEnd: () => Promise<string>,
): Promise<CriClient> {
  const until = Date.now() + START_SECONDS * 1000;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await connectCri(socket, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (Date.now() > until) {
        throw new Error(
          `containerd did not answer within ${START_SECONDS} s: ${(error as Error).message}\n${await logEnd()}`,
        );
      }
    }
    await pause(50, undefined, { signal });
  }
}

async function importImage(
  programs: Programs,
  paths: DaemonPaths,
  cri: CriClient,
  signal: AbortSignal,
): Promise<void> {
  const file = join(paths.directory, 'image.tar');
  await writeFile(file, busyboxImage(await readFile(programs.busybox), IMAGE));
  const where = ['--address', paths.socket, '--namespace', 'k8s.io'];
  await promisify(execFile)(programs.ctr, [...where, 'images', 'import', '--snapshotter', 'native', file], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TMPDIR: paths.directory },
    signal,
  });
  // The cri plugin learns of an imported image by an event.
  const until = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const { image } = await cri.call('ImageStatus', { image: { image: IMAGE } });
    if (image !== undefined && image !== null) return;
    if (Date.now() > until)
      throw new Error('containerd imported the busybox image, but its cri plugin does not see it');
    await pause(50, undefined, { signal });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
