/** What dockerd and the containerd below it say about a stop, by version. */
import type { Log } from './log.js';

const DELETED = {
  module: 'libcontainerd',
  namespace: 'moby',
  topic: '/tasks/delete',
  type: '*events.TaskDelete',
};

/** dockerd up to 20.10.9: the full id, then the first twelve digits. */
export const v1 = {
  force(log: Log, at: number, id: string, grace = 10): void {
    log.dockerd(
      at,
      'info',
      `Container ${id} failed to exit within ${grace} seconds of signal 15 - using the force`,
    );
  },
  direct(log: Log, at: number, id: string): void {
    const text = 'failed to exit within 10 seconds of kill - trying direct SIGKILL';
    log.dockerd(at, 'info', `Container ${id.slice(0, 12)} ${text}`);
  },
  /** A stop call that comes in at `at` and outlives both signals. */
  stuckCall(log: Log, at: number, id: string, grace = 10): void {
    v1.force(log, at + grace + 0.005, id, grace);
    v1.direct(log, at + grace + 10.012, id);
  },
};

export type V2 = '20.10.24' | '24.0' | '27';

/** From 20.10.10 on: the id is a field. */
export const v2 = {
  force(log: Log, at: number, id: string, grace = '10s', trace: Record<string, string> = {}): void {
    log.dockerd(at, 'info', `Container failed to exit within ${grace} of signal 15 - using the force`, {
      container: id,
      ...trace,
    });
  },
  direct(log: Log, at: number, id: string, version: V2, trace: Record<string, string> = {}): void {
    const wait = version === '20.10.24' ? '10 seconds' : '10s';
    log.dockerd(
      at,
      version === '27' ? 'warning' : 'error',
      `Container failed to exit within ${wait} of kill - trying direct SIGKILL`,
      { container: id, error: 'context deadline exceeded', ...trace },
    );
  },
  noExit(log: Log, at: number, id: string, version: V2, trace: Record<string, string> = {}): void {
    const error = 'tried to kill container, but did not receive an exit event';
    const text =
      version === '20.10.24'
        ? 'Error killing the container'
        : 'error killing container: context deadline exceeded';
    log.dockerd(at, 'error', text, { container: id, error, ...trace });
    const api = version === '20.10.24' ? 'v1.41' : version === '24.0' ? 'v1.43' : 'v1.47';
    log.dockerd(
      at + 0.0005,
      'error',
      `Handler for POST /${api}/containers/${id}/stop returned error: cannot stop container: ${id}: ${error}`,
      trace,
    );
  },
  /** A stop call that comes in at `at`, outlives both signals and is given up 4 s later. */
  stuckCall(log: Log, at: number, id: string, version: V2, trace: Record<string, string> = {}): void {
    v2.force(log, at + 10.004, id, '10s', trace);
    v2.direct(log, at + 20.012, id, version, trace);
    v2.noExit(log, at + 24.014, id, version, trace);
  },
};

export function exited(log: Log, at: number, id: string): void {
  log.dockerd(at, 'info', 'ignoring event', { container: id, ...DELETED });
}

/** dockerd up to 19.03 does not say whose exit it was. */
export function exitedAnonymously(log: Log, at: number): void {
  log.dockerd(at, 'info', 'ignoring event', DELETED);
}

/** containerd below Docker 17.12 to 19.03. */
export function shimReaped(log: Log, at: number, id: string): void {
  log.containerd(at, 'info', 'shim reaped', { id });
}

export function shimDisconnected(log: Log, at: number, id: string, namespace = 'moby'): void {
  log.containerd(at, 'info', 'shim disconnected', { id, namespace });
  log.containerd(at + 0.0003, 'warning', 'cleaning up after shim disconnected', { id, namespace });
  log.containerd(at + 0.0006, 'info', 'cleaning up dead shim', { namespace });
}

/** Start-up lines; `done: false` leaves it where it loads its containers. */
export function starts(log: Log, at: number, version: string, done = true): void {
  log.dockerd(at, 'info', 'Starting up');
  log.dockerd(at + 0.006, 'info', 'parsed scheme: "unix"', { module: 'grpc' });
  log.dockerd(at + 0.007, 'info', 'scheme "unix" not registered, fallback to default scheme', {
    module: 'grpc',
  });
  log.dockerd(at + 0.008, 'info', 'ClientConn switching balancer to "pick_first"', { module: 'grpc' });
  log.dockerd(at + 0.052, 'warning', 'Your kernel does not support cgroup blkio weight');
  log.dockerd(at + 0.053, 'info', 'Loading containers: start.');
  if (!done) return;
  log.dockerd(at + 1.821, 'info', 'Loading containers: done.');
  log.dockerd(at + 1.834, 'info', 'Docker daemon', {
    commit: '420b1d3625',
    'graphdriver(s)': 'overlay2',
    version,
  });
  log.dockerd(at + 1.835, 'info', 'Daemon has completed initialization');
  log.dockerd(at + 1.859, 'info', 'API listen on /var/run/docker.sock');
}

export function stops(log: Log, at: number, downAfter: number): void {
  log.dockerd(at, 'info', "Processing signal 'terminated'");
  log.dockerd(at + downAfter, 'info', 'stopping event stream following graceful shutdown', {
    error: '<nil>',
    module: 'libcontainerd',
    namespace: 'moby',
  });
  log.dockerd(at + downAfter + 0.001, 'info', 'Daemon shutdown complete');
}

/** What dockerd says when containerd goes away under it. */
export function eventsLost(log: Log, at: number): void {
  const dial =
    'connection error: desc = "transport: Error while dialing dial unix /run/containerd/containerd.sock: connect: connection refused"';
  for (const namespace of ['moby', 'plugins.moby']) {
    log.dockerd(at, 'error', 'failed to get event', {
      error: 'rpc error: code = Unavailable desc = transport is closing',
      module: 'libcontainerd',
      namespace,
    });
    log.dockerd(at + 1, 'error', 'failed to get event', {
      error: `rpc error: code = Unavailable desc = all SubConns are in TransientFailure, latest ${dial}`,
      module: 'libcontainerd',
      namespace,
    });
  }
  log.dockerd(
    at + 0.001,
    'warning',
    `grpc: addrConn.createTransport failed to connect to {unix:///run/containerd/containerd.sock 0  <nil>}. Err :${dial}. Reconnecting...`,
    { module: 'grpc' },
  );
}
