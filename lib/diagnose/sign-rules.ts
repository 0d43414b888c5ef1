/** The part of the defects that the correlator needs: what opens, feeds and ends their episodes. */
import type { SignRules } from '../correlate/sign.js';
import type { Defect } from './defect.js';

const A_WEEK_SECONDS = 604_800;

export function signRulesOf(defects: Iterable<Defect>): readonly SignRules[] {
  return [...defects]
    .filter(({ signs }) => signs.length > 0)
    .map(({ id, keyedBy, daemon, signs, ends, parameters }) => ({
      defect: id,
      keyedBy,
      daemon,
      signs,
      ends,
      newEpisodeMs: (parameters['newEpisodeSeconds'] ?? A_WEEK_SECONDS) * 1000,
    }));
}
