/**
 * Reads the kubelet's configuration: the YAML file, a ConfigMap that holds it, or the JSON of /configz. How long
 * the kubelet waits for the runtime decides how a stuck stop looks in its log, and how much each retry leaks.
 */

import type { Document, EvidenceReading } from '../types.js';
import {
  asObject,
  type FoundJson,
  type JsonObject,
  type JsonValue,
  jsonObjects,
  lineOfText,
} from './json-objects.js';
import { headLines, plainLines } from './plain-lines.js';
import { type Statements, statementsOf } from './statements.js';

const SETTINGS: Readonly<Record<string, string>> = {
  runtimeRequestTimeout: 'runtime-request-timeout',
  containerRuntimeEndpoint: 'container-runtime-endpoint',
  shutdownGracePeriod: 'shutdown-grace-period',
  maxPods: 'max-pods',
  containerLogMaxSize: 'container-log-max-size',
  containerLogMaxFiles: 'container-log-max-files',
};
const KIND = /^(\s*)kind:\s*["']?KubeletConfiguration["']?\s*$/;
const JSON_KIND = /[{,]\s*(?:"kubeletconfig"\s*:|"kind"\s*:\s*"KubeletConfiguration")/;
const OF_MAPPING = /^(?: |#|- |["']?[A-Za-z][\w./-]{0,80}["']?:(?:\s|$))/;
/** Lines before and behind `kind:` that can belong to it, and characters of them: a real one has 50 lines. */
const AROUND = 500;
const TEXT_LIMIT = 65_536;
const FILES_LIMIT = 8;

export function looksLikeKubeletConfig(head: string): boolean {
  if (/^[ \t]*\{/m.test(head) && JSON_KIND.test(head)) return true;
  return headLines(head).some((line) => KIND.test(line));
}

export async function readKubeletConfig(document: Document): Promise<EvidenceReading> {
  const statements = statementsOf(document);
  for (const object of jsonObjects(document)) {
    if (!object.ok) continue;
    const inner = asObject(object.value['kubeletconfig']);
    if (inner !== null) stateJson(document, object, inner, statements);
    else if (object.value['kind'] === 'KubeletConfiguration')
      stateJson(document, object, object.value, statements);
  }
  const lines = plainLines(document);
  let files = 0;
  let end = 0;
  for (let i = 0; i < lines.length && files < FILES_LIMIT; i++) {
    const kind = lines[i]?.includes('KubeletConfiguration') ? KIND.exec(lines[i] ?? '') : null;
    if (kind === null) continue;
    files++;
    const { from, to } = extentOf(lines, i, end, kind[1] ?? '');
    await stateYaml(lines.slice(from, to), from, (kind[1] ?? '').length, statements);
    end = to;
    i = to - 1;
  }
  return statements.reading();
}

/**
 * The lines around `kind:` that can be of one mapping with it: not less indented, keys, lists and what is below
 * them, up to `---` or anything else on either side.
 */
function extentOf(
  lines: readonly string[],
  at: number,
  start: number,
  indent: string,
): { readonly from: number; readonly to: number } {
  const belongs = (line: string | undefined): boolean =>
    line !== undefined &&
    (line.trim() === '' || (line.startsWith(indent) && OF_MAPPING.test(line.slice(indent.length))));
  let from = at;
  while (from > start && at - from < AROUND && belongs(lines[from - 1])) from--;
  // A mapping begins with a key: what is indented deeper belongs to something above.
  while (from < at && !/^[^\s-]/.test((lines[from] ?? '').slice(indent.length))) from++;
  let to = at + 1;
  while (to < lines.length && to - at < AROUND && belongs(lines[to])) to++;
  return { from, to };
}

async function stateYaml(
  lines: readonly string[],
  offset: number,
  indent: number,
  statements: Statements,
): Promise<void> {
  const text = lines.map((line) => line.slice(indent)).join('\n');
  if (text.length > TEXT_LIMIT) {
    statements.problem(
      offset + 1,
      `A kubelet configuration of more than ${TEXT_LIMIT} characters was not read.`,
    );
    return;
  }
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const counter = new LineCounter();
  const output = statements.output();
  try {
    // Keys are compared with each other otherwise, each with all.
    const parsed = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false });
    const error = parsed.errors[0];
    if (error !== undefined) {
      const { line, col } = counter.linePos(error.pos[0]);
      const reason = `The kubelet configuration is not YAML from line ${offset + line}, column ${col + indent} on.`;
      statements.problem(offset + line, reason);
    }
    if (!isMap(parsed.contents)) return;
    for (const { key, value } of parsed.contents.items) {
      if (!isScalar(key) || !isScalar(value) || typeof key.value !== 'string') continue;
      const name = Object.hasOwn(SETTINGS, key.value) ? SETTINGS[key.value] : undefined;
      const { line } = counter.linePos(key.range?.[0] ?? 0);
      const stated = value.value;
      if (name !== undefined && (typeof stated === 'string' || typeof stated === 'number')) {
        output.setting('kubelet', name, String(stated), offset + line);
      }
    }
  } catch {
    // Nesting beyond what a stack holds.
    statements.problem(offset + 1, 'The kubelet configuration is nested too deeply to be read.');
  } finally {
    output.end({ program: 'kubelet' });
  }
}

function stateJson(document: Document, object: FoundJson, config: JsonObject, statements: Statements): void {
  const output = statements.output();
  for (const [key, name] of Object.entries(SETTINGS)) {
    const stated: JsonValue | undefined = Object.hasOwn(config, key) ? config[key] : undefined;
    if (typeof stated === 'string' || typeof stated === 'number') {
      output.setting('kubelet', name, String(stated), lineOfText(document, object, key));
    }
  }
  output.end({ program: 'kubelet' });
}
