/** Logs that stop, start or recover at an awkward moment. Nothing in them says that a container is stuck. */
import { cri } from './cri-voice.js';
import { starts, v1, v2 } from './docker-voice.js';
import { DEADLINE, killing, podContainer, stopFailed } from './kubelet-voice.js';
import { createLog } from './log.js';
import { type Scenario, silent } from './types.js';

function shutdown(): Scenario {
  const log = createLog('node-shutdown-scopes', { start: '2023-03-09T23:10:00Z', host: 'node-21' });
  log.systemd(0, 'Stopped Docker Application Container Engine.');
  for (let i = 0; i < 5; i++) {
    const scope = `docker-${log.id(`container ${i}`)}.scope`;
    log.systemd(1 + i * 0.01, `Stopping libcontainer container ${log.id(`container ${i}`)}...`);
    log.systemd(91 + i * 0.01, `${scope}: Stopping timed out. Killing.`);
    log.systemd(91.1 + i * 0.01, `${scope}: Killing process ${8100 + i} (java) with signal SIGKILL.`);
    log.systemd(91.4 + i * 0.01, `${scope}: Failed with result 'timeout'.`);
  }
  log.systemd(93, 'Reached target Unmount All Filesystems.');
  log.say(95, null, 0, '-- Reboot --');
  log.kernel(
    140,
    'Linux version 5.15.0-91-generic (buildd@lcy02-amd64-045) (gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0, GNU ld 2.38) #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023',
  );
  log.chatter(150, 900, 90);
  return silent('node-shutdown-scopes', 'systemd kills what ignores SIGTERM when the node goes down', log);
}

function endings(): Scenario[] {
  const kill = createLog('log-ends-at-kill', { start: '2023-03-09T23:10:00Z', host: 'worker-m1' });
  for (let i = 0; i < 3; i++) {
    const id = kill.id(`container ${i}`);
    cri.requested(kill, 1 + i, id, 30);
    cri.signalled(kill, 1.001 + i, id);
    cri.killed(kill, 31.01 + i, id);
  }
  const force = createLog('log-ends-at-force', { start: '2020-03-09T23:10:00Z', host: 'swarm-9' });
  for (let i = 0; i < 3; i++) v1.force(force, 10 + i * 0.2, force.id(`container ${i}`));
  const loading = createLog('log-ends-while-loading', { start: '2020-03-09T23:10:00Z', host: 'swarm-9' });
  loading.chatter(0, 100, 10);
  starts(loading, 102, '19.03.15', false);
  const slow = createLog('slow-start-90s', { start: '2020-03-09T23:10:00Z', host: 'swarm-9' });
  starts(slow, 0, '19.03.15', false);
  slow.dockerd(90, 'info', 'Loading containers: done.');
  slow.dockerd(90.1, 'info', 'Daemon has completed initialization');
  slow.chatter(95, 600, 50);
  return [
    silent('log-ends-at-kill', 'the log was cut a moment after SIGKILL was sent', kill),
    silent('log-ends-at-force', 'the log was cut a moment after the force lines', force),
    silent('log-ends-while-loading', 'the log was cut while the daemon was starting', loading),
    silent('slow-start-90s', 'a daemon with many containers takes a minute and a half to load them', slow),
  ];
}

function graceful(): Scenario {
  const log = createLog('long-grace-one-deadline', { start: '2023-03-09T23:10:00Z', host: 'game-5' });
  const pod = podContainer(log, 'lobby-1', { namespace: 'games', name: 'lobby', grace: 300 });
  killing(log, 1, pod, '1.28');
  cri.stuckCall(log, 1.002, pod.id, 300, true);
  stopFailed(log, 421.02, pod, DEADLINE, '1.28');
  log.chatter(425, 600, 25);
  return silent(
    'long-grace-one-deadline',
    'five minutes of grace are stated: nothing is said before twelve',
    log,
  );
}

function nodeStates(): Scenario[] {
  const down = createLog('runtime-down-for-seconds', { start: '2024-03-09T23:10:00Z', host: 'worker-m2' });
  const dial =
    'rpc error: code = Unavailable desc = connection error: desc = \\"transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused\\"';
  for (let i = 0; i < 4; i++) {
    down.kubelet(5 + i * 5, 'E', 'kubelet.go:2843', `"Container runtime sanity check failed" err="${dial}"`);
    down.kubelet(
      5.1 + i * 5,
      'E',
      'remote_runtime.go:633',
      `"Status from runtime service failed" err="${dial}"`,
    );
  }
  down.kubelet(12, 'E', 'kubelet.go:2373', '"Skipping pod synchronization" err="container runtime is down"');
  down.kubelet(
    14,
    'I',
    'kubelet_node_status.go:696',
    '"Recording event message for node" node="worker-m2" event="NodeNotReady"',
  );
  down.kubelet(
    14.1,
    'I',
    'setters.go:602',
    '"Node became not ready" node="worker-m2" condition={"type":"Ready","status":"False","reason":"KubeletNotReady","message":"container runtime is down"}',
  );
  down.kubelet(
    44,
    'I',
    'kubelet_node_status.go:696',
    '"Recording event message for node" node="worker-m2" event="NodeReady"',
  );
  down.chatter(50, 900, 90);

  const cni = createLog('cni-not-initialized', { start: '2024-03-09T23:10:00Z', host: 'worker-m3' });
  for (let i = 0; i < 5; i++) {
    const at = 5 + i * 180;
    const message =
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
    cni.kubelet(
      at,
      'I',
      'kubelet_node_status.go:696',
      '"Recording event message for node" node="worker-m3" event="NodeNotReady"',
    );
    cni.kubelet(
      at + 0.1,
      'I',
      'setters.go:602',
      `"Node became not ready" node="worker-m3" condition={"type":"Ready","status":"False","reason":"KubeletNotReady","message":"${message}"}`,
    );
    for (let n = 0; n < 8; n++)
      cni.kubelet(
        at + 5 + n * 5,
        'E',
        'kubelet.go:2855',
        '"Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"',
      );
    cni.kubelet(
      at + 60,
      'I',
      'kubelet_node_status.go:696',
      '"Recording event message for node" node="worker-m3" event="NodeReady"',
    );
  }
  return [
    silent('runtime-down-for-seconds', 'a runtime that was restarted answers again 40 s later', down),
    silent('cni-not-initialized', 'a node that flaps because of its network plugin', cni),
  ];
}

function signalFailed(): Scenario {
  const log = createLog('grace-of-2s-after-failed-signal', {
    start: '2024-03-09T23:10:00Z',
    host: 'compose-4',
  });
  const id = log.id('vpn');
  log.dockerd(5, 'error', 'Error sending stop (signal 15) to container', {
    container: id,
    error: `Cannot kill container ${id}: No such container: ${id}`,
  });
  v2.force(log, 7, id, '2s');
  log.dockerd(
    7.02,
    'error',
    `Handler for POST /v1.43/containers/${id}/stop returned error: No such container: ${id}`,
  );
  log.chatter(10, 400, 40);
  return silent('grace-of-2s-after-failed-signal', 'the container was gone when the signal was sent', log);
}

export function quietEdges(): Scenario[] {
  return [shutdown(), ...endings(), graceful(), ...nodeStates(), signalFailed()];
}
