/**
 * Turns patterns/defects/*.yaml into defects. Used when the package is built; what is wrong with a file is
 * data, with its line.
 */
import type { Problem } from '../match/problem.js';
import { yamlReader } from '../match/yaml-file.js';
import type { Defect } from './defect.js';
import type { DefectId } from './types.js';

export interface DefectText {
  readonly file: string;
  readonly text: string;
  /** File name without `.yaml`. */
  readonly name: string;
}

export type CompiledDefects =
  | { readonly ok: true; readonly defects: readonly Defect[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A defect file as the schema lets it pass: versions may be YAML numbers, optional keys may be missing. */
type RawDefect = Omit<Defect, 'id' | 'mechanisms' | 'affects' | 'fix' | 'fixNote' | 'leakPerCall'> & {
  readonly id: string;
  readonly mechanisms?: Defect['mechanisms'];
  readonly affects?: {
    readonly product: string;
    readonly fixed: string | number;
    readonly singleGoroutineUpTo: string | number;
  };
  readonly fix: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly fixNote?: string;
  readonly leakPerCall?: Defect['leakPerCall'];
};

export async function compileDefects(
  schemaFile: string,
  files: readonly DefectText[],
): Promise<CompiledDefects> {
  const read = await yamlReader(schemaFile);
  const defects: Defect[] = [];
  const problems: Problem[] = [];
  for (const { file, text, name } of files) {
    const yaml = read(file, text);
    if (!yaml.ok) {
      problems.push(...yaml.problems);
      continue;
    }
    const raw = yaml.value as RawDefect;
    if (raw.id !== name) {
      problems.push(
        yaml.problemAt(['id'], { expected: name, found: raw.id, hint: 'The id is the file name.' }),
      );
      continue;
    }
    defects.push(defectOf(raw));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, defects };
}

function defectOf(raw: RawDefect): Defect {
  const texts = (versions: Readonly<Record<string, string | number>>): Record<string, string> =>
    Object.fromEntries(Object.entries(versions).map(([product, version]) => [product, String(version)]));
  return {
    ...raw,
    id: raw.id as DefectId,
    mechanisms: raw.mechanisms ?? [],
    affects: raw.affects
      ? {
          product: raw.affects.product,
          fixed: String(raw.affects.fixed),
          singleGoroutineUpTo: String(raw.affects.singleGoroutineUpTo),
        }
      : null,
    fix: Object.fromEntries(
      Object.entries(raw.fix).map(([mechanism, versions]) => [mechanism, texts(versions)]),
    ),
    fixNote: raw.fixNote ?? null,
    leakPerCall: raw.leakPerCall ?? null,
  };
}
