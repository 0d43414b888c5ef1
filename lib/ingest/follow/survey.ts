/**
 * Looks at a log and its rotated copies as a whole, and says which text lies in which file: where those that are
 * known have gone, which files only hold copies of them, and which are new. Nothing is changed before a second
 * listing has shown that all of it was true at one moment.
 */
import { dirname } from 'node:path';
import { createCommit } from './commit.js';
import { createDiscovery } from './discovery.js';
import { codeOf } from './follow-fs.js';
import type { Following } from './following.js';
import type { Group } from './group.js';
import { createGrowing } from './growing.js';
import { createListings, isListed, isSameListing, membersOf } from './members.js';
import { discard, newPlan, type Plan } from './plan.js';
import { createSearch } from './search.js';
import { markOf } from './tail.js';
import { compareHeads, hasBefore, headOf } from './text-mark.js';
import type { FollowOptions } from './types.js';
import { isSameFile, Moved, openView, Postponed, type View } from './view.js';

/** Looks at a directory in which a rotator is at work. Beyond, it is looked at again later. */
const ATTEMPTS = 10;

export interface Surveyor {
  /** Before logs are looked at, some time after the last ones. */
  begin(): void;
  /** `restless`: it would not hold still; it has to be looked at again, and `postponed` at once. Throws what keeps the live log from being read. */
  look(group: Group): Promise<'settled' | 'restless' | 'postponed'>;
}

export function createSurveyor(
  following: Following,
  options: { readonly from: NonNullable<FollowOptions['from']>; readonly quietMs: number },
): Surveyor {
  const { fs } = following;
  const listings = createListings(fs);
  const search = createSearch(following, options.quietMs);
  const discovery = createDiscovery(following, options.from);
  const commit = createCommit(following);
  const isGrowing = createGrowing(following, options.quietMs);

  const decide = async (group: Group, view: View): Promise<Plan> => {
    const plan = newPlan();
    const live = view.members.find((member) => member.live) ?? null;
    try {
      await search.placeAll(group, view, plan, live);
      await discovery.takeAll(group, view, plan, live);
    } catch (error) {
      await discard(plan);
      throw error;
    }
    return plan;
  };

  /** Whether what was decided is still true. */
  const isTrue = async (group: Group, view: View, plan: Plan): Promise<boolean> => {
    // Nothing is known yet that could have moved.
    if (group.first && group.tails.length === 0 && group.over.length === 0) return true;
    if (isWhereItWas(plan)) return true;
    const listing = await listings.fresh(dirname(group.live));
    const members = await membersOf(fs, group.live, listing.names);
    if (isListed(listing, members) !== group.isListed || !isSameListing(members, view.members)) return false;
    if (isGrowing(group, view, plan, members)) return false;
    for (const [tail, place] of plan.places) {
      if (place.kind !== 'file' || place.member?.live !== true) continue;
      const now = await headOf(place.file, tail.head);
      if (now === null || compareHeads(now, tail.head) === 'other') return false;
      if ((await place.file.status()).size < tail.offset) return false;
      if (!(await hasBefore(place.file, markOf(tail)))) return false;
    }
    for (const { tail, member } of plan.begun) {
      if (!member.live || tail.file === null || tail.chunks !== null) continue;
      const now = await headOf(tail.file, tail.head);
      if (now === null || compareHeads(now, tail.head) !== 'same') return false;
    }
    return true;
  };

  return {
    begin() {
      listings.forget();
      following.packed.allow();
    },
    async look(group) {
      following.due.delete(group);
      following.surveyed = group;
      const unpacked = following.packed.ordinal();
      following.packed.begin(group.putOff);
      try {
        for (let attempt = 0; attempt < ATTEMPTS && !following.signal.aborted; attempt++) {
          const listing = await listings[attempt === 0 ? 'recent' : 'fresh'](dirname(group.live));
          const members = await membersOf(fs, group.live, listing.names);
          const view = openView(following, group, members);
          group.isListed = isListed(listing, members);
          view.unsure = !group.isListed;
          let plan: Plan | null = null;
          try {
            plan = await decide(group, view);
            if (await isTrue(group, view, plan)) {
              const decided = plan;
              plan = null;
              await commit(group, view, decided);
              group.putOff = null;
              group.growsSince = null;
              return 'settled';
            }
            // It grows all the time: it is looked at again when something else has been done.
            if (group.growsSince !== null && attempt > 0) return 'restless';
          } catch (error) {
            if (error instanceof Postponed) {
              group.putOff ??= unpacked;
              following.due.add(group);
              return 'postponed';
            }
            if (!(error instanceof Moved) && codeOf(error) !== 'ENOENT') throw error;
          } finally {
            if (plan !== null) await discard(plan);
            await view.close();
          }
        }
        return 'restless';
      } finally {
        following.surveyed = null;
      }
    },
  };
}

/** The log shows the file that it showed last, and all texts lie where they did: no rotator was at work since. */
function isWhereItWas({ begun, passed, places, revived, shows }: Plan): boolean {
  if (begun.length > 0 || passed.length > 0 || revived.size > 0 || shows === null) return false;
  const live = places.get(shows);
  if (live?.kind !== 'file' || live.member?.live !== true) return false;
  return [...places].every(
    ([tail, place]) =>
      place.kind === 'stays' ||
      (place.kind === 'file' && place.isCut !== true && isSameFile(place.status, tail.identity)),
  );
}
