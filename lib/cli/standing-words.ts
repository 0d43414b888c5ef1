/**
 * How what is followed stands, in words for people: how much of it, what is not read and why, what is behind, what has
 * fallen silent. A few names stand for many.
 */
import type { SourceStanding } from '../analysis/following.js';
import type { FollowedName } from '../ingest/follow/types.js';
import { counted, inputSize } from '../report/quantity.js';
import { duration } from '../report/time.js';

/** Named for each thing that is said. */
const NAMED = 3;

interface NotRead {
  readonly state: FollowedName['state'];
  readonly words: string;
  /** Whether the words leave the reason open. */
  readonly withReason: boolean;
}

const NOT_READ: readonly NotRead[] = [
  { state: 'waiting', words: 'not there, waited for', withReason: false },
  { state: 'deleted', words: 'deleted, waited for', withReason: false },
  { state: 'forbidden', words: 'not allowed to be read', withReason: true },
  { state: 'refused', words: 'not followed', withReason: true },
  { state: 'failing', words: 'failing', withReason: true },
];

/** Files count by their names, for one that is empty is no source yet. */
export function followedText(sources: readonly SourceStanding[], names: readonly FollowedName[]): string {
  const files = names.filter(({ state }) => state === 'reading').length;
  const isJournal = sources.some(({ kind }) => kind === 'journal');
  const parts = [...(files > 0 ? [counted(files, 'file')] : []), ...(isJournal ? ['the journal'] : [])];
  return parts.length === 0
    ? 'following: nothing is there to be read now'
    : `following ${parts.join(' and ')}`;
}

/** `names`: null before the first look at them is over. */
export function standingTexts(
  sources: readonly SourceStanding[],
  names: readonly FollowedName[] | null,
): readonly string[] {
  if (names !== null) return [...readTexts(sources, names), ...nameTexts(names)];
  const begun = sources.length === 0 ? [] : readTexts(sources, []);
  return [...begun, 'following: the files are still looked for'];
}

function readTexts(sources: readonly SourceStanding[], names: readonly FollowedName[]): readonly string[] {
  const following = followedText(sources, names);
  if (sources.length === 0 && !names.some(({ state }) => state === 'reading')) return [following];
  const behind = sources
    .flatMap(({ name, unreadBytes }) =>
      unreadBytes === null || unreadBytes === 0 ? [] : [{ name, unreadBytes }],
    )
    .toSorted((a, b) => b.unreadBytes - a.unreadBytes);
  const bytes = behind.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0);
  const moved = sources.filter(({ kind, unreadBytes }) => kind === 'file' && unreadBytes === null);
  // Of a name: several files of it may be open.
  const silent = [...new Map(sources.map((source) => [source.name, source])).values()]
    .filter(({ silentSeconds }) => silentSeconds !== null)
    .toSorted((a, b) => (b.silentSeconds ?? 0) - (a.silentSeconds ?? 0));
  return [
    behind.length === 0
      ? `${following}${sources.every(({ unreadBytes }) => unreadBytes === 0) ? ', read to the end' : ''}`
      : `${following}, ${inputSize(bytes)} not read yet: ${named(behind, ({ unreadBytes }) => inputSize(unreadBytes))}`,
    ...(moved.length === 0
      ? []
      : [`moved or gone, read on while they are open: ${named(places(moved), ({ place }) => place)}`]),
    ...(silent.length === 0
      ? []
      : [`silent: ${named(silent, ({ silentSeconds }) => duration(silentSeconds ?? 0))}`]),
  ];
}

interface Place {
  readonly name: string;
  readonly place: string | null;
}

/** With every rotation a name stands for another file: each is told by where it lies now, those that lie nowhere are counted. */
function places(moved: readonly SourceStanding[]): readonly Place[] {
  const gone = new Map<string, number>();
  const out: Place[] = [];
  for (const { movedTo, name } of moved)
    if (movedTo === null) gone.set(name, (gone.get(name) ?? 0) + 1);
    else out.push({ name, place: `now ${movedTo}` });
  for (const [name, count] of gone) out.push({ name, place: count === 1 ? null : counted(count, 'file') });
  return out;
}

function nameTexts(names: readonly FollowedName[]): readonly string[] {
  const unfinished = names
    .filter(({ unfinishedBytes }) => unfinishedBytes > 0)
    .toSorted((a, b) => b.unfinishedBytes - a.unfinishedBytes);
  return [
    ...NOT_READ.flatMap(({ state, withReason, words }) => {
      const some = names.filter((name) => name.state === state);
      return some.length === 0
        ? []
        : [`${words}: ${named(some, ({ reason }) => (withReason ? reason : null))}`];
    }),
    ...(unfinished.length === 0
      ? []
      : [
          `the last line has no end yet: ${named(unfinished, ({ unfinishedBytes }) => inputSize(unfinishedBytes))}`,
        ]),
  ];
}

function named<Source extends { readonly name: string }>(
  sources: readonly Source[],
  what: (source: Source) => string | null = () => null,
): string {
  const some = sources.slice(0, NAMED).map((source) => {
    const more = what(source);
    return more === null ? source.name : `${source.name} (${more})`;
  });
  const more = sources.length - some.length;
  return `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
