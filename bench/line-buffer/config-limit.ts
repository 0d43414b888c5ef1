/**
 * Takes the limit for a log line from containerd's own configuration: config.toml of versions 1 to 3, the output
 * of `containerd config dump` or `crictl info`. What the file leaves open, or leads elsewhere, is said.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  looksLikeContainerdConfig,
  readContainerdConfig,
} from '../../lib/evidence/outputs/containerd-config.js';
import { formatSize, LARGEST_SIZE } from '../sizes.js';
import { DEFAULT_LIMIT_BYTES } from './budget.js';

/** A config.toml is some kilobytes; a dump with all plugins 15. */
const LARGEST_FILE = 1024 * 1024;
/** Directory of drop-ins, read only where `imports` names it. */
const DROP_INS = 'conf.d';

export interface ConfigLimit {
  readonly file: string;
  /** As set, -1 for every negative number, at most 64 TiB; the default where nothing is set. */
  readonly limitBytes: number;
  /** Line of the file that sets it; null: it is the default. */
  readonly line: number | null;
  /** `version = 2`; null where the file states none. */
  readonly configVersion: number | null;
  /** Sentences: what was not read, and what is odd. Hostile: they can hold pieces of the file. */
  readonly notes: readonly string[];
}

/** Rejects with an Error that says what was expected where the file cannot be read or is something else. */
export async function readConfigLimit(file: string): Promise<ConfigLimit> {
  const bytes = await readWhole(file);
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const lines = text.split(/\r?\n/);
  const { evidence, problems } = await readContainerdConfig({ source: file, bytes, lines });
  const settings = evidence.flatMap((item) => (item.kind === 'settings' ? item.settings : []));
  if (settings.length === 0 && problems.length === 0 && !looksLikeContainerdConfig(text))
    await checkToml(file, text);

  const found = settings.filter(({ name }) => name === 'max-container-log-line-size');
  const last = found.at(-1);
  const stated = last === undefined ? DEFAULT_LIMIT_BYTES : Math.max(-1, Number(last.value));
  const limitBytes = Math.min(stated, LARGEST_SIZE);
  const version = settings.find(({ name }) => name === 'config-version');
  return {
    file,
    limitBytes,
    line: last?.line ?? null,
    configVersion: version === undefined ? null : Number(version.value),
    notes: [
      ...problems.map(({ line, reason }) => (line === null ? reason : `Line ${line}: ${reason}`)),
      ...(new Set(found.map(({ value }) => value)).size > 1
        ? ['It is set more than once, to different values; the last one is taken.']
        : []),
      ...(limitBytes < stated
        ? [
            `Line ${last?.line}: ${last?.value} is more than any machine has; computed with ${formatSize(limitBytes)}.`,
          ]
        : []),
      ...(await dropInNotes(file, text)),
    ],
  };
}

/** Never more than may be: a device has no end, and a pipe may have no beginning. */
async function readWhole(file: string): Promise<Buffer> {
  const refused = (found: string) =>
    new Error(`${file}: expected a containerd configuration, a file of at most 1 MiB, found ${found}`);
  if (!(await stat(file)).isFile())
    throw refused('no regular file; write what a command prints to one first');
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(LARGEST_FILE + 1);
    let length = 0;
    for (let more = 1; more > 0 && length < buffer.length; length += more)
      more = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
    if (length > LARGEST_FILE) throw refused('more');
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** A file that sets nothing of ours is still a configuration, if it is TOML. */
async function checkToml(file: string, text: string): Promise<void> {
  const { parse } = await import('smol-toml');
  try {
    parse(text);
  } catch {
    throw new Error(
      `${file}: expected containerd's config.toml, containerd config dump or crictl info, found something else`,
    );
  }
}

async function dropInNotes(file: string, text: string): Promise<string[]> {
  // An import that names them has been noted as not read already.
  if (/^\s*imports\s*=/m.test(text)) return [];
  const directory = join(dirname(file), DROP_INS);
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.toml'));
  if (names.length === 0) return [];
  return [
    `${DROP_INS}/${names.toSorted()[0]} beside it is not read: ${basename(file)} has no imports, so containerd does not read it either.`,
  ];
}
