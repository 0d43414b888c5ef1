/** Evidence of one node and of several, in any order, beside busy logs: what is found does not depend on the rest. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { outcomeOf, outcomeOfText } from './run.js';

const profiles = 'test/fixtures/profiles';
const spans = `${profiles}/dockerd-27.4.0-otel-r500x120-end.heap.pb.gz`;
const open = `${profiles}/containerd-redirectlogs-unlimited-open.heap.pb.gz`;
const dump = `${profiles}/dockerd-19.03.15-stuck-end.goroutine.debug2.txt`;

async function directory(t: Test, contents: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'leaktrail-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const clock = (seconds: number): string =>
  new Date(Date.UTC(2024, 8, 30, 10, 0, seconds)).toISOString().slice(0, 19);
const kill = (host: string, seconds: number): string =>
  `${clock(seconds)}+00:00 ${host} kernel: Out of memory: Killed process ${1000 + seconds} (dockerd) total-vm:31457280kB, anon-rss:27262976kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:54000kB oom_score_adj:-500`;
const exit = (n: number): string => {
  const id = n.toString(16).padStart(64, 'c');
  return `${clock(n)}+00:00 node-1 dockerd[1]: time="${clock(n)}.123456789Z" level=info msg="ignoring event" container=${id} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`;
};
const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

t.test('the order in which inputs are named changes nothing', async (t) => {
  const ordered = async (names: readonly string[]) =>
    (await outcomeOf(names)).incidents.map(({ id, certainty, state, leak }) => ({
      id,
      certainty,
      state,
      leak,
    }));
  const stuck = ['start', 'middle', 'end'].map(
    (at) => `${profiles}/dockerd-19.03.15-stuck-${at}.goroutine.debug2.txt`,
  );
  for (const names of [stuck, [open, `${profiles}/dockerd-stuck-freeze-abort.heap.debug1.txt`]]) {
    const found = await ordered(names);
    t.equal(found.length, 1);
    t.same(await ordered(names.toReversed()), found);
  }
});

t.test('a profile that names no host is not lost beside the logs of two', async (t) => {
  const root = await directory(t, {
    'two.log': text([kill('node-a', 0), kill('node-b', 5), kill('node-a', 7200)]),
  });
  const { incidents } = await outcomeOf([join(root, 'two.log'), spans]);
  t.match(
    incidents.filter(({ defect, node }) => defect === 'otel-span-leak' && node === null),
    [{ certainty: 'likely' }],
  );
});

t.test('seventy nodes are seventy', async (t) => {
  const hosts = Array.from({ length: 70 }, (_, i) => `node-${i}`);
  const lines = [0, 7200, 14_400].flatMap((at) => hosts.map((host) => kill(host, at)));
  const { incidents } = await outcomeOfText(text(lines));
  t.equal(incidents.filter(({ defect }) => defect === 'daemon-oom-loop').length, 70);
});

t.test('thousands of exits between its kills do not make a daemon’s forgotten', async (t) => {
  const exits = Array.from({ length: 6000 }, (_, i) => exit(i + 1));
  const lines = [kill('node-1', 0), ...exits, kill('node-1', 6100), kill('node-1', 12_000)];
  const { incidents, summary } = await outcomeOfText(text(lines));
  t.match(incidents, [{ defect: 'daemon-oom-loop', certainty: 'confirmed' }]);
  t.equal(summary.evictedContainers, 0);
});

t.test('a loop that is faster than the lines of one kill is a loop', async (t) => {
  const { incidents } = await outcomeOfText(
    text(Array.from({ length: 12 }, (_, i) => kill('node-1', i * 50))),
  );
  const [loop] = incidents.filter(({ defect }) => defect === 'daemon-oom-loop');
  t.match(loop?.why[0], /12 times/);
});

t.test('a log behind a dump is read, or missed aloud', async (t) => {
  const log = readFileSync('test/fixtures/cases/dockerd-stuck-stop.messages.log', 'utf8');
  const whole = readFileSync(dump, 'utf8');
  const short = await outcomeOfText(whole.slice(0, 8000) + log);
  t.equal(short.incidents.filter(({ containers }) => containers.length > 0).length, 2);
  const long = await outcomeOfText(whole + log);
  t.match(long.summary.evidenceProblems, [{ reason: /lines of a log stand behind the dump/ }]);
});

t.test('what lies in one bundle is of its host, not of another bundle’s', async (t) => {
  const node = (host: string, dockerd: string) => ({
    [`${host}/messages`]: text([kill(host, 0), kill(host, 7200)]),
    [`${host}/docker-version.txt`]: `Server: Docker Engine - Community\n Engine:\n  Version:          ${dockerd}\n  API version:      1.47\n`,
  });
  const root = await directory(t, { ...node('node-a', '27.4.0'), ...node('node-b', '26.1.4') });
  const { incidents } = await outcomeOf([join(root, 'node-a'), join(root, 'node-b')]);
  const of = (host: string) => incidents.filter((incident) => incident.node === host);
  t.match(of('node-a'), [{ defect: 'otel-span-leak', versions: { dockerd: '27.4.0' } }]);
  t.match(of('node-b'), [{ defect: 'daemon-oom-loop', versions: { dockerd: '26.1.4' } }]);
});

t.test('secrets of an environment are not shown', async (t) => {
  const show =
    'Id=docker.service\nEnvironment=OTEL_EXPORTER_OTLP_ENDPOINT=https://user:s3cr3t@collector:4317 OTEL_EXPORTER_OTLP_HEADERS=key=t0ken\n';
  const root = await directory(t, { 'show.txt': show });
  const outcome = await outcomeOf([join(root, 'show.txt'), spans]);
  t.match(outcome.incidents, [{ defect: 'otel-span-leak' }]);
  t.notMatch(JSON.stringify(outcome), /s3cr3t|t0ken/);
  t.match(JSON.stringify(outcome), /collector:4317/);
});

t.test('an answer instead of a profile, and a binary, are told from health', async (t) => {
  const refused = await outcomeOfText('{"message":"page not found"}\n');
  t.match(refused.summary.problems, [{ reason: /debug on/ }]);
  const binary = await outcomeOf([Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))]);
  t.match(binary.summary.evidenceProblems, [{ reason: /looks binary/ }]);
});
