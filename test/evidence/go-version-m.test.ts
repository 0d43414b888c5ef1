import t from 'tap';
import { looksLikeGoVersionM, readGoVersionM } from '../../lib/evidence/outputs/go-version-m.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const statedBy = (text: string) => statementsOf(readGoVersionM(documentOf(text)));

t.test('a release of buildx: its own version from the linker, its modules by path', (t) => {
  const reading = readGoVersionM(fixture('evidence/go-version-m-buildx-0.12.1.txt'));
  t.same(statementsOf(reading), [
    'go 1.20.12 @1',
    'github.com/containerd/containerd 1.7.11 @4',
    'github.com/docker/docker 24.0.5-0.20230714235725-36e9e796c6fc+incompatible @5',
    'go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace 0.46.1 @7',
    // Replaced by a fork; a directory in place of k8s.io/api has no version.
    'github.com/somebody/fsutil 0.9.2 @9',
    'buildx 0.12.1 @13',
  ]);
  t.match(reading.evidence, [{ kind: 'versions', program: 'docker-buildx', line: 1, at: null }]);
  t.end();
});

t.test('the version of the main module is the product, unless it is a development build', (t) => {
  const of = (path: string, mod: string) =>
    statedBy(`/usr/bin/x: go1.22.10\n\tpath\t${path}\n\tmod\t${mod}\t\n`).slice(1);
  t.same(
    of('github.com/containerd/containerd/v2/cmd/containerd', 'github.com/containerd/containerd/v2\tv2.0.1'),
    ['containerd 2.0.1 @3'],
  );
  t.same(of('github.com/docker/docker/cmd/dockerd', 'github.com/docker/docker\t(devel)'), []);
  t.same(of('github.com/opencontainers/runc', 'github.com/opencontainers/runc\tv1.1.12'), ['runc 1.1.12 @3']);
  t.same(of('example.org/shop', 'example.org/shop\tv1.1.12'), []);
  t.end();
});

t.test('tabs that became spaces, and a single dependency out of grep, are read', (t) => {
  const spaces = fixtureText('evidence/go-version-m-buildx-0.12.1.txt').replaceAll('\t', '    ');
  t.same(statedBy(spaces), statedBy(fixtureText('evidence/go-version-m-buildx-0.12.1.txt')));
  t.same(
    statedBy(
      '\tdep\tgo.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace\tv0.56.0\th1:abc=\n',
    ),
    ['go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace 0.56.0 @1'],
  );
  t.end();
});

t.test('several binaries are several statements', (t) => {
  const text = fixtureText('evidence/go-version-m-buildx-0.12.1.txt');
  t.equal(readGoVersionM(documentOf(text + text.replaceAll('v0.46.1', 'v0.56.0'))).evidence.length, 2);
  t.end();
});

t.test('it knows its own, and no log', (t) => {
  t.ok(looksLikeGoVersionM(fixtureText('evidence/go-version-m-buildx-0.12.1.txt')));
  for (const path of [
    ...LOGS,
    'cases/dockerd-stuck-stop.docker-version.txt',
    'evidence/kubelet-config.yaml',
  ]) {
    t.notOk(looksLikeGoVersionM(fixtureText(path).slice(0, 65_536)), path);
  }
  t.end();
});
