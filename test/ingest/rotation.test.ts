import t from 'tap';
import { groupRotated, plainName } from '../../lib/ingest/rotation.js';

/** Groups as `live: oldest ... newest`, from names given newest first to prove that order is made, not kept. */
function grouped(names: readonly string[], modified: Readonly<Record<string, number>> = {}): string[] {
  return groupRotated(names.map((name) => ({ name, modified: modified[name] ?? 0 }))).map(
    ({ name, files }) => `${name}: ${files.map((file) => file.name).join(' ')}`,
  );
}

t.test('numbered copies: the higher the number the older, the live log last', async (t) => {
  t.same(
    grouped([
      '/var/log/kern.log',
      '/var/log/kern.log.1',
      '/var/log/kern.log.10.gz',
      '/var/log/kern.log.2.gz',
    ]),
    [
      '/var/log/kern.log: /var/log/kern.log.10.gz /var/log/kern.log.2.gz /var/log/kern.log.1 /var/log/kern.log',
    ],
  );
});

t.test('dated copies are ordered by their date, whatever was named first', async (t) => {
  t.same(grouped(['messages', 'messages-20230514', 'messages-20230430.gz', 'messages-20230507']), [
    'messages: messages-20230430.gz messages-20230507 messages-20230514 messages',
  ]);
});

t.test('each way in which rotators write a date', async (t) => {
  const ways: [copies: string[], live: string][] = [
    [['x.log.20230507-1683400000', 'x.log.20230507-1683500000'], 'x.log'],
    [['foo-20230507.log', 'foo-20230508.log.gz'], 'foo.log'],
    [['kubelet.INFO.20230501-101112.77', 'kubelet.INFO.20230502-000000.78'], 'kubelet.INFO'],
    [
      ['kubelet.n1.root.log.INFO.20230501-101112.77', 'kubelet.n1.root.log.INFO.20230501-111112.5'],
      'kubelet.n1.root.log.INFO',
    ],
    [['0.log.20230507-012345', '0.log.20230507-012346.gz'], '0.log'],
    [['audit-2023-05-07T01-02-03.000.log', 'audit-2023-05-07T01-02-04.000.log'], 'audit.log'],
    [['syslog-1683400000', 'syslog-1683500000.gz'], 'syslog'],
    [['app.1.log', 'app.log'], 'app.log'],
  ];
  for (const [copies, live] of ways) {
    t.same(grouped([...copies].reverse()), [`${live}: ${copies.join(' ')}`], live);
  }
});

t.test('numbers and dates mixed are ordered by time of change, the live log still last', async (t) => {
  const modified = { 'm-20230507': 30, 'm.1': 20, 'm.2.gz': 10, m: 5 };
  t.same(grouped(Object.keys(modified), modified), ['m: m.2.gz m.1 m-20230507 m']);
});

t.test('copies of one date are ordered by time of change', async (t) => {
  const modified = { 'm-20230507': 20, 'm.20230507': 10 };
  t.same(grouped(Object.keys(modified), modified), ['m: m.20230507 m-20230507']);
});

t.test('versions and addresses are no rotation numbers', async (t) => {
  t.same(grouped(['containerd-1.6', 'containerd-1.7', 'ip-10-0-0.1', 'ip-10-0-0.2']).length, 4);
});

t.test('a number behind a digit counts where the live log is named, too', async (t) => {
  t.same(grouped(['node1', 'node1.1']), ['node1: node1.1 node1']);
});

t.test('what is no date and no number stays alone', async (t) => {
  const names = [
    'dockerd-19.03.15-startup.raw.log',
    'x-20231307',
    'x-20230532',
    'a.log',
    'b.log',
    'x.12345',
    '.1',
    '.gz',
  ];
  t.same(
    grouped(names),
    names.map((name) => `${name}: ${name}`),
  );
});

t.test('the same name in two directories makes two logs; ./ makes none', async (t) => {
  t.same(grouped(['a/messages', 'b/messages.1', './b/messages']), [
    'a/messages: a/messages',
    'b/messages: b/messages.1 ./b/messages',
  ]);
});

t.test('a lone rotated copy keeps its own name', async (t) => {
  t.same(grouped(['messages.3.gz']), ['messages.3.gz: messages.3.gz']);
});

t.test('groups come in the order of their first file', async (t) => {
  t.same(grouped(['b.log.1', 'a.log', 'b.log']), ['b.log: b.log.1 b.log', 'a.log: a.log']);
});

t.test('plainName takes only the ending off', async (t) => {
  t.equal(plainName('/v/messages.1.gz'), '/v/messages.1');
  t.equal(plainName('/v/gz'), '/v/gz');
  t.equal(plainName('/v.gz/m'), '/v.gz/m');
});
