/**
 * Turns pattern files into patterns: what the schema cannot say is checked here. Used when the package is built
 * and when a user brings patterns of their own; errors are data, one per place.
 */
import { join } from 'node:path';
import { type CompileExpression, captureOfGroup, compileNative, groupsOf } from './expression.js';
import type { Problem } from './problem.js';
import type { CaptureName, Captures, Origin, Pattern } from './types.js';
import { MEANING_ROLES, PATTERN_KEYS } from './vocabulary.js';
import { type ProblemAt, type ReadYaml, yamlReader } from './yaml-file.js';

export interface Sample {
  readonly line: string;
  readonly captures: Captures;
}

export interface NearMiss {
  readonly line: string;
  readonly why: string;
}

/** A pattern with what only people and tests need. */
export interface PatternFile {
  readonly file: string;
  readonly pattern: Pattern;
  readonly note: string | null;
  readonly samples: readonly Sample[];
  readonly nearMisses: readonly NearMiss[];
}

export interface Components {
  readonly origins: Readonly<Record<string, Origin>>;
  readonly quoters: readonly string[];
}

export type Compiled<Result> =
  | { readonly ok: true; readonly value: Result }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface CompileOptions {
  /** The id that the file's place asks for. */
  readonly id: string;
  /** Engine to try the expressions in; the pattern is marked for the linear engine where `linear` is true. */
  readonly linear: CompileExpression | null;
}

export interface Compiler {
  pattern(file: string, text: string, options: CompileOptions): Compiled<PatternFile>;
  components(file: string, text: string): Compiled<Components>;
}

/** Loads the schemas from `docs/schema` of the package. */
export async function createCompiler(schemaDirectory: string): Promise<Compiler> {
  const [readPattern, readComponents] = await Promise.all([
    yamlReader(join(schemaDirectory, 'pattern.schema.json')),
    yamlReader(join(schemaDirectory, 'components.schema.json')),
  ]);
  return {
    pattern: (file, text, options) => compilePattern(readPattern, file, text, options),
    components: (file, text) => compileComponents(readComponents, file, text),
  };
}

/** A pattern file as the schema lets it pass. */
interface RawPattern {
  readonly id: string;
  readonly title: string;
  readonly component: string;
  readonly role: Pattern['role'];
  readonly means: Pattern['means'];
  readonly literals: readonly string[];
  readonly message?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly capture?: Readonly<Record<string, string | readonly string[]>>;
  readonly constants?: Captures;
  readonly origin: string;
  readonly generation?: 'v1' | 'v2';
  readonly versions?: string;
  readonly longLine?: boolean;
  readonly source: string;
  readonly note?: string;
  readonly samples: readonly { readonly line: string; readonly captures?: Captures }[];
  readonly nearMisses: readonly NearMiss[];
}

function compilePattern(
  read: ReadYaml,
  file: string,
  text: string,
  options: CompileOptions,
): Compiled<PatternFile> {
  const yaml = read(file, text);
  if (!yaml.ok) return yaml;
  const raw = yaml.value as RawPattern;
  const problems = [
    ...identityProblems(raw, options.id, yaml.problemAt),
    ...orderProblems(raw, yaml.problemAt),
    ...expressionProblems(raw, options.linear ?? compileNative, options.linear !== null, yaml.problemAt),
    ...sampleProblems(raw, yaml.problemAt),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const pattern: Pattern = {
    id: raw.id,
    component: raw.component,
    title: raw.title,
    role: raw.role,
    means: raw.means,
    literals: raw.literals,
    message: raw.message ?? null,
    fields: raw.fields ?? {},
    capture: Object.fromEntries(
      Object.entries(raw.capture ?? {}).map(([name, fields]) => [
        name,
        typeof fields === 'string' ? [fields] : fields,
      ]),
    ),
    constants: raw.constants ?? {},
    origin: raw.origin,
    generation: raw.generation ?? null,
    versions: raw.versions ?? null,
    source: raw.source,
    longLine: raw.longLine ?? false,
    linear: options.linear !== null,
  };
  const samples = raw.samples.map(({ line, captures = {} }) => ({ line, captures }));
  return {
    ok: true,
    value: { file, pattern, note: raw.note ?? null, samples, nearMisses: raw.nearMisses },
  };
}

function identityProblems(raw: RawPattern, id: string, problemAt: ProblemAt): Problem[] {
  const problems: Problem[] = [];
  if (raw.id !== id)
    problems.push(problemAt(['id'], { expected: id, found: raw.id, hint: 'The id follows from the path.' }));
  if (!raw.id.startsWith(`${raw.component}.`))
    problems.push(
      problemAt(['component'], {
        expected: raw.id.split('.')[0] ?? '',
        found: raw.component,
        hint: 'As in the id.',
      }),
    );
  const role = MEANING_ROLES[raw.means];
  if (raw.role !== role)
    problems.push(
      problemAt(['role'], { expected: role, found: raw.role, hint: `${raw.means} is a ${role}.` }),
    );
  return problems;
}

function orderProblems(raw: RawPattern, problemAt: ProblemAt): Problem[] {
  const found = Object.keys(raw);
  const expected = PATTERN_KEYS.filter((key) => found.includes(key));
  const place = found.findIndex((key, index) => key !== expected[index]);
  const key = found[place];
  if (key === undefined) return [];
  return [
    problemAt([key], {
      expected: `the key ${expected[place]}`,
      found: key,
      hint: `Order: ${expected.join(', ')}.`,
    }),
  ];
}

function expressionProblems(
  raw: RawPattern,
  compile: CompileExpression,
  linear: boolean,
  problemAt: ProblemAt,
): Problem[] {
  const sources: (readonly [path: readonly string[], source: string])[] = Object.entries(
    raw.fields ?? {},
  ).map(([field, source]) => [['fields', field], source]);
  if (raw.message !== undefined) sources.unshift([['message'], raw.message]);
  const problems: Problem[] = [];
  for (const [path, source] of sources) {
    try {
      compile(source);
    } catch (error) {
      const hint = linear ? 'User patterns know no look-around and no back-references.' : '';
      const found = error instanceof Error ? error.message : String(error);
      problems.push(problemAt(path, { expected: 'a regular expression', found, hint }));
      continue;
    }
    for (const group of groupsOf(source)) {
      if (captureOfGroup(group) === null)
        problems.push(
          problemAt(path, { expected: 'groups named as captures', found: group, hint: 'See docs/schema.' }),
        );
    }
  }
  return problems;
}

/** A sample that the scan would not even see proves nothing. */
function sampleProblems(raw: RawPattern, problemAt: ProblemAt): Problem[] {
  return raw.samples.flatMap(({ line }, index) =>
    raw.literals.some((literal) => line.includes(literal))
      ? []
      : [
          problemAt(['samples', index, 'line'], {
            expected: `one of the literals ${raw.literals.join(' | ')}`,
            found: 'none of them',
          }),
        ],
  );
}

function compileComponents(read: ReadYaml, file: string, text: string): Compiled<Components> {
  const yaml = read(file, text);
  if (!yaml.ok) return yaml;
  const raw = yaml.value as {
    readonly quoters?: readonly string[];
    readonly origins: Readonly<
      Record<string, Partial<Origin> & Pick<Origin, 'title' | 'strangers' | 'bare'>>
    >;
  };
  const origins = Object.entries(raw.origins).map(([name, origin]): [string, Origin] => [
    name,
    { ...origin, tags: origin.tags ?? [], units: origin.units ?? [], forms: origin.forms ?? [] },
  ]);
  return { ok: true, value: { origins: Object.fromEntries(origins), quoters: raw.quoters ?? [] } };
}

/** Captures that a pattern can give at all, for what its samples leave unshown. */
export function captureNamesOf(pattern: Pattern): ReadonlySet<CaptureName> {
  const names = new Set<CaptureName>();
  for (const name of [...Object.keys(pattern.capture), ...Object.keys(pattern.constants)])
    names.add(name as CaptureName);
  for (const source of [pattern.message ?? '', ...Object.values(pattern.fields)]) {
    for (const group of groupsOf(source)) {
      const name = captureOfGroup(group);
      if (name !== null) names.add(name);
    }
  }
  return names;
}
