import t from 'tap';
import { looksLikeVersionsText, readVersionsText } from '../../lib/evidence/outputs/versions-text.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const stated = (path: string) => statementsOf(readVersionsText(fixture(path)));
const statedBy = (text: string, source?: string) => statementsOf(readVersionsText(documentOf(text, source)));

t.test('docker version of case A names all products with their lines', (t) => {
  t.same(stated('cases/dockerd-stuck-stop.docker-version.txt'), [
    'docker-cli 19.03.15 @2',
    'dockerd 19.03.15 @12',
    'go 1.13.15 @14',
    'containerd 1.5.7 @20',
    'runc 1.0.2 @23',
  ]);
  const [versions] = readVersionsText(fixture('cases/dockerd-stuck-stop.docker-version.txt')).evidence;
  t.match(versions, {
    kind: 'versions',
    source: 'dockerd-stuck-stop.docker-version.txt',
    line: 2,
    host: null,
    at: null,
  });
  t.equal(versions?.text, ' Version:           19.03.15');
  t.end();
});

t.test('it is read in all its ages', (t) => {
  t.same(stated('evidence/docker-version-29.1.2-desktop.txt'), [
    'docker-cli 29.1.2 @2',
    'dockerd 29.1.2 @12',
    'go 1.25.5 @14',
    'containerd 2.2.0 @20',
    'runc 1.3.4 @23',
  ]);
  t.same(stated('evidence/docker-version-20.10.24-debian.txt'), [
    'docker-cli 20.10.24+dfsg1 @2',
    'dockerd 20.10.24+dfsg1 @13',
    'go 1.19.8 @15',
    'containerd 1.6.20~ds1 @21',
    'runc 1.1.5+ds1 @24',
  ]);
  t.same(
    statedBy(
      'Client:\n Version:      1.11.1\n API version:  1.23\n Go version:   go1.5.4\n\nServer:\n Version:      1.11.1\n API version:  1.23\n Go version:   go1.5.4\n',
    ),
    ['docker-cli 1.11.1 @2', 'dockerd 1.11.1 @7', 'go 1.5.4 @9'],
  );
  t.same(
    statedBy(
      'Client version: 1.3.1\nClient API version: 1.15\nServer version: 1.3.0\nServer API version: 1.15\n',
    ),
    ['docker-cli 1.3.1 @1', 'dockerd 1.3.0 @3'],
  );
  t.end();
});

t.test('the package of RHEL is told instead of the upstream number', (t) => {
  t.same(stated('evidence/docker-version-1.13.1-rhel.txt'), [
    'docker-cli 1.13.1 @3',
    'dockerd 1.13.1-161.git64e9980.el7_8 @14',
    'go 1.10.3 @15',
  ]);
  t.end();
});

t.test('lost indentation, quote marks, colours and Windows line ends do not matter', (t) => {
  const lost = [
    'docker-cli 24.0.6 @4',
    'dockerd 24.0.7 @13',
    'go 1.20.10 @15',
    'containerd 1.6.24 @21',
    'runc 1.1.9 @24',
  ];
  const text = fixtureText('evidence/docker-version-24.0.7-indentation-lost.txt');
  t.same(statedBy(text), lost);
  t.same(statedBy(text.replace(/^/gm, '> ')), lost);
  t.same(statedBy(text.replace(/\n/g, '\r\n')), lost);
  t.same(statedBy(text.replace(/^/gm, '2025-06-24T15:26:32.4039806Z ')), lost);
  t.same(statedBy(text.replace(/^Version/gm, '\x1b[1mVersion\x1b[0m')), lost);
  t.match(stated('evidence/docker-version-28.5.2-distribution.txt'), [
    'docker-cli 28.5.2 @3',
    'dockerd 28.5.2 @13',
  ]);
  t.end();
});

t.test('podman, ctr and nerdctl say nothing about dockerd', (t) => {
  t.same(stated('evidence/docker-version-podman-server.txt'), ['docker-cli 19.03.15 @2']);
  t.same(stated('evidence/podman-version.txt'), []);
  t.same(stated('evidence/ctr-and-nerdctl-version.txt'), [
    'containerd 1.6.20 @8',
    'containerd 1.7.16 @22',
    'runc 1.1.12 @25',
  ]);
  t.same(
    statedBy(
      '{"Client":{"APIVersion":"5.2.0","Version":"5.2.0"},"Server":{"APIVersion":"5.1.2","Version":"5.1.2"}}',
    ),
    [],
  );
  t.same(
    statedBy(
      '{"Platform":{"Name":"linux/arm64/fedora-41"},"Components":[{"Name":"Podman Engine","Version":"5.4.0"}],"Version":"5.4.0","ApiVersion":"1.41"}',
    ),
    [],
  );
  t.end();
});

t.test('a client that reaches nobody has no server', (t) => {
  const text = `Client:\n Version: 17.04.0-ce\n API version: 1.28\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n`;
  t.same(statedBy(text), ['docker-cli 17.04.0-ce @2']);
  t.end();
});

t.test('JSON of the command and of the API say the same', (t) => {
  const all = ['docker-cli', 'dockerd', 'containerd', 'runc', 'go'];
  const wanted = ['20.10.24+dfsg1', '20.10.24+dfsg1', '1.6.20~ds1', '1.1.5+ds1', '1.19.8'];
  t.same(
    stated('evidence/docker-version-20.10.24.json'),
    all.map((product, i) => `${product} ${wanted[i]} @1`),
  );
  const pretty = JSON.stringify(
    JSON.parse(fixtureText('evidence/docker-version-20.10.24.json')).Server,
    null,
    2,
  );
  t.same(statedBy(pretty), [
    'dockerd 20.10.24+dfsg1 @8',
    'containerd 1.6.20~ds1 @23',
    'runc 1.1.5+ds1 @30',
    'go 1.19.8 @15',
  ]);
  t.end();
});

t.test('answers of one line are told apart by the program, and by the command above them', (t) => {
  t.same(stated('evidence/one-line-versions.txt'), [
    'docker-cli 27.1.0 @2',
    'dockerd 20.10.24+dfsg1 @4',
    'containerd 1.6.28 @6',
    'containerd 1.7.27-0ubuntu1~22.04.1 @7',
    'runc 1.1.12 @9',
    'buildx 0.12.1 @15',
    'buildkit 0.12.5 @17',
    'kubelet 1.27.3 @19',
    'containerd 1.6.4 @23',
  ]);
  for (const [line, wanted] of [
    ['Docker version 27.4.0, build bde2b89', 'dockerd 27.4.0 @1'],
    [
      'containerd github.com/containerd/containerd/v2 v2.0.0 207ad711eabd375a01713109a8a197d197ff6542',
      'containerd 2.0.0 @1',
    ],
    ['containerd version 0.2.3 commit: 8517738ba4b82aff5662c97ca4627e7e4d03b531', 'containerd 0.2.3 @1'],
    ['runc version 1.0.0-rc93', 'runc 1.0.0-rc93 @1'],
    [
      'buildctl github.com/moby/buildkit v0.13.1 2afc050d57d17983f3f662d5424c2725a35c60f4',
      'buildkit 0.13.1 @1',
    ],
    ['crio version 1.24.1', 'cri-o 1.24.1 @1'],
    ['RuntimeName:  docker\nRuntimeVersion:  19.3.15', 'dockerd 19.3.15 @2'],
    ['< Server: Docker/28.4.0 (linux)', 'dockerd 28.4.0 @1'],
    ['Server: Docker/1.11.1 (linux)', 'dockerd 1.11.1 @1'],
  ] as const) {
    t.same(statedBy(line), [wanted], line);
  }
  t.end();
});

t.test('who built it is told wherever it stands', (t) => {
  for (const [text, wanted] of [
    ['Docker version 26.1.3, build 26.1.3-0ubuntu1~24.04.1', 'dockerd 26.1.3-0ubuntu1~24.04.1 @1'],
    ['Docker version 1.13.1, build 7d71120/1.13.1', 'dockerd 1.13.1 @1'],
    ['Docker version 26.1.3, build 26.1.34', 'dockerd 26.1.3 @1'],
    ['github.com/docker/buildx 0.20.1 0.20.1-0ubuntu1~24.04.2', 'buildx 0.20.1-0ubuntu1~24.04.2 @1'],
    ['github.com/docker/buildx v0.20.1 245093b', 'buildx 0.20.1 @1'],
  ] as const) {
    t.same(statedBy(text), [wanted], text);
  }
  const output = (edition: string, version: string, commit: string): string =>
    [
      `Server:${edition}`,
      ' Engine:',
      `  Version:  ${version}`,
      '  API version:  1.41',
      `  Git commit:  ${commit}`,
    ].join('\n');
  t.same(statedBy(output('', '20.10.7', '20.10.7-0ubuntu5~20.04.2')), [
    'dockerd 20.10.7-0ubuntu5~20.04.2 @3',
  ]);
  t.same(statedBy(output(' Mirantis Container Runtime', '20.10.5', '105e9a6')), [
    'dockerd 20.10.5-mirantis @3',
  ]);
  t.same(statedBy(output(' Docker Engine - Enterprise', '19.03.8', 'eb77c5ff1f')), ['dockerd 19.03.8-ee @3']);
  t.same(statedBy(output(' Docker Engine - Enterprise', '17.06.2-ee-16', '9ef4f0a')), [
    'dockerd 17.06.2-ee-16 @3',
  ]);
  t.same(statedBy(output(' Docker Engine - Community', '27.4.0', '92a8393')), ['dockerd 27.4.0 @3']);
  const json = (name: string, commit: string): string =>
    JSON.stringify({ Platform: { Name: name }, Version: '20.10.7', ApiVersion: '1.41', GitCommit: commit });
  t.same(statedBy(json('', '20.10.7-0ubuntu5~20.04.2')), ['dockerd 20.10.7-0ubuntu5~20.04.2 @1']);
  t.same(statedBy(json('Mirantis Container Runtime', 'abc1234')), ['dockerd 20.10.7-mirantis @1']);
  t.end();
});

t.test('packages count where they are installed', (t) => {
  t.same(stated('evidence/packages.txt'), [
    'dockerd 20.10.24+dfsg1-1+deb12u1 @6',
    'containerd 1.6.28-1 @8',
    'buildx 0.12.1-1~debian.12~bookworm @9',
    'dockerd 19.03.15-3.el7 @13',
    'docker-cli 19.03.15-3.el7 @14',
    'containerd 1.6.9-3.1.el7 @15',
    'dockerd 1.13.1-209.git7d71120.el7_9 @16',
    'dockerd 3:26.1.0-1.el7 @18',
  ]);
  t.end();
});

t.test('what is no version is not stated', (t) => {
  for (const version of [
    'dev',
    'library-import',
    'master',
    'unknown',
    '0.0.0-20180822222038-652321bfa3',
    '7ad184331fa3e55e52b890ea95e65ba581ae3429',
  ]) {
    t.same(statedBy(`Docker version ${version}, build 4d60db4`), [], version);
    t.same(statedBy(`Server:\n Engine:\n  Version: ${version}\n  API version: 1.40\n`), [], version);
  }
  t.end();
});

t.test('a dump, a profile and other text around it do not disturb', (t) => {
  const noise = `${fixtureText('corpus/117-m-pprof-dockerd28-curl-noise-generics.log')}\n`;
  const text = noise + fixtureText('cases/dockerd-stuck-stop.docker-version.txt') + noise;
  t.same(
    statedBy(text)
      .filter((line) => line.startsWith('dockerd'))
      .sort(),
    ['dockerd 19.03.15 @30', 'dockerd 28.4.0 @5'],
  );
  t.end();
});

t.test('it knows its own, and no log', (t) => {
  for (const path of [
    'cases/dockerd-stuck-stop.docker-version.txt',
    'evidence/one-line-versions.txt',
    'evidence/packages.txt',
    'evidence/docker-version-20.10.24.json',
    'corpus/117-m-pprof-dockerd28-curl-noise-generics.log',
  ]) {
    t.ok(looksLikeVersionsText(fixtureText(path)), path);
  }
  for (const path of [...LOGS, 'cases/dockerd-stuck-stop.docker-info.txt', 'evidence/podman-version.txt']) {
    t.notOk(looksLikeVersionsText(fixtureText(path).slice(0, 65_536)), path);
  }
  t.end();
});
