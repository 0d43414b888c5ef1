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

export function followedText(sources: readonly SourceStanding[]): string {
  if (sources.length === 0) return 'following: nothing was found to read so far';
  const files = new Set(sources.filter(({ kind }) => kind === 'file').map(({ name }) => name)).size;
  const journals = sources.length - sources.filter(({ kind }) => kind === 'file').length;
  const parts = [...(files > 0 ? [counted(files, 'file')] : []), ...(journals > 0 ? ['the journal'] : [])];
  return `following ${parts.join(' and ')}`;
}

/** `names`: null before the first look at them is over. */
export function standingTexts(
  sources: readonly SourceStanding[],
  names: readonly FollowedName[] | null,
): readonly string[] {
  const begun =
    sources.length > 0 || names !== null ? readTexts(sources) : ['following: the files are still looked for'];
  return [...begun, ...(names === null ? [] : nameTexts(names))];
}

function readTexts(sources: readonly SourceStanding[]): readonly string[] {
  if (sources.length === 0) return [followedText(sources)];
  const behind = sources
    .flatMap(({ name, unreadBytes }) =>
      unreadBytes === null || unreadBytes === 0 ? [] : [{ name, unreadBytes }],
    )
    .toSorted((a, b) => b.unreadBytes - a.unreadBytes);
  const bytes = behind.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0);
  const moved = sources.filter(({ kind, unreadBytes }) => kind === 'file' && unreadBytes === null);
  const silent = sources
    .filter(({ silentSeconds }) => silentSeconds !== null)
    .toSorted((a, b) => (b.silentSeconds ?? 0) - (a.silentSeconds ?? 0));
  return [
    behind.length === 0
      ? `${followedText(sources)}${sources.every(({ unreadBytes }) => unreadBytes === 0) ? ', read to the end' : ''}`
      : `${followedText(sources)}, ${inputSize(bytes)} not read yet: ${named(behind, ({ unreadBytes }) => inputSize(unreadBytes))}`,
    ...(moved.length === 0 ? [] : [`moved or gone, read on while they are open: ${named(moved)}`]),
    ...(silent.length === 0
      ? []
      : [`silent: ${named(silent, ({ silentSeconds }) => duration(silentSeconds ?? 0))}`]),
  ];
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
