/**
 * Copies that were still being written when they were looked at. What was not found in one may be there now, and what
 * seemed to be a text of its own may turn out to be a copy of a known one: all of the log is looked at again then, for
 * as long as a file is waited for that cannot be read.
 */
import type { Following } from './following.js';
import type { Group } from './group.js';
import type { Member } from './members.js';
import { isAnyLost, type Plan } from './plan.js';
import type { Tail } from './tail.js';
import { compareHeads, isPrint } from './text-mark.js';
import { isSameState, type View } from './view.js';

/** Whether the plan has to be made anew. `members`: those of the view, as they are now. */
export type Growing = (group: Group, view: View, plan: Plan, members: readonly Member[]) => boolean;

export function createGrowing(following: Following, quietMs: number): Growing {
  return (group, view, plan, members) => {
    const isLost = isAnyLost(plan);
    let isGrown = false;
    for (const [at, { live, path, status }] of members.entries()) {
      if (live) continue;
      const member = view.members[at] as Member;
      const packed = view.contents().get(path)?.packed ?? null;
      if (isSameState((packed ?? member).status, status)) continue;
      const begun = plan.begun.find((one) => one.member === member)?.tail ?? null;
      if (packed === null && isHostOfKnown(plan, member)) continue;
      if (!isLost && (begun === null || !isLikeKnown(group, begun))) continue;
      if (packed !== null) following.packed.forget(packed);
      isGrown = true;
    }
    if (!isGrown) return false;
    const now = following.now();
    group.growsSince ??= now;
    // Clocks are set back, too.
    return Math.abs(now - group.growsSince) < quietMs;
  };
}

/** What is written to it is more of a text that is known. */
function isHostOfKnown({ hosted, places, revived }: Plan, member: Member): boolean {
  const tail = hosted.get(member);
  return tail !== undefined && (places.has(tail) || [...revived.values()].includes(tail));
}

function isLikeKnown({ over, tails }: Group, { head }: Tail): boolean {
  return !isPrint(head) && [...over, ...tails].some((known) => compareHeads(head, known.head) !== 'other');
}
