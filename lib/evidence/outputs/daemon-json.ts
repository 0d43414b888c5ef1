/**
 * Reads /etc/docker/daemon.json: whether containers outlive a restart of dockerd, how logs are kept and limited,
 * and what else the advice depends on. JSON of anything else is left alone.
 */

import type { Document, EvidenceReading } from '../types.js';
import { dockerdKeysOf, namesDockerdKey } from './dockerd-keys.js';
import {
  asObject,
  asText,
  type FoundJson,
  type JsonObject,
  type JsonValue,
  jsonObjects,
  lineOfText,
} from './json-objects.js';
import { headLines, plainLines } from './plain-lines.js';
import { type Output, quoted, statementsOf } from './statements.js';

/** Key -> name of the setting. */
const SCALARS: Readonly<Record<string, string>> = {
  'live-restore': 'live-restore',
  debug: 'debug',
  'log-driver': 'log-driver',
  'log-level': 'log-level',
  'storage-driver': 'storage-driver',
  'data-root': 'data-root',
  graph: 'data-root',
  'oom-score-adjust': 'oom-score-adjust',
  'shutdown-timeout': 'shutdown-timeout',
  'metrics-addr': 'metrics-address',
  containerd: 'containerd-address',
  'default-runtime': 'default-runtime',
  experimental: 'experimental',
};
/** Options and features of one file that are taken. */
const OPTIONS_LIMIT = 64;
const OPTION = /^[A-Za-z][A-Za-z0-9-]{0,40}$/;

export function looksLikeDaemonJson(head: string): boolean {
  if (!/^[\s\ufeff>|]{0,64}\{/m.test(head)) return false;
  const lines = headLines(head);
  const { evidence, problems } = readDaemonJson({
    source: '',
    bytes: new Uint8Array(),
    lines,
  });
  return evidence.length > 0 || problems.length > 0;
}

export function readDaemonJson(document: Document): EvidenceReading {
  const statements = statementsOf(document);
  for (const object of jsonObjects(document)) {
    if (!object.ok) {
      if (!namesDockerdKey(object.text)) continue;
      const place = `line ${object.faultLine}, column ${object.faultColumn}`;
      statements.problem(
        object.faultLine,
        `daemon.json is not JSON: ${place} should be ${object.expected}. dockerd does not start with it.`,
      );
      continue;
    }
    const { known, own, unknown } = dockerdKeysOf(object.value);
    if (known.length === 0) continue;
    // One key of its own among strangers can be chance, two are a slip in its file.
    const isIt =
      unknown.length === 0
        ? own.length > 0 || isWhole(document, object)
        : own.length >= 2 && unknown.length < known.length;
    if (!isIt) continue;
    for (const key of unknown.slice(0, 8)) {
      const reason = `dockerd has no key ${quoted(key)} with such a value in daemon.json, and does not start with it.`;
      statements.problem(lineOfText(document, object, key), reason);
    }
    const output = statements.output();
    state(document, object, output);
    output.end({ program: 'dockerd' });
  }
  return statements.reading();
}

/** Nothing but this object in the document. */
function isWhole(document: Document, { line, lastLine }: FoundJson): boolean {
  return plainLines(document).every((text, i) => (i + 1 >= line && i < lastLine) || text.trim() === '');
}

function state(document: Document, object: FoundJson, output: Output): void {
  const { value } = object;
  const set = (name: string, stated: JsonValue | undefined, key: string): void => {
    if (typeof stated === 'string' || typeof stated === 'number' || typeof stated === 'boolean') {
      output.setting('dockerd', name, String(stated), lineOfText(document, object, key));
    }
  };
  for (const [key, name] of Object.entries(SCALARS)) {
    if (Object.hasOwn(value, key)) set(name, value[key], key);
  }
  for (const [key, option] of membersOf(value['log-opts'])) set(`log-${key}`, option, key);
  for (const [key, feature] of membersOf(value['features'])) set(`feature-${key}`, feature, key);
  for (const [key, limits] of membersOf(value['default-ulimits'])) {
    const limit = asObject(limits);
    const soft = limit?.['Soft'];
    const hard = limit?.['Hard'];
    if (typeof soft === 'number' || typeof hard === 'number') {
      set(`default-ulimit-${key}`, `${soft ?? hard}:${hard ?? soft}`, key);
    }
  }
  const options = value['exec-opts'];
  for (const option of Array.isArray(options) ? options.slice(0, OPTIONS_LIMIT) : []) {
    const driver = /^native\.cgroupdriver=(\w{1,40})$/.exec(asText(option) ?? '')?.[1];
    if (driver !== undefined) set('cgroup-driver', driver, 'exec-opts');
  }
}

function membersOf(value: JsonValue | undefined): readonly (readonly [string, JsonValue | undefined])[] {
  const object: JsonObject = asObject(value) ?? {};
  return Object.entries(object)
    .filter(([key]) => OPTION.test(key))
    .slice(0, OPTIONS_LIMIT);
}
