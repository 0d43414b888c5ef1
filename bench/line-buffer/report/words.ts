/**
 * What a report means, in plain words: which combination grows with the line and which is flat, what the end of
 * the line costs, and what stays. One sentence a kind of combination, then where the figures come from.
 */
import { printable } from '../../../lib/report/printable.js';
import { counted } from '../../../lib/report/quantity.js';
import { formatSize } from '../../sizes.js';
import type { Workload } from '../types.js';
import type { Combination, CommandFigures } from './combination.js';

/** Sentences beyond these repeat themselves: the table has the rest. */
const MOST_KINDS = 6;

export function conclusions(combinations: readonly Combination[]): string[] {
  const kinds = new Map<string, Combination>();
  for (const each of combinations) {
    const { runtime, version, limitBytes, lineBytes } = each.workload;
    const kind = `${runtime} ${version} ${limitBytes}`;
    if ((kinds.get(kind)?.workload.lineBytes ?? -1) < lineBytes) kinds.set(kind, each);
  }
  const sentences = [...kinds.values()].slice(0, MOST_KINDS).map(sentenceOf);
  const released = [...kinds.values()].slice(0, MOST_KINDS).flatMap(releasedWords);
  return [...sentences, ...new Set(released), ...sourceWords(combinations)];
}

function sentenceOf(combination: Combination): string {
  const { workload, command } = combination;
  if (command !== null) return commandWords(combination, command);
  if (workload.runtime !== 'containerd') {
    const who = workload.runtime === 'docker' ? `dockerd ${workload.version}` : 'conmon (CRI-O)';
    const piece = formatSize(workload.readerBytes);
    return `${who} holds no line: it writes whatever fills its buffer of ${piece}, and stays flat.`;
  }
  return workload.limitBytes > 0 ? flat(combination) : grows(combination);
}

/** When memory comes back; of the others all has been said. */
function releasedWords({ workload, outcome }: Combination): string[] {
  return workload.runtime === 'containerd' && outcome.released !== null ? [outcome.released.text] : [];
}

function flat({ workload, outcome }: Combination): string {
  const { version, limitBytes, lineBytes } = workload;
  const limit = `With a limit of ${formatSize(limitBytes)}${streamWords(workload)} containerd ${version}`;
  if (lineBytes <= limitBytes) {
    return `${limit} holds this line whole, ${size(outcome.heldBytes)}: it is not longer than the limit. A longer one is written in parts.`;
  }
  return `${limit} holds ${size(outcome.heldBytes)}, however long the line is, and writes it in ${counted(
    (outcome.partialRecords ?? 0) + (outcome.fullRecords ?? 0),
    'record',
  )}: flat.`;
}

function grows({ workload, outcome }: Combination): string {
  const { version, end, lineBytes, containers, streams } = workload;
  const total = lineBytes * containers * streams;
  const held = `Without a limit${streamWords(workload)} containerd ${version} holds the whole line until it ends, ${size(outcome.heldBytes)} for ${formatSize(total)} of it`;
  const moment = {
    newline: 'at the newline',
    eof: 'when the output is closed',
    kill: 'when the container is killed',
  }[end];
  const peak = `${moment} its resident memory peaks at ${size(outcome.peakRssBytes)}${timesWords(outcome.peakRssBytes, total)}`;
  const stays =
    (outcome.retainedBytes ?? 0) > total / 100
      ? `and ${size(outcome.retainedBytes)} stay until the stream closes`
      : 'and then all of it is let go';
  return `${held}; ${peak}, ${stays}.`;
}

/** ` for 4 streams`, or nothing where it is one. */
function streamWords({ containers, streams }: Workload): string {
  const all = containers * streams;
  return all === 1 ? '' : ` and ${counted(all, 'stream')} at once`;
}

function timesWords(bytes: number | null, total: number): string {
  return total === 0 || bytes === null ? '' : ` (${(bytes / total).toFixed(1)} times as much)`;
}

/** Growth by less than this share of what was fed is none: a process needs something to work with. */
const SMALL_SHARE = 0.1;
/** What takes less of the line than this has not shown how it deals with it. */
const ENOUGH_SHARE = 0.5;
/** And this much is what a process takes for itself. */
const OWN_BYTES = 32 * 1024 * 1024;

function commandWords(
  { outcome }: Combination,
  { takenBytes, offeredBytes, message }: CommandFigures,
): string {
  const took = `It took ${formatSize(takenBytes)} of ${formatSize(offeredBytes)}: it ${printable(message)}.`;
  const { openRssBytes, peakRssBytes, retainedRssBytes } = outcome;
  if (openRssBytes === null && peakRssBytes === null) return `${took} What memory it took could not be seen.`;
  const grown = Math.max(openRssBytes ?? 0, peakRssBytes ?? 0);
  if (takenBytes < offeredBytes * ENOUGH_SHARE && grown < OWN_BYTES)
    return `${took} That is too little to tell what it would do with the whole line.`;
  if (grown < Math.max(OWN_BYTES, takenBytes * SMALL_SHARE)) {
    return `${took} Its memory stayed flat: it grew by ${size(peakRssBytes ?? openRssBytes)} at most.`;
  }
  const open = openRssBytes === null ? '' : `${formatSize(openRssBytes)} while the line was open, `;
  return `${took} Its memory grew with the line: ${open}${size(peakRssBytes)} at most, ${size(retainedRssBytes)} afterwards.`;
}

function size(bytes: number | null): string {
  return bytes === null ? 'an unknown amount' : formatSize(bytes);
}

function sourceWords(combinations: readonly Combination[]): string[] {
  const simulated = combinations.filter((each) => each.simulated !== null);
  if (simulated.length === 0) return [];
  const held = Math.max(
    ...simulated.map(({ process }) => (process?.openBuffersBytes ?? 0) + (process?.openHeapBytes ?? 0)),
  );
  const grown = Math.max(...simulated.map((each) => each.process?.openRssBytes ?? 0));
  return [
    `Fed to the simulator: records and disk are as it wrote them; memory is containerd's, as the model of its Go gives it. This process itself held up to ${formatSize(Math.max(0, held))} for it (${formatSize(Math.max(0, grown))} resident).`,
  ];
}
