/**
 * Reads what limits containerd's buffer for a log line: config.toml of versions 1, 2 and 3, `containerd config
 * dump`, `crictl info`, the variables of Kubespray, and pieces of any of them. It is half of the diagnosis of a
 * containerd that grows on one long line.
 */

import type { Document, EvidenceReading } from '../types.js';
import { type FoundLimit, LIMIT_KEY, scanToml, type TomlLines } from './containerd-toml.js';
import { headLines, plainLines } from './plain-lines.js';
import { type Output, quoted, type Statements, statementsOf } from './statements.js';

const NAME = 'max-container-log-line-size';
/** Name of the CRI plugin -> version of the configuration that calls it so. */
const CRI_TABLES: Readonly<Record<string, number>> = {
  cri: 1,
  'io.containerd.grpc.v1.cri': 2,
  'io.containerd.cri.v1.runtime': 3,
};
/** Up to 2.0 without `Line`. Escaped quotes are a log line's. */
const CRICTL = /(?<![\\\w])"maxContainerLog(?:Line)?Size"\s{0,8}:\s{0,8}(-?\d{1,19})\b/;
const KUBESPRAY = /^\s*containerd_max_container_log_line_size\s*:\s*["']?(-?\d{1,19})["']?\s*(?:#.*)?$/;
const INTEGER = /^[+-]?\d[\d_]{0,18}$/;
/** Characters of a file: a dump with all plugins has 15 thousand. */
const FILE_LIMIT = 262_144;
/** Tables from which on a text is a file of its own and no piece. */
const FILE_TABLES = 3;
/** `imports` adds such files: what they set stands above config.toml. */
const DROP_IN = /(?:^|[/:])[\w.-]{1,64}\.d\/[^/]{1,255}\.toml(?:\.gz)?$/;

const OWN =
  /^\s*(?:\[plugins\b|plugins\s*(?:=\s*\{|\.)|\[proxy_plugins\b|disabled_plugins\s*=|imports\s*=|root\s*=\s*["']\/\S*containerd)/;

export function looksLikeContainerdConfig(head: string): boolean {
  const lines = headLines(head);
  return lines.some((line) => OWN.test(line) || CRICTL.test(line) || KUBESPRAY.test(line) || isLimit(line));
}

function isLimit(line: string): boolean {
  return line.includes(LIMIT_KEY) && scanToml([line]).limits.length > 0;
}

export async function readContainerdConfig(document: Document): Promise<EvidenceReading> {
  const statements = statementsOf(document);
  const lines = plainLines(document);
  const output = statements.output();
  let scanned = scanToml(lines);
  const isFile = scanned.whole && (scanned.limits.length > 0 || lines.some((line) => OWN.test(line)));
  let parsed = isFile ? await parse(lines, statements) : null;
  if (parsed === 'contradictory') {
    scanned = { ...scanned, limits: [] };
    parsed = null;
  }
  if (isFile || scanned.limits.length > 0)
    stateToml(withInline(scanned, parsed, lines), parsed, isFile, output, statements, document.source);
  for (const [i, text] of lines.entries()) {
    const limit = text.includes('axContainerLog')
      ? CRICTL.exec(text)
      : text.includes(LIMIT_KEY)
        ? KUBESPRAY.exec(text)
        : null;
    // What crictl prints is what the running containerd has in force.
    const rank = limit !== null && text.includes('axContainerLog') ? 2 : undefined;
    if (limit !== null) output.setting('containerd', NAME, limit[1] ?? '', i + 1, rank);
  }
  output.end({ program: 'containerd' });
  return statements.reading();
}

type Table = Readonly<Record<string, unknown>>;

function tableOf(value: unknown): Table | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : null;
}

/** Null where it is no TOML: then the lines must do. `contradictory` where a key stands in it twice. */
async function parse(
  lines: readonly string[],
  statements: Statements,
): Promise<Table | 'contradictory' | null> {
  let size = 0;
  for (const line of lines) size += line.length + 1;
  if (size > FILE_LIMIT) {
    statements.problem(
      null,
      `A containerd configuration of more than ${FILE_LIMIT} characters was read by lines only.`,
    );
    return null;
  }
  const { parse: parseToml, TomlError } = await import('smol-toml');
  try {
    return parseToml(lines.join('\n'), { integersAsBigInt: 'asNeeded', maxDepth: 64 });
  } catch (error) {
    const place = error instanceof TomlError ? error : { line: 1, column: 1 };
    // Templates of k3s hold more than TOML, and say so.
    if ((lines[place.line - 1] ?? '').includes('{{')) return null;
    // Noise around a pasted file does no harm; a file that says two things says nothing.
    const isContradictory = /redefine/.test(`${error}`);
    const rest = isContradictory
      ? `something is set there for the second time. containerd does not start with it; no ${LIMIT_KEY} is taken from it.`
      : 'containerd does not start with it, its lines were read one by one.';
    const where = `line ${place.line}, column ${place.column}`;
    statements.problem(place.line, `The containerd configuration is not TOML at ${where}: ${rest}`);
    return isContradictory ? 'contradictory' : null;
  }
}

/** What stands in inline tables, `plugins = {"io.containerd.grpc.v1.cri" = {…}}`, only the parser finds. */
function withInline(scanned: TomlLines, parsed: Table | null, lines: readonly string[]): TomlLines {
  const plugins = tableOf(parsed?.['plugins']);
  if (plugins === null || scanned.limits.some(({ table }) => table === null)) return scanned;
  const inline = Object.keys(CRI_TABLES).flatMap((name): FoundLimit[] => {
    const isFound = scanned.limits.some(({ table }) => table?.[0] === 'plugins' && table[1] === name);
    const value = tableOf(plugins[name])?.[LIMIT_KEY];
    if (isFound || value === undefined) return [];
    const line = lines.findIndex((text) => text.includes(LIMIT_KEY)) + 1;
    return [{ table: ['plugins', name], text: numberText(value), line: Math.max(line, 1) }];
  });
  return { ...scanned, limits: [...scanned.limits, ...inline] };
}

function stateToml(
  scanned: TomlLines,
  parsed: Table | null,
  isFile: boolean,
  output: Output,
  statements: Statements,
  source: string,
): void {
  const { values, limits } = scanned;
  const top = (name: string, line: number) => values.get(name)?.line ?? line;
  const rank = DROP_IN.test(source) ? 1 : undefined;
  const version = versionOf(scanned, parsed);
  if (version !== null) output.setting('containerd', 'config-version', `${version}`, top('version', 1));
  for (const limit of limits) {
    const stated = parsed === null ? limit.text : parsedText(parsed, limit);
    // In the file, and not a setting: a part of a longer text.
    if (stated === null) continue;
    if (!INTEGER.test(stated)) {
      statements.problem(limit.line, `${LIMIT_KEY} is no number: ${quoted(stated)}.`);
    } else if (counts(limit, version, isFile && scanned.tables >= FILE_TABLES, statements)) {
      output.setting(
        'containerd',
        NAME,
        stated.replaceAll('_', '').replace(/^(?:\+|-(?=0+$))/, ''),
        limit.line,
        rank,
      );
    }
  }
  for (const [path, name] of [
    ['metrics', 'metrics-address'],
    ['debug', 'debug-address'],
  ] as const) {
    const found = values.get(`${path}.address`);
    const text =
      parsed === null
        ? unquoted(found?.text ?? '')
        : (tableOf(parsed[path]) ??
            tableOf(tableOf(parsed['plugins'])?.[`io.containerd.server.v1.${path}`]))?.['address'];
    if (found !== undefined && typeof text === 'string') output.setting('containerd', name, text, found.line);
  }
  if (parsed === null) return;
  const disabled = textsOf(parsed['disabled_plugins']);
  if (disabled.length > 0) {
    output.setting('containerd', 'disabled-plugins', disabled.join(','), top('disabled_plugins', 1));
  }
  // `containerd config dump` names the file itself among its imports.
  const imports = textsOf(parsed['imports']).filter((path) => !path.endsWith('/config.toml'));
  if (imports.length > 0) {
    const reason = `imports names ${quoted(imports[0] ?? '')}${imports.length > 1 ? ' and others' : ''}, not read here: it can change what this file sets.`;
    statements.problem(top('imports', 1), reason);
  }
}

function versionOf({ values }: TomlLines, parsed: Table | null): number | null {
  const version =
    parsed === null
      ? Number(/^\d{1,3}(?=\s*(?:#|$))/.exec(values.get('version')?.text ?? '')?.[0])
      : Number(parsed['version']);
  return Number.isInteger(version) && version > 0 ? version : null;
}

/** What the parser read at the place of the line; null where it read nothing there. */
function parsedText(parsed: Table, { table }: FoundLimit): string | null {
  let value: unknown = parsed;
  for (const part of table ?? []) value = tableOf(value)?.[part];
  const at = tableOf(value)?.[LIMIT_KEY];
  if (at !== undefined) return numberText(at);
  // A dotted key, or a piece of a file: wherever the plugins have it.
  for (const name of Object.keys(CRI_TABLES)) {
    const dotted = tableOf(tableOf(parsed['plugins'])?.[name])?.[LIMIT_KEY];
    if (dotted !== undefined && table === null) return numberText(dotted);
  }
  return null;
}

function numberText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? `${value}` : `a ${typeof value}`;
}

/** Whether containerd takes the limit from this table of a file of this version. Says why where it does not. */
function counts(limit: FoundLimit, version: number | null, isFile: boolean, statements: Statements): boolean {
  const { table, line } = limit;
  if (table === null) return true;
  const name = table[0] === 'plugins' && table.length === 2 ? (table[1] ?? '') : '';
  const since = Object.hasOwn(CRI_TABLES, name) ? CRI_TABLES[name] : undefined;
  if (since === undefined) {
    const reason = `${LIMIT_KEY} stands in the table ${quoted(table.join('.'))}, where containerd does not look for it.`;
    statements.problem(line, reason);
    return false;
  }
  if (version === null) {
    if (isFile && since > 1) {
      const reason = `The file states no version: containerd takes it for version 1 and does not look into the table ${quoted(name)}. Ask containerd config dump.`;
      statements.problem(line, reason);
      return false;
    }
    if (since > 1) {
      const reason = `No version is stated: if this is the whole file, containerd takes it for version 1 and does not look into the table ${quoted(name)}. Ask containerd config dump.`;
      statements.problem(line, reason);
    }
    return true;
  }
  if (since === Math.min(version, 3)) return true;
  if (version === 2 && since === 3) {
    const reason = `The table ${quoted(name)} is of version 3, the file of version 2: containerd 2.x takes it before that of version 2, 1.x does not look into it.`;
    statements.problem(line, reason);
    return true;
  }
  const reason = `The table ${quoted(name)} is of version ${since}, the file of version ${version}: containerd does not look into it. Ask containerd config dump.`;
  statements.problem(line, reason);
  return false;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, 64) : [];
}

function unquoted(text: string): string | null {
  return /^(["'])([^"']{0,400})\1/.exec(text)?.[2] ?? null;
}
