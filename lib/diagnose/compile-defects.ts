/**
 * Turns patterns/defects/*.yaml into defects. Used when the package is built; what is wrong with a file is
 * data, with its line.
 */
import { readFile } from 'node:fs/promises';
import type { Sign } from '../correlate/sign.js';
import type { Problem } from '../match/problem.js';
import { MEANINGS } from '../match/vocabulary.js';
import { type ProblemAt, yamlReader } from '../match/yaml-file.js';
import type { Defect } from './defect.js';
import type { DefectId } from './types.js';
import { parseVersion } from './version-number.js';

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
type RawDefect = Omit<Defect, 'id' | 'fix' | Optional> & {
  readonly id: string;
  readonly fix?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
} & Partial<Pick<Defect, Optional>>;

/** Keys that a file may leave out. */
type Optional =
  | 'daemon'
  | 'signs'
  | 'contradicts'
  | 'remarks'
  | 'ends'
  | 'states'
  | 'yieldsTo'
  | 'mechanisms'
  | 'versions'
  | 'fixNote'
  | 'leakPerCall'
  | 'leakNote'
  | 'proof'
  | 'disproof'
  | 'lookAlikes';

/** `signatures`: ids that signs may name. */
export async function compileDefects(
  schemaFile: string,
  files: readonly DefectText[],
  signatures: readonly string[],
): Promise<CompiledDefects> {
  const read = await yamlReader(schemaFile);
  const schema = JSON.parse(await readFile(schemaFile, 'utf8')) as FactLists;
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
    const defect = defectOf(raw);
    const wrong = [
      ...unknownNames(defect, { schema, signatures }, yaml.problemAt),
      ...versionProblems(defect, yaml.problemAt),
    ];
    if (wrong.length === 0) defects.push(defect);
    else problems.push(...wrong);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, defects };
}

/** The lists of facts that the schema describes. */
interface FactLists {
  readonly $defs: Readonly<
    Record<'ownFact' | 'builtInFact', { readonly oneOf: readonly { readonly const: string }[] }>
  >;
}

interface KnownNames {
  readonly schema: FactLists;
  readonly signatures: readonly string[];
}

/** Defects whose facts the correlator counts itself; their signs only open incidents that no line shows. */
const COUNTED: readonly DefectId[] = ['stuck-stop', 'runtime-unresponsive'];

/** Beside the value of a setting: what else is known of it (sign.ts). */
const SETTING_FACTS = [
  'Runs',
  'File',
  'Since',
  'Fits',
  'FileFits',
  'Assumed',
  'StartsSince',
  'Values',
] as const;

/** A mistyped fact fits no comparison for ever, a mistyped meaning or signature is never seen: silence. */
function unknownNames(defect: Defect, known: KnownNames, problemAt: ProblemAt): Problem[] {
  const { ownFact, builtInFact } = known.schema.$defs;
  const facts = new Set(
    (COUNTED.includes(defect.id) ? ownFact.oneOf : builtInFact.oneOf).map((fact) => fact.const),
  );
  const problems: Problem[] = [];
  const check = (path: (string | number)[], name: string, names: Iterable<string>, what: string): void => {
    const list = [...names];
    if (list.includes(name)) return;
    problems.push(problemAt(path, { expected: `${what}: one of ${list.join(', ')}`, found: name }));
  };
  const makers = new Map<string, string>();
  for (const [at, sign] of defect.signs.entries()) {
    // What the correlator counts itself has words of its own.
    for (const word of COUNTED.includes(defect.id) ? [] : ownWords(sign)) {
      const other = makers.get(word);
      makers.set(word, sign.fact);
      if (other === undefined) continue;
      const found = `${sign.fact}, which makes {${word}} as ${other} does`;
      problems.push(problemAt(['signs', at, 'fact'], { expected: 'a fact with words of its own', found }));
    }
  }
  for (const { fact, signature, gauge, setting } of defect.signs) {
    facts.add(fact);
    if (setting !== undefined) for (const more of SETTING_FACTS) facts.add(`${fact}${more}`);
    if (signature !== undefined)
      for (const more of ['Bytes', 'Most', 'MostBytes']) facts.add(`${fact}${more}`);
    if (gauge !== undefined) for (const more of ['Growth', 'NeverFell']) facts.add(`${fact}${more}`);
  }
  for (const [at, { means = [], signature }] of defect.signs.entries()) {
    means.forEach((name, i) => {
      check(['signs', at, 'means', i], name, MEANINGS, 'a meaning');
    });
    if (signature !== undefined)
      check(['signs', at, 'signature'], signature, known.signatures, 'a signature');
  }
  for (const [at, { means }] of defect.ends.entries()) {
    means.forEach((name, i) => {
      check(['ends', at, 'means', i], name, MEANINGS, 'a meaning');
    });
  }
  for (const key of ['certainty', 'mechanisms', 'contradicts', 'states', 'remarks'] as const) {
    for (const [at, { when }] of defect[key].entries()) {
      when.forEach(({ fact }, i) => {
        check([key, at, 'when', i, 'fact'], fact, facts, 'a fact of this defect');
      });
    }
  }
  const ids = defect.certainty.map(({ id }) => id);
  for (const key of ['contradicts', 'states'] as const) {
    for (const [at, { rules = [] }] of defect[key].entries()) {
      rules.forEach((id, i) => {
        check([key, at, 'rules', i], id, ids, 'a rule of this defect');
      });
    }
  }
  for (const [at, { affected }] of defect.versions.entries()) {
    affected.forEach(({ when }, i) => {
      const path = ['versions', at, 'affected', i, 'when', 'fact'];
      if (when !== undefined) check(path, when.fact, facts, 'a fact of this defect');
    });
  }
  for (const [at, { unless }] of defect.next.entries()) {
    if (unless !== undefined) check(['next', at, 'unless'], unless, facts, 'a fact of this defect');
  }
  return problems;
}

/** Words that sentences may name, as sign-facts.ts makes them: of two signs that make one, one would be told for the other. */
function ownWords({ fact, signature, setting, gauge, opens }: Sign): readonly string[] {
  if (signature !== undefined)
    return [fact, `${fact}Bytes`, `${fact}Size`, ...(opens === true ? ['heapSize', 'growth'] : [])];
  if (setting !== undefined) return [fact, ...['Size', 'All', ...SETTING_FACTS].map((end) => fact + end)];
  if (gauge === undefined) return [fact, `${fact}Of`];
  return [fact, ...['Size', 'Of', 'Growth', 'GrowthSize', 'NeverFell', 'Looks'].map((end) => fact + end)];
}

/** Schema patterns say how a version looks; whether it can be compared, and an expression compiled, is asked here. */
function versionProblems({ versions }: Defect, problemAt: ProblemAt): Problem[] {
  const problems: Problem[] = [];
  for (const [at, { affected, fixed, backports = [] }] of versions.entries()) {
    const check = (path: (string | number)[], version: string | null | undefined): void => {
      if (typeof version === 'string' && parseVersion(version) === null)
        problems.push(problemAt(['versions', at, ...path], { expected: 'a version number', found: version }));
    };
    check(['fixed'], fixed);
    for (const [i, { from, before }] of affected.entries()) {
      check(['affected', i, 'from'], from);
      check(['affected', i, 'before'], before);
    }
    for (const [i, { match }] of backports.entries()) {
      try {
        new RegExp(match, 'u');
      } catch {
        const found = JSON.stringify(match);
        problems.push(
          problemAt(['versions', at, 'backports', i, 'match'], { expected: 'a regular expression', found }),
        );
      }
    }
  }
  return problems;
}

function defectOf(raw: RawDefect): Defect {
  const texts = (versions: Readonly<Record<string, string | number>>): Record<string, string> =>
    Object.fromEntries(Object.entries(versions).map(([product, version]) => [product, String(version)]));
  return {
    ...raw,
    id: raw.id as DefectId,
    daemon: raw.daemon ?? null,
    signs: raw.signs ?? [],
    contradicts: raw.contradicts ?? [],
    remarks: raw.remarks ?? [],
    ends: raw.ends ?? [],
    states: raw.states ?? [],
    yieldsTo: raw.yieldsTo ?? [],
    mechanisms: raw.mechanisms ?? [],
    versions: raw.versions ?? [],
    fix: Object.fromEntries(
      Object.entries(raw.fix ?? {}).map(([mechanism, versions]) => [mechanism, texts(versions)]),
    ),
    fixNote: raw.fixNote ?? null,
    leakPerCall: raw.leakPerCall ?? null,
    leakNote: raw.leakNote ?? null,
    proof: raw.proof ?? [],
    disproof: raw.disproof ?? [],
    lookAlikes: raw.lookAlikes ?? [],
  };
}
