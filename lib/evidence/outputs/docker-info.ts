/**
 * Reads `docker info`, as text from 1.0 to 29 and as JSON (`--format '{{json .}}'`, the API's `/info`). Beside
 * versions and settings it is the one output that states dockerd's goroutines and open files with the time, so
 * that several of them show growth.
 */

import type { Document, EvidenceReading } from '../types.js';
import { isDockerInfo, stateDockerInfo } from './docker-info-json.js';
import { jsonObjects } from './json-objects.js';
import { headLines, plainLines } from './plain-lines.js';
import { hostName, type Output, statementsOf } from './statements.js';
import { zonedTime } from './zoned-time.js';

interface Field {
  readonly value: string;
  readonly line: number;
}

/** Everything of one output that counts, by our own names; the first of a name stays. */
type Info = Map<string, Field>;

/** Key as printed, in lower case -> our name. */
const SERVER_KEYS: Readonly<Record<string, string>> = {
  'server version': 'version',
  'storage driver': 'storage-driver',
  'logging driver': 'log-driver',
  'cgroup driver': 'cgroup-driver',
  'live restore enabled': 'live-restore',
  'debug mode': 'debug',
  'debug mode (server)': 'debug',
  'file descriptors': 'fds',
  fds: 'fds',
  goroutines: 'goroutines',
  'system time': 'time',
  'containerd version': 'containerd',
  'runc version': 'runc',
  'kernel version': 'kernel',
  'docker root dir': 'data-root',
  name: 'host',
};

/** Keys that begin an output where the client's part is missing, as it was before 19.03. */
const FIRST = 'containers';
const LINE = /^\s*([A-Za-z][A-Za-z0-9 ()/-]{0,40}):(?:\s+(\S.*))?\s*$/;
const LINE_LIMIT = 4_096;

export function looksLikeDockerInfo(head: string): boolean {
  if (/^[ \t]*\{/m.test(head) && /[{,]\s*"NGoroutines"\s*:/.test(head)) return true;
  const lines = headLines(head);
  const has = (key: RegExp) => lines.some((line) => line.length < LINE_LIMIT && key.test(line));
  // Libraries that reach for dockerd print one of these lines, or two.
  return has(/^\s*Server Version: +\S/) && has(/^\s*(?:Storage Driver|Kernel Version|Images): /);
}

export function readDockerInfo(document: Document): EvidenceReading {
  const statements = statementsOf(document);
  let info: Info = new Map();
  let part: 'client' | 'server' | null = null;
  let plugin = '';
  let blank = false;

  function end(): void {
    if (info.has('version') && !isPodman(info)) {
      const output = statements.output();
      stateInfo(info, output);
    }
    info = new Map();
    part = null;
    plugin = '';
    blank = false;
  }

  for (const [i, text] of plainLines(document).entries()) {
    if (text.length > LINE_LIMIT) continue;
    if (text.trim() === '') {
      blank = true;
      continue;
    }
    const found = text.includes(':') ? LINE.exec(text) : null;
    const key = (found?.[1] ?? '').toLowerCase();
    const field = { value: (found?.[2] ?? '').trimEnd(), line: i + 1 };
    if (key === 'client') {
      end();
      part = 'client';
    } else if (key === 'server' && !text.includes('Docker/')) {
      if (part === 'server') end();
      part = 'server';
    } else if (key === FIRST && /^\d+$/.test(field.value)) {
      if (info.has(FIRST)) end();
      part = 'server';
      info.set(FIRST, field);
    } else if (part === 'client' && key === 'api version') {
      // The client of `docker version`: nothing of this output.
      info = new Map();
      part = null;
    } else if (part === 'client' && key !== 'server version') {
      // `buildx: Docker Buildx (Docker Inc.)` above its `Version: v0.11.2`, up to 20.10 `(Docker Inc., v0.8.1)`.
      const within = /\(Docker Inc\., (\S{1,64})\)$/.exec(field.value)?.[1];
      if (key === 'buildx' && within !== undefined) info.set('buildx', { ...field, value: within });
      else if (key === 'version') keep(info, plugin === '' ? 'client' : plugin, field);
      else if (key === 'plugins') plugin = 'plugin';
      else if (plugin !== '' && key !== '' && key !== 'path') plugin = key === 'buildx' ? 'buildx' : 'plugin';
    } else {
      const name = Object.hasOwn(SERVER_KEYS, key) ? SERVER_KEYS[key] : undefined;
      if (name === 'version') {
        if (info.has('version')) end();
        part = 'server';
      }
      if (name !== undefined && part === 'server') keep(info, name, field);
      // Behind an empty line comes the next command's output.
      else if (blank && info.has('version')) end();
    }
    blank = false;
  }
  end();

  for (const object of jsonObjects(document)) {
    if (object.ok && isDockerInfo(object)) stateDockerInfo(document, object, statements.output());
  }
  return statements.reading();
}

function keep(info: Info, name: string, field: Field): void {
  if (!info.has(name)) info.set(name, field);
}

/** Podman answers `docker info`, too. Its storage is where no dockerd has it. */
function isPodman(info: Info): boolean {
  return (info.get('data-root')?.value ?? '').includes('/containers/storage');
}

function stateInfo(info: Info, output: Output): void {
  for (const [name, product] of [
    ['version', 'dockerd'],
    ['client', 'docker-cli'],
    ['buildx', 'buildx'],
    // A commit in most releases: no version then.
    ['containerd', 'containerd'],
    ['runc', 'runc'],
    ['kernel', 'kernel'],
  ] as const) {
    const field = info.get(name);
    // `66aedde (expected: 9df8b30)`, `1.7.27-0ubuntu1~22.04.1`.
    if (field !== undefined) output.version(product, field.value.split(' ', 1)[0] ?? '', field.line);
  }
  for (const name of ['live-restore', 'debug', 'log-driver', 'cgroup-driver', 'storage-driver'] as const) {
    const field = info.get(name);
    if (field !== undefined && field.value !== '') output.setting('dockerd', name, field.value, field.line);
  }
  for (const name of ['goroutines', 'fds'] as const) {
    const field = info.get(name);
    if (field !== undefined && /^\d{1,15}$/.test(field.value)) {
      output.gauge('dockerd', name, Number(field.value), field.line);
    }
  }
  output.end({
    program: 'dockerd',
    host: hostName(info.get('host')?.value ?? ''),
    at: zonedTime(info.get('time')?.value ?? ''),
  });
}
