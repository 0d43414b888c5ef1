/**
 * Matches the path of a bundle's member against globs of the table: `*` and `?` within a name, `**` for any
 * number of folders. Own and small, because member names are hostile and there may be a hundred thousand: the
 * time is bounded by length of name times length of glob, which no regular expression made of stars promises.
 */

export type PathMatcher = (segments: readonly string[]) => boolean;

/** `**` stands alone between slashes; elsewhere it is the same as `*`. Case counts. */
export function compileGlob(glob: string): PathMatcher {
  const parts = glob.split('/');
  const last = parts.at(-1) ?? '';
  const literal = last
    .split(/[*?]/)
    .reduce((longest, run) => (run.length > longest.length ? run : longest), '');
  return (segments) => {
    // Most names fail at their last part, and most of those at what it must hold.
    const name = segments.at(-1) ?? '';
    if (last !== '**' && (!name.includes(literal) || !matchesName(name, last))) return false;
    return matchesFolders(segments, parts);
  };
}

/** Where a star was last passed, one more of what it may stand for is tried; an earlier star need never be. */
function matchesFolders(segments: readonly string[], parts: readonly string[]): boolean {
  let at = 0;
  let part = 0;
  let starPart = -1;
  let starAt = 0;
  while (at < segments.length) {
    const wanted = parts[part];
    if (wanted === '**') {
      starPart = part++;
      starAt = at;
    } else if (wanted !== undefined && matchesName(segments[at] ?? '', wanted)) {
      at++;
      part++;
    } else if (starPart >= 0) {
      part = starPart + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (parts[part] === '**') part++;
  return part === parts.length;
}

export function matchesName(name: string, glob: string): boolean {
  let at = 0;
  let place = 0;
  let starPlace = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = glob[place];
    if (wanted === '*') {
      starPlace = place++;
      starAt = at;
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[at])) {
      at++;
      place++;
    } else if (starPlace >= 0) {
      place = starPlace + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (glob[place] === '*') place++;
  return place === glob.length;
}
