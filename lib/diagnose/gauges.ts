/** What counters of a daemon say, in one sentence: how much, and whether it grew. */
import { looksAt, risesThroughout } from '../correlate/gauge-looks.js';
import { runsOf } from '../correlate/gauge-runs.js';
import type { GaugeMark, NodeFacts } from '../correlate/node-facts.js';
import type { Proof } from '../correlate/types.js';
import { sizeInWords } from './sign-facts.js';
import { inWords } from './words.js';

const NAMES: Readonly<Record<string, string>> = {
  goroutines: 'goroutines',
  fds: 'file descriptors',
  'memory-bytes': 'memory',
  'heap-bytes': 'heap',
  tasks: 'tasks',
  restarts: 'restarts',
};

export interface GaugeWords {
  /** None where nothing counts anything. */
  readonly sentences: readonly string[];
  readonly proof: readonly Proof[];
}

export function gaugeWords(facts: NodeFacts, node: string, product: string): GaugeWords {
  if (facts.gauges.of(node).length === 0) return { sentences: [], proof: [] };
  const phrases: string[] = [];
  const proof: Proof[] = [];
  for (const [name, words] of Object.entries(NAMES)) {
    const marks = looksAt(facts, node, { product, name });
    const [first] = marks;
    const last = marks.at(-1);
    if (first === undefined || last === undefined) continue;
    proof.push(...(first === last ? [last.proof] : [first.proof, last.proof]));
    phrases.push(
      first === last ? `${words} ${figure(last)}${when(last)}` : growth(words, marks, first, last),
    );
  }
  const counters = phrases.length === 0 ? [] : [`Counters of ${product}: ${phrases.join('; ')}`];
  return { sentences: [...severalRuns(facts, node, product), ...counters], proof };
}

/** A look that holds less is no open line. */
const HOLDS = 33_554_432;

/** Metrics that name no host may be of several: what is said of one of them must not stand for all. */
function severalRuns(facts: NodeFacts, node: string, product: string): readonly string[] {
  const runs = runsOf(facts.gauges.of(node).filter((mark) => mark.product === product));
  const [shown] = runs;
  const proof = shown?.looks[0]?.proof;
  if (runs.length < 2 || proof === undefined) return [];
  const like = runs.filter(({ holds }) => holds >= HOLDS).length;
  const others = like > 1 ? `, and ${like} of them show it` : '';
  return [
    `The metrics are of ${runs.length} runs of ${product} that nothing tells apart (no host, not one text)${others}: told is the one of ${proof.source}:${proof.line}, which shows most`,
  ];
}

function growth(words: string, marks: readonly GaugeMark[], first: GaugeMark, last: GaugeMark): string {
  const rises = risesThroughout(marks);
  const seconds = (last.ms - first.ms) / 1000;
  const over = Number.isFinite(seconds) && seconds > 0 ? ` in ${inWords(seconds)}` : '';
  const how = rises ? 'grew in every look' : last.value > first.value ? 'grew' : 'did not grow';
  return `${words} ${how}, ${figure(first)} -> ${figure(last)}${over}`;
}

function figure({ name, value }: GaugeMark): string {
  return name.endsWith('-bytes') ? sizeInWords(value) : String(value);
}

function when({ proof }: GaugeMark): string {
  return proof.at === null ? '' : ` at ${new Date(proof.at.ms).toISOString().slice(0, 19)}Z`;
}
