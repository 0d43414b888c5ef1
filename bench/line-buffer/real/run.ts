/**
 * Runs a workload on a real containerd and measures it: a private daemon is started, its containers print the
 * lines, its memory is followed, and everything is removed again. The figures have the same names and meaning as
 * those of the model.
 */
import { arch, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkWorkload } from '../check-workload.js';
import { machineOf, whyNot } from '../machine.js';
import type { Workload } from '../types.js';
import { workloadOf } from '../workload.js';
import { CleanupError, withCleanup } from './cleanup.js';
import { loadGrpc } from './cri-client.js';
import { countRecords } from './cri-records.js';
import { type Daemon, startDaemon } from './daemon.js';
import { ENCLOSURE_PARENT, type Enclosure, openEnclosure } from './enclosure.js';
import { openKeptLogs } from './kept-logs.js';
import { DEFAULT_STOP_AT_BYTES, measureDaemon, totalBytes } from './measure.js';
import { findPrograms, type Programs, RealUnavailable } from './requirements.js';
import type { RealOptions, RealOutcome } from './types.js';
import { type Pod, startPod, type Writer } from './writers.js';

/**
 * What the daemon takes at its highest per byte of open lines, over-estimated: 6.96 GB were measured at the end of
 * lines that had made it grow to 1.5 GB.
 */
const HIGHEST_PER_OPEN_BYTE = 6;
const DAEMON_ITSELF_BYTES = 128 * 2 ** 20;
/** Its shim and its busybox, and a copy of the image on disk. */
const CONTAINER_ITSELF_BYTES = 24 * 2 ** 20;
/** They are started one after the other, each with a shim: more say nothing that the model does not. */
const MOST_CONTAINERS = 100;
/** Head of a record and its newline, at most. */
const RECORD_HEAD_BYTES = 48;

/**
 * Rejects with `RealUnavailable` where it cannot run here, before a daemon is started; with a `WorkloadError` for
 * what `checkWorkload` refuses; with the signal's reason on abort; and with the end of containerd's log when that
 * dies. All that was begun is removed before, and where that fails, it is the error, with the first one as its cause.
 */
export async function runReal(
  stated: Partial<Workload> = {},
  options: RealOptions = {},
): Promise<RealOutcome> {
  const workload = workloadOf(stated);
  const { signal = new AbortController().signal, directory = ENCLOSURE_PARENT } = options;
  signal.throwIfAborted();
  if (workload.runtime !== 'containerd') {
    throw new RealUnavailable(`only containerd can be run for real, not ${workload.runtime}`);
  }
  if (workload.containers > MOST_CONTAINERS) {
    throw new RealUnavailable(
      `at most ${MOST_CONTAINERS} containers are started for real, ${workload.containers} are asked for: let more be computed with the model`,
    );
  }
  const programs = await findPrograms(options);
  checkWorkload({ ...workload, version: programs.containerdVersion });
  await loadGrpc();

  const enclosure = await openEnclosure(programs, directory);
  return withCleanup(async () => {
    signal.throwIfAborted();
    if (options.force !== true) {
      await checkRoom(workload, options.stopAtBytes ?? DEFAULT_STOP_AT_BYTES, enclosure.directory);
    }
    options.onStage?.('starting a private containerd');
    const daemon = await startDaemon(enclosure, programs, workload.limitBytes, signal);
    return withCleanup(
      () => runOn(daemon, enclosure, programs, workload, options, signal),
      () => {
        quietly(() => options.onStage?.('cleaning up'));
        return daemon.stop();
      },
    );
  }, enclosure.close).catch((error) => {
    // What waits says only that it was aborted; the reason is the caller's.
    throw signal.aborted && !(error instanceof CleanupError) ? signal.reason : error;
  });
}

async function runOn(
  daemon: Daemon,
  enclosure: Enclosure,
  programs: Programs,
  workload: Workload,
  options: RealOptions,
  signal: AbortSignal,
): Promise<RealOutcome> {
  const either = AbortSignal.any([signal, daemon.died]);
  let pod: Pod | undefined;
  try {
    options.onStage?.('starting the containers');
    pod = await startPod(daemon, programs.busybox, enclosure.name, either);
    const writers: Writer[] = [];
    while (writers.length < workload.containers) writers.push(await pod.startWriter(workload.streams));
    const measured = await measureDaemon(daemon, writers, workload, options, either);
    const logs = await readLogs(writers, options.keepLogs, enclosure);
    const { containerdVersion: containerd, runcVersion: runc } = programs;
    return {
      ...measured,
      partialRecords: sum(logs.map((log) => log.partialRecords)),
      fullRecords: sum(logs.map((log) => log.fullRecords)),
      diskBytes: sum(logs.map((log) => log.bytes)),
      logs,
      versions: { containerd, runc, cri: daemon.cri.version },
      machine: { kernel: release(), architecture: arch(), memoryBytes: totalmem() },
    };
  } catch (error) {
    throw await causeOf(error, daemon, signal);
  } finally {
    pod?.close();
  }
}

/** What a caller's function throws must not keep the cleanup from going on. */
function quietly(call: () => void): void {
  try {
    call();
  } catch {}
}

/** Containerd's last words where it died: a call to it fails a moment before the end of the process is noticed. */
async function causeOf(error: unknown, daemon: Daemon, signal: AbortSignal): Promise<unknown> {
  if (!daemon.died.aborted && !signal.aborted) await pause(500);
  return daemon.died.aborted ? daemon.died.reason : error;
}

/** After leftovers were removed, which may be what fills the disk. */
async function checkRoom(workload: Workload, stopAtBytes: number, directory: string): Promise<void> {
  const { limitBytes, lineBytes, containers, streams } = workload;
  const total = totalBytes(workload);
  const open = (limitBytes > 0 ? Math.min(lineBytes, limitBytes) : lineBytes) * containers * streams;
  const started = DAEMON_ITSELF_BYTES + containers * CONTAINER_ITSELF_BYTES;
  const needs = {
    memoryBytes: started + Math.min(open, stopAtBytes) * HIGHEST_PER_OPEN_BYTE,
    diskBytes: started + total * (limitBytes > 0 ? 1 + RECORD_HEAD_BYTES / limitBytes : 1),
  };
  const why = whyNot(needs, await machineOf(directory));
  if (why !== null) throw new RealUnavailable(`the run ${why}: choose a shorter line or an earlier stop`);
}

async function readLogs(
  writers: readonly Writer[],
  directory: string | undefined,
  enclosure: Enclosure,
): Promise<RealOutcome['logs']> {
  const kept = directory === undefined ? null : await openKeptLogs(directory, enclosure.name);
  try {
    await kept?.keep(join(enclosure.directory, 'containerd.log'));
    const logs: RealOutcome['logs'][number][] = [];
    for (const { logFile } of writers) {
      logs.push({ ...(await countRecords(logFile)), path: (await kept?.keep(logFile)) ?? null });
    }
    return logs;
  } finally {
    await kept?.close();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
