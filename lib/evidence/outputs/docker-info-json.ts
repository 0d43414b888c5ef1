/**
 * The JSON form of `docker info`. It states goroutines and files even where debug mode is off, which the text
 * does not.
 */

import type { Document } from '../types.js';
import { asObject, asText, type FoundJson, lineOfText } from './json-objects.js';
import { hostName, type Output } from './statements.js';
import { zonedTime } from './zoned-time.js';

export function isDockerInfo({ value }: FoundJson): boolean {
  // Podman's answer has them, too; and a client that reached nobody prints empty values.
  return (
    value['NGoroutines'] !== undefined &&
    value['NFd'] !== undefined &&
    !(asText(value['DockerRootDir']) ?? '').includes('/containers/storage') &&
    value['BuildahVersion'] === undefined
  );
}

export function stateDockerInfo(document: Document, object: FoundJson, output: Output): void {
  const { value } = object;
  const lineOf = (key: string) => lineOfText(document, object, key);
  const version = (product: string, key: string, text: string | null) => {
    if (text !== null) output.version(product, text, lineOf(key));
  };
  version('dockerd', 'ServerVersion', asText(value['ServerVersion']));
  version('containerd', 'ContainerdCommit', asText(asObject(value['ContainerdCommit'])?.['ID']));
  version('runc', 'RuncCommit', asText(asObject(value['RuncCommit'])?.['ID']));
  version('kernel', 'KernelVersion', asText(value['KernelVersion']));
  const client = asObject(value['ClientInfo']);
  version('docker-cli', 'ClientInfo', asText(client?.['Version']));
  const plugins = client?.['Plugins'];
  for (const plugin of (Array.isArray(plugins) ? plugins : []).slice(0, 64).map(asObject)) {
    if (plugin?.['Name'] === 'buildx') version('buildx', 'Plugins', asText(plugin['Version']));
  }
  for (const [name, key] of [
    ['live-restore', 'LiveRestoreEnabled'],
    ['debug', 'Debug'],
    ['log-driver', 'LoggingDriver'],
    ['cgroup-driver', 'CgroupDriver'],
    ['storage-driver', 'Driver'],
  ] as const) {
    const stated = value[key];
    // The first releases wrote 0 and 1.
    const text =
      stated === 0 ? 'false' : stated === 1 ? 'true' : typeof stated === 'boolean' ? `${stated}` : stated;
    if (typeof text === 'string' && text !== '') output.setting('dockerd', name, text, lineOf(key));
  }
  for (const [name, key] of [
    ['goroutines', 'NGoroutines'],
    ['fds', 'NFd'],
  ] as const) {
    const stated = value[key];
    if (typeof stated === 'number' && stated > 0) output.gauge('dockerd', name, stated, lineOf(key));
  }
  output.end({
    program: 'dockerd',
    host: hostName(asText(value['Name']) ?? ''),
    at: zonedTime(asText(value['SystemTime']) ?? ''),
  });
}
