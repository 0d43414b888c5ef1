import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import {
  looksLikeContainerdMetrics,
  readContainerdMetrics,
} from '../../lib/evidence/metrics/containerd-metrics.js';
import { readSample } from '../../lib/evidence/metrics/metric-line.js';
import { recognise } from '../../lib/evidence/recognise.js';
import type { Gauges } from '../../lib/evidence/types.js';
import { FIXTURES } from '../root.js';
import { documentOf, fixtureText, LOGS, statementsOf } from './output-documents.js';

const real = (name: string): string =>
  gunzipSync(readFileSync(new URL(`metrics/containerd-1.6.20-${name}.txt.gz`, FIXTURES))).toString();
const gaugesOf = (text: string): readonly Gauges[] =>
  readContainerdMetrics(documentOf(text)).evidence.filter((one) => one.kind === 'gauges');
const figures = (text: string): readonly Record<string, number>[] =>
  gaugesOf(text).map(({ gauges }) => Object.fromEntries(gauges.map(({ name, value }) => [name, value])));

t.test('a real scrape of an open line', async (t) => {
  const text = real('unlimited-open-2');
  t.match(figures(text), [
    {
      'log-bytes-in': 75_497_472,
      'log-bytes-out': 0,
      'log-bytes-unwritten': 75_497_472,
      'log-bytes-held': 75_497_472,
      'heap-bytes': 80_165_032,
      'memory-bytes': 123_695_104,
      goroutines: 46,
    },
  ]);
  t.equal(statementsOf(readContainerdMetrics(documentOf(text)))[0], 'containerd 1.6.20~ds1 @233');
  t.match(gaugesOf(text), [{ at: null, host: null, program: 'containerd', life: { startedMs: Number } }]);
});

t.test('what is written has its headers taken off', async (t) => {
  const [newline] = figures(real('unlimited-newline'));
  t.equal(newline?.['log-bytes-unwritten'], 39_846_001 - (20_972_081 - 11 * 36));
  const [healthy] = figures(real('16384-1'));
  t.ok((healthy?.['log-bytes-unwritten'] ?? 1) < 65_536, 'a piece of the line that is open');
});

t.test('one line of a scrape', async (t) => {
  const numberOf = (line: string) => readSample(line)?.value;
  for (const [line, value] of [
    ['a_b 1', 1],
    ['a_b 2.5165824e+07', 25_165_824],
    ['a_b{x="1"} +2E3', 2000],
    ['a_b{x="} 7",y="a\\"b\\\\"} 5', 5],
    ['a_b{} 5 1700000000000', 5],
    ['a_b 5 1700000000.5 # {trace_id="x"} 0.67 1700000000.1', 5],
    ['/tmp/m.txt:12:a_b 5', 5],
    ['a_b\t5', 5],
    ['a_b +Inf', Number.POSITIVE_INFINITY],
    ['a_b -Inf', Number.NEGATIVE_INFINITY],
    ['a_b NaN', Number.NaN],
  ] as const)
    t.same(numberOf(line), value, line);
  t.same(
    [...(readSample('a_b{x="a\\"b\\n", y="2",x="3"} 1')?.labels ?? [])],
    [
      ['x', 'a"b\n'],
      ['y', '2'],
    ],
  );
  for (const line of [
    '# TYPE a_b counter',
    'a_b',
    'a_b x',
    'a_b 1 2 3',
    'a_b{x="1} 5',
    'rate(a_b[5m]) 3',
    'a_b = 3',
    'a_b 0x10',
  ])
    t.equal(readSample(line), null, line);
  const began = performance.now();
  for (const line of [
    `a{${'x="\\\\",'.repeat(600)}`,
    `a${'{'.repeat(4000)}`,
    `${'a_'.repeat(2000)} 1`,
    `a_b ${'1'.repeat(4000)}`,
  ])
    readSample(line);
  t.ok(performance.now() - began < 200, 'no line takes long');
});

const SAMPLES = 'containerd_cri_input_bytes_total 5e8\ncontainerd_cri_output_bytes_total 0\n';

t.test('scrapes of one file are told apart, with the time that they state', async (t) => {
  const timesOf = (text: string) => gaugesOf(text).map(({ at }) => at?.ms ?? null);
  t.same(timesOf(SAMPLES + SAMPLES), [null, null]);
  t.same(timesOf(`2026-11-21T09:00:00Z\n${SAMPLES}2026-11-21T09:01:00+00:00\n${SAMPLES}`), [
    Date.UTC(2026, 10, 21, 9),
    Date.UTC(2026, 10, 21, 9, 1),
  ]);
  t.same(timesOf(`Sat Nov 21 09:25:48 UTC 2026\n${SAMPLES}`), [Date.UTC(2026, 10, 21, 9, 25, 48)]);
  t.same(timesOf(`Sat Nov 21 09:25:48 CST 2026\n${SAMPLES}`), [null], 'a zone with several meanings');
  t.same(
    timesOf(
      `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sat, 21 Nov 2026 09:25:48 GMT\r\n\r\n${SAMPLES}`,
    ),
    [Date.UTC(2026, 10, 21, 9, 25, 48)],
  );
  t.same(timesOf(SAMPLES.replaceAll('\n', ' 1795253148000\n')), [1_795_253_148_000]);
  t.same(timesOf(`${SAMPLES.replaceAll('\n', ' 1795253148.25\n')}# EOF\n`), [1_795_253_148_250]);
  t.same(timesOf(SAMPLES.replaceAll('\n', ' 9999999999999999999\n')), [null]);
});

t.test('what stands around it does no harm', async (t) => {
  const noise = [
    '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current',
    '100  366k    0  366k    0     0  11.9M      0 --:--:-- --:--:-- --:--:-- 11.9M',
    '$ curl -s 127.0.0.1:1338/v1/metrics',
    '# HELP containerd_cri_input_bytes_total Size of logs received',
  ].join('\n');
  t.match(figures(`${noise}\n${SAMPLES}$ exit\n`), [{ 'log-bytes-unplaced': 5e8 }]);
  t.match(figures(SAMPLES.replaceAll('\n', '\r\n')), [{ 'log-bytes-unplaced': 5e8 }]);
  t.match(figures(SAMPLES.replace('5e8', 'NaN')), [{ 'log-bytes-out': 0 }], 'NaN states nothing');
  t.same(figures(SAMPLES.replace('5e8', '+Inf'))[0]?.['log-bytes-held'], undefined);
});

t.test('several nodes in one answer stay apart', async (t) => {
  const of = (instance: string): string =>
    SAMPLES.replaceAll('_total', `_total{instance="${instance}",job="containerd"}`);
  t.same(
    gaugesOf(of('node-1:1338') + of('node-2:1338') + of('10.0.0.7:1338')).map(({ host }) => host),
    ['node-1', 'node-2', null],
  );
  const others = 'go_goroutines{instance="node-1:10250",job="kubelet"} 900\n';
  t.equal(figures(of('node-1:1338') + others)[0]?.['goroutines'], undefined, "the kubelet's are not taken");
});

t.test('what the heap cannot hold is not held', async (t) => {
  const heap = (bytes: number): number | undefined =>
    figures(`${SAMPLES}go_memstats_heap_alloc_bytes ${bytes}\n`)[0]?.['log-bytes-held'];
  t.equal(heap(5.2e8), 5e8);
  t.equal(heap(4.95e8), 5e8, 'the figures are not of one moment');
  t.equal(heap(4e7), 0);
  t.equal(heap(1e9), 5e8);
  t.equal(heap(1.01e9), 0, 'less than half of the heap: a disk was full at some time');
  t.same(figures(SAMPLES)[0]?.['log-bytes-held'], undefined, 'without a heap it is not known');
});

t.test('a last line without an end is not read: its number may be cut', async (t) => {
  const cut = 'containerd_cri_input_bytes_total 5e9\ncontainerd_cri_output_bytes_total 5.3';
  t.same(figures(cut), [{ 'log-bytes-in': 5e9 }]);
  t.match(figures(`${cut}\n`), [{ 'log-bytes-out': 5.3 }]);
  t.match(figures(`${cut}\r\n`), [{ 'log-bytes-out': 5.3 }]);
});

t.test('a figure that no daemon can have is left out and told', async (t) => {
  const { evidence, problems } = readContainerdMetrics(documentOf(SAMPLES.replace('5e8', '1e308')));
  t.match(problems, [{ line: 1, reason: /beyond 2\^53/ }]);
  t.match(evidence, [{ gauges: [{ name: 'log-bytes-out' }] }]);
});

t.test(
  'a thousand processes in one answer: those that show most are looked at, and it is told',
  async (t) => {
    const of = (i: number, read: number): string =>
      `containerd_cri_input_bytes_total{instance="n${i}:1338"} ${read}\ncontainerd_cri_output_bytes_total{instance="n${i}:1338"} 0\n`;
    const all = Array.from({ length: 1000 }, (_, i) => of(i, i === 700 ? 3e9 : 1000 + i)).join('');
    const { evidence, problems } = readContainerdMetrics(documentOf(all));
    t.equal(evidence.length, 128);
    t.ok(evidence.some(({ host }) => host === 'n700'));
    t.match(problems, [{ reason: /^1000 processes: the 128/ }]);
    const loops = readContainerdMetrics(documentOf((of(1, 5) + of(2, 6)).repeat(100)));
    t.equal(loops.evidence.length, 64, 'each has its own scrapes');
    const many = Array.from({ length: 4100 }, (_, i) => of(i, 5)).join('');
    t.match(readContainerdMetrics(documentOf(many)).problems[0], {
      reason: /: 8 samples of others were left out/,
    });
  },
);

t.test('a loop that ran for a day is read at both ends', async (t) => {
  const { evidence, problems } = readContainerdMetrics(documentOf(SAMPLES.repeat(200)));
  t.equal(evidence.length, 32);
  t.match(problems, [{ reason: /200 scrapes/ }]);
});

t.test('it knows its own, and no log', async (t) => {
  t.equal(recognise(Buffer.from(real('16384-1')).subarray(0, 65_536)), 'metrics');
  t.equal(recognise(Buffer.from(SAMPLES)), 'text', 'a few lines may stand among others');
  t.equal(recognise(Buffer.from(`2026-11-21T09:00:00Z\n${real('16384-1')}`).subarray(0, 65_536)), 'metrics');
  const logged = `Nov 21 09:00:00 w1 app[1]: containerd_cri_input_bytes_total 5\n`;
  t.equal(recognise(Buffer.from(logged)), 'log');
  t.notOk(looksLikeContainerdMetrics('# TYPE go_goroutines gauge\ngo_goroutines 5\n'));
  t.notOk(
    looksLikeContainerdMetrics(
      '# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total{container="a",id="/x"} 5\n',
    ),
    'cAdvisor',
  );
  t.ok(
    looksLikeContainerdMetrics(
      '# TYPE container_cpu_usage gauge\ncontainer_cpu_usage{container_id="a",namespace="k8s.io"} 5\n',
    ),
  );
  for (const path of LOGS) t.notOk(looksLikeContainerdMetrics(fixtureText(path).slice(0, 65_536)), path);
});
