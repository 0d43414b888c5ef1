/** Stops that end in an error which is not the container's fault, and deadlines that are somebody else's. */
import { cri } from './cri-voice.js';
import { exited, v2 } from './docker-voice.js';
import { DEADLINE, killing, podContainer, sandboxFailed, stopFailed } from './kubelet-voice.js';
import { createLog, goQuote } from './log.js';
import { type Scenario, silent } from './types.js';

const CANCELED = 'rpc error: code = Canceled desc = context canceled';

function longGrace(): Scenario {
  const log = createLog('long-grace-3600', { start: '2024-09-01T08:00:00Z', host: 'game-4' });
  const pod = podContainer(log, 'match-server-7', { namespace: 'games', name: 'server', grace: 3600 });
  for (const [i, at] of [10, 700, 1500, 2300].entries()) {
    killing(log, at, pod, '1.28');
    cri.requested(log, at + 0.002, pod.id, 3600);
    if (i === 0) cri.signalled(log, at + 0.003, pod.id);
    else cri.skipped(log, at + 0.003, pod.id);
    if (i === 3) continue;
    log.systemd(at + 600, 'Stopping kubelet: The Kubernetes Node Agent...');
    cri.failed(log, at + 600.1, pod.id, CANCELED);
    log.systemd(at + 601, 'Started kubelet: The Kubernetes Node Agent.');
  }
  log.chatter(20, 2500, 140);
  return silent('long-grace-3600', 'an hour of grace is stated, and a restarted kubelet asks again', log);
}

function preStop(): Scenario {
  const log = createLog('pre-stop-hook', { start: '2024-09-01T08:00:00Z', host: 'worker-b1' });
  for (let i = 0; i < 6; i++) {
    const pod = podContainer(log, `ingress-${i}`, { namespace: 'edge', name: 'nginx', grace: 60 });
    const at = 5 + i * 20;
    killing(log, at, pod, '1.28');
    log.kubelet(
      at + 60,
      'W',
      'kuberuntime_container.go:642',
      `"PreStop hook not completed in grace period" pod="edge/${pod.pod}" podUID="${pod.uid}" containerName="nginx" containerID="containerd://${pod.id}" gracePeriod=60`,
    );
    cri.requested(log, at + 60.01, pod.id, 2);
    cri.signalled(log, at + 60.011, pod.id);
    cri.killed(log, at + 62.02, pod.id);
    cri.exitEvent(log, at + 62.1, pod.id, 30100 + i, 137);
    cri.stopped(log, at + 62.2, pod.id);
  }
  return silent('pre-stop-hook', 'the hook used up the grace period; SIGKILL then works', log);
}

function kubeletRestart(): Scenario {
  const log = createLog('kubelet-restart-canceled', { start: '2024-01-10T04:00:00Z', host: 'worker-c2' });
  for (let i = 0; i < 8; i++) {
    const pod = podContainer(log, `batch-${i}`, { name: 'job' });
    killing(log, 2 + i * 0.01, pod, '1.28');
    cri.requested(log, 2.002 + i * 0.01, pod.id, 30);
    cri.signalled(log, 2.003 + i * 0.01, pod.id);
    cri.failed(log, 9 + i * 0.001, pod.id, CANCELED);
    cri.requested(log, 21 + i * 0.01, pod.id, 30);
    cri.skipped(log, 21.001 + i * 0.01, pod.id);
    cri.exitEvent(log, 24 + i, pod.id, 4200 + i, 0);
    cri.stopped(log, 24.1 + i, pod.id);
  }
  log.systemd(9.2, 'Stopped kubelet: The Kubernetes Node Agent.');
  log.systemd(19, 'Started kubelet: The Kubernetes Node Agent.');
  return silent('kubelet-restart-canceled', 'the client went away (Canceled) and came back; all exit', log);
}

function containerdRestart(): Scenario {
  const log = createLog('containerd-restart-during-stops', {
    start: '2024-01-10T05:00:00Z',
    host: 'worker-c3',
  });
  const errors = [
    'rpc error: code = Unavailable desc = error reading from server: EOF',
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
    'rpc error: code = Unknown desc = failed to kill container: ttrpc: closed: unknown',
  ];
  log.systemd(10, 'Stopping containerd container runtime...');
  for (let i = 0; i < 6; i++) {
    const pod = podContainer(log, `cart-${i}`, { name: 'cart', namespace: 'shop' });
    killing(log, 3 + i * 0.01, pod, '1.28');
    cri.requested(log, 3.002 + i * 0.01, pod.id, 30);
    cri.signalled(log, 3.003 + i * 0.01, pod.id);
    if (i % 3 === 2) cri.failed(log, 10.05, pod.id, errors[2] as string);
    stopFailed(log, 10.1 + i * 0.01, pod, errors[i % 3] as string, '1.28');
    stopFailed(log, 13.1 + i * 0.01, pod, errors[1] as string, '1.28');
    cri.requested(log, 19 + i * 0.01, pod.id, 30);
    cri.signalled(log, 19.001 + i * 0.01, pod.id);
    cri.exitEvent(log, 20 + i, pod.id, 5200 + i, 143);
    cri.stopped(log, 20.1 + i, pod.id);
  }
  for (let i = 0; i < 4; i++) {
    const text = `"Generic (PLEG): unable to retrieve pods" err=${goQuote(errors[1] as string)}`;
    log.kubelet(11 + i, 'E', 'generic.go:238', text);
  }
  log.containerd(16, 'info', 'starting containerd', { revision: '091922f03c27', version: 'v1.7.6' });
  log.containerd(16.4, 'info', 'containerd successfully booted in 0.388911s');
  return silent('containerd-restart-during-stops', 'Unavailable, EOF and ttrpc: closed are a restart', log);
}

function containerdRestartDocker(): Scenario {
  const name = 'containerd-restart-under-dockerd-24.0';
  const log = createLog(name, { start: '2024-01-10T05:00:00Z', host: 'compose-1' });
  const dial =
    'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused": unavailable';
  log.dockerd(5, 'error', 'Failed to get event', {
    error: 'rpc error: code = Unavailable desc = error reading from server: EOF',
    module: 'libcontainerd',
    namespace: 'moby',
  });
  log.dockerd(5.001, 'info', 'Waiting for containerd to be ready to restart event processing', {
    module: 'libcontainerd',
    namespace: 'moby',
  });
  for (let i = 0; i < 5; i++) {
    const id = log.id(`service ${i}`);
    const at = 6 + i * 0.05;
    const cannot = `Cannot kill container ${id}: ${dial}`;
    log.dockerd(at, 'error', 'Error sending stop (signal 15) to container', { container: id, error: cannot });
    v2.force(log, at + 2, id, '2s');
    log.dockerd(
      at + 2.01,
      'error',
      `Handler for POST /v1.43/containers/${id}/stop returned error: ${cannot}`,
    );
    exited(log, 14 + i * 0.1, id);
  }
  return silent(name, 'containerd was away when the signals were sent; afterwards all exit', log);
}

function paused(): Scenario {
  const log = createLog('paused-containers', { start: '2023-10-10T05:00:00Z', host: 'lab-1' });
  for (let i = 0; i < 12; i++) {
    const id = log.id(`vm ${i % 2}`);
    const text = `Container ${id} is paused. Unpause the container before stopping or killing`;
    log.dockerd(
      10 + i * 60,
      'error',
      `Handler for POST /v1.43/containers/${id}/kill returned error: Cannot kill container: ${id}: ${text}`,
    );
  }
  return silent('paused-containers', 'a paused container is refused at once: nothing hangs', log);
}

function imagePulls(): Scenario {
  const log = createLog('image-pull-deadlines', { start: '2023-10-10T05:00:00Z', host: 'worker-d4' });
  const image = 'registry.example.net/shop/cart:4.2.1';
  for (let i = 0; i < 10; i++) {
    const pod = podContainer(log, 'cart-0', { namespace: 'shop' });
    const error = `rpc error: code = DeadlineExceeded desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://registry.example.net/v2/shop/cart/manifests/4.2.1": context deadline exceeded`;
    const at = 10 + i * 150;
    const start = `failed to "StartContainer" for "cart" with ErrImagePull: ${goQuote(error)}`;
    log.containerd(at, 'error', `PullImage "${image}" failed`, { error });
    log.kubelet(
      at + 0.01,
      'E',
      'remote_image.go:180',
      `"PullImage from image service failed" err=${goQuote(error)} image="${image}"`,
    );
    log.kubelet(
      at + 0.02,
      'E',
      'pod_workers.go:1298',
      `"Error syncing pod, skipping" err=${goQuote(start)} pod="shop/cart-0" podUID="${pod.uid}"`,
    );
  }
  return silent('image-pull-deadlines', 'a registry that does not answer is no stop', log);
}

function etcd(): Scenario {
  const log = createLog('etcd-deadlines', { start: '2023-12-01T05:00:00Z', host: 'worker-d5' });
  const api =
    'https://10.20.0.2:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/worker-d5?timeout=10s';
  for (let i = 0; i < 8; i++) {
    const at = 5 + i * 40;
    const pod = podContainer(log, `db-${i}`, { namespace: 'data', name: 'pg' });
    const volumes =
      'unmounted volumes=[data], unattached volumes=[data kube-api-access-x2k5p]: timed out waiting for the condition';
    log.kubelet(
      at,
      'E',
      'controller.go:187',
      `failed to update lease, error: Put "${api}": context deadline exceeded`,
    );
    log.kubelet(
      at + 1,
      'E',
      'kubelet_node_status.go:544',
      '"Error updating node status, will retry" err="etcdserver: request timed out"',
    );
    log.kubelet(
      at + 2,
      'E',
      'event.go:276',
      'Server rejected event: etcdserver: request timed out (will not retry!)',
    );
    log.kubelet(
      at + 3,
      'W',
      'status_manager.go:815',
      `"Failed to get status for pod" podUID="${pod.uid}" pod="data/${pod.pod}" err="rpc error: code = DeadlineExceeded desc = etcdserver: request timed out"`,
    );
    log.kubelet(
      at + 4,
      'E',
      'pod_workers.go:1298',
      `"Error syncing pod, skipping" err="${volumes}" pod="data/${pod.pod}" podUID="${pod.uid}"`,
    );
    log.kubelet(
      at + 5,
      'E',
      'nestedpendingoperations.go:348',
      `Operation for "{volumeName:kubernetes.io/csi/ebs.csi.aws.com^vol-0a1b podName: nodeName:}" failed. No retries permitted until 2023-12-01 05:02:00. Error: MountVolume.MountDevice failed for volume "pvc-1" : rpc error: code = DeadlineExceeded desc = context deadline exceeded`,
    );
    log.kubelet(
      at + 6,
      'I',
      'prober.go:107',
      `"Probe failed" probeType="Readiness" pod="data/${pod.pod}" podUID="${pod.uid}" containerName="pg" probeResult="failure" output="Get \\"http://10.244.3.7:8008/ready\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"`,
    );
  }
  return silent('etcd-deadlines', 'deadlines of the API server, volumes and probes are not the runtime', log);
}

function notFound(): Scenario {
  const log = createLog('not-found-on-stop', { start: '2023-12-05T05:00:00Z', host: 'worker-d6' });
  for (let i = 0; i < 6; i++) {
    const pod = podContainer(log, `gone-${i % 2}`);
    const error = `rpc error: code = NotFound desc = an error occurred when try to find container "${pod.id}": not found`;
    const at = 5 + i * 90;
    stopFailed(log, at, pod, error, '1.28');
    log.kubelet(
      at + 1,
      'E',
      'remote_runtime.go:432',
      `"ContainerStatus from runtime service failed" err=${goQuote(error)} containerID="${pod.id}"`,
    );
    log.kubelet(
      at + 1.01,
      'I',
      'pod_container_deletor.go:53',
      `"DeleteContainer returned error" containerID={"Type":"containerd","ID":"${pod.id}"} err=${goQuote(`failed to get container status "${pod.id}": ${error}`)}`,
    );
  }
  const done = log.id('exited');
  cri.requested(log, 600, done, 30);
  log.containerd(
    600.001,
    'info',
    `Container to stop "${done}" must be in running or unknown state, current state "CONTAINER_EXITED"`,
  );
  cri.stopped(log, 600.002, done);
  return silent('not-found-on-stop', 'NotFound means that it is gone already', log);
}

function cni(plugin: 'calico' | 'cilium'): Scenario {
  const name = `cni-delete-${plugin}`;
  const log = createLog(name, { start: '2024-06-01T05:00:00Z', host: 'worker-e1' });
  const pod = podContainer(log, 'report-28', { namespace: 'cron', name: 'report' });
  const sandbox = pod.sandbox as string;
  const cause =
    plugin === 'calico'
      ? 'plugin type="calico" failed (delete): error getting ClusterInformation: connection is unauthorized: Unauthorized'
      : 'plugin type="cilium-cni" name="cilium" failed (delete): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": context deadline exceeded';
  const error = `rpc error: code = Unknown desc = failed to destroy network for sandbox "${sandbox}": ${cause}`;
  cri.requested(log, 1, pod.id, 30);
  cri.signalled(log, 1.001, pod.id);
  cri.exitEvent(log, 2, pod.id, 8100, 0);
  cri.stopped(log, 2.1, pod.id);
  for (let i = 0; i < 24; i++) {
    const at = 3 + i * 150;
    cri.sandboxStopping(log, at, sandbox);
    cri.sandboxFailed(log, at + 30, sandbox, error.replace('rpc error: code = Unknown desc = ', ''));
    // Now and then the plugin takes so long that the kubelet's own deadline comes first.
    sandboxFailed(log, at + 30.01, pod, sandbox, plugin === 'cilium' && i % 5 === 4 ? DEADLINE : error);
  }
  return silent(name, 'the container has stopped; the pod hangs on its network plugin', log);
}

export function quietErrors(): Scenario[] {
  return [
    longGrace(),
    preStop(),
    kubeletRestart(),
    containerdRestart(),
    containerdRestartDocker(),
    paused(),
    imagePulls(),
    etcd(),
    notFound(),
    cni('calico'),
    cni('cilium'),
  ];
}
