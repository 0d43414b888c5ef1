/**
 * Lines of a node on which everything is stuck: every one holds a literal of a pattern, and each container is another
 * one. Half of them are stopped by a kubelet through dockerd 19.03, half through containerd, as those print it.
 */
import type { Random } from '../random.js';
import { klog, type LineContext, logrus, uuid } from './node-log.js';

/** A line, and when it comes after the first one of its container, ms. */
export interface StormLine {
  readonly afterMs: number;
  readonly line: (context: LineContext) => string;
}

/** What the log tells of one container, in order. */
export type StormScript = readonly StormLine[];

const NAMES = ['web', 'billing', 'search', 'ingest', 'fluentd', 'redis', 'mailer', 'gateway'] as const;
const NAMESPACES = ['default', 'kube-system', 'shop', 'monitoring', 'data'] as const;
const DOCKERD = 'dockerd[1359]';
const CONTAINERD = 'containerd[988]';
/** Of so many containers one stays for ever. */
const STAYS_ONE_IN = 5;

interface Stuck {
  readonly id: string;
  readonly name: string;
  /** As klog prints its pod: `pod="…" podUID="…" containerName="…"`. */
  readonly pod: string;
  readonly podName: string;
  readonly uid: string;
}

/** One container that does not stop, and in most cases dies after some minutes. */
export function stormScript(random: Random): StormScript {
  const name = random.pick(NAMES);
  const podName = `${random.pick(NAMESPACES)}/${name}-${random.hex(9)}-${random.hex(5)}`;
  const uid = uuid(random);
  const stuck = {
    id: random.hex(64),
    name,
    podName,
    uid,
    pod: `pod="${podName}" podUID="${uid}" containerName="${name}"`,
  };
  const dies = random.int(STAYS_ONE_IN) > 0;
  return random.int(2) === 0 ? ofDockerd(stuck, dies) : ofContainerd(stuck, dies);
}

function line(seconds: number, text: StormLine['line']): StormLine {
  return { afterMs: seconds * 1000, line: text };
}

function kubelet(seconds: number, severity: string, caller: string, text: string): StormLine {
  return line(seconds, (context) => klog(context, severity, caller, text));
}

/** The kubelet gives up after two minutes, and comes back two seconds later. */
function ofDockerd({ id, name, pod, podName, uid }: Stuck, dies: boolean): StormScript {
  const error = 'rpc error: code = Unknown desc = operation timeout: context deadline exceeded';
  const lines: StormLine[] = [];
  for (let call = 0; call < 5; call += 1) {
    const at = call * 122;
    lines.push(
      kubelet(
        at,
        'I',
        'kuberuntime_container.go:635',
        `"Killing container with a grace period" ${pod} containerID="docker://${id}" gracePeriod=10`,
      ),
      line(at + 10, (context) =>
        logrus(
          context,
          DOCKERD,
          'info',
          `msg="Container ${id} failed to exit within 10 seconds of signal 15 - using the force"`,
        ),
      ),
      line(at + 20.1, (context) =>
        logrus(
          context,
          DOCKERD,
          'info',
          `msg="Container ${id.slice(0, 12)} failed to exit within 10 seconds of kill - trying direct SIGKILL"`,
        ),
      ),
      kubelet(
        at + 120,
        'E',
        'remote_runtime.go:276',
        `"StopContainer from runtime service failed" err="${error}" containerID="${id}"`,
      ),
      kubelet(
        at + 120,
        'E',
        'kuberuntime_container.go:666',
        `"Container termination failed with gracePeriod" err="${error}" ${pod} containerID="docker://${id}" gracePeriod=10`,
      ),
      kubelet(
        at + 120,
        'E',
        'kuberuntime_container.go:691',
        `"Kill container failed" err="${error}" ${pod} containerID={Type:docker ID:${id}}`,
      ),
      syncFailed(at + 120.1, error, name, podName, uid),
    );
  }
  if (dies)
    lines.push(
      line(620, (context) =>
        logrus(
          context,
          DOCKERD,
          'info',
          `msg="ignoring event" container=${id} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`,
        ),
      ),
      line(620, (context) => logrus(context, CONTAINERD, 'info', `msg="shim disconnected" id=${id}`)),
      kubelet(
        621,
        'I',
        'kubelet.go:2134',
        `"SyncLoop (PLEG): event for pod" pod="${podName}" event=&{ID:${uid} Type:ContainerDied Data:${id}}`,
      ),
    );
  return lines;
}

/** containerd waits for the grace period of 30 s, kills, and gives up when the kubelet does. */
function ofContainerd({ id, name, pod, podName, uid }: Stuck, dies: boolean): StormScript {
  const error = 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
  const lines: StormLine[] = [];
  const containerd = (seconds: number, level: string, text: string): StormLine =>
    line(seconds, (context) => logrus(context, CONTAINERD, level, text));
  for (let call = 0; call < 4; call += 1) {
    const at = call * 152;
    lines.push(
      kubelet(
        at,
        'I',
        'kuberuntime_container.go:745',
        `"Killing container with a grace period" ${pod} containerID="containerd://${id}" gracePeriod=30`,
      ),
      containerd(at, 'info', `msg="StopContainer for \\"${id}\\" with timeout 30 (s)"`),
      call === 0
        ? containerd(at, 'info', `msg="Stop container \\"${id}\\" with signal terminated"`)
        : containerd(
            at,
            'info',
            `msg="Skipping the sending of signal terminated to container \\"${id}\\" because a prior stop with timeout>0 request already sent the signal"`,
          ),
      containerd(at + 30, 'info', `msg="Kill container \\"${id}\\""`),
      containerd(
        at + 150,
        'error',
        `msg="StopContainer for \\"${id}\\" failed" error="rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container \\"${id}\\" to be killed: wait container \\"${id}\\": context deadline exceeded"`,
      ),
      kubelet(
        at + 150,
        'E',
        'remote_runtime.go:505',
        `"StopContainer from runtime service failed" err="${error}" containerID="${id}"`,
      ),
      kubelet(
        at + 150,
        'E',
        'kuberuntime_container.go:784',
        `"Container termination failed with gracePeriod" err="${error}" ${pod} containerID="containerd://${id}" gracePeriod=30`,
      ),
      kubelet(
        at + 150,
        'E',
        'kuberuntime_container.go:822',
        `"Kill container failed" err="${error}" ${pod} containerID={"Type":"containerd","ID":"${id}"}`,
      ),
      syncFailed(at + 150.1, error, name, podName, uid),
    );
  }
  if (dies)
    lines.push(
      containerd(615, 'info', `msg="shim disconnected" id=${id} namespace=k8s.io`),
      containerd(615, 'warning', `msg="cleaning up after shim disconnected" id=${id} namespace=k8s.io`),
      kubelet(
        616,
        'I',
        'kubelet.go:2439',
        `"SyncLoop (PLEG): event for pod" pod="${podName}" event={"ID":"${uid}","Type":"ContainerDied","Data":"${id}"}`,
      ),
      containerd(640, 'info', `msg="RemoveContainer for \\"${id}\\""`),
    );
  return lines;
}

function syncFailed(seconds: number, error: string, name: string, podName: string, uid: string): StormLine {
  return kubelet(
    seconds,
    'E',
    'pod_workers.go:1298',
    `"Error syncing pod, skipping" err="failed to \\"KillContainer\\" for \\"${name}\\" with KillContainerError: \\"${error}\\"" pod="${podName}" podUID="${uid}"`,
  );
}
