/** Sources that are followed side by side: what is told while they run is what one log of all their lines would tell. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { FIXTURES } from '../root.js';
import { gistOf, runLeg, type TextPiece, WALL_MS } from './followed-run.js';
import { essence, outcomeOf } from './run.js';

const START = Date.UTC(2026, 10, 21, 10);
const MINUTE = 60_000;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function containerOf(n: number): string {
  return n.toString(16).padStart(12, 'a').padEnd(64, '0');
}

function daemonLine(node: string, ms: number, message: string): string {
  return `${iso(ms)} ${node} dockerd[77]: time="${iso(ms)}" level=info msg="${message}"\n`;
}

function forced(node: string, n: number, ms: number): string {
  return daemonLine(
    node,
    ms,
    `Container ${containerOf(n)} failed to exit within 10 seconds of signal 15 - using the force`,
  );
}

function killed(node: string, n: number, ms: number): string {
  return daemonLine(
    node,
    ms,
    `Container ${containerOf(n)} failed to exit within 10 seconds of kill - trying direct SIGKILL`,
  );
}

function healthy(node: string, ms: number): string {
  return `${iso(ms)} ${node} systemd[1]: Started Session 12 of user root.\n`;
}

/** A stuck container that is stopped twice; the second call is another log's. */
function stopTwice(node: string, n: number, ms: number): string {
  return forced(node, n, ms) + killed(node, n, ms + 10_000);
}

t.test('two backlogs of an hour each are merged on event time', async (t) => {
  // The stop calls of one container, every other one in the other log.
  const logs = ['one', 'two'].map((name, which) => {
    const pieces: TextPiece[] = [];
    for (let minute = 0; minute < 60; minute += 2) {
      const ms = START + (minute + which) * MINUTE;
      const text = stopTwice('node1', 1, ms) + healthy('node1', ms + 20_000);
      pieces.push({ name, bytes: Buffer.from(text), more: minute < 58 });
    }
    return pieces;
  });
  const [one = [], two = []] = logs;
  const together = Buffer.concat(one.flatMap((piece, i) => [piece.bytes, two[i]?.bytes ?? Buffer.alloc(0)]));
  const expected = await outcomeOf([together]);
  t.equal(expected.incidents[0]?.attempts, 60);
  const inStep = one.flatMap((piece, i) => [piece, two[i] as TextPiece]);
  const run = await runLeg(inStep, { stepMs: 10 });
  t.strictSame(run.finals.map(essence), expected.incidents.map(essence));
  t.equal(run.summary?.lateEvents, 0);
});

t.test('the one that is behind is not told as if it were the newest', async (t) => {
  // The exit stands in the other log, which is behind: it has been read when the container is judged.
  const exit = daemonLine('node1', START + 11_000, 'ignoring event').replace(
    'msg="ignoring event"',
    `msg="ignoring event" container=${containerOf(1)} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`,
  );
  const pieces: TextPiece[] = [
    { name: 'behind', bytes: Buffer.from(healthy('node1', START)), more: true },
    { name: 'ahead', bytes: Buffer.from(stopTwice('node1', 1, START)), more: true },
    { name: 'ahead', bytes: Buffer.from(healthy('node1', START + 10 * MINUTE)), more: true },
    { name: 'ahead', bytes: Buffer.from(forced('node1', 2, START + 10 * MINUTE)) },
    { name: 'behind', bytes: Buffer.from(exit), more: true },
    { name: 'behind', bytes: Buffer.from(healthy('node1', START + 11 * MINUTE)) },
  ];
  const { told, finals } = await runLeg(pieces);
  t.same(told.filter(({ incident }) => incident.certainty !== 'suspected').map(gistOf), []);
  t.same(finals, []);
});

t.test('an idle source does not stall the others', async (t) => {
  const pieces: TextPiece[] = [
    { name: 'idle', bytes: Buffer.from(healthy('node1', START - 60 * MINUTE)) },
    { name: 'busy', bytes: Buffer.from(stopTwice('node1', 1, START)) },
    { name: 'busy', bytes: Buffer.from(stopTwice('node1', 1, START + 2 * MINUTE)) },
    { name: 'busy', bytes: Buffer.from(healthy('node1', START + 3 * MINUTE)) },
  ];
  const { told } = await runLeg(pieces, { until: 4 });
  t.match(told.map(gistOf), [/open likely/, /open confirmed/]);
});

t.test('nor does a long one without any times', async (t) => {
  const untimed = Buffer.from('all work and no play\n'.repeat(5_000));
  const pieces: TextPiece[] = [
    { name: 'untimed', bytes: untimed, more: true },
    { name: 'busy', bytes: Buffer.from(stopTwice('node1', 1, START)) },
    { name: 'untimed', bytes: untimed, more: true },
    { name: 'busy', bytes: Buffer.from(stopTwice('node1', 1, START + 2 * MINUTE)) },
    { name: 'busy', bytes: Buffer.from(healthy('node1', START + 3 * MINUTE)) },
    { name: 'busy', bytes: Buffer.from(forced('node1', 2, START + 4 * MINUTE)) },
    ...Array.from({ length: 100 }, () => ({ name: 'untimed', bytes: untimed, more: true })),
  ];
  const { told } = await runLeg(pieces, {
    until: pieces.length,
    // Only ticks let the real time pass that tells a log without times: never more than ten seconds.
    before: async (place, told) => {
      if (place >= 6 && told.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    },
  });
  t.match(told.map(gistOf), [/aaaaaaaaaaa1-1 open/]);
});

t.test(
  'lines before the time that is asked for are left out, but not of sources that were known',
  async (t) => {
    const old = stopTwice('node1', 1, START);
    const late = stopTwice('node1', 2, START + 60 * MINUTE) + stopTwice('node1', 2, START + 62 * MINUTE);
    const pieces = [{ name: 'messages', bytes: Buffer.from(old + late) }];
    const sinceMs = START + 30 * MINUTE;
    const all = await runLeg(pieces, { all: true });
    t.equal(all.summary?.events, 6);
    const since = await runLeg(pieces, { all: true, sinceMs });
    t.equal(since.summary?.events, 4);
    t.equal(since.summary?.lines, all.summary?.lines, 'they are read and counted all the same');
    t.same(since.summary?.older, { count: 2, newest: new Date(START + 10_000).toISOString() });
    t.match(since.finals, [{ containers: [{ id: containerOf(2) }] }]);
    t.equal(since.finals.length, 1);
    const known = {
      sources: [
        {
          kind: 'file',
          key: 'key of messages',
          name: 'messages',
          dev: '1',
          ino: '2',
          head: { bytes: 1, sha256: '', start: '' },
          position: { offset: 0, line: 0, before: '' },
        } as const,
      ],
      memory: null,
    };
    const goneOn = await runLeg(pieces, { all: true, sinceMs, saved: known });
    t.equal(goneOn.summary?.events, 6);
  },
);

t.test('lines of a log that was rotated between them are told apart', async (t) => {
  const [force, kill] = [forced('node1', 1, START), killed('node1', 1, START + 10_000)];
  const again = stopTwice('node1', 1, START + 2 * MINUTE);
  const { finals } = await runLeg([
    { name: 'messages', bytes: Buffer.from(force + kill) },
    { name: 'messages', key: 'next', bytes: Buffer.from(again) },
  ]);
  const evidence = finals.flatMap((incident) => incident.evidence);
  t.same(
    evidence.map(({ part, line }) => [part, line]),
    [
      ['key of messages', 1],
      ['key of messages', 2],
      ['next', 1],
      ['next', 2],
    ],
  );
});

t.test('a pod that is named only before that time names its container', async (t) => {
  const pod = 'Namespace:"kube-system", UID:"d6097c23-9b88-4708-93e0-226bb313e7f3"';
  const spec = 'Spec:v3.WorkloadEndpointSpec{Node:"node1", Pod:"fluentd-hjj42", Endpoint:"eth0"}';
  const link =
    `${iso(START)} node1 kubelet: ${iso(START).replace('T', ' ').slice(0, -1)} [INFO][28] k8s.go 473: Wrote updated endpoint ` +
    `ContainerID="${containerOf(2)}" endpoint=&v3.WorkloadEndpoint{ObjectMeta:v1.ObjectMeta{Name:"eth0", ${pod}}, ${spec}}\n`;
  const late = stopTwice('node1', 2, START + 60 * MINUTE) + stopTwice('node1', 2, START + 62 * MINUTE);
  const { finals, summary } = await runLeg([{ name: 'messages', bytes: Buffer.from(link + late) }], {
    all: true,
    sinceMs: START + 30 * MINUTE,
  });
  t.match(finals, [{ pod: { namespace: 'kube-system', name: 'fluentd-hjj42' } }]);
  t.match(summary, { events: 4, older: { count: 0, newest: null } }, 'it is no event, and was not left out');
});

t.test('the years and zones of a followed file are those of a file that is read', async (t) => {
  const log = readFileSync(new URL('cases/dockerd-stuck-stop.messages.log', FIXTURES));
  const lines = log.toString().trimEnd().split('\n');
  const now = (): number => WALL_MS;
  const expected = (await outcomeOf([log], { now })).incidents.map(essence);
  const pieces = lines.map((line) => ({ name: 'messages', bytes: Buffer.from(`${line}\n`) }));
  const { finals } = await runLeg(pieces, { stepMs: 0 });
  t.strictSame(finals.map(essence), expected, 'also when every line comes alone, in no time');
});
