/**
 * Which host a member of a bundle is of: as a file of host names says it, or a folder named for a node. A must-gather
 * holds many nodes, and a folder may hold several sos reports, so the nearest statement above a member counts.
 */
import type { HostTable } from './bundle-table.js';

/** A host name file is a line; more of it is not looked at. */
export const HOST_FILE_BYTES = 1_024;
/** Statements kept for one bundle. */
const STATEMENTS_LIMIT = 4_096;

export interface HostStatements {
  /** Whether the member at this path states a host by what is in it. */
  isHostFile(path: string): boolean;
  /** Books the content of a host name file. */
  book(path: string, content: string): void;
  /** Books what the path alone states. */
  see(path: string): void;
  /** Host of the member, null where nothing states one. */
  hostOf(path: string): string | null;
}

export function createHostStatements(table: HostTable): HostStatements {
  /** Folder, with its slash, or '' for the whole bundle. */
  const byFolder = new Map<string, string>();
  // The longest first: `hostname` alone is the end of the others.
  const files = [...table.files].sort((a, b) => b.length - a.length);
  const state = (folder: string, name: string) => {
    const host = hostName(name);
    if (host !== null && byFolder.size < STATEMENTS_LIMIT && !byFolder.has(folder))
      byFolder.set(folder, host);
  };
  const fileOf = (path: string) => files.find((file) => path === file || path.endsWith(`/${file}`));

  return {
    isHostFile: (path) => fileOf(path) !== undefined,
    book(path, content) {
      const file = fileOf(path);
      if (file !== undefined)
        state(path.slice(0, path.length - file.length), content.split('\n', 1)[0] ?? '');
    },
    see(path) {
      const segments = path.split('/');
      for (let at = 0; at + 2 < segments.length; at++) {
        const name = segments[at + 1] ?? '';
        if (table.folders.includes(segments[at] ?? '') && !table.not.includes(name))
          state(`${segments.slice(0, at + 2).join('/')}/`, name);
      }
      if (segments.length > 1 && table.beside.includes(segments.at(-1) ?? ''))
        state(`${segments.slice(0, -1).join('/')}/`, segments.at(-2) ?? '');
    },
    hostOf(path) {
      for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
        const host = byFolder.get(path.slice(0, end + 1));
        if (host !== undefined) return host;
      }
      return byFolder.get('') ?? null;
    },
  };
}

/** Null for what no host is called, or every host is. */
function hostName(text: string): string | null {
  const name = text.trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name)) return null;
  return /^localhost(?:\.|$)/.test(name) ? null : name;
}
