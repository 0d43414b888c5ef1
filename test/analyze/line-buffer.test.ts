/** Case B from end to end: what shows that containerd holds an endless line, and what only looks so. */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { files, verdictOf } from './line-buffer-inputs.js';
import { outcomeOf } from './run.js';

const METRICS = 'test/fixtures/metrics/containerd-1.6.20';
const RECORDS = 'test/fixtures/log-files/containerd-1.6.20';
const CONFIG = 'test/fixtures/cases/containerd-line-limit.config.toml';
const HEAP = 'test/fixtures/profiles/containerd-redirectlogs-unlimited-open.heap.pb.gz';
const look = (i: number): string => `${METRICS}-unlimited-open-${i}.txt.gz`;

async function incidentOf(names: readonly string[]): Promise<Incident> {
  const { incidents } = await outcomeOf(names, { all: true });
  const own = incidents.filter(({ defect }) => defect === 'log-line-buffer');
  t.equal(own.length, 1, names.join(' '));
  return own[0] as Incident;
}

// ---- heap profiles

const top = (at: string, rows: string, total: string): string =>
  `File: containerd\nType: inuse_space\nTime: ${at}\nShowing nodes accounting for ${total}, 99% of ${total} total\n      flat  flat%   sum%        cum   cum%\n${rows}`;
const row = (mib: number, of: number, name: string): string => {
  const share = `${((100 * mib) / of).toFixed(2)}%`;
  return `  ${mib}MB ${share} ${share}  ${mib}MB ${share}  github.com/containerd/containerd/${name}\n`;
};

t.test('two profiles over time: what the open line holds grows', async (t) => {
  const names = await files(t, {
    b: top('Nov 21, 2026 at 9:10am (UTC)', row(900, 910, 'v2/internal/cri/io.NewCRILogger.func1'), '910MB'),
    a: top('Nov 21, 2026 at 9:00am (UTC)', row(300, 310, 'v2/internal/cri/io.NewCRILogger.func1'), '310MB'),
  });
  const { certainty, why } = await incidentOf(names);
  t.equal(certainty, 'likely');
  t.match(why.join(' '), /grew in every profile: 300 MiB -> 900 MiB/);
});

t.test('after the newline the buffer stays, beneath redirectLogs', async (t) => {
  for (const growing of ['growSlice', 'makeSlice', '(*Buffer).grow']) {
    const rows = `  512MB 97.71% 97.71%  512MB 97.71%  bytes.${growing}\n  0 0% 97.71%  512MB 97.71%  github.com/containerd/containerd/pkg/cri/io.redirectLogs\n`;
    const flushed = top('Nov 21, 2026 at 9:10am (UTC)', rows, '524MB');
    t.equal(await verdictOf(await files(t, { flushed })), 'likely open', growing);
  }
});

t.test('a small share of the heap is healthy', async (t) => {
  t.equal(
    await verdictOf(['test/fixtures/corpus/123-m-pprof-containerd-healthy-redirectlogs.log'], true),
    null,
  );
  const little = top('Nov 21, 2026 at 9:10am (UTC)', row(6, 61, 'pkg/cri/io.redirectLogs'), '61MB');
  t.equal(await verdictOf(await files(t, { little }), true), null);
});

// ---- metrics

t.test('one look: far more read than written', async (t) => {
  const incident = await incidentOf([look(2)]);
  t.match(incident, {
    certainty: 'likely',
    state: 'open',
    program: 'containerd',
    versions: { containerd: '1.6.20~ds1' },
    leak: { bytes: { min: 75_497_472 } },
  });
  t.match(incident.why[0], /72 MiB/);
  t.equal(await verdictOf([look(0)], true), null, 'nothing was read yet');
  t.equal(await verdictOf([look(1)], true), null, '24 MiB may still be a line that ends');
  t.equal(await verdictOf([look(2), CONFIG]), 'likely open', 'one look shows no growth');
});

t.test('several looks: it grows in each', async (t) => {
  const looks = [look(0), look(1), look(2), look(3)];
  t.equal(await verdictOf(looks), 'likely open');
  t.equal(await verdictOf([...looks, CONFIG]), 'confirmed open');
  t.equal(await verdictOf([CONFIG, ...looks.toReversed()]), 'confirmed open', 'in any order');
  t.equal(await verdictOf([...looks, ...looks, CONFIG]), 'confirmed open', 'each of them twice');
  t.equal(
    await verdictOf([...looks, look(4), CONFIG]),
    'confirmed open',
    'it stands still while it is copied',
  );
  const joined = looks.map((name) => gunzipSync(readFileSync(name)).toString());
  const [plain, dated, zipped] = (await files(t, {
    'scrapes.txt': joined.join(''),
    'dated.txt': joined.map((text, i) => `2026-11-21T09:33:2${i}Z\n${text}`).join(''),
    'scrapes.txt.gz': gzipSync(joined.join('')),
  })) as [string, string, string];
  for (const name of [plain, dated, zipped]) t.equal(await verdictOf([name, CONFIG]), 'confirmed open', name);
  t.match(await incidentOf([dated, CONFIG]), { firstSeen: '2026-11-21T09:33:22Z' });
  const limited = await files(t, { 'config.toml': readFileSync(CONFIG, 'utf8').replace('-1', '16384') });
  t.match(await incidentOf([...looks, ...limited]), {
    certainty: 'likely',
    why: [/./, /Against it: .*16384/],
  });
});

t.test('healthy metrics say nothing', async (t) => {
  const healthy = [`${METRICS}-16384-0.txt.gz`, `${METRICS}-16384-1.txt.gz`];
  t.equal(await verdictOf(healthy, true), null);
  t.equal(await verdictOf([`${METRICS}-unlimited-newline.txt.gz`], true), null, 'a line of 18 MiB is open');
});

const scrape = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `# TYPE ${name} counter\n${name} ${value}\n`)
    .join('');
const node = (at: { in: number; out: number; records: number; heap?: number; cpu: number; start?: number }) =>
  scrape({
    containerd_cri_input_bytes_total: at.in,
    containerd_cri_output_bytes_total: at.out,
    containerd_cri_output_entries_total: at.records,
    ...(at.heap !== undefined && { go_memstats_heap_alloc_bytes: at.heap }),
    process_cpu_seconds_total: at.cpu,
    process_start_time_seconds: at.start ?? 1.7e9,
  });

t.test('a full disk: read and never written, and in no heap', async (t) => {
  const full = (i: number): string =>
    node({ in: 1e9 + i * 1e8, out: 9e8, records: 1e4, heap: 3e7 + i * 1e5, cpu: 10 + i });
  t.equal(await verdictOf(await files(t, { m: full(0) + full(1) + full(2) })), null);
  t.equal(await verdictOf(await files(t, { m: full(5) }), true), null);
  const log =
    '2026-11-21T09:00:00.123456789Z w1 containerd[702]: time="2026-11-21T09:00:00.123456789Z" level=error msg="Fail to write \\"stdout\\" log to log file \\"/var/log/pods/payments_ledger-worker-0_4b5de224-752c-4df4-8726-60758820bc67/compute/0.log\\"" error="no space left on device"\n';
  const incident = await incidentOf(await files(t, { m: full(0) + full(1) + full(2), 'c.log': log }));
  t.equal(incident.certainty, 'suspected');
  t.match(incident.why.join(' '), /heap did not grow/);
  t.match(incident.why.join(' '), /container compute of pod payments\/ledger-worker-0/);
});

t.test('counters that begin again with the daemon are not taken for progress', async (t) => {
  const before = node({ in: 2e9, out: 1e6, records: 10, heap: 2.1e9, cpu: 900, start: 1.7e9 });
  const after = (i: number) =>
    node({ in: i * 1e6, out: i * 1e6, records: i * 100, heap: 3e7, cpu: i, start: 1.7001e9 });
  t.equal(
    await verdictOf(await files(t, { m: before + after(1) + after(2) })),
    null,
    'what was held is gone',
  );
  t.equal(await verdictOf(await files(t, { m: after(1) + after(2) + before })), null, 'in any order');
});

t.test('millions of short records hide nothing and show nothing', async (t) => {
  const busy = (i: number, held: number, header: number): string => {
    const records = 1e8 + i * 1e5;
    const content = records * 100;
    const out = content + records * header;
    return node({ in: content + held, out, records, heap: 5e7 + held, cpu: 1e4 + i });
  };
  for (const header of [38, 40.9, 46])
    t.equal(await verdictOf(await files(t, { m: busy(0, 0, header) + busy(1, 0, header) }), true), null);
  const growing = [0, 1, 2].map((i) => busy(i, i * 1e8, 46)).join('');
  t.equal(await verdictOf([...(await files(t, { m: growing })), CONFIG]), 'confirmed open');
});

t.test('metrics of other programs are none of ours', async (t) => {
  const other = '# TYPE go_goroutines gauge\ngo_goroutines 12\n# TYPE node_load1 gauge\nnode_load1 0.5\n';
  const { incidents, summary } = await outcomeOf(await files(t, { 'node.prom': other }));
  t.same(incidents, []);
  t.equal(summary.unreadable, 0);
});

// ---- the log file of a container

const POD = '/var/log/pods/default_exporter-0_7d3c2a52-90f1-4be0-9a0e-0c7f1f2b6a11/dump/0.log';

t.test('a record of a container’s log that was held whole', async (t) => {
  const log = gunzipSync(readFileSync(`${RECORDS}-unlimited.log.gz`));
  const [pod, link, copy] = (await files(t, {
    [POD]: log,
    [`/var/log/containers/exporter-0_default_dump-${'0a'.repeat(32)}.log`]: log,
    'copy.txt': log,
  })) as [string, string, string];
  const incident = await incidentOf([pod]);
  t.match(incident, {
    certainty: 'likely',
    firstSeen: '2026-11-21T09:34:02.788719498Z',
    containers: [],
    state: 'ended',
    leak: { bytes: { min: 0, max: 41_943_040 } },
  });
  t.match(incident.why[0], 'container dump of pod default/exporter-0 (7d3c2a52-90f1-4be0-9a0e-0c7f1f2b6a11)');
  t.match(incident.why[0], `${pod}:10`);
  t.match(incident.evidence[0], { line: 10, text: /^2026-11-21T09:34:02.788719498Z stdout F xxx/ });
  t.match((await incidentOf([link])).why[0], 'container dump of pod default/exporter-0');
  t.match((await incidentOf([copy])).why[0], 'a container that the name of its file does not tell');
  t.equal(await verdictOf([`${RECORDS}-unlimited.log.gz`]), 'likely ended', 'compressed');
  t.equal(await verdictOf([pod, CONFIG]), 'confirmed ended');
});

t.test('a stream that ended with its line open says so', async (t) => {
  const [, killed = ''] = gunzipSync(readFileSync(`${RECORDS}-unlimited.log.gz`))
    .toString()
    .split('after\n');
  const incident = await incidentOf(await files(t, { 'a.log': killed }));
  t.match(incident.why[0], /record of 18 MiB .*ended without a newline/);
  t.match(incident, { certainty: 'likely', state: 'ended', leak: { bytes: { min: 0, max: 0 } } });
  t.match(incident.leak?.basis, /went with it; the peak was three to five times/);
  t.ok(
    incident.mitigations.every(({ title }) => !/^Do not end the container first/.test(title)),
    'nothing is held that its end would copy',
  );
});

t.test('in a bundle it is of the host that the bundle names', async (t) => {
  const uid = '7d3c2a52-90f1-4be0-9a0e-0c7f1f2b6a11';
  const [, log] = (await files(t, {
    'node-7/etc/hostname': 'node-7\n',
    [`node-7/var/log/pods/ci_dind-0_${uid}/dind/0.log`]: gunzipSync(
      readFileSync(`${RECORDS}-unlimited.log.gz`),
    ),
  })) as [string, string];
  const incident = await incidentOf([log.slice(0, log.indexOf('/node-7') + '/node-7'.length)]);
  t.match(incident, { certainty: 'likely', node: 'node-7' });
  t.match(incident.why[0], 'container dind of pod ci/dind-0');
});

t.test('a live stream tells it while it runs', async (t) => {
  const log = gunzipSync(readFileSync(`${RECORDS}-unlimited.log.gz`));
  const { incidents } = await outcomeOf([log], { live: true });
  t.match(incidents, [{ certainty: 'likely', defect: 'log-line-buffer' }]);
});

t.test('lines that name a log file are told beside the limit', async (t) => {
  const log =
    'Nov 21 08:10:00 w1 containerd[702]: time="2026-11-21T08:10:00.123456789Z" level=error msg="An error occurred when redirecting stream \\"stdout\\" to log file \\"/var/log/pods/payments_ledger-worker-0_4b5de224-752c-4df4-8726-60758820bc67/compute/0.log\\"" error="read/write on closed pipe"\n';
  const names = await files(t, { 'messages.log': kill(7_298_048) + log });
  const { why } = await incidentOf([...names, CONFIG]);
  t.match(why.join(' '), /output of container compute of pod payments\/ledger-worker-0 \(4b5de224/);
});

t.test('the pieces of a limit say nothing', async (t) => {
  t.equal(await verdictOf([`${RECORDS}-16384.log.gz`], true), null);
  const piece = (tag: string): string =>
    `2026-11-21T09:34:02.788719498+00:00 stdout ${tag} ${'x'.repeat(8192)}\n`;
  const conmon = await files(t, { 'crio.log': piece('P').repeat(4000) + piece('F') });
  t.equal(await verdictOf(conmon, true), null, 'CRI-O');
  const docker = `${JSON.stringify({ log: 'x'.repeat(2e6), stream: 'stdout', time: '2026-11-21T09:34:02.7Z' })}\n`;
  const others = await files(t, {
    'json.log': docker,
    'app.log': `2026-11-21T09:34:02.7Z ${'x'.repeat(2e7)}\n`,
  });
  t.equal(await verdictOf(others, true), null);
});

t.test('a record of some megabytes is only suspected: a limit may be that high', async (t) => {
  const record = (bytes: number): string => `2026-11-21T09:34:02.7Z stderr F ${'x'.repeat(bytes)}\n`;
  const [below, some] = (await files(t, { a: record(2 ** 20 - 1), b: record(2 ** 20) })) as [string, string];
  t.equal(await verdictOf([below], true), null);
  t.equal(await verdictOf([some], true), 'suspected ended');
  t.equal(await verdictOf([some]), null);
});

t.test('binary output of a container is still its log', async (t) => {
  const noise = Buffer.alloc(70_000, Buffer.from([0, 0xff, 0x80, 1]));
  const log = Buffer.concat([
    Buffer.from('2026-11-21T09:34:02.7Z stdout F '),
    noise,
    Buffer.alloc(2 ** 24, 0x80),
    Buffer.from('\n'),
  ]);
  const names = await files(t, { 'bin.log': log });
  t.equal(await verdictOf(names), 'likely ended');
  t.same((await outcomeOf(names)).summary.evidenceProblems, []);
});

// ---- killed for want of memory

const kill = (rssKb: number): string =>
  [
    'Nov 21 08:00:00 w1 kernel: oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/containerd.service,task=containerd,pid=702,uid=0',
    `Nov 21 08:00:00 w1 kernel: Out of memory: Killed process 702 (containerd) total-vm:9437184kB, anon-rss:${rssKb}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8192kB oom_score_adj:-999`,
    'Nov 21 08:00:01 w1 systemd[1]: containerd.service: Main process exited, code=killed, status=9/KILL',
    "Nov 21 08:00:01 w1 systemd[1]: containerd.service: Failed with result 'oom-kill'.",
    '',
  ].join('\n');

t.test('a kill, and the limit known from a file that is read later', async (t) => {
  const [log] = (await files(t, { 'messages.log': kill(7_298_048) })) as [string];
  for (const names of [
    [log, CONFIG],
    [CONFIG, log],
  ])
    t.equal(await verdictOf(names), 'likely open');
  t.equal(await verdictOf([log]), null, 'without the limit');
});

t.test('a containerd that was small when it was killed was a bystander', async (t) => {
  const [log] = (await files(t, { 'messages.log': kill(61_000) })) as [string];
  const { incidents } = await outcomeOf([log, CONFIG]);
  t.same(incidents, []);
});

t.test('Go’s own fatal error counts as a kill', async (t) => {
  const log = 'Nov 21 08:00:00 w1 containerd[702]: fatal error: runtime: out of memory\n';
  const names = await files(t, { 'messages.log': log });
  t.equal(await verdictOf([...names, CONFIG]), 'likely open');
  t.equal(await verdictOf(names), null);
});

// ---- what is advised

t.test('the advice: restart with a limit before ending the container, and why', async (t) => {
  const { mitigations, next } = await incidentOf([HEAP, CONFIG]);
  const [first, second] = mitigations;
  t.match(first, { title: /^Do not end the container first/, command: 'systemctl restart containerd' });
  t.match(first?.risk, /lost/);
  t.match(second?.risk, /1\.5 GB to 6\.96 GB/);
  t.match(first?.command, /^timeout 10 containerd config dump \| grep .* && systemctl restart containerd$/);
  for (const table of ['plugins.cri', 'io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime'])
    t.match(first?.title, table);
  t.match(first?.when, /KillMode is process/);
  t.match(next.find(({ title }) => title.startsWith('what the open lines hold'))?.command, /-p KillMode/);
  const inForce = next.find(({ title }) => title.startsWith('which limit is in force'));
  t.match(inForce?.command, /^timeout 10 crictl info .* containerd config dump/, 'a file is not what runs');
  const moving = next.find(({ title }) => title.startsWith('containers that run'));
  t.match(moving?.command, /crictl ps -q .*%TY-%Tm-%TdT%TH:%TM/);
  const [info] = await files(t, { 'crictl.json': '{"config":{"maxContainerLogLineSize":-1}}\n' });
  t.notOk(
    (await incidentOf([HEAP, info as string])).next.some(({ title }) => /limit is in force/.test(title)),
    'what is known is not asked',
  );
});

// ---- a limit at work, a limit in force

const pieces = (...sizes: readonly (readonly [number, string])[]): string =>
  sizes.map(([bytes, tag]) => `2026-11-21T09:34:02.7Z stdout ${tag} ${'x'.repeat(bytes)}\n`).join('');
const MIB = 2 ** 20;
const toml = (limit: number | string): string =>
  `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = ${limit}\n`;
const started = (limit: number | string, at = '2026-11-21T09:00:00.2Z'): string =>
  `${at} w1 containerd[702]: time="${at}" level=info msg="Start cri plugin with config {PluginConfig:{ContainerdConfig:{Snapshotter:overlayfs} MaxContainerLogLineSize:${limit} DisableCgroup:false} ContainerdRootDir:/x}"\n`;

t.test('a high limit at work is no endless line', async (t) => {
  const three = pieces([16 * MIB, 'P'], [16 * MIB, 'P'], [16 * MIB, 'P'], [500, 'F']);
  const [cut, one, limit] = (await files(t, {
    'cut.log': three,
    'one.log': pieces([32 * MIB, 'P'], [500, 'F']),
    'config.toml': toml(16 * MIB),
  })) as [string, string, string];
  for (const names of [[cut], [one], [cut, limit]]) t.equal(await verdictOf(names, true), null);
  const [high] = (await files(t, { 'high.log': pieces([64 * MIB, 'P'], [500, 'F']) })) as [string];
  t.equal(await verdictOf([high], true), 'suspected open', 'each stream may hold that much');
});

t.test('after a limit is in force metrics and records of the past say no more than suspected', async (t) => {
  const held = (i: number) =>
    node({ in: 1e9 + i * 1e8, out: 1e6, records: 10, heap: 1.1e9 + i * 1e8, cpu: 10 + i });
  const [metrics, record, info, early, late] = (await files(t, {
    'm.txt': held(0) + held(1),
    'r.log': pieces([20 * MIB, 'F']),
    'crictl.json': '{"config":{"maxContainerLogLineSize":16384}}\n',
    'early.log': started(16384, '2026-11-20T09:00:00.2Z'),
    'late.log': started(16384, '2026-11-21T10:00:00.2Z'),
  })) as [string, string, string, string, string];
  t.equal(await verdictOf([metrics, info]), null);
  t.equal(await verdictOf([metrics, info], true), 'suspected open');
  for (const limit of [info, early]) {
    t.equal(await verdictOf([record, limit]), null);
    t.equal(await verdictOf([limit, record], true), 'suspected ended');
  }
  for (const names of [
    [record, late],
    [late, record],
  ])
    t.equal(await verdictOf(names), 'likely resolved');
  const { why } = await incidentOf([metrics, info]);
  t.match(why.join(' '), /the running containerd has max_container_log_line_size 16384/);
  t.notMatch(why.join(' '), /before this was written/);
  const [file] = (await files(t, { 'config.toml': toml(16384) })) as [string];
  t.equal(await verdictOf([record, file]), null, 'what a file states may be what was done about it');
  t.equal(await verdictOf([HEAP, info]), 'likely open', 'a profile shows it all the same');
});

t.test('metrics of a process that was started before the limit are of the past', async (t) => {
  const held = (i: number) =>
    node({ in: 1e9 + i * 1e8, out: 1e6, records: 10, heap: 1.1e9 + i * 1e8, cpu: 10 + i, start: 1.7e9 });
  const names = await files(t, { 'm.txt': held(0) + held(1), 's.log': started(16384) });
  t.equal(await verdictOf(names), 'likely resolved');
});

t.test('a limit so high that it limits nothing is none', async (t) => {
  for (const limit of ['1073741824', '9223372036854775807']) {
    const names = await files(t, { 'config.toml': toml(limit) });
    t.equal(await verdictOf(names, true), 'suspected open', limit);
    t.match((await incidentOf(names)).why[0], `${limit}: `);
    t.match((await incidentOf(names)).why[0], /as good as none/);
    t.equal(await verdictOf([HEAP, ...names]), 'confirmed open', limit);
    const [log] = (await files(t, { 's.log': started(limit) })) as [string];
    t.equal(await verdictOf([log], true), 'suspected open');
  }
});

t.test('a file that says otherwise than the running daemon is told beside it', async (t) => {
  const [file, log] = (await files(t, { 'config.toml': toml(-1), 's.log': started(16384) })) as [
    string,
    string,
  ];
  const later = await incidentOf([file, log]);
  t.match(later, { certainty: 'suspected', why: [/has max_container_log_line_size 16384; a file says -1/] });
  const [fixed, old] = (await files(t, { 'config.toml': toml(16384), 's.log': started(-1) })) as [
    string,
    string,
  ];
  const now = await incidentOf([fixed, old]);
  t.match(now.why.join(' '), /is -1: no limit.*A file says .* 16384: that holds from the next restart/);
});

t.test('each start without a limit ends the exposure of the one before', async (t) => {
  const [log] = (await files(t, {
    's.log': ['2026-09-01', '2026-10-01', '2026-11-01']
      .map((day) => started(-1, `${day}T09:00:00.2Z`))
      .join(''),
  })) as [string];
  const { incidents } = await outcomeOf([log], { all: true });
  t.same(incidents.map(({ state }) => state).sort(), ['ended', 'ended', 'open']);
});

// ---- heap profiles beside other things

t.test('a third of a large heap is held, whatever fills the rest', async (t) => {
  const rows = row(1400, 3000, 'pkg/cri/io.redirectLogs');
  const [part, limit] = (await files(t, {
    part: top('Nov 21, 2026 at 9:10am (UTC)', rows, '3000MB'),
    'config.toml': toml(-1),
  })) as [string, string];
  t.equal(await verdictOf([part, limit]), 'likely open');
  const little = top('Nov 21, 2026 at 9:10am (UTC)', row(60, 400, 'pkg/cri/io.redirectLogs'), '400MB');
  const { why } = await incidentOf([...(await files(t, { little })), limit]);
  t.match(why[0], /60 MiB of 400 MiB/);
  t.notMatch(why.join(' '), /Nothing in the input/);
});

t.test('a profile that was sick before is told as ended', async (t) => {
  const profiles = {
    a: top('Nov 21, 2026 at 9:00am (UTC)', row(900, 910, 'pkg/cri/io.redirectLogs'), '910MB'),
    b: top('Nov 21, 2026 at 11:00am (UTC)', row(3, 60, 'pkg/cri/io.redirectLogs'), '60MB'),
  };
  const names = await files(t, profiles);
  for (const order of [names, names.toReversed()]) t.equal(await verdictOf(order), 'likely ended');
  t.match((await incidentOf(names)).evidence.map(({ text }) => text).join(' '), /900MB/);
});

t.test('a healthy profile says when it was taken, as seen from the kill', async (t) => {
  const names = await files(t, {
    'messages.log': kill(7_298_048),
    healthy: top('Nov 21, 2026 at 6:00am (UTC)', row(3, 60, 'pkg/cri/io.redirectLogs'), '60MB'),
  });
  const { certainty, why } = await incidentOf([...names, CONFIG]);
  t.equal(certainty, 'suspected');
  t.match(why.join(' '), /heap profile of containerd \(taken 2 h before the last sign\) shows 5 %/);
});

t.test('a unit that failed tells of any of its processes', async (t) => {
  const [java] = (await files(t, {
    'messages.log': kill(7_298_048)
      .replaceAll('task=containerd', 'task=java')
      .replace('(containerd)', '(java)'),
  })) as [string];
  t.equal(await verdictOf([java, CONFIG]), null);
  t.equal(await verdictOf([java, CONFIG], true), 'suspected open');
});

t.test('without a version the condition alone says that it is affected', async (t) => {
  const { affected, affectedBasis } = await incidentOf([HEAP, CONFIG]);
  t.equal(affected, 'yes');
  t.match(
    affectedBasis,
    /every containerd since 1\.1\.2 has it where max_container_log_line_size is 0 or below/,
  );
});
