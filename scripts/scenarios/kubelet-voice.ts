/** What the kubelet says about a stop, in the wording of Kubernetes up to 1.20, of 1.21 to 1.25, and after. */
import { goQuote, type Log } from './log.js';

export type Wording = '1.20' | '1.21' | '1.28';

export interface PodContainer {
  readonly id: string;
  readonly sandbox?: string;
  readonly runtime: 'docker' | 'containerd' | 'cri-o';
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly name: string;
  readonly grace: number;
}

export const DEADLINE = 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
/** dockershim and cri-dockerd. */
export const OPERATION_TIMEOUT =
  'rpc error: code = Unknown desc = operation timeout: context deadline exceeded';

function keys(c: PodContainer, wording: Wording): string {
  const uid = wording === '1.28' ? `"${c.uid}"` : c.uid;
  return `pod="${c.namespace}/${c.pod}" podUID=${uid}`;
}

export function killing(log: Log, at: number, c: PodContainer, wording: Wording): void {
  if (wording === '1.20') {
    const text = `Killing container "${c.runtime}://${c.id}" with ${c.grace} second grace period`;
    log.kubelet(at, 'I', 'kuberuntime_container.go:635', text);
    return;
  }
  log.kubelet(
    at,
    'I',
    'kuberuntime_container.go:745',
    `"Killing container with a grace period" ${keys(c, wording)} containerName="${c.name}" containerID="${c.runtime}://${c.id}" gracePeriod=${c.grace}`,
  );
}

/** The four lines of one failed stop, within 40 ms. */
export function stopFailed(log: Log, at: number, c: PodContainer, error: string, wording: Wording): void {
  const kill = `failed to "KillContainer" for "${c.name}" with KillContainerError: ${goQuote(error)}`;
  if (wording === '1.20') {
    const container = `Container "${c.runtime}://${c.id}" termination failed with gracePeriod ${c.grace}: ${error}`;
    const ref = `${c.uid} ("${c.pod}_${c.namespace}(${c.uid})")`;
    log.kubelet(
      at,
      'E',
      'remote_runtime.go:274',
      `StopContainer "${c.id}" from runtime service failed: ${error}`,
    );
    log.kubelet(at + 0.008, 'E', 'kuberuntime_container.go:644', container);
    log.kubelet(at + 0.016, 'E', 'kubelet.go:1532', `error killing pod: ${kill}`);
    log.kubelet(
      at + 0.024,
      'E',
      'pod_workers.go:191',
      `Error syncing pod ${ref}, skipping: error killing pod: ${kill}`,
    );
    return;
  }
  const ref =
    wording === '1.21' ? `{Type:${c.runtime} ID:${c.id}}` : `{"Type":"${c.runtime}","ID":"${c.id}"}`;
  const err = `err=${goQuote(error)}`;
  log.kubelet(
    at,
    'E',
    'remote_runtime.go:505',
    `"StopContainer from runtime service failed" ${err} containerID="${c.id}"`,
  );
  log.kubelet(
    at + 0.008,
    'E',
    'kuberuntime_container.go:784',
    `"Container termination failed with gracePeriod" ${err} ${keys(c, wording)} containerName="${c.name}" containerID="${c.runtime}://${c.id}" gracePeriod=${c.grace}`,
  );
  log.kubelet(
    at + 0.016,
    'E',
    'kuberuntime_container.go:822',
    `"Kill container failed" ${err} ${keys(c, wording)} containerName="${c.name}" containerID=${ref}`,
  );
  log.kubelet(
    at + 0.024,
    'E',
    'pod_workers.go:1298',
    `"Error syncing pod, skipping" err=${goQuote(kill)} ${keys(c, wording)}`,
  );
}

export function sandboxFailed(log: Log, at: number, c: PodContainer, sandbox: string, error: string): void {
  const kill = `failed to "KillPodSandbox" for "${c.uid}" with KillPodSandboxError: ${goQuote(error)}`;
  log.kubelet(
    at,
    'E',
    'remote_runtime.go:205',
    `"StopPodSandbox from runtime service failed" err=${goQuote(error)} podSandboxID="${sandbox}"`,
  );
  log.kubelet(
    at + 0.008,
    'E',
    'kuberuntime_manager.go:1079',
    `"Failed to stop sandbox" podSandboxID={"Type":"${c.runtime}","ID":"${sandbox}"}`,
  );
  log.kubelet(
    at + 0.016,
    'E',
    'kuberuntime_manager.go:782',
    `"killPodWithSyncResult failed" err=${goQuote(kill)}`,
  );
  log.kubelet(
    at + 0.024,
    'E',
    'pod_workers.go:1298',
    `"Error syncing pod, skipping" err=${goQuote(kill)} ${keys(c, '1.28')}`,
  );
}

export function relistLate(log: Log, at: number, secondsLate: number, wording: Wording): void {
  const ago = `${Math.floor(secondsLate / 60)}m${(secondsLate % 60).toFixed(9).replace(/0+$/, '1')}s`;
  const text = `PLEG is not healthy: pleg was last seen active ${ago} ago; threshold is 3m0s`;
  if (wording === '1.20') log.kubelet(at, 'I', 'kubelet.go:1778', `skipping pod synchronization - [${text}]`);
  else log.kubelet(at, 'E', 'kubelet.go:1870', `"Skipping pod synchronization" err="${text}"`);
}

/** The pod that a scenario's container belongs to. */
export function podContainer(log: Log, pod: string, rest: Partial<PodContainer> = {}): PodContainer {
  return {
    id: log.id(pod),
    sandbox: log.id(`${pod} sandbox`),
    runtime: 'containerd',
    namespace: 'payments',
    pod,
    uid: log.uid(pod),
    name: 'ledger',
    grace: 30,
    ...rest,
  };
}
