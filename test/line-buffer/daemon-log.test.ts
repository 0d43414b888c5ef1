/** The log of a node that holds an open line, read back by the pipeline that reads real ones. */

import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { lastValueFrom, toArray } from 'rxjs';
import t from 'tap';
import { configFields } from '../../bench/line-buffer/log/config-line.js';
import { daemonLog } from '../../bench/line-buffer/log/daemon-log.js';
import type { Outcome, Workload } from '../../bench/line-buffer/types.js';
import { analyze } from '../../lib/analyze.js';
import { figures, MIB, workload } from './combinations.js';

function run(overrides: Partial<Workload> = {}) {
  const fed = workload(overrides);
  return { workload: fed, outcome: figures(fed) as Outcome };
}

const log = (overrides: Partial<Workload> = {}, memoryBytes: number | null = null) =>
  [...daemonLog([run(overrides)], { memoryBytes })].join('');

async function incidents(text: string) {
  return lastValueFrom(
    analyze(Readable.from([Buffer.from(text)]), { all: true, live: false }).pipe(toArray()),
  );
}

t.test('the start-up line of 1.6 has the words of the real one', async (t) => {
  t.match(
    configFields('1.6.20', -1),
    /^msg="Start cri plugin with config \{PluginConfig:\{ContainerdConfig:\{Snapshotter:overlayfs .* MaxContainerLogLineSize:-1 .*\}"$/,
  );
  t.match(configFields('1.7.2', 16_384), 'MaxContainerLogLineSize:16384 ');
});

t.test('2.0 and 2.1 name the limit differently, in JSON within a quoted field', async (t) => {
  t.match(configFields('2.0.5', -1), /^msg="starting cri plugin" config="\{.*\\"maxContainerLogSize\\":-1,/);
  const fields = configFields('2.1.4', 0);
  t.match(fields, '\\"maxContainerLogLineSize\\":0,');
  const json = JSON.parse(JSON.parse(fields.slice(fields.indexOf('config=') + 7)));
  const captured = readFileSync('test/fixtures/captures/containerd-2.1.4-cri-default.raw.log', 'utf8');
  const [, real = ''] = /msg="starting cri plugin" config=("(?:[^"\\]|\\.)*")/.exec(captured) ?? [];
  const keys = Object.keys(JSON.parse(JSON.parse(real)));
  t.same(
    Object.keys(json).filter((key) => !keys.includes(key)),
    [],
    'no key that the real one has not',
  );
});

t.test('the same workload writes the same log, and another seed other ids', async (t) => {
  t.equal(log(), log());
  t.not(log(), log({ seed: 2 }));
});

t.test('every line is whole, dated and of one node, and the times never go back', async (t) => {
  const lines = log({ end: 'kill', containers: 3, streams: 2 }, 64 * MIB)
    .trimEnd()
    .split('\n');
  const times = lines.map((line) => /^(\S+\+00:00) node-1 [\w.-]+(?:\[\d+\])?: ./.exec(line)?.[1] ?? '');
  t.notOk(times.includes(''));
  t.same(times, times.toSorted());
  t.equal(
    new Set(times).size,
    times.length,
    'no two at the same time, so that the order is that of the text',
  );
});

t.test('without a limit the analyzer suspects it, with the default it says nothing', async (t) => {
  for (const version of ['1.6.20', '2.0.5', '2.1.4']) {
    const [found, ...more] = await incidents(log({ version }));
    t.match(found, { defect: 'log-line-buffer', certainty: 'suspected', node: 'node-1' }, version);
    t.same(more, []);
    t.same(await incidents(log({ version, limitBytes: 16_384 })), [], version);
  }
});

t.test('a container that is killed or closes its output is no incident of its own', async (t) => {
  for (const end of ['kill', 'eof'] as const) {
    t.same(await incidents(log({ end, limitBytes: 16_384, containers: 2 })), [], end);
  }
});

t.test(
  'where the memory is too small the kernel kills containerd, and the analyzer thinks it likely',
  async (t) => {
    const text = log({ lineBytes: 512 * MIB }, 1024 * MIB);
    t.match(text, /kernel: \[ +\d+\.\d{6}\] containerd invoked oom-killer: /);
    const [, resident = '0'] =
      /Killed process 702 \(containerd\) total-vm:\d+kB, anon-rss:(\d+)kB/.exec(text) ?? [];
    t.ok(Number(resident) <= 1024 ** 2 && Number(resident) > 0.9 * 1024 ** 2, `${resident} kB`);
    t.match(text, "containerd.service: Failed with result 'oom-kill'.");
    t.equal(text.match(/MaxContainerLogLineSize:-1/g)?.length, 2, 'it starts again, as before');
    const [found] = (await incidents(text)).filter(({ defect }) => defect === 'log-line-buffer');
    t.match(found, { certainty: 'likely', state: 'open' });
  },
);

t.test('where it fits nobody is killed', async (t) => {
  t.notMatch(log({}, 1024 * MIB), 'oom');
  t.notMatch(log({ limitBytes: 16_384 }, 128 * MIB), 'oom');
});

t.test('a sweep is a fleet: one node a run', async (t) => {
  const text = [...daemonLog([run({ limitBytes: 16_384 }), run()], { memoryBytes: null })].join('');
  const found = await incidents(text);
  t.same(
    found.map(({ defect, node }) => [defect, node]),
    [['log-line-buffer', 'node-2']],
  );
});
