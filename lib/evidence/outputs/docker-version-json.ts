/**
 * What `docker version --format '{{json .}}'` and the API's `/version` say. Podman answers the same requests,
 * with a component of its own name.
 */

import type { Document } from '../types.js';
import { goVersion } from './docker-version.js';
import { asObject, asText, type FoundJson, type JsonObject, lineOfText } from './json-objects.js';
import type { Output } from './statements.js';
import { withBuild, withEdition } from './vendor-build.js';

const PRODUCTS: Readonly<Record<string, string>> = {
  Engine: 'dockerd',
  containerd: 'containerd',
  runc: 'runc',
};

/** Client and server of the command's answer; the server alone for the API's. */
function sidesOf(value: JsonObject): {
  readonly client: JsonObject | null;
  readonly server: JsonObject | null;
} {
  if (value['Client'] !== undefined || value['Server'] !== undefined) {
    return { client: asObject(value['Client']), server: asObject(value['Server']) };
  }
  return { client: null, server: value };
}

export function isDockerVersion({ value }: FoundJson): boolean {
  const { client, server } = sidesOf(value);
  return [client, server].some((side) => side?.['Version'] !== undefined && side['ApiVersion'] !== undefined);
}

export function stateDockerVersion(document: Document, object: FoundJson, output: Output): void {
  const { client, server } = sidesOf(object.value);
  const lineOf = (value: string) => lineOfText(document, object, value);
  const clientVersion = asText(client?.['Version']);
  if (clientVersion !== null && client?.['ApiVersion'] !== undefined) {
    output.version('docker-cli', wholeOf(client, clientVersion), lineOf(clientVersion));
  }
  const serverVersion = asText(server?.['Version']);
  if (server === null || serverVersion === null || server['ApiVersion'] === undefined) return;
  const listed = server['Components'];
  const components = (Array.isArray(listed) ? listed : []).map(asObject);
  if (components.some((component) => /podman/i.test(asText(component?.['Name']) ?? ''))) return;
  output.version('dockerd', wholeOf(server, serverVersion), lineOf(serverVersion));
  for (const component of components.slice(0, 16)) {
    const product = PRODUCTS[asText(component?.['Name']) ?? ''];
    const version = asText(component?.['Version']);
    if (product !== undefined && version !== null) output.version(product, version, lineOf(version));
  }
  const go = asText(server['GoVersion']);
  if (go !== null) output.version('go', goVersion(go), lineOf(go));
}

/** With what the commit and the platform's name tell of who built it. */
function wholeOf(side: JsonObject, version: string): string {
  const edition = asText(asObject(side['Platform'])?.['Name']) ?? '';
  return withEdition(withBuild(version, asText(side['GitCommit']) ?? undefined), edition);
}
