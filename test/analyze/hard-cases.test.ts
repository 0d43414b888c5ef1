/** Single situations that once gave a wrong verdict, each as small as it gets. */
import t from 'tap';
import { outcomeOfText } from './run.js';

const a = 'a'.repeat(12) + '1'.repeat(52);
const b = 'b'.repeat(12) + '2'.repeat(52);
const start = Date.parse('2021-06-01T08:00:00Z');

const stamp = (seconds: number): string =>
  new Date(start + seconds * 1000).toISOString().replace('Z', '000Z');
const dockerd = (at: number, msg: string, rest = '', level = 'info'): string =>
  `Jun  1 08:00:00 node-1 dockerd[9]: time="${stamp(at)}" level=${level} msg="${msg}"${rest}`;
const force = (at: number, id = a, grace = 10): string =>
  dockerd(at, `Container ${id} failed to exit within ${grace} seconds of signal 15 - using the force`);
const direct = (at: number, id = a): string =>
  dockerd(
    at,
    `Container ${id.slice(0, 12)} failed to exit within 10 seconds of kill - trying direct SIGKILL`,
  );
const someExit = (at: number): string =>
  dockerd(
    at,
    'ignoring event',
    ' module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"',
  );
const kubelet = (at: number, text: string): string =>
  `Jun  1 08:00:00 node-1 kubelet[7]: E0601 ${stamp(at).slice(11, 26)}    7 remote_runtime.go:276] ${text}`;
const deadline = 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

t.test('exits of other containers do not hide one that never dies', async (t) => {
  const calls = range(20).flatMap((i) => [force(160 * i + 30, a, 30), direct(160 * i + 40)]);
  const exits = range(310).map((i) => someExit(10 * i + 5));
  const { incidents } = await outcomeOfText([...calls, ...exits].toSorted().join('\n'));
  t.match(incidents, [
    { id: 'stuck-stop-aaaaaaaaaaaa-1', state: 'open', certainty: 'confirmed', attempts: 20 },
  ]);
});

t.test('an exit between the force line and the direct SIGKILL was another container', async (t) => {
  const lines = [force(0), someExit(5), direct(10), force(152), someExit(157), direct(162)];
  const { incidents } = await outcomeOfText(lines.join('\n'));
  t.match(incidents, [
    { id: 'stuck-stop-aaaaaaaaaaaa-1', attempts: 2, firstSeen: '2021-06-01T08:00:00.000000Z' },
  ]);
});

t.test('a container that is called etcd is as stuck as any other', async (t) => {
  const failed = (at: number): string =>
    kubelet(
      at,
      `"Kill container failed" err="${deadline}" pod="kube-system/etcd-1" podUID=d6097c23-9b88-4708-93e0-226bb313e7f3 containerName="etcd" containerID={Type:containerd ID:${a}}`,
    );
  const { incidents } = await outcomeOfText([failed(0), failed(200)].join('\n'));
  t.match(incidents, [{ certainty: 'confirmed', containers: [{ name: 'etcd' }] }]);
});

t.test('a missing runc binary is no exit', async (t) => {
  const failed = (at: number, err: string): string =>
    kubelet(at, `"StopContainer from runtime service failed" err="${err}" containerID="${a}"`);
  const missing =
    'failed to kill container: unable to start runc: exec: runc: executable file not found in $PATH';
  const { incidents } = await outcomeOfText(
    [failed(0, deadline), failed(160, deadline), failed(170, missing)].join('\n'),
  );
  t.match(incidents, [{ state: 'open', attempts: 2 }]);
});

t.test('two thousand repeats count as two thousand, at their true distance', async (t) => {
  const line = `E0601 08:00:00.000000    7 remote_runtime.go:276] "StopContainer from runtime service failed" err="${deadline}" containerID="${a}"`;
  const first = `2021-06-01T08:00:00+00:00 node-1 kubelet[7]: ${line}`;
  const last = `2021-06-01T20:13:20+00:00 node-1 kubelet[7]: message repeated 2000 times: [ ${line}]`;
  const { incidents } = await outcomeOfText([first, last].join('\n'));
  t.match(incidents, [{ attempts: 2001, intervalSeconds: 22 }]);
});

t.test('"no such process" belongs to the container whose direct SIGKILL came right before', async (t) => {
  const lines = range(5).flatMap((i) => [
    force(100 * i, b),
    force(100 * i + 1, a),
    direct(100 * i + 10, b),
    direct(100 * i + 11, a),
    dockerd(100 * i + 11.001, 'Cannot kill process (pid=77) with signal 9: no such process.', '', 'debug'),
  ]);
  const { incidents } = await outcomeOfText(lines.join('\n'));
  const ofA = incidents.find((i) => i.containers[0]?.id === a);
  const ofB = incidents.find((i) => i.containers[0]?.id === b);
  t.match(ofA, { mechanism: 'lost-exit', leak: { goroutines: { max: 0 } } });
  t.not(ofB?.mechanism, 'lost-exit');
});

t.test('a preStop hook does not double the calls', async (t) => {
  const killing = (at: number): string =>
    `Jun  1 08:00:00 node-1 kubelet[7]: I0601 ${stamp(at).slice(11, 26)}    7 kuberuntime_container.go:635] Killing container "docker://${a}" with 30 second grace period`;
  const lines = range(4).flatMap((i) => [killing(160 * i), force(160 * i + 30), direct(160 * i + 40)]);
  const { incidents } = await outcomeOfText(lines.join('\n'));
  t.match(incidents, [{ attempts: 4 }]);
});

t.test('the log of a dockerd in a container says nothing of the one outside', async (t) => {
  const inner = JSON.stringify({
    log: `time="${stamp(500)}" level=info msg="Container failed to exit within 10s of signal 15 - using the force" container=${b}\n`,
    stream: 'stderr',
    time: stamp(500),
  });
  const outside = [force(0), direct(10), force(160), direct(170)].join('\n');
  const { incidents } = await outcomeOfText(`${outside}\n${inner}\n`);
  t.match(incidents, [{ affected: 'yes' }]);
});

t.test('an old incident does not explain a node that is wedged days later', async (t) => {
  const calls = range(4).flatMap((i) => [force(22 * i), direct(22 * i + 10)]);
  const pleg = range(60).map((i) =>
    kubelet(
      864_000 + 10 * i,
      '"Skipping pod synchronization" err="PLEG is not healthy: pleg was last seen active 3m5.1s ago; threshold is 3m0s"',
    ).replace('E0601', 'E0611'),
  );
  const { incidents } = await outcomeOfText([...calls, ...pleg].join('\n'));
  t.match(
    incidents.find((i) => i.defect === 'runtime-unresponsive'),
    { state: 'open', certainty: 'confirmed' },
  );
});

t.test('a start that failed is not a start that hangs', async (t) => {
  const lines = [
    dockerd(0, 'Loading containers: start.'),
    dockerd(1, "Processing signal 'terminated'"),
    dockerd(300, 'Starting up'),
  ];
  t.strictSame((await outcomeOfText(lines.join('\n'))).incidents, []);
});

t.test('stamps of whole seconds and doubled lines give no interval of nothing', async (t) => {
  const line = `Jun  1 08:00:00 node-1 kubelet[7]: StopContainer "${a}" from runtime service failed: ${deadline}`;
  const { incidents } = await outcomeOfText(`${line}\n${line}\n`);
  for (const { intervalSeconds } of incidents) t.equal(intervalSeconds, null);
});
