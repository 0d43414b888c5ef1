/**
 * What stays behind in the daemon, in words: so far, per day, how it was derived, whether the daemon is affected,
 * and what these figures cannot explain.
 */
import type { Incident, Leak } from '../diagnose/types.js';
import { printable } from './printable.js';
import { countedRange, memoryRange, memorySize, sumRanges } from './quantity.js';
import { sayOnce, whoList } from './same-words.js';
import { sentence } from './section.js';
import { leakVerdict, whoText } from './verdict.js';

type Amounts = Pick<Leak, 'goroutines' | 'fds' | 'bytes'>;

/** With more leaks than this only their sum is told. */
const toldSingly = 3;

/** False for what crashes or hangs only: nothing is said of a leak then. */
export function canLeak(incidents: readonly Incident[]): boolean {
  return incidents.some(
    ({ leak, affected, defect }) => leak !== null || (defect === 'stuck-stop' && affected === 'no'),
  );
}

/** Paragraphs under LEAK, none where there is none to speak of. */
export function leakParagraphs(incidents: readonly Incident[]): string[] {
  if (!canLeak(incidents)) return [];
  // A stop call leaves nothing in a daemon that is not affected; what a profile shows is there all the same.
  const leaking = incidents.filter(
    ({ leak, affected, defect }) => leak !== null && (affected !== 'no' || defect !== 'stuck-stop'),
  );
  const limit = limitLine(leaking);
  return [
    ...(leaking.length > toldSingly ? [sumLine(leaking)] : singleLines(leaking, incidents.length > 1)),
    ...(limit === null ? [] : [limit]),
    ...affectedLines(incidents),
  ];
}

function sumLine(leaking: readonly Incident[]): string {
  const rates = leaking.filter(isOpen).flatMap(({ leak }) => leak?.perDay ?? []);
  const rate = rates.length === 0 ? '' : `; ${amountsText(total(rates))} a day while it goes on`;
  const sum = amountsText(total(leaking.flatMap(({ leak }) => leak ?? [])));
  const bases = commonBases(leaking).map(({ item }) => sentence(item, 1000));
  return [`All ${leaking.length} together so far ${sum}${rate}.`, ...bases.slice(0, toldSingly)].join(' ');
}

/** Each with its basis behind it, or one basis for all. */
function singleLines(leaking: readonly Incident[], several: boolean): string[] {
  const bases = commonBases(leaking);
  const [only] = bases;
  const common = leaking.length > 1 && bases.length === 1 && only !== undefined ? only.item : null;
  const lines = leaking.map((incident) => {
    const basis = common === null ? ` ${sentence(incident.leak?.basis ?? '', 1000)}` : '';
    const who = several ? `${whoText(incident)}, ${leakVerdict(incident)}: ` : '';
    return `${who}${amountLine(incident)}${basis}`.trimEnd();
  });
  return common === null ? lines : [...lines, sentence(common, 1000)];
}

function amountLine(incident: Incident): string {
  const { leak, state } = incident;
  if (leak === null) return '';
  const rate = leak.perDay === null || !isOpen(incident) ? '' : `; ${amountsText(leak.perDay)} a day`;
  const freed = incident.defect === 'stuck-stop' ? '; freed when it stopped' : '';
  const nothing = [leak.goroutines, leak.fds, leak.bytes].every(({ max }) => max === 0);
  const after = nothing ? '' : { open: '', resolved: freed, ended: '; whether freed is not known' }[state];
  return `so far ${amountsText(leak)}${rate}${after}.`;
}

function commonBases(leaking: readonly Incident[]) {
  return sayOnce(
    leaking,
    ({ leak }) => (leak === null || leak.basis === '' ? [] : [leak.basis]),
    (basis) => basis,
  );
}

// The question behind every leak: does it explain the gigabytes that were seen? Said before it is asked.
function limitLine(leaking: readonly Incident[]): string | null {
  const rates = leaking.filter(isOpen).flatMap(({ leak }) => leak?.perDay ?? []);
  if (rates.length === 0) return null;
  const { max } = sumRanges(rates.map(({ bytes }) => bytes));
  if (max === 0) return null;
  return `More than ${memorySize(max)} a day is not explained by this: look for a second cause.`;
}

/** Whether this daemon has the defect, by what, and which versions the log states. */
export function affectedLines(incidents: readonly Incident[]): string[] {
  return sayOnce(
    incidents,
    (incident) => [affectedText(incident)].filter((text) => text !== ''),
    (text) => text,
  ).map(({ item, incidents: those }) =>
    those.length < incidents.length ? `${whoList(those)}: ${item}` : item,
  );
}

function affectedText({ affected, affectedBasis, versions }: Incident): string {
  if (affected === 'unknown' && affectedBasis === '' && Object.keys(versions).length === 0) return '';
  const verdict = { yes: 'Affected', no: 'Not affected', unknown: 'Affected or not is unknown' }[affected];
  const basis = affectedBasis === '' ? '' : `: ${printable(affectedBasis, 600)}`;
  const named = Object.entries(versions).map(
    ([product, version]) => `${printable(product, 40)} ${printable(version, 80)}`,
  );
  return `${verdict}${basis}${named.length === 0 ? '' : `; seen: ${named.join(', ')}`}.`.replace(
    /\.\.$/,
    '.',
  );
}

function total(parts: readonly Amounts[]): Amounts {
  return {
    goroutines: sumRanges(parts.map(({ goroutines }) => goroutines)),
    fds: sumRanges(parts.map(({ fds }) => fds)),
    bytes: sumRanges(parts.map(({ bytes }) => bytes)),
  };
}

function isOpen({ state }: Incident): boolean {
  return state === 'open';
}

// A defect that leaks memory alone must not speak of "0 fds".
function amountsText({ goroutines, fds, bytes }: Amounts): string {
  const said = [
    goroutines.max > 0 ? countedRange(goroutines, 'goroutine') : '',
    fds.max > 0 ? countedRange(fds, 'fd') : '',
    bytes.max > 0 ? `${memoryRange(bytes)} of memory` : '',
  ].filter((part) => part !== '');
  return said.length === 0 ? 'nothing' : said.join(', ');
}
