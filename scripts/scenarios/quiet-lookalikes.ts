/** Lines that look like a stuck container and are not: quotes, containers' own output, trouble without a stop. */
import { cri } from './cri-voice.js';
import { exited, starts, v1, v2 } from './docker-voice.js';
import { podContainer } from './kubelet-voice.js';
import { createLog, goQuote } from './log.js';
import { loud, type Scenario, short, silent } from './types.js';

function crictl(): Scenario {
  const log = createLog('crictl-two-seconds', { start: '2023-08-11T05:47:16Z', envelope: 'bare' });
  const deadline = '"rpc error: code = DeadlineExceeded desc = context deadline exceeded"';
  for (let i = 0; i < 3; i++) {
    const id = log.id(`container ${i}`).slice(0, 13);
    const at = i * 10;
    log.kubelet(
      at,
      'E',
      'remote_runtime.go:505',
      `"StopContainer from runtime service failed" err=${deadline} containerID="${id}"`,
    );
    log.say(
      at + 0.001,
      null,
      0,
      `FATA[0002] stopping the container "${id}": rpc error: code = DeadlineExceeded desc = context deadline exceeded`,
    );
  }
  return silent('crictl-two-seconds', "crictl's own time-out is two seconds: it proves nothing", log);
}

function execProbes(): Scenario {
  const log = createLog('exec-probe-exits', { start: '2024-06-03T05:00:00Z', host: 'worker-e2' });
  const pod = podContainer(log, 'redis-0', { name: 'redis' });
  for (let i = 0; i < 30; i++) {
    const at = 5 + i * 10;
    cri.exitEvent(log, at, pod.id, 9000 + i, i % 4 === 0 ? 137 : 0, log.id(`probe ${i}`));
    if (i % 4 !== 0) continue;
    const error = `rpc error: code = DeadlineExceeded desc = failed to exec in container: timeout 1s exceeded: context deadline exceeded`;
    log.containerd(at - 0.1, 'error', `ExecSync for "${pod.id}" failed`, { error });
    log.kubelet(
      at,
      'E',
      'remote_runtime.go:496',
      `"ExecSync cmd from runtime service failed" err=${goQuote(error)} containerID="${pod.id}" cmd=["redis-cli","ping"]`,
    );
  }
  return silent(
    'exec-probe-exits',
    'probes that time out are killed: the container is not being stopped',
    log,
  );
}

function quoted(): Scenario {
  const log = createLog('quoted-by-others', {
    start: '2023-05-02T00:10:00Z',
    host: 'ecs-prod-004',
    zone: 480,
  });
  const id = log.id('somebody else');
  const force = `Container ${id} failed to exit within 10 seconds of signal 15 - using the force`;
  const direct = `Container ${id.slice(0, 12)} failed to exit within 10 seconds of kill - trying direct SIGKILL`;
  for (let i = 0; i < 6; i++) {
    const at = i * 22;
    const whole = `time="2023-05-02T00:10:${String(10 + i)}.148458112+08:00" level=info msg="${force}"`;
    log.say(at + 1, 'promtail', 88, whole);
    log.say(at + 2, 'fluent-bit', 90, `[input:tail] line: ${whole}`);
    log.say(
      at + 3,
      'sudo',
      4711,
      `oncall : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/grep -c ${force} /var/log/messages`,
    );
    log.say(
      at + 4,
      'audit',
      0,
      `USER_CMD pid=4711 uid=0 auid=1000 ses=3 msg='cwd="/root" cmd="grep ${direct}" terminal=pts/0 res=success'`,
    );
    log.say(at + 5, 'payments-api', 221, `failed to parse log line: ${direct}`);
    log.say(
      at + 6,
      'alert-bridge',
      300,
      `time="2023-05-02T00:10:15+08:00" level=error msg="rule stuck fired: ${direct}" rule=stuck`,
    );
    log.say(at + 13, 'bash', 900, `HISTORY: root grep '${direct}' /var/log/messages`);
    log.say(at + 14, 'node-problem-detector', 55, `matched: ${whole}`);
  }
  return silent(
    'quoted-by-others',
    'log shippers, sudo, audit and an application repeat what a daemon once said',
    log,
  );
}

function containerOutput(): Scenario[] {
  const json = createLog('container-output-journal-fields', {
    start: '2024-03-05T10:00:00Z',
    host: 'ci-host',
    envelope: 'journal-json',
  });
  const tagged = createLog('container-output-id-tag', { start: '2024-03-05T10:00:00Z', host: 'ci-host' });
  for (let i = 0; i < 6; i++) {
    const at = 10 + i * 22;
    const [id, dind] = [json.id('inner'), json.id('dind')];
    const force = `time="2024-03-05T10:00:${10 + i}.630118820Z" level=info msg="Container failed to exit within 10s of signal 15 - using the force" container=${id}`;
    const direct = `time="2024-03-05T10:00:${20 + i}.642270917Z" level=error msg="Container failed to exit within 10s of kill - trying direct SIGKILL" container=${id} error="context deadline exceeded"`;
    const fields = {
      _COMM: 'dockerd',
      CONTAINER_ID: dind.slice(0, 12),
      CONTAINER_ID_FULL: dind,
      CONTAINER_NAME: 'ci-dind',
    };
    for (const [offset, text] of [
      [0, force],
      [10, direct],
    ] as const) {
      json.say(at + offset, 'dockerd', 1359, text, fields);
      tagged.say(at + offset, dind.slice(0, 12), 1359, text);
    }
  }
  const why = "a container's own output in the host's log is not evidence about the host";
  return [
    silent('container-output-journal-fields', `${why} (CONTAINER_* fields)`, json),
    silent('container-output-id-tag', `${why} (tag = container id)`, tagged),
  ];
}

function plegAtStart(): Scenario {
  const log = createLog('pleg-at-kubelet-start', { start: '2024-04-01T06:00:00Z', host: 'worker-f1' });
  const text =
    '[container runtime status check may not have completed yet, PLEG is not healthy: pleg has yet to be successful]';
  log.systemd(0, 'Started kubelet: The Kubernetes Node Agent.');
  for (const at of [2, 2.1, 2.3, 2.7, 3.5, 5.1])
    log.kubelet(at, 'E', 'kubelet.go:2373', `"Skipping pod synchronization" err="${text}"`);
  log.kubelet(
    2.2,
    'I',
    'kubelet_node_status.go:696',
    '"Recording event message for node" node="worker-f1" event="NodeNotReady"',
  );
  log.kubelet(
    12.4,
    'I',
    'kubelet_node_status.go:696',
    '"Recording event message for node" node="worker-f1" event="NodeReady"',
  );
  log.chatter(20, 900, 60);
  return silent('pleg-at-kubelet-start', 'PLEG has not run yet while the kubelet starts', log);
}

function oneTimeout(): Scenario {
  const log = createLog('one-operation-timeout', { start: '2021-04-01T06:00:00Z', host: 'k8s-w5' });
  log.chatter(5, 600, 60);
  log.kubelet(
    300,
    'E',
    'kubelet.go:1306',
    'Image garbage collection failed once. Stats initialization may not have completed yet: operation timeout: context deadline exceeded',
  );
  log.chatter(610, 1800, 120);
  return silent('one-operation-timeout', 'a single slow call on a loaded node', log);
}

function oom(): Scenario {
  const log = createLog('oom-without-stop', { start: '2024-05-20T02:00:00Z', host: 'gpu1' });
  for (let i = 0; i < 5; i++) {
    const id = log.id(`worker ${i}`);
    const cgroup = `/system.slice/docker-${id}.scope`;
    const [at, pid] = [100 + i * 130, 41000 + i];
    log.kernel(at, 'python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0');
    log.kernel(
      at + 0.01,
      `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=docker-${id}.scope,mems_allowed=0,oom_memcg=${cgroup},task_memcg=${cgroup},task=python3,pid=${pid},uid=0`,
    );
    log.kernel(
      at + 0.02,
      `Memory cgroup out of memory: Killed process ${pid} (python3) total-vm:68719476kB, anon-rss:33554432kB, file-rss:1024kB, shmem-rss:0kB, UID:0 pgtables:70000kB oom_score_adj:0`,
    );
    log.systemd(at + 0.1, `docker-${id}.scope: A process of this unit has been killed by the OOM killer.`);
    exited(log, at + 0.6, id);
  }
  return silent('oom-without-stop', 'the kernel kills, the container exits: nobody asked it to stop', log);
}

function hungTask(): Scenario {
  const log = createLog('hung-task-without-stop', { start: '2024-05-21T02:00:00Z', host: 'nas' });
  for (let i = 0; i < 6; i++) {
    log.kernel(100 + i * 121, `INFO: task jbd2/sda2-8:349 blocked for more than ${120 + i * 121} seconds.`);
    log.kernel(100.01 + i * 121, '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.');
    log.kernel(
      100.02 + i * 121,
      'task:jbd2/sda2-8    state:D stack:    0 pid:  349 ppid:     2 flags:0x00004000',
    );
  }
  log.kernel(120, 'nfs: server 10.20.0.15 not responding, still trying');
  log.kernel(900, 'nfs: server 10.20.0.15 OK');
  return silent('hung-task-without-stop', 'slow storage alone is none of our defects', log);
}

function health(): Scenario {
  const log = createLog('health-check-failures', { start: '2019-05-21T02:00:00Z', host: 'shop-2' });
  const id = log.id('shop');
  for (let i = 0; i < 20; i++) {
    const at = 30 + i * 40;
    log.dockerd(at, 'warning', `Health check for container ${id} error: context deadline exceeded`);
    log.dockerd(
      at + 10,
      'info',
      `Container ${id}, process ${log.id(`probe ${i}`)} failed to exit within 10 seconds of signal TERM - using the force`,
    );
  }
  return loud(
    'health-check-failures',
    'it is the health check that does not exit, nobody stops the container',
    ['forced'],
    [{ defect: 'exec-wedged', container: short(id), state: 'open', certainty: 'likely' }],
    log,
  );
}

function exitBeforeForce(): Scenario {
  const log = createLog('task-delete-before-force', { start: '2023-05-21T02:00:00Z', host: 'swarm-4' });
  starts(log, 0, '20.10.24');
  for (let i = 0; i < 3; i++) {
    const id = log.id(`fluentd ${i}`);
    exited(log, 300.2 + i * 400, id);
    v2.force(log, 307 + i * 400, id);
  }
  log.chatter(1200, 2400, 120);
  return silent(
    'task-delete-before-force',
    'the exit overtook the stop; 20.10.24 marks it stopped after the force line',
    log,
  );
}

function longGraceOnce(): Scenario {
  const log = createLog('postgres-stop-300', { start: '2020-05-21T02:00:00Z', host: 'db2' });
  v1.force(log, 310, log.id('postgres'), 300);
  log.chatter(320, 2000, 120);
  return silent('postgres-stop-300', 'one force line after five minutes of grace', log);
}

export function quietLookalikes(): Scenario[] {
  return [
    crictl(),
    execProbes(),
    quoted(),
    ...containerOutput(),
    plegAtStart(),
    oneTimeout(),
    oom(),
    hungTask(),
    health(),
    exitBeforeForce(),
    longGraceOnce(),
  ];
}
