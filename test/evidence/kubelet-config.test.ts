import t from 'tap';
import { looksLikeKubeletConfig, readKubeletConfig } from '../../lib/evidence/outputs/kubelet-config.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const yaml = [
  'kubelet container-log-max-size=50Mi',
  'kubelet container-runtime-endpoint=',
  'kubelet max-pods=110',
  'kubelet runtime-request-timeout=15m0s',
  'kubelet shutdown-grace-period=30s',
];
const withLines = (offset: number) =>
  yaml.map((text, i) => `${text} @${([7, 8, 15, 16, 18][i] ?? 0) + offset}`);

t.test('the file states what the kubelet waits for, at the outermost level only', async (t) => {
  const reading = await readKubeletConfig(fixture('evidence/kubelet-config.yaml'));
  t.same(statementsOf(reading), withLines(0));
  t.match(reading, { evidence: [{ kind: 'settings', program: 'kubelet', line: 7 }], problems: [] });
});

t.test('in a ConfigMap, and among other documents of one file, it is found', async (t) => {
  const text = fixtureText('evidence/kubelet-config.yaml');
  const map = `apiVersion: v1\ndata:\n  kubelet: |\n${text.replace(/^(?=.)/gm, '    ')}kind: ConfigMap\nmetadata:\n  name: kubelet-config\n`;
  t.same(statementsOf(await readKubeletConfig(documentOf(map))), withLines(3));
  const several = `kind: InitConfiguration\nmaxPods: 7\n---\n${text}---\nkind: KubeProxyConfiguration\nmaxPods: 9\n`;
  t.same(statementsOf(await readKubeletConfig(documentOf(several))), withLines(3));
});

t.test('between other outputs it is found, and they are no faults of it', async (t) => {
  const before = fixtureText('cases/containerd-line-limit.config.toml');
  const after = fixtureText('evidence/go-version-m-buildx-0.12.1.txt');
  const text = `${before}${fixtureText('evidence/kubelet-config.yaml')}${after}`;
  const reading = await readKubeletConfig(documentOf(text));
  t.same(statementsOf(reading), withLines(3));
  t.same(reading.problems, []);
});

t.test('JSON of configz and of the file is read', async (t) => {
  t.same(statementsOf(await readKubeletConfig(fixture('evidence/kubelet-configz.json'))), [
    'kubelet runtime-request-timeout=2m0s @4',
    'kubelet container-runtime-endpoint=unix:///run/containerd/containerd.sock @9',
    'kubelet shutdown-grace-period=0s @8',
    'kubelet max-pods=58 @5',
    'kubelet container-log-max-size=10Mi @6',
    'kubelet container-log-max-files=5 @7',
  ]);
  t.same(statementsOf(await readKubeletConfig(documentOf('{"kind":"KubeletConfiguration","maxPods":58}'))), [
    'kubelet max-pods=58 @1',
  ]);
});

t.test('what is no YAML is told with its place', async (t) => {
  const { problems } = await readKubeletConfig(
    documentOf('kind: KubeletConfiguration\nmaxPods: 110\nevictionHard: {a: [1\n'),
  );
  t.match(problems, [{ reason: /not YAML from line \d+, column \d+ on/ }]);
});

t.test('other kinds say nothing', async (t) => {
  t.same(await readKubeletConfig(documentOf('kind: Deployment\nmaxPods: 3\n')), {
    evidence: [],
    problems: [],
  });
  t.same(await readKubeletConfig(documentOf('{"kind":"Node","maxPods":58}')), { evidence: [], problems: [] });
});

t.test('it knows its own, and no log', async (t) => {
  for (const path of ['evidence/kubelet-config.yaml', 'evidence/kubelet-configz.json']) {
    t.ok(looksLikeKubeletConfig(fixtureText(path)), path);
  }
  for (const path of [...LOGS, 'cases/dockerd-stuck-stop.daemon.json']) {
    t.notOk(looksLikeKubeletConfig(fixtureText(path).slice(0, 65_536)), path);
  }
});
