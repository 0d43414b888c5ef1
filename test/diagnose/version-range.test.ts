import t from 'tap';
import { programOf } from '../../lib/correlate/program.js';
import type { VersionRule } from '../../lib/diagnose/defect.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { compareNumbers, parseVersion, type VersionNumber } from '../../lib/diagnose/version-number.js';
import { judgeVersion } from '../../lib/diagnose/version-range.js';

const hungCall: VersionRule = {
  product: 'dockerd',
  affected: [{ before: '20.10.10' }],
  fixed: '20.10.10',
  backports: [
    { match: '^v?1\\.13\\.', answer: 'unknown', why: 'patched by Red Hat' },
    { match: '^20\\.10\\.5\\+dfsg', answer: 'affected', why: 'no back-port in the changelog' },
  ],
  source: 'test',
};
const spans: VersionRule = {
  product: 'dockerd',
  affected: [
    { from: '27.4.0-rc.1', before: '27.4.1' },
    { from: '27.4.1', when: { fact: 'exporterConfigured', atLeast: 1 } },
  ],
  fixed: '27.4.1',
  source: 'test',
};
const pusher: VersionRule = {
  product: 'containerd',
  affected: [
    { from: '1.5.15', before: '1.5.19' },
    { from: '1.6.9', before: '1.6.40' },
    { from: '1.7.0', before: '1.7.14' },
  ],
  fixed: '1.7.14',
  source: 'test',
};
const lineLimit: VersionRule = {
  product: 'containerd',
  affected: [{ from: '1.1.2', when: { fact: 'lineLimit', atMost: 0 } }],
  fixed: null,
  source: 'test',
};

const HUNG_CALL: Readonly<Record<string, string>> = {
  '19.03.15': 'affected',
  'v19.03.15': 'affected',
  '17.05.0-ce': 'affected',
  '18.06.1~ce~3-0~ubuntu': 'affected',
  '5:19.03.15~3-0~ubuntu-bionic': 'affected',
  '19.03.15-3.el7': 'affected',
  '19.03.15-ce': 'affected',
  '20.10.9-ce-rc1': 'affected',
  '20.10.5+dfsg1': 'affected',
  '20.10.24+dfsg1': 'fixed',
  '5:27.4.1-1~debian.12~bookworm': 'fixed',
  '20.10.10': 'fixed',
  '20.10.17-ce': 'fixed',
  '23.0.9-1': 'fixed',
  '23.0.10+azure-ubuntu22.04u1': 'fixed',
  '20.10.7-0ubuntu5~20.04.2': 'unknown',
  '20.10.8+dfsg1-2': 'unknown',
  '20.10.10-rc1': 'unknown',
  '1.13.1': 'unknown',
  '1.13.1-209.git7d71120.el7_9': 'unknown',
  '19.03.15-209.git7d71120.el7_9': 'unknown',
  '17.06.2-ee-16': 'unknown',
  '20.10.x-mirantis': 'unknown',
  '20.10.5-1': 'unknown',
  '19.03.13-balena': 'unknown',
  '28.0.0-dev': 'unknown',
  '20.10.9-41-g79ea9d3080': 'unknown',
  dev: 'unknown',
  '7d71120': 'unknown',
  '420b1d3625': 'unknown',
  'library-import': 'unknown',
  'v0.0.0-20230510090727-ea55db55fac7': 'unknown',
  '': 'unknown',
};
for (const [version, expected] of Object.entries(HUNG_CALL)) {
  t.test(`hung call, ${version === '' ? 'an empty version' : version}: ${expected}`, async (t) => {
    t.equal(judgeVersion(hungCall, version, {}).answer, expected);
  });
}

t.test(
  'a defect of one release: before it, its candidates, its fix, and the way it comes back',
  async (t) => {
    const answer = (version: string, exporterConfigured: number | null = null) =>
      judgeVersion(spans, version, { exporterConfigured }).answer;
    t.equal(answer('27.3.1'), 'unaffected');
    t.equal(answer('27.4.0-beta.1'), 'unaffected');
    t.equal(answer('27.4.0-rc.1'), 'affected');
    t.equal(answer('27.4.0~rc.2-1~ubuntu.22.04~jammy'), 'affected');
    t.equal(answer('27.4.0'), 'affected');
    t.equal(answer('27.4.0', 0), 'affected', 'with no exporter, too');
    t.equal(answer('5:27.4.0-1~debian.12~bookworm'), 'affected');
    t.equal(answer('27.4.1'), 'unknown', 'nothing says whether an exporter is configured');
    t.equal(answer('27.4.1', 0), 'fixed');
    t.equal(answer('27.4.1', 1), 'affected');
    t.equal(answer('20.10.24+dfsg1', 1), 'unaffected');
    t.match(
      judgeVersion(spans, '28.1.0', { exporterConfigured: 0 }).reason,
      /only where exporterConfigured >= 1, which is not so/,
    );
    t.match(judgeVersion(spans, '28.1.0', {}).reason, /exporterConfigured >= 1, and nothing states that/);
  },
);

t.test('several branches: each has its own end, and a gap between two is not the defect', async (t) => {
  const answer = (version: string) => judgeVersion(pusher, version, {}).answer;
  t.equal(answer('1.5.14'), 'unaffected');
  t.equal(answer('1.5.18'), 'affected');
  t.equal(answer('1.6.8'), 'unaffected');
  t.equal(answer('1.6.39'), 'affected');
  t.equal(answer('1.7.13'), 'affected');
  t.equal(answer('1.7.14'), 'fixed');
  t.equal(answer('1.7.27-0ubuntu1~22.04.1'), 'fixed');
  t.equal(answer('2.0.0-beta.1'), 'fixed');
  t.equal(answer('v2.1.4'), 'fixed');
  t.equal(answer('1.6.20~ds1-1+b1'), 'unknown', 'a package may carry a fix, and no rule says so');
  t.match(judgeVersion(pusher, '1.6.20~ds1', {}).reason, /a Debian package, which may carry the fix or not/);
});

t.test('a version before the defect is not one with the fix, in the gap of a branch neither', async (t) => {
  const rule: VersionRule = {
    ...pusher,
    affected: [
      { from: '1.5.15', before: '1.6.0' },
      { from: '1.6.9', before: '1.7.0' },
      { from: '1.7.0', before: '1.7.14' },
    ],
  };
  for (const [version, brought] of [
    ['1.5.14', '1.5.15'],
    ['1.6.8', '1.6.9'],
  ] as const) {
    const verdict = judgeVersion(rule, version, {});
    t.match(verdict, { answer: 'unaffected', predates: true });
    t.match(verdict.reason, `before ${brought}, which brought it`);
  }
  t.match(judgeVersion(rule, '1.7.14', {}), { answer: 'fixed', predates: false });
  t.match(judgeVersion(spans, '27.3.1', {}), { answer: 'unaffected', predates: true });
});

t.test('several versions of one product prove nothing', async (t) => {
  const { answer, reason } = judgeVersion(spans, '27.4.0 or 28.0.1', {});
  t.equal(answer, 'unknown');
  t.equal(reason, 'different versions of dockerd are stated, 27.4.0 and 28.0.1');
});

t.test('where no release has a fix no package has one', async (t) => {
  t.equal(judgeVersion(lineLimit, '1.6.20~ds1', { lineLimit: -1 }).answer, 'affected');
  t.equal(judgeVersion(lineLimit, '1.6.20~ds1', { lineLimit: 16_384 }).answer, 'unaffected');
  t.equal(judgeVersion(lineLimit, '1.7.27-k3s1', { lineLimit: null }).answer, 'unknown');
  t.equal(judgeVersion(lineLimit, '1.1.1', { lineLimit: -1 }).answer, 'unaffected');
});

t.test('every answer says why', async (t) => {
  const reason = (version: string | null) => judgeVersion(hungCall, version, {}).reason;
  t.equal(reason(null), 'no line shows which dockerd runs');
  t.equal(reason('dev'), '"dev" is not a version number');
  t.equal(reason('19.03.15'), 'dockerd < 20.10.10, version 19.03.15');
  t.equal(reason('20.10.24+dfsg1'), 'dockerd >= 20.10.10, version 20.10.24+dfsg1 (a Debian package)');
  t.match(reason('17.06.2-ee-16'), /a Docker Enterprise build, which may carry the fix or not/);
  t.match(reason('20.10.10-rc1'), /a candidate of 20\.10\.10, where that changes/);
  t.match(reason('28.0.0-dev'), /a development build/);
  t.equal(reason('1.13.1'), 'patched by Red Hat (version 1.13.1)');
  t.ok(reason('\u001b[31mx'.repeat(100)).length < 500);
});

t.test('the order of versions', async (t) => {
  const ascending = [
    '1.13.1',
    '17.05',
    '19.03.9',
    '19.03.15',
    '20.10.0-beta1',
    '20.10.0-rc1',
    '20.10.0-rc2',
    '20.10.0',
  ];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      const [left, right] = [parseVersion(a), parseVersion(b)] as [VersionNumber, VersionNumber];
      t.equal(Math.sign(compareNumbers(left, right)), Math.sign(i - j), `${a} ${b}`);
    }
  }
});

t.test('what ships: stuck-stop knows the builds that its number does not tell', async (t) => {
  const [rule] = (await loadDefects()).get('stuck-stop')?.versions ?? [];
  if (rule === undefined) return t.fail('no rule');
  const answer = (version: string) => judgeVersion(rule, version, {}).answer;
  t.equal(answer('20.10.9'), 'affected');
  t.equal(answer('20.10.5+dfsg1'), 'affected');
  t.equal(answer('20.10.5+dfsg1-1+deb11u1'), 'unknown');
  t.equal(answer('20.10.24+dfsg1-1+deb12u1'), 'fixed');
  t.equal(answer('20.10.27'), 'fixed');
  t.equal(answer('20.10.43'), 'unknown', 'balena counts on');
  t.equal(answer('1.13.1'), 'unknown');
});

t.test('one name for a product', async (t) => {
  for (const name of ['docker', 'Docker', 'docker-ce', 'docker.io', 'moby-engine', 'dockerd'])
    t.equal(programOf(name), 'dockerd');
  t.equal(programOf('containerd.io'), 'containerd');
  t.equal(programOf('runc'), 'runc');
});

t.test('random strings get an answer, and soon', async (t) => {
  const seed = Number(process.env['SEED'] ?? 20_241_214);
  t.comment(`seed ${seed}`);
  const parts = [
    '1',
    '20.10',
    '.9',
    '-rc',
    '~',
    '+dfsg1',
    'ubuntu',
    'ce',
    '-',
    '\u0000',
    '𝔵',
    '.',
    'git7d71120',
    '99999999999',
  ];
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const start = performance.now();
  for (let i = 0; i < 5_000; i++) {
    const version = Array.from({ length: next(12) }, () => parts[next(parts.length)]).join('');
    const { answer, reason } = judgeVersion(i % 2 === 0 ? hungCall : spans, version, {});
    if (!['affected', 'fixed', 'unaffected', 'unknown'].includes(answer) || reason === '') t.fail(version);
  }
  judgeVersion(pusher, '1.'.repeat(1e6), {});
  judgeVersion(pusher, `1.7.0${'-0'.repeat(1e6)}`, {});
  t.ok(performance.now() - start < 5_000);
});
