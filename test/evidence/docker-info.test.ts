import t from 'tap';
import { format } from '../../lib/envelope/instant.js';
import { looksLikeDockerInfo, readDockerInfo } from '../../lib/evidence/outputs/docker-info.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const stated = (path: string) => statementsOf(readDockerInfo(fixture(path)));

t.test('docker info of case A gives versions, settings and figures, of one host at one time', (t) => {
  const { evidence, problems } = readDockerInfo(fixture('cases/dockerd-stuck-stop.docker-info.txt'));
  t.same(problems, []);
  t.same(
    evidence.map(({ kind }) => kind),
    ['versions', 'settings', 'gauges'],
  );
  for (const { host, program, at } of evidence) {
    t.equal(host, 'ecs-prod-003');
    t.equal(program, 'dockerd');
    t.equal(at === null ? null : format(at), '2023-05-08T09:01:41.750342975Z');
  }
  t.same(stated('cases/dockerd-stuck-stop.docker-info.txt'), [
    'dockerd 19.03.15 @10',
    'runc 1.0.2 @26',
    'kernel 4.19.25-200.1.el7.bclinux.x86_64 @31',
    'dockerd live-restore=true @53',
    'dockerd debug=true @40',
    'dockerd log-driver=json-file @15',
    'dockerd cgroup-driver=cgroupfs @16',
    'dockerd storage-driver=overlay2 @11',
    'dockerd goroutines=167 @42',
    'dockerd fds=173 @41',
  ]);
  t.end();
});

t.test('the client has its own debug mode and its own version', (t) => {
  t.same(stated('evidence/docker-info-29.4.1.txt'), [
    'dockerd 29.4.1 @19',
    'docker-cli 29.4.1 @2',
    'buildx 0.33.0 @7',
    'runc 1.3.4 @37',
    'kernel 6.8.0-90-generic @44',
    'dockerd live-restore=false @58',
    'dockerd debug=false @53',
    'dockerd log-driver=json-file @22',
    'dockerd cgroup-driver=systemd @23',
    'dockerd storage-driver=overlay2 @20',
  ]);
  t.equal(readDockerInfo(fixture('evidence/docker-info-29.4.1.txt')).evidence[0]?.host, 'node-17');
  const old =
    ' Debug Mode: false\n Plugins:\n  app: Docker App (Docker Inc., v0.9.1-beta3)\n  buildx: Build with BuildKit (Docker Inc., v0.8.1-docker)\n';
  const text = `Client:\n${old}\nServer:\n Containers: 1\n Server Version: 20.10.17\n Storage Driver: overlay2\n`;
  t.same(statementsOf(readDockerInfo(documentOf(text))).slice(0, 2), [
    'dockerd 20.10.17 @9',
    'buildx 0.8.1-docker @5',
  ]);
  t.end();
});

t.test('old forms without sections are read', (t) => {
  t.same(stated('corpus/126-m-docker-info-1111-noclient.log'), [
    'dockerd 1.11.1 @6',
    'kernel 4.4.9-300.fc23.x86_64 @14',
    'dockerd debug=false @17',
    'dockerd log-driver=json-file @9',
    'dockerd cgroup-driver=cgroupfs @10',
    'dockerd storage-driver=overlay @7',
  ]);
  // Both commits stand behind words of their own, and the client debugs where the server does not.
  t.same(stated('evidence/docker-info-1.13.1-rhel.txt').slice(0, 4), [
    'dockerd 1.13.1 @6',
    'kernel 3.10.0-1127.19.1.el7.x86_64 @27',
    'dockerd live-restore=false @39',
    'dockerd debug=false @37',
  ]);
  t.end();
});

t.test('several outputs in one document show growth, each at its time', (t) => {
  const { evidence } = readDockerInfo(fixture('evidence/docker-info-three-times.txt'));
  const figures = evidence.flatMap((one) =>
    one.kind === 'gauges'
      ? [[one.at === null ? '' : format(one.at), ...one.gauges.map(({ value }) => value)]]
      : [],
  );
  t.same(figures, [
    ['2023-05-07T17:00:41.750342975Z', 167, 173],
    ['2023-05-07T18:00:41.750342975Z', 329, 254],
    ['2023-05-07T19:00:41.750342975Z', 491, 335],
  ]);
  const flat = fixtureText('evidence/docker-info-three-times.txt')
    .replace(/^ +/gm, '')
    .replace(/\n\n/g, '\n');
  t.equal(readDockerInfo(documentOf(flat)).evidence.length, 9, 'without indentation and empty lines, too');
  t.end();
});

t.test('JSON states figures even without debug mode', (t) => {
  t.same(stated('evidence/docker-info-18.09.json'), [
    'dockerd 18.09.0 @1',
    'runc 1.0.0-rc6 @1',
    'kernel 4.9.0-8-amd64 @1',
    'docker-cli 25.0.3 @1',
    'buildx 0.12.1 @1',
    'dockerd live-restore=false @1',
    'dockerd debug=false @1',
    'dockerd log-driver=json-file @1',
    'dockerd cgroup-driver=cgroupfs @1',
    'dockerd storage-driver=overlay2 @1',
    'dockerd goroutines=48 @1',
    'dockerd fds=27 @1',
  ]);
  t.same(
    statementsOf(
      readDockerInfo(documentOf('{"NFd":0,"NGoroutines":0,"SystemTime":"","ServerVersion":"","Driver":""}')),
    ),
    [],
  );
  t.end();
});

t.test('the client of docker version above it is not its own', (t) => {
  const version = fixtureText('evidence/docker-version-29.1.2-desktop.txt');
  const text = version + fixtureText('evidence/docker-info-1.13.1-rhel.txt');
  t.same(statementsOf(readDockerInfo(documentOf(text))).slice(0, 2), [
    'dockerd 1.13.1 @33',
    'kernel 3.10.0-1127.19.1.el7.x86_64 @54',
  ]);
  t.end();
});

t.test('a time without a zone is no time, a name that no host can have no host', (t) => {
  const text =
    'Containers: 1\nServer Version: 19.03.15\nName: \x1b[2Jevil host\nDebug Mode (server): true\n Goroutines: 12\n System Time: 2023-05-08T17:01:41\n';
  const gauges = readDockerInfo(documentOf(text)).evidence.find(({ kind }) => kind === 'gauges');
  t.match(gauges, { host: null, at: null });
  t.end();
});

t.test('podman is not dockerd', (t) => {
  const text =
    'Server:\n Containers: 2\n Server Version: 4.6.2\n Storage Driver: overlay\n Docker Root Dir: /var/lib/containers/storage\n';
  t.same(readDockerInfo(documentOf(text)).evidence, []);
  t.same(
    readDockerInfo(
      documentOf(
        '{"NFd":27,"NGoroutines":48,"ServerVersion":"4.6.2","DockerRootDir":"/var/lib/containers/storage"}',
      ),
    ).evidence,
    [],
  );
  t.end();
});

t.test('it knows its own, and no log', (t) => {
  for (const path of [
    'cases/dockerd-stuck-stop.docker-info.txt',
    'corpus/126-m-docker-info-1111-noclient.log',
    'evidence/docker-info-18.09.json',
    'evidence/docker-info-29.4.1.txt',
  ]) {
    t.ok(looksLikeDockerInfo(fixtureText(path)), path);
  }
  const connected = `09:12:31.108|INFO |org.testcontainers - Connected to docker: \n  Server Version: 1.13.1\n  API Version: 1.26\n`;
  t.notOk(looksLikeDockerInfo(connected));
  for (const path of [
    ...LOGS,
    'cases/dockerd-stuck-stop.docker-version.txt',
    'evidence/docker-version-20.10.24.json',
  ]) {
    t.notOk(looksLikeDockerInfo(fixtureText(path).slice(0, 65_536)), path);
  }
  t.end();
});
