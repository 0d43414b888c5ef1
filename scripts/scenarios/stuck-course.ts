/** How a stuck stop goes on: removed, rebooted, given up, lost from the log, restarted, come back. */
import { exitedAnonymously, shimReaped, starts, stops, v1, v2 } from './docker-voice.js';
import { killing, OPERATION_TIMEOUT, type PodContainer, podContainer, stopFailed } from './kubelet-voice.js';
import { createLog, type Log } from './log.js';
import { loop } from './stuck-loops.js';
import { loud, type Scenario, short, stuck } from './types.js';

const PERIOD = 131;

/** The kubelet through dockershim; returns when the last call had failed. */
function kubeletLoop(log: Log, pod: PodContainer, from: number, calls: number): number {
  for (let i = 0; i < calls; i++) {
    const at = from + i * PERIOD;
    killing(log, at, pod, '1.20');
    v1.stuckCall(log, at + 0.01, pod.id, pod.grace);
    stopFailed(log, at + 120.02, pod, OPERATION_TIMEOUT, '1.20');
  }
  return from + (calls - 1) * PERIOD + 121;
}

function scene(name: string): { log: Log; pod: PodContainer } {
  const log = createLog(name, { start: '2021-09-30T14:00:00Z', host: 'node-17' });
  return { log, pod: podContainer(log, 'ledger-worker-0', { runtime: 'docker', name: 'compute' }) };
}

function removed(): Scenario {
  const log = createLog('remove-container-asked', { start: '2023-05-01T11:00:00Z', host: 'ecs-prod-003' });
  const pod = podContainer(log, 'fluentd-hjj42', {
    runtime: 'docker',
    namespace: 'kube-system',
    name: 'fluentd',
    grace: 5,
  });
  stopFailed(log, 217, pod, OPERATION_TIMEOUT, '1.21');
  stopFailed(log, 836, pod, OPERATION_TIMEOUT, '1.21');
  log.kubelet(45_466, 'I', 'scope.go:111', `"RemoveContainer" containerID="${pod.id}"`);
  log.chatter(45_500, 46_400, 120);
  return loud(
    'remove-container-asked',
    'the kubelet asked for the removal later: over, though its exit was not seen',
    ['second-failure', 'client-deadline'],
    [
      stuck(pod.id, {
        state: 'ended',
        attempts: 2,
        mechanism: 'hung-call',
        pod: 'kube-system/fluentd-hjj42',
      }),
    ],
    log,
  );
}

function reboot(): Scenario {
  const { log, pod } = scene('reboot-ends-it');
  const end = kubeletLoop(log, pod, 5, 4);
  log.say(end + 60, null, 0, '-- Reboot --');
  log.kernel(
    end + 150,
    'Linux version 5.4.0-81-generic (buildd@lgw01-amd64-052) (gcc version 9.3.0) #91-Ubuntu SMP Thu Jul 15 19:09:17 UTC 2021',
  );
  starts(log, end + 170, '19.03.15');
  log.chatter(end + 180, end + 300, 30);
  return loud(
    'reboot-ends-it',
    'the node was rebooted',
    ['second-failure', 'client-deadline'],
    [stuck(pod.id, { state: 'ended', attempts: 4, mechanism: 'hung-call', affected: 'yes' })],
    log,
  );
}

function givenUp(): Scenario[] {
  const quiet = scene('no-further-retry');
  const end = kubeletLoop(quiet.log, quiet.pod, 5, 5);
  quiet.log.chatter(end + 20, end + 1900, 60);
  const lost = scene('suppressed-messages');
  const lostEnd = kubeletLoop(lost.log, lost.pod, 5, 5);
  const suppressed = 'Suppressed 18342 messages from docker.service';
  lost.log.say(300, 'systemd-journald', 412, suppressed);
  lost.log.say(lostEnd + 5, 'systemd-journald', 412, suppressed);
  lost.log.chatter(lostEnd + 20, lostEnd + 1900, 60);
  return [
    loud(
      'no-further-retry',
      'the log goes on for half an hour and no further call comes: no longer going on',
      ['second-failure', 'client-deadline'],
      [
        stuck(quiet.pod.id, {
          state: 'ended',
          attempts: 5,
          attemptsAtLeast: false,
          mechanism: 'hung-call',
          affected: 'yes',
        }),
      ],
      quiet.log,
    ),
    loud(
      'suppressed-messages',
      'the journal says that it dropped lines: silence after that proves nothing, and calls went unseen',
      ['second-failure', 'client-deadline'],
      [
        stuck(lost.pod.id, {
          state: 'open',
          attempts: 5,
          attemptsAtLeast: true,
          mechanism: 'hung-call',
          affected: 'yes',
        }),
      ],
      lost.log,
    ),
  ];
}

function daemonRestart(): Scenario {
  const { log, pod } = scene('daemon-restart-in-the-middle');
  const down = kubeletLoop(log, pod, 5, 6);
  stops(log, down + 10, 1.2);
  stopFailed(
    log,
    down + 12,
    pod,
    'rpc error: code = Unknown desc = Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    '1.20',
  );
  log.systemd(down + 12.5, 'Stopped Docker Application Container Engine.');
  starts(log, down + 14, '19.03.15');
  log.systemd(down + 16, 'Started Docker Application Container Engine.');
  kubeletLoop(log, pod, down + 30, 4);
  return loud(
    'daemon-restart-in-the-middle',
    'a restart frees what the daemon held and does not free the container: the leak counts from there',
    ['second-failure', 'client-deadline'],
    [
      stuck(pod.id, {
        attempts: 10,
        mechanism: 'hung-call',
        affected: 'yes',
        goroutines: { min: 8, max: 8 },
      }),
    ],
    log,
  );
}

function again(): Scenario {
  const log = createLog('stuck-again-after-resolution', { start: '2021-01-30T14:00:00Z', host: 'edge-4' });
  const id = log.id('camera');
  loop(log, id, 5, 3, 75);
  shimReaped(log, 400, id);
  exitedAnonymously(log, 400.01);
  log.chatter(420, 1500, 180);
  loop(log, id, 1600, 3, 75);
  const common = { attempts: 3, mechanism: 'hung-call', affected: 'yes' } as const;
  return loud(
    'stuck-again-after-resolution',
    'it exited, was started again and got stuck again: two incidents',
    ['second-failure', 'cadence-long'],
    [
      stuck(id, { ...common, id: `stuck-stop-${short(id)}-1`, state: 'resolved' }),
      stuck(id, { ...common, id: `stuck-stop-${short(id)}-2`, state: 'open' }),
    ],
    log,
  );
}

function twoHosts(): Scenario {
  const old = createLog('two-hosts-one-file', { start: '2022-03-01T10:00:00Z', host: 'node-old' });
  const fresh = old.on('node-new');
  loop(old, old.id('web'), 5, 4, 75);
  for (let i = 0; i < 4; i++) v2.stuckCall(fresh, 9 + i * 26, fresh.id('api'), '20.10.24');
  // The exit on one node is none on the other.
  exitedAnonymously(old.on('node-third'), 160);
  return loud(
    'two-hosts-one-file',
    'a collected log of several nodes: the generation of dockerd is a fact of each',
    ['second-failure', 'cadence-long', 'no-exit-event', 'bounded-wait'],
    [
      stuck(old.id('web'), {
        node: 'node-old',
        attempts: 4,
        mechanism: 'hung-call',
        affected: 'yes',
        goroutines: { min: 8, max: 8 },
      }),
      stuck(old.id('api'), {
        node: 'node-new',
        attempts: 4,
        mechanism: 'hung-call',
        affected: 'no',
        goroutines: null,
      }),
    ],
    old,
  );
}

export function stuckCourse(): Scenario[] {
  return [removed(), reboot(), ...givenUp(), daemonRestart(), again(), twoHosts()];
}
