/** Case B from several files and nodes: neither their order nor a healthy neighbour changes what is told. */
import t, { type Test } from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { files } from './line-buffer-inputs.js';
import { outcomeOf } from './run.js';

interface At {
  readonly in: number;
  readonly out: number;
  readonly records?: number;
  readonly heap?: number;
  readonly cpu?: number;
  readonly start?: number;
}

function scrape({ in: read, out, records = 100, heap, cpu, start }: At, before = '', labels = ''): string {
  const values = {
    containerd_cri_input_bytes_total: read,
    containerd_cri_output_bytes_total: out,
    containerd_cri_output_entries_total: records,
    go_memstats_heap_alloc_bytes: heap,
    process_cpu_seconds_total: cpu,
    process_start_time_seconds: start,
  };
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${before}${name}${labels} ${value}\n`)
    .join('');
}

const SICK: At = { in: 3e9, out: 1e6, heap: 3.1e9, cpu: 900, start: 1.7e9 };
const HEALTHY: At = { in: 3e6, out: 3.4e6, records: 1e4, heap: 3e7, cpu: 90, start: 1.71e9 };

/** The same incidents, whole, in any order of the files. */
async function inAnyOrder(t: Test, names: readonly string[]): Promise<readonly Incident[]> {
  const { incidents } = await outcomeOf(names, { all: true });
  for (const order of permutations(names).slice(1)) {
    const other = await outcomeOf(order, { all: true });
    t.same(other.incidents, incidents, order.map((name) => name.split('/').at(-1)).join(' '));
  }
  return incidents;
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

t.test('a healthy node beside it does not hide a sick one', async (t) => {
  const inputs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'two files': { 'a.txt': scrape(SICK), 'b.txt': scrape(HEALTHY) },
    'one name, two directories': { 'n1/metrics.txt': scrape(SICK), 'n2/metrics.txt': scrape(HEALTHY) },
    'the healthy one is older': { a: scrape({ ...SICK, start: 1.72e9 }), b: scrape(HEALTHY) },
    'started at one time': {
      a: scrape({ ...SICK, cpu: 5 }),
      b: scrape({ ...HEALTHY, start: SICK.start as number }),
    },
    'lines of grep': {
      'all.txt': scrape(SICK, 'n1/metrics.txt:') + scrape(HEALTHY, 'n2/metrics.txt:'),
    },
    'addresses for labels': {
      'all.txt':
        scrape(SICK, '', '{instance="10.0.0.1:1338"}') + scrape(HEALTHY, '', '{instance="10.0.0.2:1338"}'),
    },
  };
  for (const [name, contents] of Object.entries(inputs)) {
    const incidents = await inAnyOrder(t, await files(t, contents));
    t.match(incidents, [{ certainty: 'likely', state: 'open' }], name);
    t.match(incidents[0]?.why.join(' '), /of 2 runs of containerd that nothing tells apart/, name);
  }
});

t.test('an older run of one daemon is over', async (t) => {
  const label = '{node="n1"}';
  const [before = '', after = '', both = ''] = await files(t, {
    before: scrape(SICK, '', label),
    after: scrape(HEALTHY, '', label),
    both: scrape(SICK) + scrape(HEALTHY),
  });
  t.same(await inAnyOrder(t, [before, after]), []);
  t.same(await inAnyOrder(t, [both]), []);
});

t.test('one sick node of a thousand in one answer', async (t) => {
  const all = Array.from({ length: 1000 }, (_, i) =>
    scrape(i === 700 ? SICK : HEALTHY, '', `{instance="n${i}:1338",job="containerd"}`),
  ).join('');
  const { incidents, summary } = await outcomeOf(await files(t, { 'all.txt': all }));
  t.match(incidents, [{ certainty: 'likely', node: 'n700' }]);
  t.match(summary.evidenceProblems, [{ reason: /^1000 processes/ }]);
});

t.test('looks that state no start are not compared with each other', async (t) => {
  const look = (read: number, heap?: number): string =>
    scrape({ in: read, out: 9e7, records: 1000, ...(heap !== undefined && { heap }) });
  const withHeap = await inAnyOrder(
    t,
    await files(t, { g1: look(1e8, 5e7), g2: look(3e8, 2.5e8), g3: look(6e8, 5.6e8) }),
  );
  t.match(withHeap, [{ certainty: 'likely' }]);
  t.match(withHeap[0]?.why[0], /has read 486 MiB/);
  const without = await inAnyOrder(t, await files(t, { g1: look(1e8), g2: look(3e8), g3: look(6e8) }));
  t.match(without, [{ certainty: 'suspected' }]);
  const { summary } = await outcomeOf(await files(t, { g3: look(6e8) }));
  t.match(summary.notShown, [{ defect: 'log-line-buffer' }], 'never silent');
});

t.test('a busy node whose disk was full once is healthy', async (t) => {
  const names = await files(t, {
    m: scrape({ in: 5e10, out: 5e10, records: 4e5, heap: 1.2e8, start: 1.7e9 }),
  });
  const { incidents } = await outcomeOf(names, { all: true });
  t.same(incidents, []);
});

t.test('drop-in files hold in the order of their names', async (t) => {
  const toml = (limit: number): string =>
    `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = ${limit}\n`;
  const dropIns = (first: number, last: number) =>
    files(t, { 'etc/conf.d/10-a.toml': toml(first), 'etc/conf.d/90-b.toml': toml(last) });
  t.same(await inAnyOrder(t, await dropIns(-1, 16384)), []);
  t.match(await inAnyOrder(t, await dropIns(16384, -1)), [{ certainty: 'suspected' }]);
});

t.test('two files that contradict each other: the exposed one counts, and both are told', async (t) => {
  const toml = (limit: number): string =>
    `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = ${limit}\n`;
  const [incident, ...others] = await inAnyOrder(
    t,
    await files(t, { 'a/config.toml': toml(-1), 'b/config.toml': toml(16384) }),
  );
  t.same(others, []);
  t.match(incident, { certainty: 'suspected' });
  t.match(
    incident?.why.join(' '),
    /more than once: -1 \(.*a\/config\.toml:3\), 16384 \(.*b\/config\.toml:3\)/,
  );
});

t.test('times and proof are of all looks, not of those that came first', async (t) => {
  const look = (i: number): string =>
    `2026-11-21T09:0${i}:00Z\n${scrape({ ...SICK, in: i * 1e9, heap: i * 1.02e9, cpu: 10 * i })}`;
  const [incident] = await inAnyOrder(t, await files(t, { c: look(1), a: look(2), b: look(3) }));
  t.match(incident, {
    certainty: 'likely',
    firstSeen: '2026-11-21T09:01:00Z',
    lastSeen: '2026-11-21T09:03:00Z',
  });
  t.equal(incident?.evidence.filter(({ text }) => text.includes('input_bytes')).length, 3);
});

t.test('a start-up line that is cut before the limit says so beside what is shown', async (t) => {
  const start =
    'Nov 21 01:00:00 w1 containerd[702]: time="2026-11-21T01:00:00.2Z" level=info msg="Start cri plugin with config {PluginConfig:{ContainerdConfig:{Snapshotter:overlayfs Default\n';
  const names = await files(t, { 'm.txt': scrape(SICK), 'messages.log': start });
  const [incident] = await inAnyOrder(t, names);
  t.match(incident, { certainty: 'likely' }, 'it states no limit');
  t.match(incident?.why.join(' '), /is cut before max_container_log_line_size \(1 x\): crictl info/);
});

t.test('a later start-up line with a limit ends what undated metrics of an older run show', async (t) => {
  const start = (day: string): string =>
    `${day}T12:00:00.2+00:00 w1 containerd[702]: time="${day}T12:00:00.2Z" level=info msg="Start cri plugin with config {PluginConfig:{ContainerdConfig:{Snapshotter:overlayfs} MaxContainerLogLineSize:16384 DisableCgroup:false} ContainerdRootDir:/x}"\n`;
  const metrics = scrape({ ...SICK, start: Date.UTC(2026, 10, 20) / 1000 });
  const verdictOf = async (day: string) => {
    const [incident] = await inAnyOrder(t, await files(t, { m: metrics, 'c.log': start(day) }));
    return `${incident?.certainty} ${incident?.state}`;
  };
  t.equal(await verdictOf('2026-11-21'), 'likely resolved');
  t.equal(await verdictOf('2026-11-19'), 'suspected open', 'the limit was in force before');
});
