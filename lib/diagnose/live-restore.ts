/** What live-restore means for a restart of dockerd here, as far as the input tells. */
import type { NodeFacts } from '../correlate/node-facts.js';
import { atTime } from '../correlate/node-facts.js';

/** `docker info` says what is in force; daemon.json and flags only what was asked for. */
const IN_FORCE = /Live ?Restore ?Enabled/i;

export function liveRestoreWords(facts: NodeFacts, node: string, ms: number): string {
  const marks = facts.settings
    .of(node)
    .filter(({ product, name }) => product === 'dockerd' && name === 'live-restore');
  const inForce = atTime(
    marks.filter(({ proof }) => IN_FORCE.test(proof.text)),
    ms,
  );
  const asked = atTime(marks, ms);
  if (inForce?.value === 'true') {
    return 'live-restore is in force (docker info says so), so containers keep running through a restart of the same patch series';
  }
  if (inForce?.value === 'false') {
    return asked?.value === 'true'
      ? 'live-restore is configured but not in force (docker info says so): reload dockerd first, or every container on the node stops'
      : 'live-restore is off (docker info says so): every container on the node stops';
  }
  if (asked?.value === 'true') {
    return 'live-restore is configured; whether dockerd was reloaded since is not in the input, and without that every container on the node stops';
  }
  if (asked !== null) return 'live-restore is off: every container on the node stops';
  return 'without live-restore every container on the node stops; it must be in force (set and reloaded) before, and only bridges patch releases';
}
