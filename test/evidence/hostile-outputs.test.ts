import { readdirSync } from 'node:fs';
import t from 'tap';
import {
  looksLikeContainerdMetrics,
  readContainerdMetrics,
} from '../../lib/evidence/metrics/containerd-metrics.js';
import {
  looksLikeContainerdConfig,
  readContainerdConfig,
} from '../../lib/evidence/outputs/containerd-config.js';
import { looksLikeDaemonJson, readDaemonJson } from '../../lib/evidence/outputs/daemon-json.js';
import { looksLikeDockerInfo, readDockerInfo } from '../../lib/evidence/outputs/docker-info.js';
import { looksLikeGoVersionM, readGoVersionM } from '../../lib/evidence/outputs/go-version-m.js';
import { looksLikeKubeletConfig, readKubeletConfig } from '../../lib/evidence/outputs/kubelet-config.js';
import { looksLikeSystemctl, readSystemctl } from '../../lib/evidence/outputs/systemctl.js';
import { looksLikeVersionsText, readVersionsText } from '../../lib/evidence/outputs/versions-text.js';
import type { Document, EvidenceReading } from '../../lib/evidence/types.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { FIXTURES } from '../root.js';
import { mutate } from './mutate.js';
import { documentOf, fixtureText } from './output-documents.js';

type Reader = readonly [
  name: string,
  looksLike: (head: string) => boolean,
  read: (document: Document) => EvidenceReading | Promise<EvidenceReading>,
];
const READERS: readonly Reader[] = [
  ['versions', looksLikeVersionsText, readVersionsText],
  ['docker info', looksLikeDockerInfo, readDockerInfo],
  ['systemctl', looksLikeSystemctl, readSystemctl],
  ['containerd config', looksLikeContainerdConfig, readContainerdConfig],
  ['daemon.json', looksLikeDaemonJson, readDaemonJson],
  ['kubelet config', looksLikeKubeletConfig, readKubeletConfig],
  ['go version -m', looksLikeGoVersionM, readGoVersionM],
  ['containerd metrics', looksLikeContainerdMetrics, readContainerdMetrics],
];
const EVIDENCE = readdirSync(new URL('evidence/', FIXTURES)).map((name) => `evidence/${name}`);
const CASES = [
  'cases/containerd-line-limit.config.toml',
  'cases/dockerd-stuck-stop.daemon.json',
  'cases/dockerd-stuck-stop.docker-info.txt',
  'cases/dockerd-stuck-stop.docker-version.txt',
  'cases/dockerd-stuck-stop.systemctl-status.txt',
];
const SCRAPES = [1, 2]
  .map(
    (i) => `2026-11-21T09:0${i}:00Z
# HELP containerd_build_info_total containerd build information
# TYPE containerd_build_info_total counter
containerd_build_info_total{revision="1.6.20~ds1-1+deb12u3",version="1.6.20~ds1"} 1
containerd_cri_input_bytes_total{instance="node-1:1338",job="containerd"} ${i}.5165824e+07
containerd_cri_output_bytes_total{instance="node-1:1338",job="containerd"} 0 179525314800${i}
containerd_cri_output_entries_total 1${i}
go_memstats_heap_alloc_bytes 8.0165032e+07
process_cpu_seconds_total ${i}.25
process_start_time_seconds 1.79525248e+09
# EOF
`,
  )
  .join('');
/** Milliseconds of the processor that no reader may take for one document, on a slow machine. */
const AT_MOST_MS = 500;

/** Null where a reading is sound, else what is wrong with it. */
function unsound({ evidence, problems }: EvidenceReading, lines: number): string | null {
  let statements = 0;
  for (const one of evidence) {
    const all =
      one.kind === 'versions'
        ? one.versions
        : one.kind === 'settings'
          ? one.settings
          : one.kind === 'gauges'
            ? one.gauges
            : [];
    if (all.length === 0) return `empty ${one.kind}`;
    statements += all.length;
    if (one.text.length > 1_024 || all.some(({ text }) => text.length > 1_024)) return 'a long text';
    if (all.some(({ line }) => line < 1 || line > lines)) return 'a line outside of the document';
    // Where output has more headers than content is held, the difference is below 0.
    const isFigure = (value: number, name: string) => value >= 0 || name === 'log-bytes-unwritten';
    if (
      one.kind === 'gauges' &&
      one.gauges.some(({ name, value }) => !Number.isFinite(value) || !isFigure(value, name))
    )
      return 'a figure below 0';
    if (one.host !== null && !/^[\w.-]+$/.test(one.host)) return 'a host that none can have';
  }
  if (statements > 1_024) return `${statements} statements`;
  if (problems.length > 66) return `${problems.length} problems`;
  const bad = problems.find(
    ({ reason, line }) =>
      /[\x00-\x1f\x7f-\x9f\u202e]/.test(reason) ||
      reason.length > 400 ||
      (line !== null && (line < 1 || line > lines + 1)),
  );
  return bad === undefined ? null : `problem ${JSON.stringify(bad)}`;
}

async function check(
  t: { fail(message: string): unknown },
  [name, looksLike, read]: Reader,
  text: string,
  label: string,
): Promise<boolean> {
  const document = documentOf(text);
  const began = process.cpuUsage();
  looksLike(text.slice(0, 65_536));
  const wrong = unsound(await read(document), document.lines.length);
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1000;
  if (wrong !== null) t.fail(`${name}: ${label}: ${wrong}`);
  if (took > AT_MOST_MS) t.fail(`${name}: ${label} took ${took.toFixed(0)} ms`);
  return wrong === null && took <= AT_MOST_MS;
}

t.test('damaged outputs give a sound reading or nothing', async (t) => {
  const seed = seedOf();
  t.comment(`seed ${seed}`);
  const random = randomOf(seed);
  const originals = [...EVIDENCE, ...CASES].map((path) => Buffer.from(fixtureText(path)));
  originals.push(Buffer.from(SCRAPES));
  let sound = 0;
  const runs = 60;
  for (let run = 0; run < runs; run++) {
    const original = originals[Math.floor(random() * originals.length)] ?? Buffer.alloc(0);
    const text = mutate(original, random).toString('utf8');
    let all = true;
    for (const reader of READERS) all = (await check(t, reader, text, `run ${run} of seed ${seed}`)) && all;
    if (all) sound++;
  }
  t.equal(sound, runs);
});

t.test('texts made to take long do not', async (t) => {
  const big = 15_000;
  const line = (part: string) => part.repeat(Math.ceil(big / part.length));
  const hostile: readonly (readonly [string, string])[] = [
    ['opened objects', line('{"a":')],
    ['opened objects on lines', line('{"a":\n')],
    ['braces on lines', line('{\n')],
    ['opened lists', `{"live-restore":${line('[')}`],
    ['a long string', `{"live-restore":"${line('x')}`],
    ['a long escaped string', `{"live-restore":"${line('\\"')}`],
    ['closed objects on lines', line('{"live-restore":true}\n')],
    ['docker info JSON on lines', line('{"NFd":1,"NGoroutines":2,"ServerVersion":"1.2.3"}\n')],
    [
      'an object of many lines',
      `{${Array.from({ length: 64 }, (_, i) => `"k${i}":1,`).join('')}"log-opts":{${Array.from({ length: 64 }, (_, i) => `"a-${i}":"1"`).join(',')}},"live-restore":true,"data-root":"x","log-driver":"y"${line('\n')}}`,
    ],
    ['server versions', line('Server Version: 1.2.3\nGoroutines: 7\nName: x\n')],
    ['clients', line('Client:\n Version: 1.2.3\n API version: 1\n')],
    ['spaces', line(' ')],
    ['spaces behind a key', line(`Client:${' '.repeat(1_000)}x\n`)],
    ['spaces behind a field', line(`Server:\n Version:${' '.repeat(900)}1.2.3${' '.repeat(90)}x\n`)],
    ['packages', line('ii  docker.io  20.10.24 amd64\ndocker-1.2.3-4.x86_64\n')],
    ['dashes', line('docker-----------------1-1-1-1-1-1-1\n')],
    ['properties', line('Id=docker.service\nNRestarts=1\n')],
    ['one unit', `[Service]\n${line('Environment=A=b \\\n')}`],
    ['one environment', `[Service]\nExecStart=/usr/bin/dockerd ${line('--live-restore ')}`],
    ['variables', line('OTEL_EXPORTER_OTLP_ENDPOINT=x\n')],
    ['status', `● docker.service - x\n Loaded: x\n${line('  ├─1 /usr/bin/dockerd -D\n')}`],
    ['tables', line('[plugins."io.containerd.grpc.v1.cri"]\nmax_container_log_line_size = -1\n')],
    ['table names', line(`[${'a.'.repeat(2_000)}\n`)],
    ['dotted keys', `version = 2\n${line('a.')}`],
    ['a TOML of one table a line', Array.from({ length: 8_000 }, (_, i) => `[plugins.a${i}]`).join('\n')],
    ['deep TOML', `imports = ${'['.repeat(80_000)}`],
    ['keys of TOML', `[plugins]\n${Array.from({ length: 6_000 }, (_, i) => `k${i} = 1`).join('\n')}`],
    ['kinds', line('kind: KubeletConfiguration\n')],
    [
      'keys of YAML',
      `kind: KubeletConfiguration\n${Array.from({ length: 990 }, (_, i) => `k${i}: ${'x'.repeat(40)}`).join('\n')}`,
    ],
    ['deep YAML', `kind: KubeletConfiguration\na: ${'['.repeat(25_000)}`],
    [
      'indented YAML',
      `kind: KubeletConfiguration\n${Array.from({ length: 340 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')}`,
    ],
    [
      'aliases',
      `kind: KubeletConfiguration\na: &a [x]\n${Array.from({ length: 900 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join('\n')}`,
    ],
    ['dependencies', line('\tdep\tgithub.com/a/b\tv1.2.3\n')],
    ['headers', line('/usr/bin/x: go1.2.3\n')],
    ['binary', Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251)).toString('latin1')],
  ];
  for (const [label, text] of hostile) {
    for (const reader of READERS) {
      if (!(await check(t, reader, text, label))) break;
    }
  }
  t.pass('all read');
});

t.test('more statements than anybody needs are counted', async (t) => {
  const { evidence, problems } = await readVersionsText(
    documentOf(Array.from({ length: 3_000 }, (_, i) => `runc version 1.1.${i}`).join('\n')),
  );
  t.equal(evidence.flatMap((one) => (one.kind === 'versions' ? one.versions : [])).length, 1_024);
  t.match(problems, [{ line: null, reason: 'More than 1024 statements: 1976 were left out.' }]);
});
