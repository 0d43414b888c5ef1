/** What exposes containerd to an endless line: the start-up lines of all versions in every envelope, and its configuration. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { files, verdictOf } from './line-buffer-inputs.js';
import { outcomeOf, outcomeOfText } from './run.js';

const CONFIG = 'test/fixtures/cases/containerd-line-limit.config.toml';

const told = async (log: string): Promise<string | null> => {
  const { incidents } = await outcomeOfText(log, { all: true });
  return incidents[0] === undefined ? null : `${incidents[0].certainty} ${incidents[0].state}`;
};

const lineWith = (file: string, words: string): string =>
  readFileSync(file, 'utf8')
    .split('\n')
    .find((line) => line.includes(words)) ?? '';
const V2 = lineWith(
  'test/fixtures/captures/containerd-2.1.4-cri-unlimited-newline.raw.log',
  'msg="starting cri plugin"',
);
const V1_LOGGED = lineWith(
  'test/fixtures/corpus/124-m-start-cri-plugin-unlimited.log',
  'Start cri plugin with config',
);
const V1 = V1_LOGGED.slice(V1_LOGGED.indexOf('time="'));
const LINES: Readonly<Record<string, string>> = {
  '1.x': V1,
  '2.0': V2.replace('maxContainerLogLineSize', 'maxContainerLogSize'),
  '2.1': V2,
};

const ENVELOPES: Readonly<Record<string, (line: string) => string>> = {
  raw: (line) => line,
  'rsyslog traditional': (line) => `Nov 21 01:36:24 w1 containerd[702]: ${line}`,
  'rsyslog with escaped tabs': (line) => `Nov 21 01:36:24 w1 containerd[702]: ${line} a#011b="#011"`,
  'rsyslog ISO': (line) => `2026-11-21T01:36:24.210188+00:00 w1 containerd[702]: ${line}`,
  'rsyslog RFC 5424': (line) => `<30>1 2026-11-21T01:36:24.210188+00:00 w1 containerd 702 - - ${line}`,
  'rsyslog imfile': (line) => `Nov 21 01:36:24 w1 containerd: ${line}`,
  'journal short': (line) => `Nov 21 01:36:24 w1 containerd[702]: ${line}`,
  'journal JSON': (line) =>
    JSON.stringify({
      __REALTIME_TIMESTAMP: '1795224984210188',
      _HOSTNAME: 'w1',
      SYSLOG_IDENTIFIER: 'containerd',
      _PID: '702',
      MESSAGE: line,
    }),
  'journal export': (line) =>
    [
      '__CURSOR=s=1;i=1',
      '__REALTIME_TIMESTAMP=1795224984210188',
      '_HOSTNAME=w1',
      'SYSLOG_IDENTIFIER=containerd',
      '_PID=702',
      `MESSAGE=${line}`,
      '',
    ].join('\n'),
};

for (const [version, line] of Object.entries(LINES)) {
  t.test(`the start-up line of ${version} in every envelope`, async (t) => {
    for (const [envelope, wrap] of Object.entries(ENVELOPES)) {
      t.equal(await told(`${wrap(line)}\n`), 'suspected open', envelope);
      t.equal(
        await told(`${wrap(line.replaceAll('Size:-1', 'Size:0').replaceAll('":-1', '":0'))}\n`),
        'suspected open',
        `0, ${envelope}`,
      );
      t.equal(await told(`${wrap(limited(line))}\n`), null, `16384, ${envelope}`);
    }
  });

  t.test(
    `the start-up line of ${version} cut by syslog is not known, but for a minus sign that is left of the value`,
    async (t) => {
      const value = line.indexOf('-1', line.search(/axContainerLog/));
      for (const limit of ['-1', '16384', '0']) {
        const whole = line.slice(0, value) + limit + line.slice(value + 2);
        for (let end = value - 4; end <= value + limit.length; end++) {
          const cut = whole.slice(0, end);
          // What begins with a minus sign is no limit, whatever follows.
          const expected = limit === '-1' && end > value ? 'suspected open' : null;
          t.equal(await told(`Nov 21 01:36:24 w1 containerd[702]: ${cut}\n`), expected, cut.slice(-40));
        }
        const behind = `Nov 21 01:36:24 w1 containerd[702]: ${whole.slice(0, value + limit.length + 12)}\n`;
        t.equal(
          await told(behind),
          limit === '16384' ? null : 'suspected open',
          `${limit} and a little more`,
        );
      }
    },
  );

  t.test(`the start-up line of ${version} is read to its end where it is long`, async (t) => {
    const start = line.search(/axContainerLog/) - 1;
    const at = version === '1.x' ? line.lastIndexOf(' ', start) + 1 : line.lastIndexOf('\\"', start);
    const filler = version === '1.x' ? 'Mirror:registry ' : '\\"mirror\\":\\"registry\\",';
    for (const kib of [100, 1000]) {
      const much = filler.repeat(Math.ceil((kib * 1024) / filler.length));
      t.equal(await told(`${line.slice(0, at)}${much}${line.slice(at)}\n`), 'suspected open', `${kib} KiB`);
    }
  });
}

function limited(line: string): string {
  return line.replaceAll('Size:-1', 'Size:16384').replaceAll('":-1', '":16384');
}

t.test('a line whose quotes are escaped twice', async (t) => {
  const nested = JSON.stringify({ log: `${V2}\n`, stream: 'stderr', time: '2026-11-21T01:36:24.210188656Z' });
  const { incidents } = await outcomeOfText(`${nested}\n`, { all: true });
  t.match(incidents, [{ certainty: 'suspected' }], 'containerd in a container (kind): its output');
});

t.test('captures: without a limit it is suspected, with the default nothing is said', async (t) => {
  const capture = (name: string): string => `test/fixtures/captures/containerd-2.1.4-cri-${name}.raw.log`;
  t.equal(await verdictOf([capture('unlimited-newline')], true), 'suspected open');
  t.equal(await verdictOf([capture('unlimited-newline')]), null);
  t.equal(await verdictOf([capture('default')], true), null);
});

t.test('configuration alone exposes: suspected, with the reason', async (t) => {
  t.equal(await verdictOf([CONFIG], true), 'suspected open');
  t.equal(await verdictOf([CONFIG]), null);
  const { summary } = await outcomeOf([CONFIG]);
  t.match(summary.notShown, [{ defect: 'log-line-buffer', why: [/is -1: no limit/] }]);
  const [info, dump, healthy] = await files(t, {
    'crictl.json': '{"config":{"maxContainerLogSize":0}}\n',
    'dump.toml':
      "version = 3\n[plugins]\n[plugins.'io.containerd.cri.v1.runtime']\n  max_container_log_line_size = -1\n",
    'healthy.toml':
      "version = 3\n[plugins]\n[plugins.'io.containerd.cri.v1.runtime']\n  max_container_log_line_size = 16384\n",
  });
  t.equal(await verdictOf([info as string], true), 'suspected open');
  t.equal(await verdictOf([dump as string], true), 'suspected open');
  t.equal(await verdictOf([healthy as string], true), null);
});

t.test('a drop-in file stands above config.toml, a running daemon above both', async (t) => {
  const toml = (limit: number): string =>
    `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = ${limit}\n`;
  const [main, dropIn, info] = (await files(t, {
    'config.toml': toml(16384),
    'conf.d/50-logs.toml': toml(-1),
    'crictl.json': '{"config":{"maxContainerLogLineSize":16384}}\n',
  })) as [string, string, string];
  for (const names of [
    [main, dropIn],
    [dropIn, main],
  ])
    t.equal(await verdictOf(names, true), 'suspected open');
  for (const names of [
    [main, dropIn, info],
    [info, dropIn, main],
  ]) {
    t.equal(await verdictOf(names, true), 'suspected open', 'exposed at the next restart');
    t.equal(await verdictOf(names), null);
  }
  t.equal(await verdictOf([main, info], true), null);
});
