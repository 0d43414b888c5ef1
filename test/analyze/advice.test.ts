/** Advice fits the runtime that was seen: what is asked of a daemon that is not there only costs time at night. */
import t from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { outcomeOf } from './run.js';

async function stuckIn(scenario: string): Promise<Incident> {
  const { incidents } = await outcomeOf(`test/fixtures/scenarios/${scenario}.log`);
  const found = incidents.find(({ defect }) => defect === 'stuck-stop');
  if (found === undefined) throw new Error(`no stuck stop in ${scenario}`);
  return found;
}

function adviceOf({ mitigations, next, verify }: Incident): string {
  return [
    ...next.flatMap(({ command, title }) => [title, command]),
    ...mitigations.flatMap(({ command, risk, title, undo, when }) => [title, when, command, risk, undo]),
    verify,
  ].join('\n');
}

t.test('nothing is said of dockerd where CRI-O or containerd runs the containers', async (t) => {
  for (const scenario of ['crio-loop', 'crio-d-state-named', 'containerd-cri-loop']) {
    const advice = adviceOf(await stuckIn(scenario));
    t.notMatch(advice, /dockerd|docker\.sock|docker\.service|restart docker|using the force/, scenario);
    t.match(advice, /no further stop of it is logged/, scenario);
  }
});

t.test('each runtime has its own way out of a lost exit', async (t) => {
  for (const [scenario, command] of [
    ['crio-loop', 'systemctl restart crio'],
    ['containerd-cri-loop', 'systemctl restart containerd'],
  ] as const) {
    const { mitigations } = await stuckIn(scenario);
    t.same(
      mitigations.flatMap(({ command }) => (command?.startsWith('systemctl') ? [command] : [])),
      [command],
      scenario,
    );
  }
});

t.test('with dockerd the way to see that it is gone is its own', async (t) => {
  const { verify } = await stuckIn('autoheal-then-stuck');
  t.match(verify, /^Gone when no process .*"using the force".* docker\.sock peers/);
});

t.test('a loop in which no call says that it failed has something to be done, too', async (t) => {
  const incident = await stuckIn('crio-three-calls');
  t.equal(incident.state, 'open');
  t.ok(incident.mitigations.length > 0, 'what is reported comes with a DO');
  t.ok(incident.verify);
});
