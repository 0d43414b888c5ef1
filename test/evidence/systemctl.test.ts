import t from 'tap';
import { looksLikeSystemctl, readSystemctl } from '../../lib/evidence/outputs/systemctl.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const stated = (path: string) => statementsOf(readSystemctl(fixture(path)));
const statedBy = (text: string, source?: string) => statementsOf(readSystemctl(documentOf(text, source)));

t.test('status of case A gives memory, tasks and the flags of dockerd', (t) => {
  t.same(stated('cases/dockerd-stuck-stop.systemctl-status.txt'), [
    'dockerd active-since=Thu 2023-05-04 10:18:14 CST @3',
    'dockerd data-root=/var/lib/docker @9',
    'dockerd log-max-size=50m @9',
    'dockerd log-max-file=5 @9',
    'dockerd tasks=41 @6',
    'dockerd memory-bytes=2254857830 @7',
  ]);
  for (const { program, pid, at } of readSystemctl(fixture('cases/dockerd-stuck-stop.systemctl-status.txt'))
    .evidence) {
    t.same([program, pid, at], ['dockerd', 160_002, null]);
  }
  t.end();
});

t.test('newer status: peak, a cut command line, an exact time, and units that do not run', (t) => {
  t.same(stated('evidence/systemctl-status-255.txt'), [
    'dockerd active-since=2024-12-16T08:01:12Z @5',
    'dockerd live-restore=true @13',
    'dockerd log-driver=json-file @13',
    'dockerd cgroup-driver=systemd @13',
    'dockerd tasks=87 @9',
    'dockerd memory-bytes=12240656794 @10',
    'dockerd memory-peak-bytes=12884901888 @10',
  ]);
  const plain = fixtureText('evidence/systemctl-status-255.txt')
    .replace(/●/g, '*')
    .replace(/├─/g, '|-')
    .replace(/└─/g, '`-')
    .replace(/×/g, 'x');
  t.same(statedBy(plain), stated('evidence/systemctl-status-255.txt'), 'the same without UTF-8');
  t.end();
});

t.test('show gives restarts, limits and the exporter, for each unit that is a daemon of ours', (t) => {
  t.same(stated('evidence/systemctl-show-docker.txt'), [
    'dockerd limit-nofile=infinity @18',
    'dockerd active-since=Wed 2021-07-14 06:03:46 PDT @22',
    'dockerd otel-exporter=http://otel-collector:4318 @17',
    'dockerd live-restore=false @9',
    'dockerd debug=true @9',
    'dockerd restarts=9 @6',
    'dockerd memory-bytes=11486310912 @13',
    'containerd limit-nofile=1048576 @27',
    'containerd active-since=2024-12-16T08:01:12Z @29',
    'containerd otel-exporter= @28',
    'containerd restarts=0 @25',
  ]);
  t.end();
});

t.test('single properties belong to the unit that the command or the name of the source says', (t) => {
  const bare = 'NRestarts=9\nEnvironment=\n';
  t.same(statedBy(`$ systemctl show docker -p NRestarts,Environment\n${bare}`), [
    'dockerd otel-exporter= @3',
    'dockerd restarts=9 @2',
  ]);
  const unnamed = ['a unit without a name id=not stated @1', 'a unit without a name restarts=9 @1'];
  t.same(statedBy(bare, 'node-17/systemctl_show_docker.service.txt'), unnamed);
  t.same(statedBy(bare, 'show/docker.service'), ['dockerd otel-exporter= @2', 'dockerd restarts=9 @1']);
  t.same(statedBy(bare), unnamed);
  t.match(readSystemctl(documentOf(bare)).problems, [{ line: 1, reason: /not named/ }]);
  t.end();
});

t.test('no exporter in Environment says nothing where files are named that were not read', (t) => {
  const text =
    'Id=docker.service\nEnvironment=HTTP_PROXY=http://10.0.0.1\nEnvironmentFiles=/etc/default/docker (ignore_errors=yes)\n';
  const { evidence, problems } = readSystemctl(documentOf(text));
  t.same(evidence, []);
  t.match(problems, [{ line: 3, reason: /environment files/ }]);
  t.end();
});

t.test('units and drop-ins set exporter, limit and flags; an empty assignment takes back', (t) => {
  t.same(stated('evidence/systemctl-cat-docker.txt'), [
    'dockerd otel-exporter=http://localhost:4317 @20',
    'dockerd limit-nofile=infinity @13',
    'dockerd default-ulimit-nofile=65536:65536 @8',
  ]);
  t.same(statedBy('[Service]\nEnvironment="OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317"\n'), [
    'dockerd otel-exporter=http://collector:4317 @2',
  ]);
  t.same(
    statedBy(
      '[Service]\nEnvironment=OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1\nEnvironment=\nExecStart=/usr/bin/dockerd\n',
    ),
    [],
  );
  t.same(
    statedBy('[Service]\nExecStart=/opt/shop/api\nEnvironment=OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1\n'),
    [],
    'of another program',
  );
  t.same(
    statedBy(
      '[Service]\n# Environment=OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1\nExecStart=/usr/bin/dockerd -H fd://\n',
    ),
    [],
    'in a comment',
  );
  t.end();
});

t.test('the environment of the process is the last word', (t) => {
  const environ =
    'LANG=C.UTF-8\0PATH=/usr/bin\0LISTEN_FDNAMES=docker.socket\0OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317\0';
  t.same(statedBy(environ), ['dockerd otel-exporter=http://c:4317 @1']);
  t.same(statedBy(environ.replaceAll('\0', '\n')), ['dockerd otel-exporter=http://c:4317 @4']);
  t.same(statedBy('LANG=C.UTF-8\nPATH=/usr/bin\nLISTEN_FDNAMES=docker.socket\n'), [
    'dockerd otel-exporter= @1',
  ]);
  t.same(statedBy('OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317\nOTEL_EXPORTER_OTLP_PROTOCOL=grpc\n'), [
    'dockerd otel-exporter=http://c:4317 @1',
  ]);
  t.same(
    statedBy('PATH=/usr/bin\nHOSTNAME=shop-7f\nOTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317\n'),
    [],
    'of anybody',
  );
  t.same(
    statedBy('OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317\nlistening\nready\n'),
    [],
    'printed into the log of a program',
  );
  t.end();
});

t.test('outputs one below the other do not mix', (t) => {
  const text =
    fixtureText('cases/dockerd-stuck-stop.systemctl-status.txt') +
    fixtureText('cases/dockerd-stuck-stop.daemon.json') +
    fixtureText('evidence/systemctl-show-docker.txt');
  t.equal(
    statedBy(text).length,
    stated('cases/dockerd-stuck-stop.systemctl-status.txt').length +
      stated('evidence/systemctl-show-docker.txt').length,
  );
  t.end();
});

t.test('it knows its own, and no log', (t) => {
  for (const path of [
    'cases/dockerd-stuck-stop.systemctl-status.txt',
    'evidence/systemctl-status-255.txt',
    'evidence/systemctl-show-docker.txt',
    'evidence/systemctl-cat-docker.txt',
  ]) {
    t.ok(looksLikeSystemctl(fixtureText(path)), path);
  }
  for (const path of [
    ...LOGS,
    'evidence/containerd-config-v3-dump.toml',
    'cases/dockerd-stuck-stop.docker-info.txt',
  ]) {
    t.notOk(looksLikeSystemctl(fixtureText(path).slice(0, 65_536)), path);
  }
  t.end();
});
