/**
 * Which versions count for an episode of a daemon or process, at its end and where it began, and what they say
 * of the defect. Apart from the rest of the verdict, since most of what is stated on a node is of other programs.
 */
import type { Correlator } from '../correlate/correlate.js';
import { programOf } from '../correlate/program.js';
import type { DaemonEpisode, Proof } from '../correlate/types.js';
import type { Defect } from './defect.js';
import { isLibrary, judgeProducts, type ProductVerdict } from './product-verdict.js';
import type { Facts } from './rules.js';
import { signFacts } from './sign-facts.js';
import { type Runtime, runtimeAt } from './versions.js';

type Versions = Readonly<Record<string, string>>;

export interface DaemonVersions {
  /** At the end of the episode. */
  readonly runtime: Runtime;
  /** At the end of the episode: products by name, libraries by import path. */
  readonly versions: Versions;
  /** What the episode is judged by. */
  readonly verdict: ProductVerdict;
  /** Of the end; the same unless the version that it began under has the defect and this one not. */
  readonly latest: ProductVerdict;
}

/** `facts`: of the signs, at the end of the episode. */
export function daemonVersions(
  episode: DaemonEpisode,
  defect: Defect,
  correlator: Correlator,
  facts: Facts,
): DaemonVersions {
  const program = defect.daemon ?? episode.program;
  const libraries = librariesOf(episode, defect, correlator);
  const at = (ms: number): Runtime =>
    runtimeAt(correlator.facts, episode.node, ms, episode.subject?.runtime ?? null);
  const all = (runtime: Runtime): Versions => ({
    ...ofProgram(runtime.versions, program, episode, correlator),
    ...libraries,
  });
  const runtime = at(episode.first === null ? Number.POSITIVE_INFINITY : episode.lastMs);
  const versions = all(runtime);
  const latest = judgeProducts(defect, versions, program, facts);
  return { runtime, versions, latest, verdict: latest.affected === 'yes' ? latest : (atFirst() ?? latest) };

  /** What began under a version with the defect is that defect, whatever was installed since. */
  function atFirst(): ProductVerdict | null {
    if (episode.first === null || defect.versions.length === 0) return null;
    const { facts: known } = signFacts(episode, defect, correlator, episode.firstMs);
    const then = judgeProducts(defect, all(at(episode.firstMs)), program, known);
    // To go to is what is not installed by now.
    return then.affected === 'yes' && then.version !== latest.version ? { ...then, fix: latest.fix } : null;
  }
}

/** Without the libraries that `go version -m` shows of another program's binary. */
function ofProgram(
  stated: Versions,
  program: string | null,
  episode: DaemonEpisode,
  { facts }: Correlator,
): Versions {
  const marks = facts.versions.of(episode.node).filter(({ product }) => isLibrary(product));
  return Object.fromEntries(
    Object.entries(stated).filter(
      ([name]) =>
        !isLibrary(name) ||
        marks.some(
          ({ product, proof: { component } }) =>
            product === name &&
            (component === 'evidence' || program === null || programOf(component) === programOf(program)),
        ),
    ),
  );
}

/**
 * Versions of libraries that file paths of the dying or dumping process show, by import path, as far as a rule of
 * the defect asks for them. Their short names are those of products: the containerd in a stack is not the daemon.
 */
function librariesOf(episode: DaemonEpisode, defect: Defect, correlator: Correlator): Versions {
  const program = defect.daemon ?? episode.program;
  const dumps = correlator.evidence.of(episode.node, 'goroutines', program);
  const modules: Readonly<Record<string, string>> = Object.assign(
    {},
    ...dumps.map((dump) => dump.modules),
    episode.modules,
  );
  const wanted = new Set(
    ['otelhttptrace', ...defect.versions.map(({ product }) => product)].filter(isLibrary),
  );
  return Object.fromEntries(
    Object.entries(modules).filter(
      ([name]) => wanted.has(name) || wanted.has(name.replace(/\/v\d{1,3}$/, '')),
    ),
  );
}

/** True where a version is stated and yet decides nothing. */
export function isTold(
  { version }: ProductVerdict,
  versions: Versions,
  { versions: rules }: Defect,
): boolean {
  return version !== null || rules.some(({ product }) => versions[product] !== undefined);
}

/** What is missing, null where a version decides or none matters. */
export function versionGap(verdict: ProductVerdict, versions: Versions, defect: Defect): string | null {
  if (verdict.version !== null || defect.versions.length === 0) return null;
  return isTold(verdict, versions, defect) ? verdict.reason : 'no version in the input';
}

/** The lines that state the versions that the verdict rests on. */
export function versionProof(
  episode: DaemonEpisode,
  correlator: Correlator,
  defect: Defect,
): readonly Proof[] {
  const products = new Set(defect.versions.map(({ product }) => product));
  return correlator.facts.versions
    .of(episode.node)
    .filter(({ product }) => products.has(product))
    .slice(-4)
    .map(({ proof }) => proof);
}
