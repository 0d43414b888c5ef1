/**
 * The literals the benchmark searches for: those of the shipped patterns, so that every contestant looks for what
 * the command itself looks for. Before the patterns are there, a list of the same kind stands in.
 */
import { existsSync, readFileSync } from 'node:fs';
import fastGlob from 'fast-glob';
import { parse } from 'yaml';

const STAND_IN: readonly string[] = [
  '- using the force',
  'trying direct SIGKILL',
  'did not receive an exit event',
  'Error killing the container',
  'error killing container',
  'Error sending stop (signal',
  'failed to stop after sending signal',
  'is zombie and can not be killed',
  'returned error: cannot stop container',
  'topic=/tasks/delete',
  'shim reaped',
  'shim disconnected',
  'failed to shutdown shim task',
  'cleaning leaked shim process',
  'StopContainer for ',
  'Stop container ',
  'Skipping the sending of signal',
  'Kill container ',
  'to be killed',
  'StopPodSandbox for ',
  'RemoveContainer for ',
  'TaskExit event',
  'received exit event',
  'received container exit event',
  'Failed to handle event',
  'Failed to handle backOff event',
  'is in backoff, enqueue event',
  'in task-service has been cleanup successfully',
  'TaskOOM event',
  'Shim ttrpc connection closed',
  'from runtime service failed',
  'termination failed with gracePeriod',
  'Kill container failed',
  'Error syncing pod',
  'with KillContainerError',
  'killPodWithSyncResult failed',
  'operation timeout: context deadline exceeded',
  'kipping pod synchronization',
  'ContainerDied',
  'container finished',
  'second grace period',
  'with a grace period',
  'NodeNotReady',
  'Stopping container: ',
  'with stop signal timed out',
  'blocked in uninterruptible sleep',
  'Stopped container ',
  'Failed to stop sandbox',
  'unable to signal init',
  'failed to teardown pod',
  ' blocked for more than ',
  'is blocked on a mutex likely owned by',
  'Killed process ',
  'oom-kill:constraint=',
  'invoked oom-killer',
  'killed by the OOM killer',
  'Main process exited',
  'Scheduled restart job',
  ' timed out. Killing.',
  'Processes still around after',
  'http: Accept error',
  'too many open files',
  'Start cri plugin with config',
  'starting cri plugin',
  'containerd successfully booted',
  'Daemon has completed initialization',
  'Daemon shutdown complete',
  'Loading containers: ',
  'Processing signal ',
  'otelhttptrace.(*clientTracer)',
  'panic: send on closed channel',
  'docker.(*pushWriter)',
  'nil pointer dereference',
];

/** Folder of the pattern files, from the project's root, where npm runs scripts. */
const PATTERN_FOLDER = 'patterns';

export function benchmarkLiterals(): { readonly literals: readonly string[]; readonly from: string } {
  const found = new Set<string>();
  if (existsSync(PATTERN_FOLDER)) {
    for (const path of fastGlob.sync(`${PATTERN_FOLDER}/**/*.yaml`)) {
      const file: unknown = parse(readFileSync(path, 'utf8'));
      const listed = typeof file === 'object' && file !== null && 'literals' in file ? file.literals : [];
      if (Array.isArray(listed))
        for (const literal of listed) if (typeof literal === 'string') found.add(literal);
    }
  }
  if (found.size === 0) return { literals: STAND_IN, from: 'stand-in list' };
  return { literals: [...found].sort(), from: `${PATTERN_FOLDER}/**/*.yaml` };
}
