/** Many containers end at once, as they do every day: drains, daemon stops, CI jobs. Nothing is wrong. */
import { cri, crio } from './cri-voice.js';
import {
  exited,
  exitedAnonymously,
  shimDisconnected,
  shimReaped,
  starts,
  stops,
  v1,
  v2,
} from './docker-voice.js';
import { killing, podContainer } from './kubelet-voice.js';
import { createLog, type Log } from './log.js';
import { type Scenario, silent } from './types.js';

const ALL_DIE =
  'every container exits in time or of SIGKILL at once: a force or kill line alone is normal life';

function drainContainerd(): Scenario {
  const log = createLog('drain-100-pods-containerd', { start: '2024-03-12T02:10:00Z', host: 'worker-a4' });
  for (let i = 0; i < 100; i++) {
    const pod = podContainer(log, `api-6c9b5d7f4-${String(i).padStart(2, '0')}`, {
      namespace: 'shop',
      name: 'api',
    });
    const at = 1 + log.random(4000) / 1000;
    const stubborn = i % 7 === 0;
    const took = stubborn ? 30.02 + log.random(300) / 1000 : 0.2 + log.random(9000) / 1000;
    killing(log, at, pod, '1.28');
    cri.requested(log, at + 0.002, pod.id, 30);
    cri.signalled(log, at + 0.003, pod.id);
    if (stubborn) cri.killed(log, at + 30.01, pod.id);
    cri.exitEvent(log, at + took, pod.id, 20000 + 7 * i, stubborn ? 137 : 0);
    log.containerd(at + took + 0.03, 'info', 'shim disconnected', { id: pod.id, namespace: 'k8s.io' });
    cri.stopped(log, at + took + 0.05, pod.id);
    cri.sandboxStopped(log, at + took + 0.4, pod.sandbox as string);
  }
  return silent('drain-100-pods-containerd', ALL_DIE, log);
}

function drainDocker(): Scenario {
  const log = createLog('drain-100-pods-docker-20.10', {
    start: '2022-06-08T22:00:00Z',
    host: 'k8s-w3',
    zone: 480,
  });
  for (let i = 0; i < 100; i++) {
    const pod = podContainer(log, `web-5d9c-${i}`, { runtime: 'docker', namespace: 'shop', name: 'web' });
    const at = 1 + log.random(5000) / 1000;
    const stubborn = i % 6 === 0;
    const took = stubborn ? 30.06 : 0.3 + log.random(7000) / 1000;
    killing(log, at, pod, '1.20');
    if (stubborn) v2.force(log, at + 30.01, pod.id, '30s');
    exited(log, at + took, pod.id);
    exited(log, at + took + 1.2, pod.sandbox as string);
  }
  return silent('drain-100-pods-docker-20.10', ALL_DIE, log);
}

function drainCrio(): Scenario {
  const log = createLog('drain-crio', { start: '2023-07-07T21:50:00Z', host: 'app51', zone: -420 });
  for (let i = 0; i < 20; i++) {
    const id = log.id(`container ${i}`);
    const at = 1 + i * 0.15;
    crio.requested(log, at, id, 30);
    if (i % 4 === 0) crio.timedOut(log, at + 30.01, id);
    crio.stopped(log, at + (i % 4 === 0 ? 30.4 : 1 + i * 0.3), id, `shop/web-${i}/web`);
  }
  return silent('drain-crio', `${ALL_DIE}; CRI-O says "timed out. Killing" where it sends SIGKILL`, log);
}

function daemonStop(): Scenario {
  const name = 'dockerd-19.03-stop-start-no-live-restore';
  const log = createLog(name, { start: '2021-02-11T03:00:00Z', host: 'build-2' });
  stops(log, 2, 11.4);
  for (let i = 0; i < 8; i++) exitedAnonymously(log, 2.3 + i * 0.03);
  for (let i = 0; i < 12; i++) v1.force(log, 12.02 + i * 0.004, log.id(`stubborn ${i}`));
  // The last ones die while the daemon is already leaving: not every exit is logged.
  for (let i = 0; i < 9; i++) exitedAnonymously(log, 12.2 + i * 0.02);
  log.systemd(13.6, 'Stopped Docker Application Container Engine.');
  log.systemd(14, 'Starting Docker Application Container Engine...');
  starts(log, 14.2, '19.03.15');
  log.systemd(16.1, 'Started Docker Application Container Engine.');
  for (let i = 0; i < 4; i++) v1.force(log, 120 + i * 0.1, log.id(`stubborn ${i}`), 3);
  for (let i = 0; i < 4; i++) exitedAnonymously(log, 120.04 + i * 0.1);
  log.chatter(130, 1500, 120);
  return silent(name, 'a daemon stop forces many containers at once and they die with it', log);
}

function dind(): Scenario {
  const log = createLog('dind-teardown', { start: '2024-04-21T10:00:00Z', envelope: 'docker-json' });
  for (let i = 0; i < 12; i++) {
    const id = log.id(`job ${i}`);
    v2.force(log, 4 + i * 0.01, id, '10s');
    exited(log, 4.2 + i * 0.02, id);
  }
  stops(log, 9, 0.6);
  log.dockerd(9.7, 'warning', 'Error while testing if containerd API is ready', {
    error: 'rpc error: code = Canceled desc = grpc: the client connection is closing',
  });
  log.containerd(9.71, 'info', 'Stop CRI service');
  return silent('dind-teardown', 'the inner dockerd of a CI job ends with all its containers', log);
}

function ci(): Scenario {
  const log = createLog('ci-teardown', { start: '2025-01-14T16:20:00Z', host: 'ci-03', zone: 60 });
  for (let i = 0; i < 30; i++) {
    const id = log.id(`step ${i}`);
    const at = 1 + i * 0.2;
    exited(log, at, id);
    log.dockerd(at + 0.05, 'warning', 'ShouldRestart failed, container will not be restarted', {
      container: id,
      daemonShuttingDown: 'false',
      error: 'restart canceled',
      execDuration: '4m7.478507221s',
      exitStatus: '{137 2025-01-14 16:20:01.185536559 +0000 UTC}',
      hasBeenManuallyStopped: 'true',
      restartCount: '0',
    });
    if (i % 5 === 0) {
      const removal = `Handler for DELETE /v1.43/containers/${id.slice(0, 12)} returned error`;
      log.dockerd(at + 0.06, 'error', `${removal}: removal of container ${id} is already in progress`);
      log.dockerd(at + 0.2, 'error', `${removal}: No such container: ${id.slice(0, 12)}`);
    }
  }
  for (let i = 0; i < 15; i++) {
    const id = log.id(`compose ${i}`);
    v2.force(log, 40 + i * 0.005, id);
    exited(log, 40.1 + i * 0.03, id);
    shimDisconnected(log, 40.12 + i * 0.03, id);
  }
  return silent('ci-teardown', '`docker rm -f` and `compose down` at the end of a CI job', log);
}

function storm(log: Log, generation: 'v1' | 'v2'): void {
  for (let i = 0; i < 40; i++) {
    const id = log.id(`stubborn ${i}`);
    if (generation === 'v1') v1.force(log, 10 + i * 0.002, id);
    else v2.force(log, 10 + i * 0.002, id);
  }
  for (let i = 0; i < 40; i++) {
    const id = log.id(`stubborn ${(i * 17) % 40}`);
    if (generation === 'v1') exitedAnonymously(log, 10.2 + i * 0.05);
    else exited(log, 10.2 + i * 0.05, id);
  }
  log.chatter(20, 400, 40);
}

function storms(): Scenario[] {
  const early = createLog('storm-of-40-19.03', { start: '2020-11-03T07:30:00Z', host: 'swarm-2' });
  storm(early, 'v1');
  const late = createLog('storm-of-40-24.0', { start: '2024-02-03T07:30:00Z', host: 'swarm-2' });
  storm(late, 'v2');
  return [silent('storm-of-40-19.03', ALL_DIE, early), silent('storm-of-40-24.0', ALL_DIE, late)];
}

function restarts(): Scenario[] {
  const every = 600;
  const autoheal = (name: string, start: string, stop: (log: Log, at: number, id: string) => void): Log => {
    const log = createLog(name, { start, host: 'edge-9' });
    for (let i = 0; i < 13; i++) {
      stop(log, 10 + i * every, log.id('app'));
      log.chatter(60 + i * every, i * every + 500, 220);
    }
    return log;
  };
  const ignores = 'restarted every ten minutes on purpose; it ignores SIGTERM and dies of SIGKILL';
  return [
    silent(
      'autoheal-19.03',
      `${ignores}; 19.03 does not say whose exit it was`,
      autoheal('autoheal-19.03', '2021-05-01T00:00:00Z', (log, at, id) => {
        v1.force(log, at, id);
        exitedAnonymously(log, at + 0.06);
      }),
    ),
    silent(
      'autoheal-24.0',
      ignores,
      autoheal('autoheal-24.0', '2024-05-01T00:00:00Z', (log, at, id) => {
        v2.force(log, at, id);
        exited(log, at + 0.09, id);
      }),
    ),
    silent(
      'cron-restart-17.03-no-exit-lines',
      `${ignores}; 17.03 prints no exit line at all, and no direct SIGKILL follows`,
      autoheal('cron-restart-17.03-no-exit-lines', '2018-03-02T00:00:00Z', (log, at, id) => {
        v1.force(log, at, id);
      }),
    ),
  ];
}

function slowDeaths(): Scenario[] {
  const named = createLog('huge-jvm-dies-after-45s', { start: '2021-08-19T11:00:00Z', host: 'es-data-1' });
  v1.stuckCall(named, 5, named.id('elastic'), 30);
  shimReaped(named, 90.2, named.id('elastic'));
  exitedAnonymously(named, 90.21);
  named.chatter(100, 900, 90);
  const nameless = createLog('huge-jvm-dies-after-45s-no-id', {
    start: '2021-08-19T11:00:00Z',
    host: 'es-data-1',
  });
  v1.stuckCall(nameless, 5, nameless.id('elastic'), 30);
  exitedAnonymously(nameless, 90.21);
  nameless.chatter(100, 900, 90);
  const bounded = createLog('huge-jvm-dies-after-45s-24.0', {
    start: '2024-08-19T11:00:00Z',
    host: 'es-data-1',
  });
  v2.stuckCall(bounded, 5, bounded.id('elastic'), '24.0');
  exited(bounded, 70.2, bounded.id('elastic'));
  shimDisconnected(bounded, 70.21, bounded.id('elastic'));
  bounded.chatter(80, 900, 90);
  const why = 'it exits 45 s after the direct SIGKILL: freeing 200 GB takes that long';
  return [
    silent('huge-jvm-dies-after-45s', why, named),
    silent('huge-jvm-dies-after-45s-24.0', `${why}; 24.0 gives up after 14 s and says so`, bounded),
    silent('huge-jvm-dies-after-45s-no-id', `${why}; the exit line names no container`, nameless),
  ];
}

export function quietTeardowns(): Scenario[] {
  return [
    drainContainerd(),
    drainDocker(),
    drainCrio(),
    daemonStop(),
    dind(),
    ci(),
    ...storms(),
    ...restarts(),
    ...slowDeaths(),
  ];
}
