/** Stuck containers whose cause a line names, or the time of a line suggests. */
import { crio } from './cri-voice.js';
import { v1, v2 } from './docker-voice.js';
import { DEADLINE, killing, OPERATION_TIMEOUT, podContainer, stopFailed } from './kubelet-voice.js';
import { createLog, type Log } from './log.js';
import { loop } from './stuck-loops.js';
import { loud, type Scenario, stuck } from './types.js';

function zombie(): Scenario {
  const log = createLog('zombie-named', { start: '2021-03-04T10:00:00Z', host: 'jenkins-1' });
  const id = log.id('builder');
  loop(log, id, 5, 3, 75);
  log.dockerd(
    190,
    'error',
    `Handler for POST /v1.41/containers/${id}/kill returned error: Cannot kill container: ${id}: container ${id.slice(0, 12)} PID 48213 is zombie and can not be killed. Use the --init option when creating containers to run an init inside the container that forwards signals and reaps processes`,
  );
  return loud(
    'zombie-named',
    'the kill call names the zombie; retries 75 s apart are hung calls',
    ['cause-named', 'cadence-long'],
    [
      stuck(id, {
        attempts: 3,
        mechanism: 'hung-call',
        rootCause: 'zombie',
        rootCauseBasis: 'named',
        affected: 'yes',
      }),
    ],
    log,
  );
}

function hungTasks(): Scenario[] {
  const byPid = createLog('hung-task-by-pid', { start: '2024-05-20T02:00:00Z', host: 'ocp-3' });
  const pod = podContainer(byPid, 'pg-0', { runtime: 'cri-o', namespace: 'data', name: 'pg' });
  byPid.crio(0, 'info', 'Started container', {
    PID: '48213',
    containerID: pod.id,
    description: 'data/pg-0/pg',
    id: byPid.uid('start'),
    name: '/runtime.v1.RuntimeService/StartContainer',
    sandboxID: pod.sandbox as string,
  });
  for (let i = 0; i < 2; i++) {
    crio.requested(byPid, 600 + i * 154, pod.id, 30);
    stopFailed(byPid, 750.02 + i * 154, pod, DEADLINE, '1.28');
  }
  // Another process is blocked as well: only the pid ties one of them to the container.
  byPid.kernel(700, 'INFO: task postgres:48213 blocked for more than 122 seconds.');
  byPid.kernel(701, 'INFO: task kworker/0:2:7095 blocked for more than 122 seconds.');

  const afterOom = createLog('hung-task-after-oom', { start: '2024-05-20T02:11:00Z', host: 'gpu1' });
  const id = afterOom.id('trainer');
  memcgOom(afterOom, 40, id, 41022);
  v2.force(afterOom, 122.6, id);
  v2.direct(afterOom, 132.6, id, '24.0');
  v2.noExit(afterOom, 136.6, id, '24.0');
  afterOom.kernel(170, 'INFO: task python3:41022 blocked for more than 120 seconds.');

  const byTime = createLog('hung-task-by-time', { start: '2020-12-06T09:31:00Z', host: 'db2', zone: 60 });
  for (let i = 0; i < 2; i++) {
    byTime.kernel(12 + i * 120, 'INFO: task mysqld:52110 blocked for more than 120 seconds.');
    byTime.kernel(
      12.1 + i * 120,
      '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
    );
  }
  v1.stuckCall(byTime, 70, byTime.id('mysql'), 30);
  byTime.chatter(150, 500, 60);

  const two = createLog('two-kinds-of-trouble', { start: '2020-12-06T09:31:00Z', host: 'db3' });
  two.kernel(12, 'INFO: task mysqld:52110 blocked for more than 120 seconds.');
  two.kernel(
    20,
    'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/backup.service,task=rsync,pid=611,uid=0',
  );
  two.kernel(
    20.1,
    'Out of memory: Killed process 611 (rsync) total-vm:9437184kB, anon-rss:3407872kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8192kB oom_score_adj:0',
  );
  loop(two, two.id('mysql'), 40, 2, 75);
  return [
    loud(
      'hung-task-by-pid',
      'CRI-O stated the pid when it started the container; the kernel names that pid',
      ['cause-named', 'client-deadline'],
      [
        stuck(pod.id, {
          attempts: 2,
          rootCause: 'd-state',
          rootCauseBasis: 'named',
          affected: 'no',
          pod: 'data/pg-0',
        }),
      ],
      byPid,
    ),
    loud(
      'hung-task-after-oom',
      'the victim of the OOM kill hangs in state D: its pid is known from the kill',
      ['cause-named', 'bounded-wait'],
      [stuck(id, { attempts: 1, rootCause: 'd-state', rootCauseBasis: 'named', affected: 'no' })],
      afterOom,
    ),
    loud(
      'hung-task-by-time',
      'no line ties the hung task to the container, but it is the only trouble near it',
      ['five-minutes'],
      [
        stuck(byTime.id('mysql'), {
          attempts: 1,
          rootCause: 'd-state',
          rootCauseBasis: 'by-time',
          affected: 'yes',
        }),
      ],
      byTime,
    ),
    loud(
      'two-kinds-of-trouble',
      'a hung task and an OOM kill elsewhere, both near: neither can be called the cause',
      ['second-failure', 'cadence-long'],
      [stuck(two.id('mysql'), { attempts: 2, rootCause: null, rootCauseBasis: null, affected: 'yes' })],
      two,
    ),
  ];
}

function memcgOom(log: Log, at: number, id: string, pid: number): void {
  const cgroup = `/system.slice/docker-${id}.scope`;
  log.kernel(
    at,
    `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=docker-${id}.scope,mems_allowed=0,oom_memcg=${cgroup},task_memcg=${cgroup},task=python3,pid=${pid},uid=0`,
  );
  log.kernel(
    at + 0.01,
    `Memory cgroup out of memory: Killed process ${pid} (python3) total-vm:68719476kB, anon-rss:33554432kB, file-rss:1024kB, shmem-rss:0kB, UID:0 pgtables:70000kB oom_score_adj:0`,
  );
  log.systemd(at + 0.1, `docker-${id}.scope: A process of this unit has been killed by the OOM killer.`);
}

function scopes(): Scenario[] {
  const oom = createLog('memcg-oom-named', { start: '2024-05-20T02:11:00Z', host: 'gpu1' });
  const victim = oom.id('trainer');
  memcgOom(oom, 40, victim, 41022);
  v2.force(oom, 122.6, victim);
  v2.direct(oom, 132.6, victim, '24.0');
  const scope = createLog('systemd-scope-still-around', { start: '2023-05-20T02:11:00Z', host: 'gpu2' });
  const id = scope.id('trainer');
  v2.stuckCall(scope, 5, id, '20.10.24');
  scope.systemd(100, `docker-${id}.scope: Stopping timed out. Killing.`);
  scope.systemd(100.1, `docker-${id}.scope: Killing process 48213 (python3) with signal SIGKILL.`);
  scope.systemd(190, `docker-${id}.scope: Processes still around after SIGKILL. Ignoring.`);
  return [
    loud(
      'memcg-oom-named',
      "the kernel killed in the container's own cgroup before the stop",
      ['cause-named', 'bounded-wait'],
      [stuck(victim, { attempts: 1, rootCause: 'oom', rootCauseBasis: 'named', affected: 'no' })],
      oom,
    ),
    loud(
      'systemd-scope-still-around',
      "systemd says that a process of the container's scope survives SIGKILL",
      ['cause-named', 'bounded-wait'],
      [stuck(id, { attempts: 1, rootCause: 'd-state', rootCauseBasis: 'named', affected: 'no' })],
      scope,
    ),
  ];
}

function crioBlocked(): Scenario {
  const log = createLog('crio-d-state-named', { start: '2024-05-20T02:11:00Z', host: 'ocp-4' });
  const pod = podContainer(log, 'ceph-osd-3', { runtime: 'cri-o', namespace: 'rook', name: 'osd' });
  for (let i = 0; i < 3; i++) {
    const at = 5 + i * 154;
    killing(log, at, pod, '1.28');
    crio.requested(log, at + 0.002, pod.id, 30);
    if (i === 0) crio.timedOut(log, at + 30.01, pod.id);
    stopFailed(log, at + 150.02, pod, DEADLINE, '1.28');
  }
  log.crio(
    280,
    'error',
    `Detected process (48213) blocked in uninterruptible sleep for more than 240 seconds for container ${pod.id}`,
  );
  return loud(
    'crio-d-state-named',
    'CRI-O itself names the process in state D',
    ['cause-named', 'client-deadline'],
    [
      stuck(pod.id, {
        attempts: 3,
        mechanism: 'hung-call',
        rootCause: 'd-state',
        rootCauseBasis: 'named',
        affected: 'no',
        pod: 'rook/ceph-osd-3',
      }),
    ],
    log,
  );
}

function nfs(): Scenario {
  const name = 'three-containers-nfs';
  const log = createLog(name, { start: '2021-06-01T08:00:00Z', host: 'nfs-client-2' });
  const pods = ['web-0', 'web-1', 'batch-7'].map((pod) =>
    podContainer(log, pod, { runtime: 'docker', namespace: 'media', name: 'app' }),
  );
  log.kernel(2, 'nfs: server 10.20.0.15 not responding, still trying');
  for (const [n, pod] of pods.entries()) {
    for (let i = 0; i < 4; i++) {
      const at = 20 + n * 7 + i * 128;
      v1.stuckCall(log, at, pod.id, 30);
      stopFailed(log, at + 120.02, pod, OPERATION_TIMEOUT, '1.20');
    }
  }
  return loud(
    name,
    'one dead NFS server holds three containers',
    ['second-failure', 'client-deadline'],
    pods.map((pod) =>
      stuck(pod.id, {
        attempts: 4,
        mechanism: 'hung-call',
        rootCause: 'd-state',
        rootCauseBasis: 'by-time',
        affected: 'yes',
        pod: `media/${pod.pod}`,
        goroutines: { min: 8, max: 8 },
      }),
    ),
    log,
  );
}

export function stuckCauses(): Scenario[] {
  return [zombie(), ...hungTasks(), ...scopes(), crioBlocked(), nfs()];
}
