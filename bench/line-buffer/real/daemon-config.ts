/**
 * The config.toml of the private containerd: every path that the daemon has lies in its own directory, so that it
 * never meets a containerd of the host. Written in the form that its version reads (2 for 1.x, 3 for 2.x).
 */
import { join } from 'node:path';

export interface DaemonPaths {
  readonly directory: string;
  readonly config: string;
  readonly socket: string;
  readonly debugSocket: string;
  readonly logs: string;
  readonly feeds: string;
}

export function pathsIn(directory: string): DaemonPaths {
  return {
    directory,
    config: join(directory, 'config.toml'),
    socket: join(directory, 'containerd.sock'),
    debugSocket: join(directory, 'debug.sock'),
    logs: join(directory, 'logs'),
    feeds: join(directory, 'feeds'),
  };
}

export interface DaemonSettings {
  readonly version: string;
  readonly limitBytes: number;
  /** Name of the image that pods and containers are made of. */
  readonly image: string;
  readonly runc: string;
  /** `host:port`; containerd serves its metrics over TCP only. */
  readonly metricsAddress: string;
}

export function daemonConfig(paths: DaemonPaths, settings: DaemonSettings): string {
  const second = Number.parseInt(settings.version, 10) >= 2;
  return [
    ...common(paths, settings, second ? 3 : 2),
    ...(second ? cri2(paths, settings) : cri1(paths, settings)),
  ]
    .join('\n')
    .concat('\n');
}

function common(paths: DaemonPaths, settings: DaemonSettings, version: 2 | 3): string[] {
  const own = (name: string): string => quoted(join(paths.directory, name));
  return [
    `version = ${version}`,
    `root = ${own('root')}`,
    `state = ${own('state')}`,
    `temp = ${own('temp')}`,
    // Should memory run out all the same, the kernel takes this daemon before anything of the host.
    'oom_score = 900',
    '[grpc]',
    `address = ${quoted(paths.socket)}`,
    '[ttrpc]',
    `address = ${own('ttrpc.sock')}`,
    '[debug]',
    `address = ${quoted(paths.debugSocket)}`,
    'level = "info"',
    '[metrics]',
    `address = ${quoted(settings.metricsAddress)}`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = ${own('opt')}`,
    // Since 1.7 a socket below /var/run, which is the host's.
    '[plugins."io.containerd.nri.v1.nri"]',
    'disable = true',
  ];
}

function cri1(paths: DaemonPaths, settings: DaemonSettings): string[] {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    `[${cri}]`,
    `sandbox_image = ${quoted(settings.image)}`,
    ...criRuntime(paths, settings, cri),
    `[${cri}.containerd]`,
    'snapshotter = "native"',
  ];
}

function cri2(paths: DaemonPaths, settings: DaemonSettings): string[] {
  const runtime = 'plugins."io.containerd.cri.v1.runtime"';
  const images = 'plugins."io.containerd.cri.v1.images"';
  return [
    `[${runtime}]`,
    ...criRuntime(paths, settings, runtime),
    `[${images}]`,
    'snapshotter = "native"',
    `[${images}.pinned_images]`,
    `sandbox = ${quoted(settings.image)}`,
  ];
}

function criRuntime(paths: DaemonPaths, settings: DaemonSettings, plugin: string): string[] {
  return [
    `max_container_log_line_size = ${settings.limitBytes}`,
    'disable_apparmor = true',
    'restrict_oom_score_adj = true',
    `[${plugin}.cni]`,
    `conf_dir = ${quoted(join(paths.directory, 'cni'))}`,
    `bin_dir = ${quoted(join(paths.directory, 'cni'))}`,
    `[${plugin}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${plugin}.containerd.runtimes.runc.options]`,
    `BinaryName = ${quoted(settings.runc)}`,
    `Root = ${quoted(join(paths.directory, 'runc'))}`,
  ];
}

/** A TOML basic string takes what a JSON string does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
