/**
 * Turns what was gathered about a daemon into the facts that the rules of a defect compare, with the lines
 * that show each: signs of log lines, the latest profile, settings and figures of that time.
 */
import type { Correlator } from '../correlate/correlate.js';
import { growthOf, largestOf, looksAt, neverFalls } from '../correlate/gauge-looks.js';
import type { NodeFacts } from '../correlate/node-facts.js';
import type { Sign } from '../correlate/sign.js';
import type { DaemonEpisode, Proof } from '../correlate/types.js';
import type { Digest } from '../evidence/signature/digest.js';
import { speaking } from '../evidence/signature/speaking.js';
import type { Defect } from './defect.js';
import { settingFacts } from './setting-facts.js';
import { inWords } from './words.js';

export interface SignFacts {
  readonly facts: Readonly<Record<string, number | null>>;
  /** Words for sentences: sizes with their unit, values as stated. */
  readonly words: Readonly<Record<string, string>>;
  /** Lines beside the episode's own: settings, figures, profile rows. */
  readonly proof: readonly Proof[];
}

/** `ms`: the time that settings must hold at, +Infinity for an episode without a time. */
export function signFacts(
  episode: DaemonEpisode,
  defect: Defect,
  correlator: Correlator,
  ms: number,
): SignFacts {
  const facts: Record<string, number | null> = Object.create(null);
  const words: Record<string, string> = Object.create(null);
  const proof: Proof[] = [];
  const { book, evidence } = { book: correlator.facts, evidence: correlator.evidence };
  const program = defect.daemon ?? episode.program;
  const tables = evidence.of(episode.node, 'functions', program);

  for (const sign of defect.signs) {
    if (sign.means !== undefined) {
      const tally = episode.tallies.get(sign.fact);
      facts[sign.fact] = tally?.count ?? 0;
      if (tally?.of != null) words[`${sign.fact}Of`] = tally.of;
    } else if (sign.signature !== undefined) ofSignature(sign, sign.signature);
    else if (sign.setting !== undefined) {
      const { product, name } = sign.setting;
      const marks = book.settings
        .of(episode.node)
        .filter((mark) => mark.product === product && mark.name === name);
      const stated = settingFacts(sign, marks, { ms, startedMs: startOf(defect, book, episode.node) });
      Object.assign(facts, stated.facts);
      Object.assign(words, stated.words);
      proof.push(...stated.proof);
      const value = facts[sign.fact] ?? null;
      if (value !== null) {
        const size = sizeInWords(value);
        words[`${sign.fact}Size`] =
          value <= 0 ? 'no limit' : facts[`${sign.fact}Fits`] === 1 ? `${size}, as good as none` : size;
      }
    } else if (sign.gauge !== undefined) {
      const looks = looksAt(book, episode.node, sign.gauge);
      const first = looks[0];
      const last = sign.gauge.take === 'largest' ? largestOf(looks) : looks.at(-1);
      if (first === undefined || last === undefined) continue;
      facts[sign.fact] = last.value;
      words[`${sign.fact}Size`] = sizeInWords(last.value);
      if (last.of !== null) words[`${sign.fact}Of`] = last.of;
      if (sign.gauge.take === 'largest') {
        proof.push(last.proof);
        continue;
      }
      const growth = growthOf(looks);
      if (growth !== null) {
        facts[`${sign.fact}Growth`] = growth;
        facts[`${sign.fact}NeverFell`] = neverFalls(looks) ? 1 : 0;
        words[`${sign.fact}GrowthSize`] = sizeInWords(growth);
        words[`${sign.fact}Looks`] = String(looks.length);
      }
      proof.push(first.proof, last.proof);
    }
  }
  facts['profiles'] = tables.filter((table) => table.measure === 'inuse_space').length;
  facts['spanSeconds'] = episode.first === null ? null : (episode.lastMs - episode.firstMs) / 1000;
  return { facts, words, proof };

  function ofSignature(sign: Sign, id: string): void {
    const panics = episode.tallies.get(sign.fact);
    const digests = (['functions', 'goroutines', 'panic'] as const)
      .flatMap((kind) => evidence.of(episode.node, kind, program))
      .filter((digest) => digest.values.has(id));
    const latest = speaking(digests, (digest) => bytesOf(digest, id) || (digest.values.get(id)?.value ?? 0));
    if (latest === undefined || latest.kind === 'panic') {
      facts[sign.fact] = panics?.count ?? (latest === undefined ? null : panicsOf(digests, id));
      return;
    }
    const value = latest.values.get(id);
    if (value === undefined) return;
    facts[sign.fact] = Math.round(value.value * 100) / 100;
    if (value.value > 0) proof.push(proofOf(latest, id, value));
    if (latest.kind !== 'functions') return;
    const bytes = bytesOf(latest, id);
    facts[`${sign.fact}Bytes`] = bytes;
    words[`${sign.fact}Size`] = sizeInWords(bytes);
    // What a sign against it does over time is of no interest.
    if (sign.opens !== true) return;
    words['heapSize'] = sizeInWords(latest.total);
    words[`${sign.fact}Taken`] = takenWhen(latest, episode);
    const all = digests.filter(
      (digest) =>
        digest === latest ||
        (digest.measure === latest.measure &&
          digest.ms !== null &&
          latest.ms !== null &&
          digest.ms < latest.ms),
    );
    const most = all.reduce((a, b) => (bytesOf(b, id) > bytesOf(a, id) ? b : a), latest);
    const mostValue = most.values.get(id);
    facts[`${sign.fact}Most`] = Math.round((mostValue?.value ?? 0) * 100) / 100;
    facts[`${sign.fact}MostBytes`] = bytesOf(most, id);
    words[`${sign.fact}MostSize`] = sizeInWords(bytesOf(most, id));
    if (most !== latest && mostValue !== undefined) proof.push(proofOf(most, id, mostValue));
    const ofKind = states(
      digests.filter((digest) => digest.measure === latest.measure && digest.ms !== null),
    );
    if (ofKind.length < 2) return;
    const values = ofKind.map((digest) => bytesOf(digest, id));
    facts['growing'] = values.every((v, i) => i === 0 || v > (values[i - 1] as number)) ? 1 : 0;
    words['growth'] = values.map(sizeInWords).join(' -> ');
  }

  /** Of a signature that opens nothing no tally is kept: the panics of this very program and time show it. */
  function panicsOf(digests: readonly Digest[], id: string): number {
    return digests.filter(
      ({ kind, program: of, ms: at, values }) =>
        kind === 'panic' &&
        (defect.keyedBy !== 'process' || of === episode.program) &&
        (at === null ||
          episode.first === null ||
          (at >= episode.firstMs - 1000 && at <= episode.lastMs + 1000)) &&
        (values.get(id)?.value ?? 0) > 0,
    ).length;
  }
}

/** A profile that was printed twice, as protobuf and as text, is one state. */
function states(digests: readonly Digest[]): readonly Digest[] {
  return digests.filter((digest, i) => {
    const before = digests[i - 1];
    if (before === undefined) return true;
    const isSameTime = Math.abs((digest.ms ?? 0) - (before.ms ?? 0)) < 60_000;
    return !(isSameTime && Math.abs(digest.total - before.total) <= digest.total / 1000);
  });
}

/** A healthy heap from before says nothing of what came then. */
function takenWhen({ ms }: Digest, { first, lastMs }: DaemonEpisode): string {
  if (ms === null) return 'it states no time';
  const seconds = (lastMs - ms) / 1000;
  if (first === null || Math.abs(seconds) < 1) return `taken at ${new Date(ms).toISOString().slice(0, 19)}Z`;
  return `taken ${inWords(Math.abs(seconds))} ${seconds > 0 ? 'before' : 'after'} the last sign`;
}

function bytesOf(digest: Digest, id: string): number {
  const value = digest.values.get(id);
  return value?.bytes ?? Math.round(((value?.value ?? 0) / 100) * digest.total);
}

function proofOf(digest: Digest, id: string, value: { readonly line: number; readonly text: string }): Proof {
  const at = digest.ms === null ? null : { ms: Math.floor(digest.ms), nanos: 0, digits: 3 };
  return {
    at,
    source: digest.source,
    line: value.line,
    text: value.text.slice(0, 1024),
    pattern: id,
    component: digest.program ?? 'evidence',
  };
}

/** When the process was started that the latest figures are of; null where none tells. */
function startOf({ signs }: Defect, book: NodeFacts, node: string): number | null {
  for (const { gauge, opens } of signs) {
    if (gauge === undefined || opens !== true) continue;
    const started = looksAt(book, node, gauge).at(-1)?.life?.startedMs ?? null;
    if (started !== null) return started;
  }
  return null;
}

/** Bytes as operators read them: `1.2 GiB`. */
export function sizeInWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${value >= 100 || at === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${units[at]}`;
}
