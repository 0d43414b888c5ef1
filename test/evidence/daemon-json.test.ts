import t from 'tap';
import { looksLikeDaemonJson, readDaemonJson } from '../../lib/evidence/outputs/daemon-json.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const statedBy = (text: string) => statementsOf(readDaemonJson(documentOf(text)));

t.test('daemon.json of case A: containers outlive a restart', (t) => {
  const reading = readDaemonJson(fixture('cases/dockerd-stuck-stop.daemon.json'));
  t.same(statementsOf(reading), ['dockerd live-restore=true @3', 'dockerd debug=true @2']);
  t.match(reading, { evidence: [{ kind: 'settings', program: 'dockerd', at: null }], problems: [] });
  t.end();
});

t.test('limits of logs, features, cgroup driver and ulimits are taken', (t) => {
  const text = JSON.stringify(
    {
      'exec-opts': ['native.cgroupdriver=systemd'],
      'log-driver': 'json-file',
      'log-opts': { 'max-size': '100m', 'max-file': '5' },
      features: { buildkit: true, 'containerd-snapshotter': false },
      'default-ulimits': { nofile: { Name: 'nofile', Hard: 64000, Soft: 1024 } },
      graph: '/data/docker',
    },
    null,
    1,
  );
  t.same(statedBy(text), [
    'dockerd log-driver=json-file @5',
    'dockerd data-root=/data/docker @21',
    'dockerd log-max-size=100m @7',
    'dockerd log-max-file=5 @8',
    'dockerd feature-buildkit=true @11',
    'dockerd feature-containerd-snapshotter=false @12',
    'dockerd default-ulimit-nofile=1024:64000 @15',
    'dockerd cgroup-driver=systemd @2',
  ]);
  t.end();
});

t.test('it is found behind a command and among other outputs', (t) => {
  const text = `$ cat /etc/docker/daemon.json\n{\n  "live-restore": true\n}\n$ docker info\nContainers: 1\n{"status":"pulling"}\n`;
  t.same(statedBy(text), ['dockerd live-restore=true @3']);
  t.end();
});

t.test('JSON of anything else is left alone', (t) => {
  for (const other of [
    '{"level":"info","msg":"started","debug":true}',
    '{"name":"shop","labels":{"a":"b"},"hosts":["x"]}',
    '{"labels":{"a":"b"}}',
    '{"compilerOptions":{"strict":true}}',
    '{"debug":"yes"}',
    '{"debug":true}\n{"debug":false}',
    '{"experimental":true,"version":"3.8","services":{}}',
    '{}',
    '[{"live-restore":true}]',
    '"live-restore"',
  ]) {
    t.same(readDaemonJson(documentOf(other)), { evidence: [], problems: [] }, other);
  }
  t.same(statedBy('{"debug":true}\n'), ['dockerd debug=true @1'], 'alone in its file it is one');
  for (const path of ['package.json', 'tsconfig.json', 'biome.json', 'docs/schema/defect.schema.json']) {
    t.same(readDaemonJson(fixture(`../../${path}`)), { evidence: [], problems: [] }, path);
  }
  t.end();
});

t.test('broken JSON is told with line and column', (t) => {
  for (const [text, line, column, expected] of [
    ['{\n  "live-restore": true,\n}', 3, 1, 'a key in double quotes'],
    ['{\n  "live-restore": true\n  "debug": true\n}', 3, 3, '"," or "}"'],
    ['{\n  "live-restore": True\n}', 2, 19, 'a value'],
    ['{\n  "live-restore": true, // keep them\n  "debug": true\n}', 2, 25, 'a key in double quotes'],
    ['{\n  \'live-restore\': true,\n  "log-driver": "x"\n}', 2, 3, 'a key in double quotes'],
    ['{\n  "live-restore" true\n  "log-driver": "x"}', 2, 18, '":"'],
    ['{\n  "registry-mirrors": ["a" "b"]\n}', 2, 28, '"," or "]"'],
    ['{\n  "live-restore": true', 2, 23, '"," or "}"'],
    ['{\n  "data-root": "/x\n}', 2, 16, 'a string with its closing quote'],
  ] as const) {
    const { evidence, problems } = readDaemonJson(documentOf(text));
    t.same(evidence, [], text);
    t.same(problems.length, 1, text);
    t.equal(problems[0]?.line, line, text);
    t.equal(
      problems[0]?.reason,
      `daemon.json is not JSON: line ${line}, column ${column} should be ${expected}. dockerd does not start with it.`,
      text,
    );
  }
  t.same(readDaemonJson(documentOf('{\n  "name": "x",\n}')).problems, [], 'of others it is not our business');
  t.end();
});

t.test('a slip in a key is told: dockerd does not start with it', (t) => {
  const { problems } = readDaemonJson(
    documentOf('{\n"live-restore": true,\n"log-driver": "local",\n"max-size": "50m"\n}'),
  );
  t.match(problems, [{ line: 4, reason: /no key "max-size"/ }]);
  t.match(
    readDaemonJson(documentOf('{"live-restore":"true","log-driver":"local","data-root":"/x"}')).problems,
    [{ line: 1, reason: /"live-restore" with such a value/ }],
  );
  t.end();
});

t.test('it knows its own, and no log', (t) => {
  t.ok(looksLikeDaemonJson(fixtureText('cases/dockerd-stuck-stop.daemon.json')));
  t.ok(looksLikeDaemonJson('\ufeff{\r\n  "live-restore": true,\r\n}\r\n'), 'broken, too');
  for (const path of [
    ...LOGS,
    'evidence/crictl-info-2.1.5.json',
    'evidence/docker-info-18.09.json',
    'evidence/kubelet-configz.json',
    '../../package.json',
  ]) {
    t.notOk(looksLikeDaemonJson(fixtureText(path).slice(0, 65_536)), path);
  }
  t.end();
});
