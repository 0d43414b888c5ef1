/** Profiles, dumps, outputs and configuration, alone and beside logs: one verdict from all of them. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { outcomeOf, outcomeOfText } from './run.js';

const profiles = 'test/fixtures/profiles';
const cases = 'test/fixtures/cases';
const profile = (name: string): string => `${profiles}/${name}`;

async function incidentsOf(...names: readonly string[]): Promise<readonly Incident[]> {
  return (await outcomeOf(names)).incidents;
}

async function only(t: Test, names: readonly string[]): Promise<Incident> {
  const incidents = await incidentsOf(...names);
  t.equal(incidents.length, 1, `one incident of ${names.join(' ')}`);
  return incidents[0] as Incident;
}

/** Files with these contents; removed when the test is over. */
async function files(t: Test, contents: Readonly<Record<string, string>>): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'leaktrail-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return Object.entries(contents).map(([name, text]) => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  });
}

const version = (dockerd: string): string =>
  readFileSync(`${cases}/dockerd-stuck-stop.docker-version.txt`, 'utf8').replaceAll('19.03.15', dockerd);

t.test('healthy profiles say nothing', async (t) => {
  for (const name of [
    'dockerd-19.03.15-stuck-start.goroutine.debug2.txt',
    'dockerd-19.03.15-stuck-start.goroutine.pb.gz',
    'dockerd-27.4.0-otel-start.heap.pb.gz',
    'dockerd-logs-follow-healthy.goroutine.pb.gz',
    'dockerd-logs-follow-healthy.goroutine.top.txt',
    'dockerd-logs-follow-healthy.heap.pb.gz',
    'dockerd-logs-follow-healthy.heap.top.txt',
    'dockerd-stuck-freeze-abort.heap.pb.gz',
    'dockerd-stuck-freeze-abort.heap.debug1.txt',
    'dockerd-19.03.15-stuck-end.heap.pb.gz',
  ]) {
    const { incidents, summary } = await outcomeOf(profile(name));
    t.same(
      incidents.map(({ id }) => id),
      [],
      name,
    );
    t.equal(summary.documents.length, 1, `${name} was recognised`);
    t.equal(summary.unreadable, 0);
  }
});

t.test('containerd with an open line: the heap is in redirectLogs', async (t) => {
  for (const name of [
    'containerd-redirectlogs-unlimited-open.heap.pb.gz',
    'containerd-redirectlogs-unlimited-open.heap.top.txt',
  ]) {
    const incident = await only(t, [profile(name)]);
    t.match(incident, {
      defect: 'log-line-buffer',
      certainty: 'likely',
      program: 'containerd',
      state: 'open',
    });
  }
});

t.test('with the limit switched off in config.toml it is certain', async (t) => {
  const heap = profile('containerd-redirectlogs-unlimited-open.heap.pb.gz');
  const incident = await only(t, [heap, `${cases}/containerd-line-limit.config.toml`]);
  t.match(incident, { defect: 'log-line-buffer', certainty: 'confirmed' });
  t.same(new Set(incident.evidence.map(({ source }) => source)).size, 2, 'both are shown as proof');
  const limited = await files(t, {
    'config.toml':
      'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = 16384\n',
  });
  const doubted = await only(t, [heap, ...limited]);
  t.match(doubted, { certainty: 'likely', rules: ['held', 'limited'] });
  t.match(doubted.why.join(' '), /Against it: .*16384/);
});

t.test('a goroutine dump of containerd alone is never more than suspected', async (t) => {
  t.same(await incidentsOf(profile('containerd-redirectlogs-unlimited-open.goroutine.debug2.txt')), []);
  t.same(await incidentsOf(profile('containerd-redirectlogs-unlimited-open.goroutine.pb.gz')), []);
});

t.test('dockerd 27.4.0 with followers: the heap is in spans', async (t) => {
  const end = profile('dockerd-27.4.0-otel-r500x120-end.heap.pb.gz');
  t.match(await only(t, [end]), { defect: 'otel-span-leak', certainty: 'likely', program: 'dockerd' });
  const both = await only(t, [end, profile('dockerd-27.4.0-otel-start.heap.pb.gz')]);
  t.match(both.why.join(' '), /grew in every profile/);
});

t.test('the published shares with the version beside them', async (t) => {
  const top = `${cases}/dockerd-otel.pprof-top.txt`;
  t.match(await only(t, [top]), { defect: 'otel-span-leak', certainty: 'likely' });
  const affected = await only(t, [top, ...(await files(t, { version: version('27.4.0') }))]);
  t.match(affected, {
    certainty: 'confirmed',
    affected: 'yes',
    fix: { dockerd: '27.4.1' },
    versions: { dockerd: '27.4.0' },
  });
  const fixed = await incidentsOf(top, ...(await files(t, { version: version('27.4.1') })));
  for (const { certainty, why } of fixed) {
    t.not(certainty, 'confirmed');
    t.match(why.join(' '), /27\.4\.1/);
  }
  const exporter = await files(t, {
    version: version('28.4.0'),
    show: 'Id=docker.service\nNRestarts=3\nEnvironment=OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317\n',
  });
  t.match(await only(t, [top, ...exporter]), { certainty: 'confirmed', affected: 'yes' });
});

t.test('a running daemon that says no-op tracer contradicts the profile', async (t) => {
  const log = await files(t, {
    'messages.log': [
      'Dec 14 03:02:17 host-001 dockerd[90112]: time="2024-12-14T03:02:17.490000000Z" level=info msg="OTEL tracing is not configured, using no-op tracer provider"',
      'Dec 14 03:02:17 host-001 dockerd[90112]: time="2024-12-14T03:02:17.493822874Z" level=info msg="Docker daemon" commit=92a8393 containerd-snapshotter=false storage-driver=overlay2 version=27.4.1',
      '',
    ].join('\n'),
  });
  const { incidents } = await outcomeOf([`${cases}/dockerd-otel.pprof-top.txt`, ...log], { all: true });
  const [incident] = incidents.filter(({ defect }) => defect === 'otel-span-leak');
  t.match(incident, { certainty: 'suspected' });
  t.match(incident?.why.join(' '), /no-op/);
});

t.test('a tiny share of spans is nothing', async (t) => {
  const table = readFileSync(`${cases}/dockerd-otel.pprof-top.txt`, 'utf8')
    .replace('2440.59MB 73.15% 73.15%  2440.59MB 73.15%', '   24.59MB  0.74%  0.74%    24.59MB  0.74%')
    .replace('502.54MB 15.06% 88.21%   502.54MB 15.06%', '  5.54MB  0.16%  0.90%     5.54MB  0.16%')
    .replace('383.52MB 11.49% 99.71%   383.52MB 11.49%', '  3.52MB  0.11%  1.01%     3.52MB  0.11%');
  t.same((await outcomeOfText(table)).incidents, []);
});

t.test('one OOM kill under 27.4.0 is suspected, two are likely', async (t) => {
  const banner =
    'Dec 14 0H:02:17 host-001 dockerd[9]: time="2024-12-14T0H:02:17.493822874Z" level=info msg="Docker daemon" commit=92a8393 containerd-snapshotter=false storage-driver=overlay2 version=27.4.0';
  const kill =
    'Dec 14 0H:02:11 host-001 kernel: Out of memory: Killed process 2211 (dockerd) total-vm:31457280kB, anon-rss:27262976kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:54000kB oom_score_adj:-500';
  const at = (line: string, hour: number): string => line.replaceAll('0H', `0${hour}`);
  const once = [at(banner, 1), at(kill, 3), at(banner, 3)].join('\n');
  t.same(
    (await outcomeOfText(`${once}\n`)).incidents.filter(({ defect }) => defect === 'otel-span-leak'),
    [],
  );
  const { incidents } = await outcomeOfText([once, at(kill, 6), at(banner, 6), ''].join('\n'));
  t.match(
    incidents.filter(({ defect }) => defect === 'otel-span-leak'),
    [{ certainty: 'likely', affected: 'yes', node: 'host-001' }],
  );
});

for (const form of ['debug2.txt', 'pb.gz']) {
  t.test(`dockerd 19.03.15 with hung stops, ${form}`, async (t) => {
    const middle = await only(t, [profile(`dockerd-19.03.15-stuck-middle.goroutine.${form}`)]);
    t.match(middle, { defect: 'stuck-stop', state: 'open', mechanism: 'hung-call', containers: [] });
    t.same(middle.leak?.fds, { min: 11, max: 11 }, 'eleven of twelve calls hang');
    t.same(middle.leak?.goroutines, { min: 22, max: 22 });
    t.equal(middle.attempts, 12);
    const end = await only(t, [profile(`dockerd-19.03.15-stuck-end.goroutine.${form}`)]);
    t.same(end.leak?.fds, { min: 24, max: 24 });
    t.equal(end.certainty, 'confirmed');
  });
}

for (const name of [
  'goroutine.debug1.txt',
  'goroutine.debug2.txt',
  'goroutine.pb.gz',
  'sigusr1-goroutine-stacks.log',
]) {
  t.test(`dockerd 20.10.24 with a frozen container, ${name}: stuck, and nothing leaks`, async (t) => {
    const incident = await only(t, [profile(`dockerd-stuck-freeze-abort.${name}`)]);
    t.match(incident, { defect: 'stuck-stop', affected: 'no', state: 'open' });
    t.equal(incident.leak?.goroutines.max ?? 0, 0);
  });
}

t.test('a dump beside the log is part of that container’s incident', async (t) => {
  const log = 'test/fixtures/captures/dockerd-19.03.15-stop-stuck-resolved.raw-info.log';
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -20);
  const [cut] = await files(t, { 'dockerd.log': `${lines.join('\n')}\n` });
  const alone = await only(t, [cut as string]);
  const both = await only(t, [cut as string, profile('dockerd-19.03.15-stuck-end.goroutine.debug2.txt')]);
  t.equal(both.id, alone.id);
  t.same(both.containers, alone.containers);
  t.match(both, { mechanism: 'hung-call', certainty: 'confirmed' });
  t.same(both.leak?.goroutines, { min: 48, max: 48 }, 'the dump counts what the log can only bound');
});

t.test('case A with all that the report holds', async (t) => {
  const { incidents, summary } = await outcomeOf([
    `${cases}/dockerd-stuck-stop.messages.log`,
    `${cases}/dockerd-stuck-stop.docker-info.txt`,
    `${cases}/dockerd-stuck-stop.docker-version.txt`,
    `${cases}/dockerd-stuck-stop.daemon.json`,
    `${cases}/dockerd-stuck-stop.systemctl-status.txt`,
  ]);
  t.equal(summary.documents.length, 4);
  const loop = incidents.find(({ state }) => state === 'open');
  t.match(loop, {
    defect: 'stuck-stop',
    versions: { dockerd: '19.03.15', containerd: '1.5.7', runc: '1.0.2' },
    affected: 'yes',
  });
  const restart = loop?.mitigations.find(({ command }) => command?.includes('restart docker'));
  t.match(restart?.risk, /live-restore is in force/);
  t.match(loop?.why.join(' '), /167/, 'the goroutines that docker info counts');
});

const ends = readFileSync('test/fixtures/corpus/102-m-buildx-clienttracer-gha.log', 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.slice(29));
const closed = readFileSync(
  'test/fixtures/corpus/107-m-pushwriter-closed-channel-dockerd-journal.log',
  'utf8',
)
  .split('\n')
  .filter((line) => line.includes('dockerd['))
  .map((line) => line.slice(line.indexOf(']: ') + 3));

const forms: Readonly<Record<string, (line: string, i: number) => string>> = {
  raw: (line) => line,
  journal: (line) => `Mar 03 18:22:07 reg1 buildkitd[2210]: ${line}`,
  'syslog with escaped tabs': (line) =>
    `Mar  3 18:22:07 reg1 buildkitd[2210]: ${line.replaceAll('\t', '#011')}`,
  'GitHub Actions': (line, i) => `2024-02-09T16:31:13.${String(1_361_175 + i).padStart(7, '0')}Z ${line}`,
  buildx: (line) => `#12 0.345 ${line}`,
};

for (const [form, wrap] of Object.entries(forms)) {
  t.test(`the two panics, ${form}`, async (t) => {
    const one = await outcomeOfText(`${ends.map(wrap).join('\n')}\n`);
    t.match(
      one.incidents.map(({ defect }) => defect),
      ['http-trace-panic'],
    );
    t.match(one.incidents[0], { fix: { buildx: '0.20.0', buildkit: '0.19.0' } });
    const other = await outcomeOfText(`${closed.map(wrap).join('\n')}\n`);
    t.match(
      other.incidents.map(({ defect }) => defect),
      ['push-writer-panic'],
    );
    const same = one.incidents[0]?.certainty;
    t.equal(same, 'confirmed', 'the frames are the proof');
  });
}

t.test('the same headers over other frames are silent', async (t) => {
  const strangers = [
    [...closed.slice(0, 3), 'main.worker(0xc000012345)', '\t/app/main.go:12 +0x1d'],
    [...ends.slice(2, 6), 'main.handler(0xc000012345)', '\t/app/main.go:12 +0x1d'],
    ends.slice(2, 5),
  ];
  for (const lines of strangers) t.same((await outcomeOfText(`${lines.join('\n')}\n`)).incidents, []);
});

t.test('two dumps of two speakers in one log', async (t) => {
  const a = ends.slice(2).map((line) => `Mar 03 18:22:07 reg1 buildkitd[1]: ${line}`);
  const b = closed.map((line) => `Mar 03 18:22:07 reg1 dockerd[2]: ${line}`);
  const mixed = a.flatMap((line, i) => [line, ...(b[i] === undefined ? [] : [b[i] as string])]);
  const { incidents } = await outcomeOfText(`${mixed.join('\n')}\n`);
  t.same(new Set(incidents.map(({ defect }) => defect)), new Set(['http-trace-panic', 'push-writer-panic']));
});
