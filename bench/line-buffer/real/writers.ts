/**
 * The containers that print. Each runs busybox's cat on a named pipe of ours, so that what it prints, how fast and
 * when it ends is decided here to the byte, and a pipe that ends because we were killed ends it too.
 */
import { execFile } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CONTAINER_EXITED, type Message, NAMESPACE } from './cri-messages.js';
import { type Daemon, IMAGE } from './daemon.js';

export type StreamName = 'stdout' | 'stderr';
const STREAMS: readonly StreamName[] = ['stdout', 'stderr'];

export interface Feed {
  /** Resolves when the pipe took the bytes: it holds 64 KiB, the rest waits for the reader. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** The container's cat sees the end of its input and closes its output. */
  readonly end: () => void;
}

export interface Writer {
  readonly id: string;
  readonly feeds: ReadonlyMap<StreamName, Feed>;
  /** File that the daemon writes the container's records to. */
  readonly logFile: string;
  /** SIGKILL, without a grace period. */
  readonly kill: () => Promise<void>;
  readonly exited: () => Promise<boolean>;
}

export interface Pod {
  readonly startWriter: (streams: 1 | 2) => Promise<Writer>;
  /** Ends all feeds, as the end of our process would. */
  readonly close: () => void;
}

/** Starts a pod for writers. Network and so on are the host's: no CNI is needed. */
export async function startPod(
  daemon: Daemon,
  busybox: string,
  cgroup: string,
  signal: AbortSignal,
): Promise<Pod> {
  const namespaceOptions = { network: NAMESPACE.node, pid: NAMESPACE.container, ipc: NAMESPACE.pod };
  const sandboxConfig: Message<'PodSandboxConfig'> = {
    metadata: { name: 'line-buffer', uid: cgroup, namespace: 'default', attempt: 0 },
    logDirectory: daemon.paths.logs,
    // Else the host's resolv.conf is copied, which may be a link into the /run that the daemon does not have.
    dnsConfig: { options: ['ndots:1'] },
    linux: { cgroupParent: `/${cgroup}`, securityContext: { namespaceOptions } },
  };
  const { podSandboxId = '' } = await daemon.cri.call('RunPodSandbox', { config: sandboxConfig });
  const opened: Feed[] = [];
  let started = 0;

  const startWriter = async (streams: 1 | 2): Promise<Writer> => {
    const name = `writer-${started}`;
    started += 1;
    const directory = join(daemon.paths.feeds, name);
    await mkdir(directory);
    const names = STREAMS.slice(0, streams);
    await promisify(execFile)(busybox, [
      'mkfifo',
      '-m',
      '600',
      ...names.map((stream) => join(directory, stream)),
    ]);
    const logPath = `${name}.log`;
    const { containerId = '' } = await daemon.cri.call('CreateContainer', {
      podSandboxId,
      sandboxConfig,
      config: {
        metadata: { name, attempt: 0 },
        image: { image: IMAGE },
        command: streams === 1 ? ONE_STREAM : TWO_STREAMS,
        mounts: [{ containerPath: '/feed', hostPath: directory, readonly: true }],
        logPath,
        linux: { securityContext: { namespaceOptions } },
      },
    });
    await daemon.cri.call('StartContainer', { containerId });
    const feeds = new Map<StreamName, Feed>();
    for (const stream of names) {
      const feed = await openFeed(join(directory, stream), signal);
      opened.push(feed);
      feeds.set(stream, feed);
    }
    return {
      id: containerId,
      feeds,
      logFile: join(daemon.paths.logs, logPath),
      // The answer comes when the exit is seen, which a daemon busy with a flush is late to.
      kill: async () => void (await daemon.cri.call('StopContainer', { containerId, timeout: 0 }, 300)),
      exited: async () => {
        const { status } = await daemon.cri.call('ContainerStatus', { containerId });
        return status?.state === CONTAINER_EXITED;
      },
    };
  };
  return {
    startWriter,
    close: () => {
      for (const feed of opened) feed.end();
    },
  };
}

const ONE_STREAM = ['cat', '/feed/stdout'];
// The shell keeps both outputs open until both inputs have ended.
const TWO_STREAMS = ['sh', '-c', 'cat /feed/stderr >&2 & cat /feed/stdout; wait'];

const READER_SECONDS = 30;

/** Waits until the container reads: what is written to a named pipe before is lost when the writer leaves first. */
async function openFeed(path: string, signal: AbortSignal): Promise<Feed> {
  const until = performance.now() + READER_SECONDS * 1000;
  for (;;) {
    try {
      // Without waiting, which would block a thread for good if no reader comes: fails until there is one.
      return feedInto(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      if (performance.now() > until) {
        throw new Error(`the container did not begin to read its feed within ${READER_SECONDS} s`);
      }
    }
    await pause(10, undefined, { signal });
  }
}

function feedInto(descriptor: number): Feed {
  // A socket polls, so that a full pipe blocks no thread.
  const pipe = new Socket({ fd: descriptor, readable: false, writable: true });
  pipe.on('error', () => {});
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        pipe.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end: () => void pipe.destroy(),
  };
}
