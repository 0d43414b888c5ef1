/**
 * The files of a log at one moment: listed, opened where they have to be, and compared with what is known. It is
 * worth something only as long as the listing holds; where a file turns out to be another one, it throws a Moved.
 */
import { reasonOf } from '../input-error.js';
import { TELLING_BYTES, whyNotFollowed } from '../not-followed.js';
import { codeOf, type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import type { Content, Group } from './group.js';
import { gzipHead } from './gzip-text.js';
import type { Member } from './members.js';
import { markOf, type Tail } from './tail.js';
import { beforeOf, compareHeads, equal, hasBefore, headOf, isProof, readRange } from './text-mark.js';

/** What was listed is not there any more, or another file is: all has to be looked at again. */
export class Moved extends Error {}

export interface View {
  readonly members: readonly Member[];
  /** Some member could not be read: what is not found may be there. */
  unsure: boolean;
  file(member: Member): Promise<OpenFile>;
  /** Null where it cannot be read. Throws for the live log. */
  content(member: Member): Promise<Content | null>;
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
    const opened = await file(member);
    const magic = await readRange(opened, 0, TELLING_BYTES);
    const refused = whyNotFollowed(path, magic);
    if (refused !== null) return { status, head: null, packed: false, refused };
    const packed = magic[0] === 0x1f && magic[1] === 0x8b;
    const head = packed ? await gzipHead(opened, following.signal) : await headOf(opened);
    return { status, head, packed, refused };
  };

  const view: View = {
    members,
    unsure: false,
    file,
    async content(member) {
      try {
        const content = await read(member);
        contents.set(member.path, content);
        group.unreadable.delete(member.path);
        return content;
      } catch (error) {
        if (error instanceof Moved || member.live) throw error;
        if (!group.unreadable.has(member.path))
          following.say(member.path, `${reasonOf(error)}; this rotated copy is not read`, 0);
        group.unreadable.add(member.path);
        view.unsure = true;
        return null;
      }
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
export async function holds(
  view: View,
  member: Member,
  tail: Tail,
): Promise<'whole' | 'cut' | 'short' | 'no'> {
  const content = await view.content(member);
  if (content === null || content.head === null || content.packed) return 'no';
  const like = compareHeads(content.head, tail.head);
  if (like === 'other') return 'no';
  if (like === 'unclear' || member.status.size < tail.offset) return 'short';
  if (tail.before.length > 0 && !(await hasBefore(await view.file(member), markOf(tail)))) return 'no';
  return like === 'same' ? 'whole' : 'cut';
}

/**
 * Whether a member holds nothing but what is known of a text. `unclear`: too short to say. `more`: it goes on with it.
 * `host`: the file in which the text itself is being read.
 */
export async function explains(
  view: View,
  tail: Tail,
  member: Member,
  host: OpenFile | null,
): Promise<'yes' | 'unclear' | 'more' | 'no'> {
  const content = await view.content(member);
  if (content === null || content.head === null) return 'unclear';
  const like = compareHeads(content.head, tail.head);
  if (like === 'other') return 'no';
  if (content.packed) return 'yes';
  const { size } = member.status;
  const { before, offset } = tail;
  const file = await view.file(member);
  if (size > offset && before.length > 0 && !(await hasBefore(file, markOf(tail)))) return 'no';
  if (host !== null && (await host.status()).size >= size)
    return equal(await beforeOf(file, size), await beforeOf(host, size)) ? sure(like) : 'no';
  if (size > offset) {
    if (like === 'unclear') return 'unclear';
    return isProof(tail.head) || isFileOf(member.status, tail) ? 'more' : 'no';
  }
  const from = offset - before.length;
  if (size > from) {
    const common = await readRange(file, from, size - from);
    if (!equal(common, before.subarray(0, common.length))) return 'no';
  }
  return sure(like);
}

function sure(like: 'same' | 'part' | 'unclear'): 'yes' | 'unclear' {
  return like === 'unclear' ? 'unclear' : 'yes';
}

/** Whether it is the file that a text was seen in last. */
export function isFileOf(status: FileStatus, { identity }: Tail): boolean {
  return idOf(status) === idOf(identity) && status.born === identity.born;
}

/** Whether a file that begins like it is enough to go on with it there. */
export function isRecognised(tail: Tail, { status }: Member): boolean {
  return isProof(tail.head) || isFileOf(status, tail);
}

export function isSameFile(a: FileStatus, b: FileStatus): boolean {
  return idOf(a) === idOf(b) && a.born === b.born;
}

export function isSameState(a: FileStatus, b: FileStatus): boolean {
  return isSameFile(a, b) && a.size === b.size && a.modified === b.modified;
}
