/** Which daemon a systemd unit runs, and what its environment says about tracing. */
import type { Output } from './statements.js';

const PRODUCTS: Readonly<Record<string, string>> = {
  docker: 'dockerd',
  dockerd: 'dockerd',
  'docker-latest': 'dockerd',
  'snap.docker.dockerd': 'dockerd',
  containerd: 'containerd',
  'docker-containerd': 'containerd',
  kubelet: 'kubelet',
  crio: 'cri-o',
  'cri-o': 'cri-o',
  buildkit: 'buildkit',
  buildkitd: 'buildkit',
};

/** `docker.service` -> `dockerd`; null for a unit of nothing that we know. */
export function productOfUnit(unit: string): string | null {
  const name = unit.endsWith('.service') ? unit.slice(0, -'.service'.length) : unit;
  return Object.hasOwn(PRODUCTS, name) ? (PRODUCTS[name] ?? null) : null;
}

/** By a path or a command: `/etc/systemd/system/docker.service.d/otel.conf`, `systemctl show docker -p Environment`. */
export function productNamedIn(text: string): string | null {
  const unit =
    /(?:^|[/ ])([a-z][a-z0-9.-]{0,40}?)\.service\b/.exec(text)?.[1] ??
    /\bsystemctl (?:show|cat|status) (?:-\S+ ){0,4}([a-z][a-z0-9-]{0,40})\b/.exec(text)?.[1] ??
    /\b(dockerd|containerd|kubelet|buildkitd)\b/.exec(text)?.[1];
  return unit === undefined ? null : productOfUnit(unit);
}

/** Either makes dockerd send its spans somewhere; the other OTEL_EXPORTER_OTLP_* only say how. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

export function isTracing(variable: string): boolean {
  return variable.startsWith('OTEL_EXPORTER_OTLP_');
}

/** Where spans go by these `NAME=value`; empty where nowhere. The later of a name counts. */
export function exporterOf(variables: readonly string[]): string {
  for (const name of ENDPOINTS) {
    const last = variables.findLast((variable) => variable.startsWith(`${name}=`));
    if (last !== undefined && last.length > name.length + 1) return last.slice(name.length + 1);
  }
  return '';
}

/** A limit as systemd prints it; all ones is its way to say that there is none. */
export function limitValue(text: string): string | null {
  if (/^(?:infinity|18446744073709551615)$/.test(text)) return 'infinity';
  // `1024:524288`: soft and hard. The daemon runs with the first until it raises it.
  return /^\d{1,19}(?::(?:\d{1,19}|infinity))?$/.test(text) ? text : null;
}

export function stateFlags(
  settings: ReadonlyMap<string, string>,
  product: string,
  line: number,
  output: Output,
): void {
  for (const [name, value] of settings) output.setting(product, name, value, line);
}

const PROGRAMS: Readonly<Record<string, string>> = { buildkit: 'buildkitd', 'cri-o': 'crio' };

/** Name of the program, as profiles and logs call it. */
export function programOf(product: string): string {
  return PROGRAMS[product] ?? product;
}
