/**
 * What is wrong with a file that a person wrote, as data: which file, where, what was expected, what is there,
 * and what to do about it. The command line prints it; nothing here does.
 */
export interface Problem {
  readonly file: string;
  /** 1-based; null where the whole file is meant. */
  readonly line: number | null;
  readonly column: number | null;
  /** Path of the key within the file, `samples.0.captures`; empty for the file itself. */
  readonly key: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** One line for people: `file:line:column: key: expected …, found …. Hint.` */
export function describeProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== null).join(':');
  const key = problem.key === '' ? '' : `${problem.key}: `;
  const hint = problem.hint === '' ? '' : ` ${problem.hint}`;
  return `${place}: ${key}expected ${problem.expected}, found ${problem.found}.${hint}`;
}
