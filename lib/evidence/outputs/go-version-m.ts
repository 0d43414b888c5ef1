/**
 * Reads `go version -m BINARY`: which releases of modules a program was built with. Where a distribution or a
 * vendor builds, this is the only sure answer to whether a fix is in.
 */

import type { Document, EvidenceReading } from '../types.js';
import { headLines, plainLines } from './plain-lines.js';
import { type Output, statementsOf } from './statements.js';

/** `/usr/bin/dockerd: go1.22.10`, also of a Go with experiments. */
const HEADER = /^(\S.{0,1023}): go(\d+\.\d+\S{0,32})(?: .{0,256})?$/;
const ROW = /^\s+(path|mod|dep|=>|build)\s+(\S{1,4096})(?:\s+(\S{1,256}))?/;
/** Main package -> product and the program's name. */
const PROGRAMS: readonly { readonly path: RegExp; readonly product: string; readonly program: string }[] = [
  {
    path: /^github\.com\/(?:docker\/docker|moby\/moby)(?:\/v\d+)?\/cmd\/dockerd$/,
    product: 'dockerd',
    program: 'dockerd',
  },
  { path: /^github\.com\/docker\/cli\/cmd\/docker$/, product: 'docker-cli', program: 'docker' },
  { path: /^github\.com\/docker\/buildx\/cmd\/buildx$/, product: 'buildx', program: 'docker-buildx' },
  { path: /^github\.com\/moby\/buildkit\/cmd\/buildkitd$/, product: 'buildkit', program: 'buildkitd' },
  { path: /^github\.com\/moby\/buildkit\/cmd\/buildctl$/, product: 'buildkit', program: 'buildctl' },
  {
    path: /^github\.com\/containerd\/containerd(?:\/v\d+)?\/cmd\/containerd$/,
    product: 'containerd',
    program: 'containerd',
  },
  { path: /^github\.com\/opencontainers\/runc$/, product: 'runc', program: 'runc' },
  { path: /^k8s\.io\/kubernetes\/cmd\/kubelet$/, product: 'kubelet', program: 'kubelet' },
];
/** `-X github.com/docker/buildx/version.Version=v0.12.1`: how releases name themselves, whatever the module says. */
const LINKED =
  /-X[ =]"?'?[\w./-]{1,200}\/(?:version|dockerversion|k8s\.io\/component-base\/version)\.(?:Version|gitVersion|version)=([^\s"']{1,100})/;

export function looksLikeGoVersionM(head: string): boolean {
  const lines = headLines(head);
  return (
    lines.some((line) => /^\s+(?:path|mod|dep)\s+[\w.-]{1,200}\.[\w.-]{1,200}\/\S/.test(line)) &&
    lines.some((line) => /^\s+(?:mod|dep)\s+\S{1,1024}\s+(?:v\d|\(devel\))/.test(line))
  );
}

interface Dependency {
  readonly path: string;
  readonly version: string;
  readonly line: number;
}

export function readGoVersionM(document: Document): EvidenceReading {
  const statements = statementsOf(document);
  let output: Output | null = null;
  let go: { readonly version: string; readonly line: number } | null = null;
  let main: (typeof PROGRAMS)[number] | null = null;
  let dependency: Dependency | null = null;

  function endDependency(): void {
    if (dependency !== null) output?.version(dependency.path, dependency.version, dependency.line);
    dependency = null;
  }
  function end(): void {
    endDependency();
    output?.end({ program: main?.program ?? null });
    output = null;
    go = null;
    main = null;
  }

  for (const [i, text] of plainLines(document).entries()) {
    const row = /^\s/.test(text) ? ROW.exec(text) : null;
    if (row === null) {
      const header = text.length < 2_048 && text.includes(': go') ? HEADER.exec(text) : null;
      if (text.trim() !== '' || header !== null) end();
      if (header !== null) go = { version: header[2] ?? '', line: i + 1 };
      continue;
    }
    const [, kind = '', name = '', version = ''] = row;
    // A `dep` alone may be grepped out; any other row alone is some program's table.
    if (output === null && (kind === '=>' || kind === 'build')) continue;
    if (output === null) {
      output = statements.output();
      if (go !== null) output.version('go', go.version, go.line);
    }
    if (kind === '=>') {
      // What is replaced was not built in: a fork counts under its own name, a directory under none.
      if (dependency !== null) dependency = { path: name, version, line: i + 1 };
      endDependency();
      continue;
    }
    endDependency();
    if (kind === 'path') main = PROGRAMS.find(({ path }) => path.test(name)) ?? null;
    else if (kind === 'dep') dependency = { path: name, version, line: i + 1 };
    else if (kind === 'mod') {
      if (main !== null) output.version(main.product, version, i + 1);
    } else if (main !== null) {
      const linked = LINKED.exec(text)?.[1];
      if (linked !== undefined) output.version(main.product, linked, i + 1);
    }
  }
  end();
  return statements.reading();
}
