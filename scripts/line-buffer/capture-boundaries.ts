/**
 * Writes the boundary cases' records as the real containerd of this machine writes them: one file per limit, for
 * the tests of the simulator. Run as root in a built checkout, with the directory to write to:
 * `node dist/scripts/line-buffer/capture-boundaries.js test/fixtures/line-buffer/containerd-1.6.20`.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Daemon, startDaemon } from '../../bench/line-buffer/real/daemon.js';
import { type Enclosure, openEnclosure } from '../../bench/line-buffer/real/enclosure.js';
import { findPrograms, type Programs } from '../../bench/line-buffer/real/requirements.js';
import { type Pod, startPod } from '../../bench/line-buffer/real/writers.js';
import { BOUNDARY_CASES, type BoundaryCase, bytesOf } from './boundary-cases.js';

/** A case with what came of it. */
export interface Capture extends BoundaryCase {
  /** The log file, gzipped, in base64. */
  readonly log: string;
  /** What containerd died of while it read the streams; null: it did not. */
  readonly panic: string | null;
}

/** Between steps, so that their order in the file is theirs; and what a file must not have grown for at the end. */
const PAUSE_MS = 200;

interface Running {
  readonly enclosure: Enclosure;
  readonly daemon: Daemon;
  readonly pod: Pod;
}

async function start(programs: Programs, limitBytes: number, signal: AbortSignal): Promise<Running> {
  const enclosure = await openEnclosure(programs);
  try {
    const daemon = await startDaemon(enclosure, programs, limitBytes, signal);
    try {
      const pod = await startPod(daemon, programs.busybox, enclosure.name, daemon.died);
      return { enclosure, daemon, pod };
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  } catch (error) {
    await enclosure.close();
    throw error;
  }
}

async function stop({ enclosure, daemon, pod }: Running): Promise<void> {
  pod.close();
  try {
    await daemon.stop();
  } finally {
    await enclosure.close();
  }
}

async function capture({ daemon, pod }: Running, boundary: BoundaryCase): Promise<Capture> {
  const writer = await pod.startWriter(2);
  try {
    for (const { stream, parts } of boundary.steps) {
      await writer.feeds.get(stream)?.write(bytesOf(parts));
      if (boundary.steps.length > 1) await pause(PAUSE_MS, undefined, { signal: daemon.died });
    }
    for (const feed of writer.feeds.values()) feed.end();
    while (!(await writer.exited())) await pause(20, undefined, { signal: daemon.died });
    for (let last = -1, size = 0; last !== size; size = (await stat(writer.logFile)).size) {
      last = size;
      await pause(PAUSE_MS, undefined, { signal: daemon.died });
    }
  } catch (error) {
    // A call fails a moment before the end of the process is noticed.
    await pause(1000);
    if (!daemon.died.aborted) throw error;
  }
  const log = gzipSync(await readFile(writer.logFile), { level: 9 }).toString('base64');
  return { ...boundary, log, panic: daemon.died.aborted ? await panicOf(daemon) : null };
}

async function panicOf(daemon: Daemon): Promise<string> {
  const log = await readFile(join(daemon.paths.directory, 'containerd.log'), 'utf8');
  return /^panic: .*$/m.exec(log)?.[0] ?? String(daemon.died.reason);
}

/** Rejects on abort; nothing of the daemons is left behind. */
export async function captureBoundaries(
  limitBytes: number,
  signal: AbortSignal,
  onCase: (name: string) => void,
): Promise<readonly Capture[]> {
  const programs = await findPrograms({});
  const captures: Capture[] = [];
  let running: Running | null = null;
  try {
    for (const boundary of BOUNDARY_CASES.filter((one) => one.limitBytes === limitBytes)) {
      signal.throwIfAborted();
      onCase(boundary.name);
      running ??= await start(programs, limitBytes, signal);
      const taken = await capture(running, boundary);
      captures.push(taken);
      if (taken.panic !== null) {
        const panicked: Running = running;
        running = null;
        await stop(panicked);
      }
    }
  } finally {
    if (running !== null) await stop(running);
  }
  return captures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory, ...wanted] = process.argv.slice(2);
  if (directory === undefined) throw new Error('name the directory to write the captures to');
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
  const { containerdVersion, runcVersion } = await findPrograms({});
  await mkdir(directory, { recursive: true });
  for (const limit of new Set(BOUNDARY_CASES.map(({ limitBytes }) => limitBytes))) {
    if (wanted.length > 0 && !wanted.includes(`${limit}`)) continue;
    const cases = await captureBoundaries(limit, interrupted.signal, (name) => {
      process.stderr.write(`${limit} ${name}\n`);
    });
    const lines = cases.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
    const versions = JSON.stringify({ containerd: containerdVersion, runc: runcVersion });
    await writeFile(
      join(directory, `limit-${limit <= 0 ? 'none' : limit}${limit === 0 ? '-0' : ''}.json`),
      `{\n  "versions": ${versions},\n  "cases": [\n${lines}\n  ]\n}\n`,
    );
  }
}
