import { readFileSync } from 'node:fs';
import t from 'tap';
import { outcomeOf } from './run.js';

const file = 'test/fixtures/cases/dockerd-stuck-stop.messages.log';
const sandbox = 'a9acd5210705c3e2e95ca459d1b244883c0ba2a5ee94650cb2fa23422367e6e9';
const container = 'fef3e1fbee146788d1557ec20204e10922eeb2607969a26d1323588cc8a7f469';

for (const [how, source] of [
  ['as a file', file],
  ['as a stream', [readFileSync(file)]],
] as const) {
  t.test(`case A ${how}: two incidents of one pod`, async (t) => {
    const { incidents, summary } = await outcomeOf(source);
    t.equal(incidents.length, 2);
    for (const incident of incidents) {
      t.match(incident, {
        node: 'ecs-prod-003',
        pod: { namespace: 'kube-system', name: 'fluentd-hjj42' },
        affected: 'yes',
      });
    }
    t.match(
      incidents.find((i) => i.containers[0]?.id === sandbox),
      {
        id: 'stuck-stop-a9acd5210705-1',
        containers: [{ kind: 'sandbox' }],
        certainty: 'confirmed',
        state: 'open',
        attempts: 8,
        attemptsAtLeast: true,
        intervalSeconds: 22,
        mechanism: 'lost-exit',
        firstSeen: '2023-05-01T16:10:24.148458112Z',
        lastSeen: '2023-05-01T16:12:58.429207582Z',
        leak: { goroutines: { min: 0, max: 16 }, fds: { min: 0, max: 8 } },
        utcOffsetMinutes: 480,
      },
      'the sandbox still loops, and its cadence says that nothing leaks',
    );
    t.match(
      incidents.find((i) => i.containers[0]?.id === container),
      {
        containers: [{ kind: 'container', name: 'fluentd' }],
        state: 'ended',
        attempts: 2,
        mechanism: 'hung-call',
        firstSeen: '2023-05-01T03:03:37.635343Z',
        endedAt: '2023-05-01T15:37:46.243371Z',
      },
      'the container whose kubelet calls timed out; its removal was asked',
    );
    t.match(summary, { lines: 37, truncatedLines: 0, unreadable: 0, incidents: { 'stuck-stop': 2 } });
  });
}
