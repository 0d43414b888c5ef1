/**
 * Finds containerd's settings line by line, in whole files and in the pieces of them that people paste: two lines
 * below a profile, the output of grep. What stands in comments does not count.
 */

export interface Found {
  readonly text: string;
  readonly line: number;
}

export interface FoundLimit extends Found {
  /** Path of the table that it stands in: `['plugins', 'io.containerd.grpc.v1.cri']`; null above any table. */
  readonly table: readonly string[] | null;
}

export interface TomlLines {
  readonly limits: readonly FoundLimit[];
  /** Of the top table: `version`, `imports`, `disabled_plugins`; `metrics.address`, `debug.address`. */
  readonly values: ReadonlyMap<string, Found>;
  /** Tables of the text, the first line of each. */
  readonly tables: number;
  /** True where nearly every line is one of a TOML file: then the text is meant to be one. */
  readonly whole: boolean;
}

export const LIMIT_KEY = 'max_container_log_line_size';

const TABLE = /^\s*\[{1,2}((?:[A-Za-z0-9_.\s-]|"[^"]{0,200}"|'[^']{0,200}')+)\]{1,2}\s*(?:#.*)?$/;
const PART = /"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g;
/** With what grep puts before a line: `/etc/containerd/config.toml:12:`. */
const LIMIT =
  /^(?:[\w./-]{1,256}:(?:\d{1,9}:)?)?\s*(?:plugins\.\S{1,64}\.)?max_container_log_line_size\s*=\s*([^#]{0,128})/;
const ASSIGNMENT = /^\s*([A-Za-z_][A-Za-z0-9_.-]{0,80})\s*=\s*(\S.*)$/;
const TOML_LINE = /^\s*(?:#|\[|\]|\}|"|'|-?\d|[A-Za-z0-9_.'"-]{1,200}\s*=)/;
/** Version 4 moves the addresses to plugins. */
const MOVED: Readonly<Record<string, string>> = {
  'plugins.io.containerd.server.v1.metrics': 'metrics',
  'plugins.io.containerd.server.v1.debug': 'debug',
};
const TOP = new Set(['version', 'imports', 'disabled_plugins']);
const LIMITS_LIMIT = 64;
const LINE_LIMIT = 8_192;

export function scanToml(lines: readonly string[]): TomlLines {
  const limits: FoundLimit[] = [];
  const values = new Map<string, Found>();
  let table: readonly string[] | null = null;
  let tables = 0;
  let stated = 0;
  let toml = 0;
  for (const [i, text] of lines.entries()) {
    if (text === '' || text.length > LINE_LIMIT) continue;
    if (text.trim() !== '') stated++;
    if (!TOML_LINE.test(text)) {
      // A prompt, a row of another table: what follows stands under no header that we saw.
      table = null;
      if (!text.includes('=')) continue;
    } else toml++;
    const header = text.includes('[') ? TABLE.exec(text) : null;
    if (header !== null) {
      tables++;
      table = pathOf(header[1] ?? '');
      continue;
    }
    const limit = text.includes(LIMIT_KEY) ? LIMIT.exec(text) : null;
    if (limit !== null) {
      if (limits.length < LIMITS_LIMIT) limits.push({ text: (limit[1] ?? '').trim(), line: i + 1, table });
      continue;
    }
    const assignment = text.includes('=') ? ASSIGNMENT.exec(text) : null;
    if (assignment === null) continue;
    const key = assignment[1] ?? '';
    const path = table?.join('.') ?? '';
    const name = path === '' ? key : `${Object.hasOwn(MOVED, path) ? MOVED[path] : path}.${key}`;
    if ((table === null && TOP.has(key)) || name === 'metrics.address' || name === 'debug.address') {
      if (!values.has(name)) values.set(name, { text: (assignment[2] ?? '').slice(0, 512), line: i + 1 });
    }
  }
  return { limits, values, tables, whole: toml > 0 && toml * 10 >= stated * 9 };
}

/** `plugins."io.containerd.grpc.v1.cri".containerd` -> three parts. */
function pathOf(text: string): readonly string[] {
  return [...text.matchAll(PART)].map((part) => part[1] ?? part[2] ?? part[3] ?? '');
}
