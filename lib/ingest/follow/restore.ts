/**
 * Takes up what an earlier run left: which names it had looked at, the texts that it was reading, and those that it
 * was through with. Where their files are by now is found at the first look, as between two looks of one run.
 */
import type { Following } from './following.js';
import type { Paths } from './paths.js';
import { newTail, type Tail } from './tail.js';
import type { KnownText, SavedFile, SavedFiles, SavedSource } from './types.js';

export interface Restored {
  readonly asked: readonly string[];
  /** Names and globs whose files had all been looked at. */
  readonly covered: ReadonlySet<string>;
  /** What was known beside the sources. */
  readonly texts: readonly KnownText[];
  into(following: Following, paths: Paths, isAsked: (name: string) => boolean): void;
}

export function restore(saved: readonly SavedSource[]): Restored {
  const known = saved.find((source): source is SavedFiles => source.kind === 'files');
  const files = saved.filter((source): source is SavedFile => source.kind === 'file');
  const { asked = [], texts = [] } = known ?? {};
  return {
    asked,
    texts,
    covered: new Set(asked),
    into(following, paths, isAsked) {
      const keys = new Set(files.map(({ key }) => key));
      // What was given out counts: of a text that was over by then, the end may not have been.
      const others = texts.filter(({ key }) => !keys.has(key));
      for (const text of [...others, ...files]) {
        if (!isAsked(text.name)) continue;
        const { group } = paths.follow(text.name, text.target ?? text.name, {
          literal: false,
          covered: true,
        });
        const tail = tailOf(text, following, paths.groupOf(text.target ?? group.live, text.name));
        following.due.add(tail.group);
        if ('over' in text && text.over)
          tail.group.over.push(Object.assign(tail, { stage: 'over', due: false }));
        else following.add(tail);
      }
    },
  };
}

function tailOf(text: SavedFile | KnownText, following: Following, group: Tail['group']): Tail {
  const { before, line, offset } = text.position;
  const resumed = !('over' in text);
  return newTail({
    key: text.key,
    name: text.name,
    target: text.target ?? null,
    group,
    resumed,
    identity: { dev: text.dev, ino: text.ino, born: text.born ?? null },
    modified: text.modified ?? null,
    head: text.head,
    offset,
    before: Buffer.from(before, 'base64'),
    startLine: resumed || offset === (text.head.at ?? 0) ? line : null,
    wasLive: true,
    finished: text.finished === true,
    copyOf: 'copyOf' in text ? (text.copyOf ?? null) : null,
    active: following.now(),
  });
}
