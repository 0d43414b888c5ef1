/**
 * Reads one YAML file and holds it against a JSON schema, so that what is wrong can be said with its line.
 * yaml and ajv are loaded only here, and only when somebody brings patterns of their own or builds the package.
 */
import { readFile } from 'node:fs/promises';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Document } from 'yaml';
import type { Problem } from './problem.js';

/** A pattern file is a page of text: a larger one is a mistake. */
export const FILE_BYTES_LIMIT = 262_144;

export type ReadYaml = (file: string, text: string) => YamlFile;

export type YamlFile =
  | { readonly ok: true; readonly value: unknown; readonly problemAt: ProblemAt }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Makes a problem of the file with the line of the value at `path`. */
export type ProblemAt = (path: readonly (string | number)[], text: ProblemText) => Problem;
export type ProblemText = { readonly expected: string; readonly found: string; readonly hint?: string };

/** By the text of their schemas: to compile one takes longer than to read the files of a user. */
const validators = new Map<string, ValidateFunction>();

/** Loads both libraries and compiles the schema file. */
export async function yamlReader(schemaFile: string): Promise<ReadYaml> {
  const [{ LineCounter, parseDocument }, { Ajv2020 }, schema] = await Promise.all([
    import('yaml'),
    import('ajv/dist/2020.js'),
    readFile(schemaFile, 'utf8'),
  ]);
  const validate =
    validators.get(schema) ??
    new Ajv2020({ allErrors: true, verbose: true, strict: false }).compile(JSON.parse(schema));
  validators.set(schema, validate);
  return (file, text) => {
    if (Buffer.byteLength(text) > FILE_BYTES_LIMIT) {
      const found = `${Buffer.byteLength(text)} bytes`;
      return { ok: false, problems: [whole(file, `at most ${FILE_BYTES_LIMIT} bytes`, found)] };
    }
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    if (document.errors.length > 0) {
      const problems = document.errors.map((error): Problem => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { file, line, column: col, key: '', expected: 'YAML', found: error.message, hint: quoteHint };
      });
      return { ok: false, problems };
    }
    const problemAt: ProblemAt = (path, { expected, found, hint = '' }) => {
      const offset = offsetOf(document, path);
      const position = offset === null ? null : lines.linePos(offset);
      const key = path.join('.');
      return {
        file,
        line: position?.line ?? null,
        column: position?.col ?? null,
        key,
        expected,
        found,
        hint,
      };
    };
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 0 });
    } catch {
      return { ok: false, problems: [whole(file, 'plain YAML', 'an alias', 'Write the value out.')] };
    }
    const problems = schemaProblems(validate, value, problemAt);
    return problems.length > 0 ? { ok: false, problems } : { ok: true, value, problemAt };
  };
}

const quoteHint = 'Put expressions and log lines in single quotes, and double each single quote inside them.';

function whole(file: string, expected: string, found: string, hint = ''): Problem {
  return { file, line: null, column: null, key: '', expected, found, hint };
}

/** Start of the value at the path, or of the nearest thing around it that exists. */
function offsetOf(document: Document, path: readonly (string | number)[]): number | null {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = (node as { range?: readonly number[] } | null | undefined)?.range;
    if (range?.[0] !== undefined) return range[0];
  }
  return null;
}

/** One problem per place: a choice among constants fails once for every constant. */
function schemaProblems(validate: ValidateFunction, value: unknown, problemAt: ProblemAt): Problem[] {
  if (validate(value)) return [];
  const byPlace = new Map<string, ErrorObject[]>();
  for (const error of validate.errors ?? []) {
    const place =
      error.propertyName === undefined ? error.instancePath : `${error.instancePath}/${error.propertyName}`;
    const errors = byPlace.get(place);
    if (errors === undefined) byPlace.set(place, [error]);
    else errors.push(error);
  }
  const problems: Problem[] = [];
  for (const errors of byPlace.values()) {
    const constants = errors.filter((error) => error.keyword === 'const');
    if (constants.length > 0) {
      const [first] = constants as [ErrorObject, ...ErrorObject[]];
      const expected = `one of ${constants.map((error) => String(error.params['allowedValue'])).join(', ')}`;
      problems.push(problemAt(pathOf(first), { expected, found: show(first.data) }));
      continue;
    }
    for (const error of errors) if (!COMPOSITE.has(error.keyword)) problems.push(problemOf(error, problemAt));
  }
  if (problems.length === 0) {
    for (const error of validate.errors ?? []) problems.push(problemOf(error, problemAt));
  }
  return problems;
}

/** These only sum up what other errors say in full. */
const COMPOSITE = new Set(['oneOf', 'anyOf', 'propertyNames', 'if']);

function problemOf(error: ErrorObject, problemAt: ProblemAt): Problem {
  const path = pathOf(error);
  const params: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case 'required':
      return problemAt(path, { expected: `the key ${params['missingProperty']}`, found: 'none' });
    case 'additionalProperties':
      return problemAt([...path, String(params['additionalProperty'])], {
        expected: 'a key of the schema',
        found: String(params['additionalProperty']),
        hint: 'See docs/schema.',
      });
    case 'enum':
      return problemAt(path, {
        expected: `one of ${(params['allowedValues'] as unknown[]).join(', ')}`,
        found: show(error.data),
      });
    case 'type':
      return problemAt(path, { expected: String(params['type']), found: show(error.data) });
    case 'pattern':
      return problemAt(path, {
        expected: path[0] === 'literals' ? LITERAL_RULE : `text like ${params['pattern']}`,
        found: show(error.data),
      });
    default:
      return problemAt(path, { expected: error.message ?? error.keyword, found: show(error.data) });
  }
}

const LITERAL_RULE =
  'printable ASCII without quotes, backslashes, <, > and &, since some envelope would escape those';

function pathOf(error: ErrorObject): (string | number)[] {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return error.propertyName === undefined ? path : [...path, error.propertyName];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
