/**
 * Runs a workload on a real containerd and measures it: a private daemon is started, its containers print the
 * lines, its memory is followed, and everything is removed again. The figures have the same names and meaning as
 * those of the model.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { arch, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { machineOf, whyNot } from '../machine.js';
import type { Workload } from '../types.js';
import { workloadOf } from '../workload.js';
import { loadGrpc } from './cri-client.js';
import { countRecords } from './cri-records.js';
import { type Daemon, startDaemon } from './daemon.js';
import { ENCLOSURE_PARENT, openEnclosure } from './enclosure.js';
import { DEFAULT_STOP_AT_BYTES, measureDaemon, totalBytes } from './measure.js';
import { findPrograms, RealUnavailable } from './requirements.js';
import type { RealOptions, RealOutcome } from './types.js';
import { type Pod, startPod, type Writer } from './writers.js';

/**
 * What the daemon takes at its highest per byte of open lines, over-estimated: 6.96 GB were measured at the end of
 * lines that had made it grow to 1.5 GB.
 */
const HIGHEST_PER_OPEN_BYTE = 6;
const DAEMON_ITSELF_BYTES = 128 * 2 ** 20;
/** Head of a record and its newline, at most. */
const RECORD_HEAD_BYTES = 48;

/**
 * Rejects with `RealUnavailable` where it cannot run here, before anything is started; with the signal's reason on
 * abort; and with the end of containerd's log when that dies. In every case nothing is left behind.
 */
export async function runReal(
  stated: Partial<Workload> = {},
  options: RealOptions = {},
): Promise<RealOutcome> {
  const workload = workloadOf(stated);
  const { signal = new AbortController().signal, onStage = () => {}, directory = ENCLOSURE_PARENT } = options;
  signal.throwIfAborted();
  if (workload.runtime !== 'containerd') {
    throw new RealUnavailable(`only containerd can be run for real, not ${workload.runtime}`);
  }
  const programs = await findPrograms(options);
  await loadGrpc();
  if (options.force !== true)
    await checkRoom(workload, options.stopAtBytes ?? DEFAULT_STOP_AT_BYTES, directory);

  onStage('starting a private containerd');
  const enclosure = await openEnclosure(programs.busybox, directory);
  let daemon: Daemon | undefined;
  let pod: Pod | undefined;
  try {
    daemon = await startDaemon(enclosure, programs, workload.limitBytes, signal);
    const either = AbortSignal.any([signal, daemon.died]);
    onStage('starting the containers');
    pod = await startPod(daemon, programs.busybox, enclosure.name, either);
    const writers: Writer[] = [];
    while (writers.length < workload.containers) writers.push(await pod.startWriter(workload.streams));
    const measured = await measureDaemon(daemon, writers, workload, options, either);
    const logs = await readLogs(writers, options.keepLogs, join(enclosure.directory, 'containerd.log'));
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
    // What waits says only that it was aborted; the reason is the caller's.
    throw signal.aborted ? signal.reason : await causeOf(error, daemon);
  } finally {
    onStage('cleaning up');
    pod?.close();
    await daemon?.stop();
    await enclosure.close();
  }
}

/** Containerd's last words where it died: a call to it fails a moment before the end of the process is noticed. */
async function causeOf(error: unknown, daemon: Daemon | undefined): Promise<unknown> {
  if (daemon === undefined) return error;
  if (!daemon.died.aborted) await pause(500);
  return daemon.died.aborted ? daemon.died.reason : error;
}

async function checkRoom(workload: Workload, stopAtBytes: number, directory: string): Promise<void> {
  const { limitBytes, lineBytes, containers, streams } = workload;
  const total = totalBytes(workload);
  const open = (limitBytes > 0 ? Math.min(lineBytes, limitBytes) : lineBytes) * containers * streams;
  const needs = {
    memoryBytes: DAEMON_ITSELF_BYTES + Math.min(open, stopAtBytes) * HIGHEST_PER_OPEN_BYTE,
    diskBytes: DAEMON_ITSELF_BYTES + total * (limitBytes > 0 ? 1 + RECORD_HEAD_BYTES / limitBytes : 1),
  };
  const why = whyNot(needs, await machineOf(directory));
  if (why !== null) throw new RealUnavailable(`the run ${why}: choose a shorter line or an earlier stop`);
}

async function readLogs(
  writers: readonly Writer[],
  keep: string | undefined,
  daemonLog: string,
): Promise<RealOutcome['logs']> {
  const kept = async (file: string): Promise<string | null> => {
    if (keep === undefined) return null;
    const path = join(keep, basename(file));
    await copyFile(file, path);
    return path;
  };
  if (keep !== undefined) await mkdir(keep, { recursive: true });
  await kept(daemonLog);
  return Promise.all(
    writers.map(async ({ logFile }) => ({ ...(await countRecords(logFile)), path: await kept(logFile) })),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
