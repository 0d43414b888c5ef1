/** What containerd's CRI plugin and CRI-O say about a stop. */
import type { Log } from './log.js';

export const cri = {
  requested(log: Log, at: number, id: string, grace: number): void {
    log.containerd(at, 'info', `StopContainer for "${id}" with timeout ${grace} (s)`);
  },
  signalled(log: Log, at: number, id: string): void {
    log.containerd(at, 'info', `Stop container "${id}" with signal terminated`);
  },
  /** From the second call on the signal is not sent again. */
  skipped(log: Log, at: number, id: string): void {
    log.containerd(
      at,
      'info',
      `Skipping the sending of signal terminated to container "${id}" because a prior stop with timeout>0 request already sent the signal`,
    );
  },
  killed(log: Log, at: number, id: string): void {
    log.containerd(at, 'info', `Kill container "${id}"`);
  },
  failed(log: Log, at: number, id: string, error: string): void {
    log.containerd(at, 'error', `StopContainer for "${id}" failed`, { error });
  },
  deadline(id: string): string {
    return `rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container "${id}" to be killed: wait container "${id}": context deadline exceeded`;
  },
  stopped(log: Log, at: number, id: string): void {
    log.containerd(at, 'info', `StopContainer for "${id}" returns successfully`);
  },
  sandboxStopping(log: Log, at: number, id: string): void {
    log.containerd(at, 'info', `StopPodSandbox for "${id}"`);
  },
  sandboxStopped(log: Log, at: number, id: string): void {
    log.containerd(at, 'info', `TearDown network for sandbox "${id}" successfully`);
    log.containerd(at + 0.001, 'info', `StopPodSandbox for "${id}" returns successfully`);
  },
  sandboxFailed(log: Log, at: number, id: string, error: string): void {
    log.containerd(at, 'error', `StopPodSandbox for "${id}" failed`, { error });
  },
  /** `process` is the container itself, or one of its execs. */
  exitEvent(log: Log, at: number, id: string, pid: number, status: number, process = id): void {
    const ms = log.ms(at);
    const when = `exited_at:{seconds:${Math.floor(ms / 1000)} nanos:504395334}`;
    log.containerd(
      at,
      'info',
      `received exit event container_id:"${id}" id:"${process}" pid:${pid} exit_status:${status} ${when}`,
    );
  },
  /** containerd 1.6: the event as a Go struct. */
  exitStruct(log: Log, at: number, id: string, pid: number, process = id): string {
    const exitedAt = new Date(Math.floor(log.ms(at))).toISOString().slice(0, 19).replace('T', ' ');
    return `&TaskExit{ContainerID:${id},ID:${process},Pid:${pid},ExitStatus:137,ExitedAt:${exitedAt}.702847285 +0000 UTC,XXX_unrecognized:[],}`;
  },
  /** A stop call that comes in at `at`; its deadline is the grace period plus two minutes. */
  stuckCall(log: Log, at: number, id: string, grace: number, first: boolean): void {
    cri.requested(log, at, id, grace);
    if (first) cri.signalled(log, at + 0.001, id);
    else cri.skipped(log, at + 0.001, id);
    cri.killed(log, at + grace + 0.003, id);
    cri.failed(log, at + grace + 120.004, id, cri.deadline(id));
  },
};

export const crio = {
  requested(log: Log, at: number, id: string, grace: number): void {
    log.crio(at, 'info', `Stopping container: ${id} (timeout: ${grace}s)`, {
      id: log.uid(`request ${at}`),
      name: '/runtime.v1.RuntimeService/StopContainer',
    });
  },
  timedOut(log: Log, at: number, id: string): void {
    log.crio(at, 'warning', `Stopping container ${id} with stop signal timed out. Killing...`);
  },
  stopped(log: Log, at: number, id: string, what: string): void {
    log.crio(at, 'info', `Stopped container ${id}: ${what}`, {
      id: log.uid(`request ${at}`),
      name: '/runtime.v1.RuntimeService/StopContainer',
    });
  },
};
