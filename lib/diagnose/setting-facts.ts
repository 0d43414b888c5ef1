/**
 * What a setting of a daemon was while an episode went on. What a running daemon says (its start-up line, what it
 * answers) goes before what a file says: a file holds from the next start on.
 */
import { atTime, type SettingMark } from '../correlate/node-facts.js';
import type { Sign } from '../correlate/sign.js';
import type { Proof } from '../correlate/types.js';
import { fits } from '../correlate/where.js';
import { statedTogether } from './setting-in-files.js';

export interface SettingTimes {
  /** Time that it must hold at, float ms; +Infinity for an episode without a time. */
  readonly ms: number;
  /** When the process that was looked at had been started, where that is known. */
  readonly startedMs: number | null;
}

export interface SettingFacts {
  readonly facts: Readonly<Record<string, number | null>>;
  readonly words: Readonly<Record<string, string>>;
  readonly proof: readonly Proof[];
}

/** A daemon states its settings within this time from its start. */
const STATED_WITHIN_MS = 60_000;

/** Of a start-up line the sign may be all that is left of the value. */
const CUT = 'negative (its line is cut behind the sign)';

/** `marks`: of the node and of this setting; empty where nothing states it. */
export function settingFacts(sign: Sign, marks: readonly SettingMark[], times: SettingTimes): SettingFacts {
  const { fact } = sign;
  const { ms, startedMs } = times;
  const isUndated = !Number.isFinite(ms);
  const until = isUndated && startedMs !== null ? startedMs + STATED_WITHIN_MS : ms;
  const running = marks.filter(isOfRunning);
  const dated = running.filter((mark) => Number.isFinite(mark.ms));
  const answers = statedTogether(
    sign,
    running.filter((mark) => !Number.isFinite(mark.ms)),
  );
  const answered = answers.mark;
  const before = atTime(
    dated.filter((mark) => mark.ms <= until),
    until,
  );
  const after = dated.filter((mark) => mark.ms > until);
  const files = statedTogether(
    sign,
    marks.filter((mark) => !isOfRunning(mark)),
  );
  const file = files.mark;
  const runs = isUndated ? (answered ?? before) : (before ?? answered);
  // What it answers states no time: it is of now, after all that states one.
  const since = (runs === answered ? null : answered) ?? atTime(after, Number.POSITIVE_INFINITY);
  const judged = runs ?? after[0] ?? file;
  const facts: Record<string, number | null> = Object.create(null);
  const words: Record<string, string> = Object.create(null);
  const state = (name: string, mark: SettingMark | null): void => {
    if (mark === null) return;
    facts[name] = numberOf(mark.value);
    words[name] = mark.value === '-' ? CUT : mark.value;
  };
  state(fact, judged);
  state(`${fact}Runs`, runs);
  state(`${fact}File`, file);
  state(`${fact}Since`, since);
  if (judged !== null) facts[`${fact}Fits`] = fitsSign(sign, judged);
  if (file !== null) facts[`${fact}FileFits`] = fitsSign(sign, file);
  if (judged !== null && judged === file) facts[`${fact}Assumed`] = numberOf(file.value);
  facts[`${fact}StartsSince`] = after.length;
  const contradictory =
    judged === answered ? answers.contradictory : judged === file ? files.contradictory : [];
  if (contradictory.length > 1) {
    facts[`${fact}Values`] = contradictory.length;
    words[`${fact}All`] = contradictory
      .slice(0, 4)
      .map(({ value, proof }) => `${value} (${proof.source}:${proof.line})`)
      .join(', ');
  }
  const told = [judged, file, since, ...contradictory].filter((mark) => mark !== null);
  return { facts, words, proof: [...new Set(told)].map(({ proof }) => proof) };
}

function fitsSign({ where }: Sign, { value }: SettingMark): number {
  return fits(where, { value }) ? 1 : 0;
}

/** A start-up line, or what a daemon answers. */
function isOfRunning({ rank, proof }: SettingMark): boolean {
  return rank === 2 || !proof.pattern.startsWith('evidence.');
}

function numberOf(value: string): number {
  const text = value.trim().toLowerCase();
  if (text === 'true' || text === 'yes' || text === 'on') return 1;
  if (text === 'false' || text === 'no' || text === 'off' || text === '') return 0;
  if (text === '-') return -1;
  const number = Number(text);
  return Number.isFinite(number) ? number : 1;
}
