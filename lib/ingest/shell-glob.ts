/**
 * Names of files as a shell matches them, by fast-glob: what is a glob, and what it matches. Hidden files count, for
 * a log of a hidden directory is one, too.
 */

const MAGIC = /[*?[{]|[!@+]\(/;
/** What is passed over, a bracket that is never closed, and the question mark that stands for one character. */
const PARTS = /\\.|\[[!^]?\]?(?:\\.|[^\]\\])*\]|\[|\?(?!\()/g;

export function isGlob(name: string): boolean {
  return MAGIC.test(name);
}

/** Paths of files, in no order. */
export async function matchGlob(glob: string): Promise<string[]> {
  // Loaded only here: most calls name no glob, and it costs a noticeable part of the start.
  const { default: fastGlob } = await import('fast-glob');
  return fastGlob(spelledOut(glob), { dot: true });
}

/**
 * fast-glob looks below the parts of a path without magic, and a question mark is none to it there: `/a?/b` would be
 * looked for in a directory `/a?`. A bracket is magic everywhere.
 */
function spelledOut(glob: string): string {
  return glob.replace(PARTS, (part) => (part === '?' ? '[!/]' : part === '[' ? '\\[' : part));
}
