/**
 * Where the text in a file ends, and what stands before a place in a compressed one. Asked of a compressed file, it may be
 * too much for one look, which is postponed then.
 */
import type { Member } from './members.js';
import type { PackedText } from './packed-texts.js';
import { beforeOf, type TextEnd, writtenLength } from './text-mark.js';
import type { View } from './view.js';

/** Where the text in a member ends. */
export async function endOf(view: View, member: Member): Promise<TextEnd> {
  const content = await view.content(member);
  if (content?.end != null) return content.end;
  if (content?.packed != null) return packedEnd(view, member, content.packed);
  const file = await view.file(member);
  const length = await writtenLength(file, member.status.size);
  const end = { length, last: await beforeOf(file, length) };
  if (content !== null) content.end = end;
  return end;
}

export async function packedEnd(view: View, member: Member, text: PackedText): Promise<TextEnd> {
  if (text.end === null) await view.unpack(member, text, 0);
  return text.end ?? { length: 0, last: new Uint8Array(0) };
}

/** Up to 64 bytes before an offset of a compressed text. */
export async function upTo(
  view: View,
  member: Member,
  text: PackedText,
  offset: number,
): Promise<Uint8Array> {
  if (offset === 0) return new Uint8Array(0);
  if (text.end?.length === offset) return text.end.last;
  if (!text.marks.has(offset)) await view.unpack(member, text, offset);
  return text.marks.get(offset) ?? new Uint8Array(0);
}
