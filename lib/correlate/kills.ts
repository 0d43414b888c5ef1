/**
 * Says of each kill for want of memory whose process it hit: one of the node's own, or one in a container. The
 * kernel tells a kill in several lines and only some name the cgroup; they are put together by node and process id.
 */
import type { Captures } from '../match/types.js';
import { containerOfCgroup } from './container-id.js';
import { createRecent } from './recent.js';
import type { TimedEvent } from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

/**
 * `own`: its cgroup is none of a container. `container`: it is one of a container. `node`: the node ran out of
 * memory, and no line names the cgroup. `limit`: some cgroup reached its limit, and no line says which.
 */
export type KillScope = 'own' | 'container' | 'node' | 'limit';

export interface Kills {
  /** Captures of the line with `scope` as above; those of any other line as they are. */
  captures(event: TimedEvent): Captures;
}

const REMEMBERED = 1_024;
/** The lines of one kill come within a second, or a few where the console is slow. */
const SAME_KILL_MS = 30_000;
/** Parents of containers whose own part of the path may be missing or cut. */
const CONTAINERS = /(?:^|\/)(?:docker|kubepods[^/]*|libpod_parent|lxc[^/]*|machine\.slice)\//;

/** Cgroups that lines named, by node and process id. */
export type KillsMemory = Map<string, { readonly cgroup: string; readonly ms: number }>;

export function createKills(memory: KillsMemory = new Map(), undo: Undo = NO_UNDO): Kills {
  const cgroups = createRecent(REMEMBERED, memory, undo);

  function near(key: string, ms: number): string | undefined {
    const found = cgroups.get(key);
    return found !== undefined && Math.abs(ms - found.ms) <= SAME_KILL_MS ? found.cgroup : undefined;
  }

  /** Each such line is of one kill: the next one has its own. */
  function limitOf(node: string, ms: number): string | undefined {
    const found = near(`${node} `, ms);
    if (found !== undefined) cgroups.set(`${node} `, { cgroup: found, ms: Number.NEGATIVE_INFINITY });
    return found;
  }

  return {
    captures({ event, node, ms }) {
      const { captures, pattern } = event;
      if (pattern.means !== 'oom-killed') return captures;
      const { cgroup, pid, scope } = captures;
      const place = `${node} ${pid ?? ''}`;
      if (cgroup !== undefined) {
        cgroups.set(place, { cgroup: cgroup.slice(0, 1_024), ms });
        return { ...captures, scope: scopeOf(cgroup) };
      }
      // Old kernels name the cgroup in a line of its own, without the process.
      const known = near(place, ms) ?? (scope === 'Out of memory' ? undefined : limitOf(node, ms));
      const said: KillScope =
        known !== undefined ? scopeOf(known) : scope === 'Memory cgroup out of memory' ? 'limit' : 'node';
      return { ...captures, scope: said };
    },
  };
}

function scopeOf(cgroup: string): KillScope {
  return containerOfCgroup(cgroup) !== null || CONTAINERS.test(cgroup) ? 'container' : 'own';
}
