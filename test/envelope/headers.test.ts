import t, { type Test } from 'tap';
import type { LogRecord } from '../../lib/envelope/types.js';
import { fixtureLines, record, shown } from './candidate.js';

const ID = '3b8d5b2b6001e4642c3cea9eabc272024e8b6cc6e6adc32141439f3db845541a';
const INNER = `time="2017-11-09T16:02:43.120899124Z" level=info msg="Container ${ID} failed to exit within 10 seconds of signal 15 - using the force"`;
const MESSAGE = `Container ${ID} failed to exit within 10 seconds of signal 15 - using the force`;

type Expected = readonly [
  envelope: string,
  host: string | null,
  tag: string | null,
  pid: number | null,
  time: string | null,
];

function check(t: Test, line: string, expected: Expected): void {
  const got = record(line);
  const { host, tag, pid, envelopeTime, envelopes } = got;
  t.strictSame(
    [envelopes.slice(0, -1).join(), host, tag, pid, shown(envelopeTime)],
    expected,
    line.slice(0, 60),
  );
  t.equal(got.message, MESSAGE, line.slice(0, 60));
  t.equal(shown(got.innerTime), '2017-11-09T16:02:43.120899124Z');
}

t.test('syslog headers with and without priority, host, pid, tag and year', async (t) => {
  const time = '?-11-09 08:02:43';
  const lines: Record<string, Expected> = {
    'Nov  9 08:02:43 node1 dockerd[1957]: ': ['rfc3164', 'node1', 'dockerd', 1957, time],
    '<30>Nov  9 08:02:43 node1 dockerd[1957]: ': ['rfc3164', 'node1', 'dockerd', 1957, time],
    'Nov 09 08:02:43 node1 dockerd: ': ['rfc3164', 'node1', 'dockerd', null, time],
    'Nov 09 08:02:43 dockerd:  ': ['rfc3164', null, 'dockerd', null, time],
    'Nov 09 08:02:43  containerd[1919]: ': ['rfc3164', null, 'containerd', 1919, time],
    'Nov 09 08:02:43 balenad[17197]: ': ['rfc3164', null, 'balenad', 17197, time],
    'Nov  9 08:02:43 ': ['rfc3164', null, null, null, time],
    'Nov  9 08:02:43 node1 ': ['rfc3164', 'node1', null, null, time],
    'Nov  9 08:02:43 ** dockerd[7]: ': ['rfc3164', '**', 'dockerd', 7, time],
    'Nov  9 08:02:43 acc-xxxxx env[2655]: ': ['rfc3164', 'acc-xxxxx', 'env', 2655, time],
    'Nov  9 08:02:43 h docker.stderr.log: ': ['rfc3164', 'h', 'docker.stderr.log', null, time],
    'Nov  9 08:02:43 fe80::1 docker-current: ': ['rfc3164', 'fe80::1', 'docker-current', null, time],
    'Nov  9 2017 08:02:43 h dockerd[7]: ': ['rfc3164', 'h', 'dockerd', 7, '2017-11-09 08:02:43'],
    'Nov  9 08:02:43 2017 h dockerd[7]: ': ['rfc3164', 'h', 'dockerd', 7, '2017-11-09 08:02:43'],
    '2017 Nov  9 08:02:43 h dockerd[7]: ': ['rfc3164', 'h', 'dockerd', 7, '2017-11-09 08:02:43'],
    'Nov 09 08:02:43.120950 vm dockerd[13027]: ': ['journal-short', 'vm', 'dockerd', 13027, `${time}.120950`],
    'dockerd[1957]: ': ['rfc3164', null, 'dockerd', 1957, null],
    'Nov  9 08:02:43 h docker[12121]: ......': ['rfc3164', 'h', 'docker', 12121, time],
  };
  for (const [head, expected] of Object.entries(lines)) check(t, head + INNER, expected);
});

t.test('months in the languages that logs were seen in', async (t) => {
  const heads: Record<string, number> = {
    'nov 08': 11,
    '8月 27': 8,
    '12月 1': 12,
    'Dez 06': 12,
    'Okt  6': 10,
    'Mär 03': 3,
    'mai 03': 5,
    'févr. 08': 2,
    'août 08': 8,
    'déc. 08': 12,
    'ene 08': 1,
    'abr 08': 4,
    'gen 08': 1,
    'giu 08': 6,
    'set 08': 9,
    'mrt 08': 3,
    'mei 08': 5,
    'maj 08': 5,
    'paź 08': 10,
    'sty 08': 1,
    'дек 08': 12,
    'мая 08': 5,
    '4월 15': 4,
  };
  for (const [date, month] of Object.entries(heads)) {
    const got = record(`${date} 19:48:28 A40 dockerd[7]: ${INNER}`);
    t.match(got.envelopeTime, { kind: 'local', year: null, month, hour: 19 }, date);
    t.strictSame([got.host, got.tag, got.message], ['A40', 'dockerd', MESSAGE], date);
  }
});

t.test('a header that only looks like one is text', async (t) => {
  for (const line of [
    'Foo  9 08:02:43 node1 dockerd[1957]: text',
    'Nov 31 08:02:43 node1 dockerd[1957]: text',
    'Nov  9 28:02:43 node1 dockerd[1957]: text',
    '2019-05-10 07:06:26,297 ERROR some.Class: boom',
    'step 3: time="2017-11-09T16:02:43Z" level=info msg="x"',
  ]) {
    const got = record(line);
    t.strictSame([got.envelopes, got.message, got.tag, got.host], [['plain'], line, null, null], line);
  }
});

t.test('a message that begins with a word and a colon keeps it', async (t) => {
  const cases: Record<string, string> = {
    'May  1 10:00:00 panic: send on closed channel': 'panic: send on closed channel',
    'May  1 10:00:00 INFO: task mysqld:52110 blocked for more than 120 seconds.':
      'INFO: task mysqld:52110 blocked for more than 120 seconds.',
    'May  1 10:00:00 n systemd[1]: docker.service: Main process exited':
      'docker.service: Main process exited',
  };
  for (const [line, message] of Object.entries(cases)) t.equal(record(line).message, message);
});

t.test('RFC 5424 with and without structured data, byte order mark and octet count', async (t) => {
  const time = '2017-11-09T08:02:43.120950Z';
  const stamp = '2017-11-09T09:02:43.120950+01:00';
  const cases: Record<string, Expected> = {
    [`<30>1 ${stamp} vm dockerd 13027 - -  `]: ['rfc5424', 'vm', 'dockerd', 13027, time],
    [`<30>1 ${stamp} vm dockerd - - - `]: ['rfc5424', 'vm', 'dockerd', null, time],
    [`<30>1 ${stamp} vm dockerd - ID47 [a@1 k="v] \\" \\] w"][b@2] \ufeff`]: [
      'rfc5424',
      'vm',
      'dockerd',
      null,
      time,
    ],
    [`231 <30>1 ${stamp} - dockerd - - - `]: ['rfc5424', null, 'dockerd', null, time],
    '<30>1 - vm dockerd - - - ': ['rfc5424', 'vm', 'dockerd', null, null],
  };
  for (const [head, expected] of Object.entries(cases)) check(t, head + INNER, expected);
});

t.test('ISO times of rsyslog and journald, with any spelling of the offset', async (t) => {
  const utc = '2017-11-09T16:02:43.120950Z';
  const cases: Record<string, Expected> = {
    '2017-11-10T00:02:43.120950+08:00 host-docker-01 dockerd[1957]: ': [
      'iso',
      'host-docker-01',
      'dockerd',
      1957,
      utc,
    ],
    '2017-11-09T16:02:43.120950+0000 vm dockerd[1]: ': ['iso', 'vm', 'dockerd', 1, utc],
    '2017-11-09T08:02:43.120950-08 vm dockerd: ': ['iso', 'vm', 'dockerd', null, utc],
    '2017-11-09T16:02:43Z vm dockerd: ': ['iso', 'vm', 'dockerd', null, '2017-11-09T16:02:43Z'],
    '2017-11-09 16:02:43 vm dockerd[1]: ': ['iso', 'vm', 'dockerd', 1, '2017-11-09 16:02:43'],
  };
  for (const [head, expected] of Object.entries(cases)) check(t, head + INNER, expected);
});

t.test('journalctl short-full states an offset only where the zone has one meaning', async (t) => {
  const zones: Record<string, string> = {
    UTC: '2017-11-09T08:02:43Z',
    GMT: '2017-11-09T08:02:43Z',
    '+0530': '2017-11-09T02:32:43Z',
    '-03': '2017-11-09T11:02:43Z',
    CST: '2017-11-09 08:02:43',
    CET: '2017-11-09 08:02:43',
  };
  for (const [zone, time] of Object.entries(zones)) {
    check(t, `Thu 2017-11-09 08:02:43 ${zone} vm dockerd[1]: ${INNER}`, [
      'journal-short-full',
      'vm',
      'dockerd',
      1,
      time,
    ]);
  }
  check(t, `Do 2017-11-09 08:02:43 CET vm dockerd[1]: ${INNER}`, [
    'journal-short-full',
    'vm',
    'dockerd',
    1,
    '2017-11-09 08:02:43',
  ]);
});

t.test(
  'journalctl with-unit names the unit, short-unix the epoch, short-monotonic the seconds since boot',
  async (t) => {
    const unit = record(`Thu 2017-11-09 08:02:43 UTC vm docker.service[13027]: ${INNER}`);
    t.strictSame([unit.unit, unit.tag, unit.pid], ['docker.service', null, 13027]);
    const systemd = record(
      'Thu 2017-11-09 08:02:43 UTC vm init.scope[1]: docker.service: Failed with result',
    );
    t.strictSame([systemd.unit, systemd.tag], ['init.scope', 'systemd']);
    check(t, `1510243363.120950 vm dockerd[1]: ${INNER}`, [
      'journal-short-unix',
      'vm',
      'dockerd',
      1,
      '2017-11-09T16:02:43.120950Z',
    ]);
    check(t, `[ 1740.028416] vm dockerd[13027]: ${INNER}`, [
      'journal-short',
      'vm',
      'dockerd',
      13027,
      '1740.028416s',
    ]);
  },
);

t.test('kernel lines in all their clocks', async (t) => {
  const text = 'INFO: task mysqld:52110 blocked for more than 120 seconds.';
  const cases: Record<string, string | null> = {
    '[  605.337319] ': '605.337319s',
    '[605337.319112] ': '605337.319112s',
    '<3>[  605.337319] ': '605.337319s',
    '[  605.337319][   T42] ': '605.337319s',
    'kern  :err   : [  605.337319] ': '605.337319s',
    '[Thu Oct  9 09:49:59 2025] ': '2025-10-09 09:49:59',
    '[So Dez  6 10:31:12 2020] ': '2020-12-06 10:31:12',
    '[二 9月  3 05:57:48 2024] ': '2024-09-03 05:57:48',
    '[So Jan  5 13:49:21 2020] ': '2020-01-05 13:49:21',
    '2025-10-09T09:49:59,123456+02:00 ': '2025-10-09T07:49:59.123456Z',
  };
  for (const [head, time] of Object.entries(cases)) {
    const got = record(head + text);
    t.strictSame([got.envelopes, got.message, shown(got.envelopeTime)], [['dmesg'], text, time], head);
  }
  const nested = record(`May 20 02:11:40 gpu1 kernel: [329112.718927] ${text}`);
  t.strictSame([nested.envelopes, nested.message, nested.tag], [['rfc3164', 'dmesg'], text, 'kernel']);
  t.strictSame([shown(nested.envelopeTime), nested.innerTime], ['?-05-20 02:11:40', null]);
  const bare = record(`May 20 02:11:40 gpu1 kernel: ${text}`);
  t.strictSame([bare.envelopes, bare.message], [['rfc3164'], text]);
  const [german] = fixtureLines('corpus/067-m-direct-sigkill-plus-mysqld-hung-task.log');
  t.strictSame(
    [record(german ?? '').message, shown(record(german ?? '').envelopeTime)],
    [text, '2020-12-06 10:31:12'],
  );
});

t.test('CI, kubectl, compose, BuildKit, grep and mail prefixes come off', async (t) => {
  for (const prefix of [
    '2024-02-09T16:31:13.0182211Z ',
    '2024-02-09T16:31:13.018221134Z ',
    '[pod/kube-system/dind] ',
    'pod/dind-0 docker ',
    'web_1  | ',
    'dind | ',
    '> ',
    '>> ',
    'messages:',
    '/var/log/messages:1234:',
    '#12 3.45 ',
    '\x1b[36mweb_1  |\x1b[0m ',
  ]) {
    const got = record(prefix + INNER);
    t.strictSame([got.envelopes, got.message], [['ci-prefix', 'logfmt'], MESSAGE], prefix);
  }
  const both = record(`2024-02-09T16:31:13.0182211Z #12 3.45 ${INNER}`);
  t.strictSame(both.envelopes, ['ci-prefix', 'ci-prefix', 'logfmt']);
  const nested = record(`messages-20230501:May  1 10:47:56 n dockerd[7]: ${INNER}`);
  t.strictSame(
    [nested.envelopes, nested.host, nested.tag],
    [['ci-prefix', 'rfc3164', 'logfmt'], 'n', 'dockerd'],
  );
});

t.test('ordinary text keeps what looks like a prefix', async (t) => {
  for (const line of [
    '> GET /debug/pprof/heap HTTP/1.1',
    'ls | grep x',
    'foo:bar',
    '#9 [internal] load build context',
    'pod/x',
  ]) {
    t.strictSame([record(line).envelopes, record(line).message], [['plain'], line], line);
  }
});

t.test('every line of a CI log loses its time and nothing else', async (t) => {
  const lines = fixtureLines('corpus/102-m-buildx-clienttracer-gha.log');
  const got = lines.map((line) => record(line));
  t.strictSame(
    got.map((one) => one.message),
    lines.map((line) => line.slice(29)),
  );
  t.equal(shown(got[2]?.envelopeTime ?? null), '2024-02-09T16:31:13.1361175Z');
});

t.test('rsyslog writes tabs and newlines of a stack trace as octal', async (t) => {
  const got = record('Nov 21 01:01:08 vm dockerd[1]: #011/go/src/pusher.go:375 +0xb0#012panic');
  t.equal(got.message, '\t/go/src/pusher.go:375 +0xb0\npanic');
  t.equal(record('issue #011').message, 'issue #011', 'only where a transport wrote it');
});

t.test('what a container printed is told by its tag', async (t) => {
  const of = (tag: string): LogRecord => record(`May 03 13:59:06 h ${tag} ${INNER}`);
  for (const tag of [
    'e593ab6439fe[8721]:',
    `${ID}[1]:`,
    'docker/web[2]:',
    'docker/e593ab6439fe[2]:',
    'docker_proxy-portal_1:',
    'k8s_app_pod-0_ns_uid_0[7]:',
  ]) {
    t.equal(of(tag).containerOutput, true, tag);
  }
  for (const tag of [
    'dockerd[1]:',
    'docker[1]:',
    'docker-current:',
    'e593ab6439[1]:',
    'docker_proxy:',
    'kernel:',
  ]) {
    t.equal(of(tag).containerOutput, false, tag);
  }
  t.equal(
    record(`<30>1 2017-11-09T09:02:43Z vm e593ab6439fe 1 - - ${INNER}`).containerOutput,
    true,
    'RFC 5424',
  );
});
