/** Panics in logs beside stated versions: which version decides, and what is told where none does. */
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { outcomeOf } from './run.js';

const OTEL = 'go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace';

/** As journald prints it; `program` null for a log without envelopes. */
function logged(program: string | null, lines: readonly string[]): string {
  const head = program === null ? '' : `Mar 03 18:22:07 host-001 ${program}[2210]: `;
  return lines.map((line) => `${head}${line}\n`).join('');
}

const tracer = (place: string): readonly string[] => [
  'panic: runtime error: invalid memory address or nil pointer dereference',
  '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x11e7f95]',
  '',
  'goroutine 121 [running]:',
  `${OTEL}.(*clientTracer).end(0xc005c1da40, {0x23169ef, 0xc}, {0x0?, 0x0?}, {0xc006e63200?, 0x26a2980?, 0x4})`,
  `\t${place}/clienttrace.go:231 +0x7d5`,
  `${OTEL}.(*clientTracer).gotConn(0x2?, {{0x26, 0xc}, 0x1?, 0x2?, 0x3?})`,
  `\t${place}/clienttrace.go:288 +0x645`,
  'net/http.http2traceGotConn(0xc000520d8c?, 0xc0009cf7a1, 0x0)',
  '\tnet/http/h2_bundle.go:10096 +0x1ee',
];
const PLAIN = `/src/vendor/${OTEL}`;

const mediaTypes = [
  'fatal error: concurrent map writes',
  '',
  'goroutine 52 [running]:',
  'internal/runtime/maps.fatal({0x2b392f6?, 0x27137a0?})',
  '\truntime/panic.go:1046 +0x18',
  'github.com/containerd/containerd/v2/core/remotes.WithMediaTypeKeyPrefix({0x30bfc30, 0xc000487b00}, {0x2b4a7fa, 0x1c}, {0x2b1a24f, 0x6})',
  '\tgithub.com/containerd/containerd/v2@v2.2.0/core/remotes/handlers.go:52 +0x86',
  'github.com/moby/buildkit/util/contentutil.copyChain({0x30bfc30, 0xc000487b00}, {0x3092be0, 0xc000487d40})',
  '\tgithub.com/moby/buildkit@v0.26.0/util/contentutil/copy.go:88 +0xe7',
  'github.com/docker/buildx/util/imagetools.(*Resolver).Copy(0xc0001cef90, {0x30bfc30?, 0xc000487aa0?}, 0xc000311560)',
  '\tgithub.com/docker/buildx/util/imagetools/create.go:160 +0x2c5',
];

async function incidentsOf(t: Test, contents: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), 'leaktrail-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const names = Object.entries(contents).map(([name, text]) => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  });
  return (await outcomeOf(names)).incidents;
}

t.test("dockerd's version says nothing of a buildkitd that died", async (t) => {
  const [incident] = await incidentsOf(t, {
    'a.log': logged('buildkitd', tracer(PLAIN)),
    'v.txt': 'Docker version 28.5.2, build ecc6942\n',
  });
  t.match(incident, {
    defect: 'http-trace-panic',
    certainty: 'confirmed',
    affected: 'unknown',
    affectedBasis: 'no version of buildkit is shown',
  });
  t.ok(incident?.gaps.includes('no version of buildkit is shown'), 'that is missing');
  t.equal(incident?.fix['buildkit'], '0.19.0');
});

t.test("a build of Ubuntu's is not taken for upstream's", async (t) => {
  const [incident] = await incidentsOf(t, {
    'a.log': logged('dockerd', tracer(PLAIN)),
    'v.txt': 'Docker version 26.1.3, build 26.1.3-0ubuntu1~24.04.1\n',
  });
  t.match(incident, { affected: 'unknown', versions: { dockerd: '26.1.3-0ubuntu1~24.04.1' } });
});

t.test('a version older than the defect is not told to have the fix', async (t) => {
  const [incident] = await incidentsOf(t, {
    'a.log': logged('dockerd', tracer(PLAIN)),
    'v.txt': 'Docker version 20.10.24, build 5d6db84\n',
  });
  t.match(incident, { affected: 'no', certainty: 'likely' });
  t.match(incident?.why.join(' '), /dockerd 20\.10\.24 is older than the defect/);
  t.notMatch(incident?.why.join(' '), /should have the fix/);
});

t.test('the library of a stack wins over what the program says, and both are told', async (t) => {
  const [incident] = await incidentsOf(t, {
    'a.log': logged('dockerd', tracer(`${OTEL}@v0.45.0`)),
    'v.txt': 'Docker version 28.5.2, build ecc6942\n',
  });
  t.match(incident, { affected: 'yes', certainty: 'confirmed', versions: { otelhttptrace: '0.45.0' } });
  t.match(incident?.why.join(' '), /contradict/);
});

t.test('two versions without a time give one answer, in both orders', async (t) => {
  const log = logged('dockerd', tracer(PLAIN));
  const [a, b] = ['Docker version 27.4.0, build bde2b89\n', 'Docker version 28.0.1, build 068a01e\n'];
  for (const contents of [
    { 'a.log': log, 'b.txt': a, 'c.txt': b },
    { 'a.log': log, 'b.txt': b, 'c.txt': a },
  ]) {
    // The panic has no year, so that the outputs are of any time.
    const [incident] = await incidentsOf(t, contents as Record<string, string>);
    t.match(incident, {
      affected: 'unknown',
      affectedBasis: 'different versions of dockerd are stated, 27.4.0 and 28.0.1',
    });
  }
});

t.test('a sign that opens nothing is counted, and no name of a fact is shown', async (t) => {
  const contents = { 'a.log': logged(null, mediaTypes) };
  const [alone] = await incidentsOf(t, contents);
  t.match(alone, { defect: 'imagetools-map-panic', affected: 'unknown', versions: {} });
  const version = 'github.com/docker/buildx v0.30.0 124418cd66f056c2b1111f173c3f48fa695a089e\n';
  const [incident] = await incidentsOf(t, { ...contents, 'v.txt': version });
  t.match(incident, { affected: 'yes', certainty: 'confirmed', fix: { buildx: '0.30.1' } });
  t.notMatch(JSON.stringify(incident), /mediaTypeWrites/);
});

t.test("another service's panic in the same library is silent", async (t) => {
  const lines = [
    ...tracer(`/app/vendor/${OTEL}`),
    'main.(*PaymentClient).Charge(0xc000350510)',
    '\t/app/pay.go:88 +0x19c',
  ];
  t.same(await incidentsOf(t, { 'a.log': logged(null, lines) }), []);
  t.same(
    (await incidentsOf(t, { 'a.log': logged(null, tracer(`${OTEL}@v0.45.0`)) })).map(({ defect }) => defect),
    ['http-trace-panic'],
    'a tail that names nobody is told',
  );
});

t.test('kills under a version with the defect stay its kills after an upgrade', async (t) => {
  const banner = (day: string, version: string): string =>
    `${day} node-17 dockerd[1359]: time="2024-${day.startsWith('Sep') ? '09-30' : '10-01'}T09:00:00.855630969Z" level=info msg="Docker daemon" commit=92a83937d0 containerd-snapshotter=false storage-driver=vfs version=${version}\n`;
  const kill = (time: string, pid: number): string =>
    `${time} node-17 kernel: Out of memory: Killed process ${pid} (dockerd) total-vm:9437184kB, anon-rss:3407872kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8192kB oom_score_adj:-500\n`;
  const log =
    banner('Sep 30 09:00:00', '27.4.0') +
    kill('Sep 30 12:00:00', 1001) +
    kill('Sep 30 15:00:00', 1002) +
    banner('Oct  1 09:00:00', '27.4.2') +
    kill('Oct  3 12:00:00', 1003);
  const incident = (await incidentsOf(t, { 'a.log': log })).find(({ defect }) => defect === 'otel-span-leak');
  t.match(incident, { affected: 'yes', certainty: 'likely', fix: {} });
  t.match(incident?.why.join(' '), /dockerd 27\.4\.0 has this defect/);
  t.match(incident?.why.join(' '), /By the end dockerd 27\.4\.2 ran/);
});

t.test('a heap of k3s counts for the containerd in it', async (t) => {
  const heap = [
    'File: k3s',
    'Type: inuse_space',
    'Time: Mar 3, 2026 at 9:00am (UTC)',
    'Showing nodes accounting for 5.62GB, 93.10% of 6.04GB total',
    '      flat  flat%   sum%        cum   cum%',
    '    4.91GB 81.29% 81.29%     4.91GB 81.29%  bytes.growSlice',
    '    0.71GB 11.75% 93.04%     5.60GB 92.71%  github.com/containerd/containerd/pkg/cri/io.redirectLogs',
    '',
  ].join('\n');
  const [incident] = await incidentsOf(t, { 'heap.txt': heap });
  t.match(incident, { defect: 'log-line-buffer', certainty: 'likely', program: 'containerd' });
});
