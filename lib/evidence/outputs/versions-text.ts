/**
 * Reads what programs print when they are asked for their version: `docker version` in all its ages and as
 * JSON, the one-line answers of the others, package lists, and the header that dockerd sends with every reply.
 * Versions decide whether a known defect can be there at all.
 */

import type { Document, EvidenceReading } from '../types.js';
import { dockerVersionReader } from './docker-version.js';
import { isDockerVersion, stateDockerVersion } from './docker-version-json.js';
import { jsonObjects } from './json-objects.js';
import { packageVersion } from './packages.js';
import { headLines, plainLines } from './plain-lines.js';
import { statementsOf } from './statements.js';
import { withBuild } from './vendor-build.js';

/** Anchored, one version each: product, what the line must hold, the line, with the build where it shows one. */
const ANSWERS: readonly { readonly product: string; readonly has: string; readonly line: RegExp }[] = [
  { product: 'dockerd', has: 'Docker version ', line: /^\s*Docker version ([^\s,]+), build (\S+)$/ },
  {
    product: 'containerd',
    has: 'containerd',
    line: /^\s*(?:containerd|ctr) (?:github\.com\/(?:containerd|docker|k3s-io)\/containerd(?:\/v\d{1,2})?|containerd\.io) (\S+)(?:\s+(\S+))?(?:\s|$)/,
  },
  {
    product: 'containerd',
    has: ' commit: ',
    line: /^\s*(?:docker-)?containerd(?:-ctr)? version:? (\S+) commit: /,
  },
  { product: 'runc', has: 'runc version ', line: /^\s*(?:docker-)?runc version (\S+)$/ },
  {
    product: 'buildx',
    has: 'docker/buildx',
    line: /^\s*github\.com\/docker\/buildx (\S+)(?:\s+(\S+))?(?:\s|$)/,
  },
  {
    product: 'buildkit',
    has: 'moby/buildkit',
    line: /^\s*build(?:kitd|ctl) github\.com\/moby\/buildkit (\S+)(?:\s+(\S+))?(?:\s|$)/,
  },
  // A builder's row in `docker buildx inspect`.
  { product: 'buildkit', has: 'uild', line: /^\s*Build[Kk]it(?: version)?:\s+(v\d\S*)$/ },
  { product: 'kubelet', has: 'Kubernetes ', line: /^\s*Kubernetes (v\d\S*)$/ },
  { product: 'cri-o', has: 'crio version ', line: /^\s*crio version (\S+)$/ },
  { product: 'dockerd', has: 'Server: Docker/', line: /^\s*(?:< )?Server: Docker\/(\S+) \(/ },
];

/** Above `Docker version …`: dockerd and the command-line client answer with the same words. */
const ASKED_CLIENT = /\bdocker\s+(?:--version|-v)\s*$/;

const RUNTIMES: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  docker: 'dockerd',
  'cri-o': 'cri-o',
};

/** Longer lines are no answers. */
const ANSWER_LIMIT = 1_024;

export function looksLikeVersionsText(head: string): boolean {
  const lines = headLines(head);
  const reading = readVersionsText({ source: '', bytes: new Uint8Array(), lines });
  return reading.evidence.length > 0;
}

export function readVersionsText(document: Document): EvidenceReading {
  const lines = plainLines(document);
  const statements = statementsOf(document);
  const answers = statements.output();
  const dockerVersion = dockerVersionReader(statements.output);
  let runtime: { readonly product: string; readonly line: number } | null = null;
  let asked = '';
  for (const [i, text] of lines.entries()) {
    const line = i + 1;
    if (text.length > ANSWER_LIMIT) continue;
    dockerVersion.read(text, line);
    if (text === '') continue;
    const answer = answerOf(text.trimEnd(), asked);
    if (answer !== null) answers.version(answer.product, answer.version, line);
    // `crictl version` names the runtime on one line and its version on the next.
    const named = /^\s*Runtime(Name|Version):\s+(\S+)\s*$/.exec(text);
    if (named?.[1] === 'Name') {
      const product = RUNTIMES[named[2] ?? ''];
      runtime = product === undefined ? null : { product, line };
    } else if (named !== null && runtime !== null && line - runtime.line <= 2) {
      answers.version(runtime.product, named[2] ?? '', line);
      runtime = null;
    }
    asked = text;
  }
  dockerVersion.end();
  answers.end({});
  for (const object of jsonObjects(document)) {
    if (!object.ok || !isDockerVersion(object)) continue;
    const output = statements.output();
    stateDockerVersion(document, object, output);
    output.end({});
  }
  return statements.reading();
}

function answerOf(
  text: string,
  asked: string,
): { readonly product: string; readonly version: string } | null {
  for (const { product, has, line } of ANSWERS) {
    if (!text.includes(has)) continue;
    const [, version, build] = line.exec(text) ?? [];
    if (version === undefined) continue;
    return {
      product: has === 'Docker version ' && ASKED_CLIENT.test(asked) ? 'docker-cli' : product,
      version: withBuild(version, build),
    };
  }
  return packageVersion(text);
}
