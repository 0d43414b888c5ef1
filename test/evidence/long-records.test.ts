import t from 'tap';
import { logFileOwner } from '../../lib/evidence/log-file/log-file-name.js';
import { createLongRecords } from '../../lib/evidence/log-file/long-records.js';
import type { Gauges } from '../../lib/evidence/types.js';

const MIB = 1024 * 1024;
const ID = '0a'.repeat(32);

function collected(live = false) {
  const found: Gauges[] = [];
  const records = createLongRecords({ onEvidence: (item) => found.push(item), live });
  const take = (head: string, bytes: number, source = 'a.log', line = 1, ended = true) =>
    records.take({ source, line, head, bytes, ended });
  const behind = (head: string, line: number, source = 'a.log') => records.behind({ source, line, head });
  return { found, take, behind, end: records.end, records };
}
const HEAD = '2026-11-21T09:34:02.788719498Z stdout F ';

t.test('the name of a file tells whose log it is', async (t) => {
  const uid = '7d3c2a52-90f1-4be0-9a0e-0c7f1f2b6a11';
  const owner = { namespace: 'default', pod: 'exporter-0', uid, container: 'dump' };
  const path = `/var/log/pods/default_exporter-0_${uid}/dump/0.log`;
  for (const name of [
    path,
    `${path}.20261121-093402.gz`,
    `${path}.20261121-093402`,
    `bundle.tar.gz:node${path}`,
  ])
    t.same(logFileOwner(name), owner, name);
  t.match(logFileOwner('pods/kube-system_etcd-m1_0123456789abcdef0123456789abcdef/etcd/3.log'), {
    pod: 'etcd-m1',
  });
  t.same(logFileOwner(`/var/log/containers/exporter-0_default_dump-${ID}.log`), { ...owner, uid: null });
  const tried = logFileOwner('/var/log/pods/default_rl-6688_rl-6688-uid/w/0.log.20261121-093402.gz');
  t.same(tried, { namespace: 'default', pod: 'rl-6688', uid: 'rl-6688-uid', container: 'w' });
  for (const name of [
    'copy.log',
    `/var/log/containers/${ID}.log`,
    `/var/lib/docker/containers/${ID}/${ID}-json.log`,
    `default_exporter-0_${uid}.log`,
    `/var/log/pods/Default_exporter-0_${uid}/dump/0.log`,
    `/var/log/pods/a_b/d/0.log`,
  ])
    t.equal(logFileOwner(name), null, name);
});

t.test('the longest record of each stream is given at the end, once', async (t) => {
  const { found, take, end } = collected();
  take(HEAD, 3 * MIB + HEAD.length, 'a.log', 1);
  take(HEAD, 9 * MIB + HEAD.length, 'a.log', 5);
  take(HEAD, 4 * MIB + HEAD.length, 'a.log', 9);
  take(HEAD.replace('stdout F', 'stderr P'), 2 * MIB + HEAD.length, 'a.log', 7);
  t.same(found, []);
  end();
  end();
  t.match(
    found.map(({ line, gauges: [gauge] }) => [line, gauge?.value]),
    [
      [5, 9 * MIB],
      [7, 2 * MIB],
    ],
  );
  t.match(found[1]?.gauges[0]?.of, /^stderr of .*ended without a newline$/);
});

t.test('a live run tells a record that is clearly longer than the last one told', async (t) => {
  const { found, take, end } = collected(true);
  for (const mib of [2, 2.1, 2.4, 2.6, 2.5, 10]) take(HEAD, mib * MIB + HEAD.length);
  end();
  t.same(
    found.map(({ gauges: [gauge] }) => (gauge?.value ?? 0) / MIB),
    [2, 2.6, 10],
  );
});

t.test('pieces of one length were cut by a limit', async (t) => {
  const partial = HEAD.replace('F', 'P');
  const { found, take, end } = collected();
  for (const [i, mib] of [4, 4, 1].entries()) take(partial, mib * MIB + HEAD.length, 'a.log', i + 1);
  end();
  t.match(found, [
    { gauges: [{ name: 'log-record-cut-bytes', value: 4 * MIB, of: /which a limit of that size cut$/ }] },
  ]);
  t.equal(found.length, 1, 'the last piece is below that limit');
});

t.test('a piece whose stream goes on was cut; the rest of its text is no record of its own', async (t) => {
  const partial = HEAD.replace('F', 'P');
  const other = HEAD.replace('stdout', 'stderr');
  const names = (found: readonly Gauges[]) =>
    found.map(({ gauges: [gauge] }) => [gauge?.name, (gauge?.value ?? 0) / MIB]);
  const short = collected();
  short.take(partial, 32 * MIB + HEAD.length, 'a.log', 1);
  short.behind(`${other}x`, 2);
  short.behind(`${HEAD}x`, 3);
  short.end();
  t.same(names(short.found), [['log-record-cut-bytes', 32]]);
  const long = collected();
  long.take(partial, 32 * MIB + HEAD.length, 'a.log', 1);
  long.take(HEAD, 20 * MIB + HEAD.length, 'a.log', 2);
  long.end();
  t.same(names(long.found), [['log-record-cut-bytes', 32]]);
  const ended = collected();
  ended.take(partial, 32 * MIB + HEAD.length, 'a.log', 1);
  ended.behind(`${other}x`, 2);
  ended.behind(`${HEAD}x`, 2, 'b.log');
  ended.end();
  t.same(names(ended.found), [['log-record-ended-bytes', 32]]);
});

t.test('a record that the end of the file cut has no newline', async (t) => {
  const { found, take, end } = collected();
  take(HEAD, 3 * MIB + HEAD.length, 'a.log', 1, false);
  end();
  t.match(found, [{ gauges: [{ of: /which the end of the file cut$/ }] }]);
});

t.test('one log by its pod and by a link: its pod is told first, in any order', async (t) => {
  const pod = '/var/log/pods/default_exporter-0_7d3c2a52-90f1-4be0-9a0e-0c7f1f2b6a11/dump/0.log';
  const link = `/var/log/containers/exporter-0_default_dump-${ID}.log`;
  for (const names of [
    [pod, link, 'copy.log'],
    ['copy.log', link, pod],
  ]) {
    const { found, take, end } = collected();
    for (const name of names) take(HEAD, 3 * MIB + HEAD.length, name);
    end();
    t.same(
      found.map(({ source }) => source),
      [pod, link, 'copy.log'],
    );
  }
});

t.test('only a record of a CRI log counts, and only from a MiB of content on', async (t) => {
  const { found, take, end } = collected();
  for (const head of [
    'x'.repeat(512),
    '2026-11-21T09:34:02.788719498Z stdin F ',
    '2026-11-21T09:34:02.788719498Z stdout X ',
    '2026-11-21T09:34:02.788719498Z stdout F',
    '2026-11-21 09:34:02 stdout F ',
    '{"log":"2026-11-21T09:34:02.788719498Z stdout F x',
    'Nov 21 09:34:02 w1 app[1]: 2026-11-21T09:34:02.7Z stdout F ',
  ])
    take(head, 50 * MIB, head);
  take(HEAD, MIB + HEAD.length - 1);
  end();
  t.same(found, []);
  const tagged = collected();
  tagged.take('2026-11-21T09:34:02.788719498+08:00 stderr P:tag x', MIB + 200);
  tagged.end();
  t.match(tagged.found, [{ at: { ms: Date.UTC(2026, 10, 21, 1, 34, 2, 788) } }]);
});

t.test('of thousands of files the longest records are kept', async (t) => {
  const { found, take, end, records } = collected();
  for (let i = 0; i < 3000; i++) take(HEAD, (i === 7 ? 9000 : 2 + (i % 50)) * MIB, `${i}.log`);
  end();
  t.equal(found.length, 256);
  t.equal(records.dropped, 3000 - 256);
  t.ok(found.some(({ source }) => source === '7.log'));
});
