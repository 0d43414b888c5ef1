/**
 * The path of an archive's member, made plain, or why it is not one. Nothing is ever written under such a path;
 * but it is matched, shown and compared, and an archive that climbs out of itself was made to do harm.
 */

/** Longer ones exist only in archives made for it; the file systems of Linux end at 4,096. */
export const PATH_BYTES_LIMIT = 1_024;
const DEPTH_LIMIT = 64;

export type MemberPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: string };

/** Strips `./` and doubled slashes. */
export function memberPath(raw: string): MemberPath {
  if (raw.includes('\0')) return bad('a NUL byte in its path');
  if (raw.length > PATH_BYTES_LIMIT) return bad(`a path longer than ${PATH_BYTES_LIMIT} characters`);
  if (raw.startsWith('/') || raw.startsWith('\\')) return bad('an absolute path');
  if (/^[A-Za-z]:/.test(raw)) return bad('a path with a drive letter');
  const parts = raw.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.some((part) => part === '..' || /^\.\.\\|\\\.\.(\\|$)/.test(part)))
    return bad('a path that leaves the bundle (..)');
  if (parts.length === 0) return bad('an empty path');
  if (parts.length > DEPTH_LIMIT) return bad(`a path deeper than ${DEPTH_LIMIT} folders`);
  return { ok: true, path: parts.join('/') };
}

function bad(reason: string): MemberPath {
  return { ok: false, reason };
}
