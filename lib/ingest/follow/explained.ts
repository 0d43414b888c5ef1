/**
 * Tells whether a file holds nothing but what is known of a text, and where a known text lies, to compare others
 * with it. Many programs begin with the same lines every time: a beginning that is alike says nothing by itself.
 */
import type { OpenFile } from './follow-fs.js';
import type { Content } from './group.js';
import type { Member } from './members.js';
import type { PackedText } from './packed-texts.js';
import type { Plan } from './plan.js';
import { differs, isSameText, type Places, placesInPacked, placesInPlain } from './same-text.js';
import { markOf, type Tail } from './tail.js';
import { endOf, packedEnd, upTo } from './text-end.js';
import {
  compareHeads,
  equal,
  hasBefore,
  headLength,
  isProof,
  isWhollyCompared,
  readRange,
} from './text-mark.js';
import { holds, isFileOf, isInterrupted, unlessUnreadable, type View } from './view.js';

/** Offset of a text that was never unpacked. */
export const NEVER_READ = Number.MAX_SAFE_INTEGER;
/** Two times of change that were saved with fewer digits, ms. */
const SAME_TIME_MS = 1;

/** The file in which a known text lies. */
export type Original =
  | { readonly kind: 'plain'; readonly file: OpenFile }
  | { readonly kind: 'packed'; readonly member: Member; readonly text: PackedText };

/** `unclear`: too short to say, or it cannot be known now. `more`: it goes on with the text. */
export type Explained = 'yes' | 'unclear' | 'more' | 'no';

/** Where a text lies, other than in `copy`; null where that is not known, or not to be read now. */
export async function originalOf(view: View, plan: Plan, tail: Tail, copy: Member): Promise<Original | null> {
  const place = plan.places.get(tail);
  if (place?.kind === 'lost' || place?.kind === 'unknown') return null;
  if (place?.kind === 'file') return place.member === copy ? null : { kind: 'plain', file: place.file };
  const member =
    place?.kind === 'gzip' ? place.member : view.members.find(({ status }) => isFileOf(status, tail));
  if (member === undefined || member === copy) return null;
  return unlessUnreadable(view, member, null, async () => {
    const content = await view.content(member);
    if (content === null || content.head === null) return null;
    if (content.packed !== null) return { kind: 'packed', member, text: content.packed };
    if ((await holds(view, member, tail)) !== 'whole') return null;
    return { kind: 'plain', file: await view.file(member) };
  });
}

/** Whether a member holds nothing but what is known of a text. `original`: where that lies. */
export function explains(
  view: View,
  member: Member,
  tail: Tail,
  original: Original | null,
): Promise<Explained> {
  return unlessUnreadable(view, member, 'unclear', async () => {
    const content = await view.content(member);
    if (content === null || content.head === null) return 'unclear';
    const like = compareHeads(content.head, tail.head);
    if (like === 'other') return 'no';
    if (original !== null) return comparedWith(view, member, content, original);
    if (content.packed !== null && isFileOf(member.status, tail)) return 'yes';
    if (tail.offset === NEVER_READ) return isNeverRead(member, content, tail) ? 'yes' : 'no';
    return comparedWithMark(view, member, content, tail, like);
  });
}

/** Whether a member holds what another plain one holds, as far as it goes. */
export function isCopyOf(view: View, member: Member, original: Member): Promise<boolean> {
  return unlessUnreadable(view, member, false, async () => {
    const [content, known] = [await view.content(member), await view.content(original)];
    if (content === null || content.head === null || known === null || known.packed !== null) return false;
    if (known.head === null || compareHeads(known.head, content.head) === 'other') return false;
    const file = await view.file(original);
    return (await comparedWith(view, member, content, { kind: 'plain', file })) === 'yes';
  });
}

/** A copy is never longer than its original, and ends as that does there. */
async function comparedWith(
  view: View,
  member: Member,
  content: Content,
  original: Original,
): Promise<Explained> {
  const { at = 0, bytes = new Uint8Array(0) } = content.head ?? {};
  try {
    // Nearly all that only begin alike are told apart before anything is decompressed.
    if (await differs(await placesOf(view, member, content), placesOfOriginal(original))) return 'no';
    const { length, last } = await endOf(view, member);
    if (original.kind === 'plain') {
      const { file } = original;
      if ((await file.status()).size < length) return 'no';
      if (!equal(await readRange(file, at, bytes.length), bytes)) return 'no';
      if (!equal(await readRange(file, length - last.length, last.length), last)) return 'no';
      if (content.packed === null && !(await isSameText(await view.file(member), file, length))) return 'no';
    } else {
      const end = await packedEnd(view, original.member, original.text);
      if (end.length < length) return 'no';
      if (!equal(await upTo(view, original.member, original.text, length), last)) return 'no';
    }
  } catch (error) {
    if (isInterrupted(error)) throw error;
    view.unsure = true;
    return 'unclear';
  }
  return isProof({ at, bytes }) ? 'yes' : 'unclear';
}

async function placesOf(view: View, member: Member, { packed }: Content): Promise<Places> {
  if (packed !== null) return placesInPacked(packed);
  const file = await view.file(member);
  return placesInPlain(file, (await endOf(view, member)).length);
}

function placesOfOriginal(original: Original): Places {
  if (original.kind === 'packed') return placesInPacked(original.text);
  return placesInPlain(original.file);
}

async function comparedWithMark(
  view: View,
  member: Member,
  { head, packed }: Content,
  tail: Tail,
  like: 'same' | 'part' | 'unclear',
): Promise<Explained> {
  const { before, offset } = tail;
  const { length, last } = await endOf(view, member);
  // All of it is what is known of the beginning.
  if (like === 'same' && length <= (tail.head.at ?? 0) + headLength(tail.head)) return 'yes';
  if (length > offset) {
    const reached = packed === null ? null : await upTo(view, member, packed, offset);
    const isLike =
      reached === null
        ? await hasBefore(await view.file(member), markOf(tail))
        : equal(reached.subarray(reached.length - before.length), before);
    if (!isLike && before.length > 0) return 'no';
    if (like === 'unclear') return 'unclear';
    return isProof(tail.head) || isFileOf(member.status, tail) ? 'more' : 'no';
  }
  if (length === offset) {
    const there = last.subarray(Math.max(0, last.length - before.length));
    if (!equal(there, before)) return 'no';
    return like === 'unclear' ? 'unclear' : 'yes';
  }
  // Nothing is known of how it ends: only one that is all beginning can be a copy.
  return like !== 'same' && head !== null && isWhollyCompared(head, tail.head) ? 'unclear' : 'no';
}

/** Of a packed text nothing but its beginning is known where it was not asked for. */
function isNeverRead({ status }: Member, { head }: Content, tail: Tail): boolean {
  if (head === null || headLength(tail.head) !== head.bytes.length) return false;
  return tail.modified === null || Math.abs(tail.modified - status.modified) <= SAME_TIME_MS;
}
