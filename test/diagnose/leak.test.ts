/** What is said of stop calls as a leak, where a restart of the daemon has dropped some of them, or all. */
import t from 'tap';
import { leakOf } from '../../lib/diagnose/leak.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import type { StopFacts } from '../../lib/diagnose/stop-facts.js';
import type { Leak, Mechanism } from '../../lib/diagnose/types.js';
import type { Runtime } from '../../lib/diagnose/versions.js';

const RUNTIME: Runtime = {
  runtime: 'docker',
  generation: 1,
  generationBasis: 'wording',
  vendor: null,
  versions: {},
};
const STOP: StopFacts = {
  facts: {},
  attempts: 5,
  intervalSeconds: 120,
  callers: 1,
  callSeconds: 20,
  graceIsOver: true,
  exitMs: null,
  watchedSeconds: null,
  callsSinceRestart: 5,
  hungSinceRestart: 5,
};

async function leak(mechanism: Mechanism, stop: Partial<StopFacts>): Promise<Leak | null> {
  const defect = (await loadDefects()).get('stuck-stop');
  if (defect === undefined) throw new Error('no stuck-stop');
  return leakOf({
    defect,
    stop: { ...STOP, ...stop },
    affected: 'yes',
    mechanism,
    decisive: false,
    runtime: RUNTIME,
  });
}

t.test('calls of the daemon that runs now count, those before its start do not', async (t) => {
  t.match((await leak('hung-call', {}))?.basis, /^Each of the 5 calls hangs; /);
  t.match(
    (await leak('hung-call', { callsSinceRestart: 2, hungSinceRestart: 2 }))?.basis,
    /^Each of the 2 calls since dockerd last started hangs; /,
  );
});

t.test('a start behind the last call leaves none to be counted', async (t) => {
  for (const mechanism of ['hung-call', 'lost-exit', 'unknown'] as const)
    t.match(await leak(mechanism, { callsSinceRestart: 0, hungSinceRestart: 0 }), {
      goroutines: { max: 0 },
      perDay: null,
      basis: 'dockerd has started since the last of these calls, and nothing of a call outlives that',
    });
});
