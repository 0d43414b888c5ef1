/**
 * The files of a log at one moment: listed, opened where they have to be, and compared with what is known. It is
 * worth something only as long as the listing holds; where a file turns out to be another one, it throws a Moved.
 */
import { isGzip } from '../gunzip.js';
import { reasonOf } from '../input-error.js';
import { TELLING_BYTES, whyNotFollowed } from '../not-followed.js';
import { codeOf, type FileIdentity, type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import type { Content, Group } from './group.js';
import type { Member } from './members.js';
import type { PackedText } from './packed-texts.js';
import { markOf, type Tail } from './tail.js';
import { compareHeads, firstBytes, firstText, hasBefore } from './text-mark.js';

/** What was listed is not there any more, or another file is: all has to be looked at again. */
export class Moved extends Error {}

/** Enough was decompressed for one look: this one is taken up again after others were read. */
export class Postponed extends Error {}

/** It says nothing about the file that was asked for. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof Moved || error instanceof Postponed;
}

export interface View {
  readonly members: readonly Member[];
  /** Some member could not be read: what is not found may be there. */
  unsure: boolean;
  file(member: Member): Promise<OpenFile>;
  /** Null where it cannot be read. Throws for the live log. */
  content(member: Member): Promise<Content | null>;
  /** Decompresses all of a member, and marks the places that its log's texts were read up to. */
  unpack(member: Member, text: PackedText, offset: number): Promise<void>;
  /** Says once that a copy cannot be read. */
  isUnreadable(member: Member, error: unknown): void;
  /** What was found the members begin with. */
  contents(): Map<string, Content>;
  /** Leaves the file open behind the view. */
  keep(file: OpenFile): void;
  close(): Promise<void>;
}

export function openView(following: Following, group: Group, members: readonly Member[]): View {
  const files = new Map<Member, OpenFile>();
  const kept = new Set<OpenFile>();
  const contents = new Map<string, Content>();

  const file = async (member: Member): Promise<OpenFile> => {
    const known = files.get(member);
    if (known !== undefined) return known;
    const opened = await following.open(member.path).catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? new Moved() : error;
    });
    files.set(member, opened);
    const status = await opened.status();
    if (!isSameFile(status, member.status) || status.size < member.status.size) throw new Moved();
    return opened;
  };

  const read = async (member: Member): Promise<Content> => {
    const { path, status } = member;
    const known = contents.get(path) ?? group.contents.get(path);
    if (known !== undefined && isSameState(known.status, status)) return known;
    const renamed = group.unreadable.has(path) ? undefined : following.packed.find(status);
    if (renamed !== undefined)
      return { status, head: renamed.head, packed: renamed, refused: null, end: null };
    const opened = await file(member);
    const first = await firstBytes(opened);
    const isPacked = isGzip(first);
    const refused = isPacked ? null : whyNotFollowed(path, first.subarray(0, TELLING_BYTES));
    if (refused !== null) return { status, head: null, packed: null, refused, end: null };
    if (group.unreadable.delete(path)) following.sayOver(path);
    const packed = isPacked ? await following.packed.read(status, opened) : null;
    return {
      status,
      head: packed === null ? await firstText(opened, first) : packed.head,
      packed,
      refused,
      end: null,
    };
  };

  const view: View = {
    members,
    unsure: false,
    file,
    async content(member) {
      try {
        const content = await read(member);
        contents.set(member.path, content);
        return content;
      } catch (error) {
        if (isInterrupted(error) || member.live) throw error;
        view.isUnreadable(member, error);
        return null;
      }
    },
    unpack: ({ path }, text, offset) =>
      following.packed.unpack(path, text, [
        offset,
        ...[...group.over, ...group.tails].map(({ offset }) => offset),
      ]),
    isUnreadable(member, error) {
      view.unsure = true;
      if (!group.unreadable.has(member.path))
        following.say(
          member.path,
          `${reasonOf(error)}; this rotated copy is not read before that changes`,
          0,
        );
      group.unreadable.set(member.path, reasonOf(error));
    },
    contents: () => contents,
    keep: (file) => kept.add(file),
    async close() {
      for (const file of files.values()) if (!kept.has(file)) await file.close().catch(() => undefined);
    },
  };
  return view;
}

/**
 * Whether a member holds all of a text that is known. `cut`: it ends before what was seen of it, not before what was
 * read. `short`: it ends before that, too.
 */
export function holds(view: View, member: Member, tail: Tail): Promise<'whole' | 'cut' | 'short' | 'no'> {
  return unlessUnreadable(view, member, 'no', async () => {
    const content = await view.content(member);
    if (content === null || content.head === null || content.packed !== null) return 'no';
    const like = compareHeads(content.head, tail.head);
    if (like === 'other') return 'no';
    if (like === 'unclear' || member.status.size < tail.offset) return 'short';
    if (tail.before.length > 0 && !(await hasBefore(await view.file(member), markOf(tail)))) return 'no';
    return like === 'same' ? 'whole' : 'cut';
  });
}

/** A copy that cannot be read now says nothing. Throws for the live log. */
export async function unlessUnreadable<Answer>(
  view: View,
  member: Member,
  otherwise: Answer,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (isInterrupted(error) || member.live) throw error;
    view.isUnreadable(member, error);
    return otherwise;
  }
}

/** Whether it is the file that a text was seen in last. */
export function isFileOf(status: FileStatus, { identity }: Tail): boolean {
  return isSameFile(status, identity);
}

/** A time of creation that is not known says nothing. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return idOf(a) === idOf(b) && (a.born === null || b.born === null || a.born === b.born);
}

/** Opens once more the file that was found under a path. Throws a Moved where it is gone, or another one is there. */
export async function openSame(
  open: (path: string) => Promise<OpenFile>,
  path: string,
  identity: FileIdentity,
): Promise<OpenFile> {
  const file = await open(path).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? new Moved() : error;
  });
  try {
    if (!isSameFile(await file.status(), identity)) throw new Moved();
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  return file;
}

export function isSameState(a: FileStatus, b: FileStatus): boolean {
  return isSameFile(a, b) && a.size === b.size && a.modified === b.modified;
}
