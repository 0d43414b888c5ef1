/** The files for running it as a service: that they say what the command understands, and keep what the pages promise. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { ANALYZE_OPTIONS, type AnalyzeSettings, analyzeSettings } from '../../lib/cli/analyze-options.js';
import { parseArguments } from '../../lib/cli/arguments.js';
import { FOUND, UNREADABLE, USAGE } from '../../lib/cli/exit-code.js';

/** Of words behind `analyze`; throws where the command would refuse them. */
function settingsOf(words: readonly string[]): AnalyzeSettings {
  return analyzeSettings(parseArguments(words, ANALYZE_OPTIONS));
}

/** Values of a unit file by key, in order; a line that ends in a backslash goes on in the next. */
function unitOf(text: string): (key: string) => string[] {
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  return (key) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

/** Words of a command line behind `leaktrail analyze`, with what systemd puts in the place of its variables. */
function wordsOf(command: string): string[] {
  const [program, verb, ...words] = command.trim().split(/\s+/);
  t.equal(`${program} ${verb}`, 'leaktrail analyze');
  return words.map((word) =>
    word
      .replace(/^\$\{STATE_DIRECTORY\}/, '/var/lib/leaktrail')
      .replace(/^\$\{LOGS_DIRECTORY\}/, '/var/log/leaktrail'),
  );
}

const unit = unitOf(readFileSync('docs/deploy/leaktrail.service', 'utf8'));
const manifest = readFileSync('docs/deploy/daemonset.yaml', 'utf8');
const dockerfile = readFileSync('docs/deploy/Dockerfile', 'utf8');

t.test('the unit runs a command that is understood', async (t) => {
  const commands = unit('ExecStart');
  t.equal(commands.length, 1);
  const { follow, failOn, threads } = settingsOf(wordsOf(commands[0] ?? ''));
  t.match(follow, {
    journal: { units: [] },
    state: '/var/lib/leaktrail/state',
    output: '/var/log/leaktrail/incidents.ndjson',
  });
  t.same([failOn, threads], ['never', 1]);
});

t.test('the unit takes the exit codes for what they mean', async (t) => {
  t.same(unit('SuccessExitStatus'), [`${FOUND} ${UNREADABLE}`]);
  t.same(unit('RestartPreventExitStatus'), [String(USAGE)]);
});

t.test('the unit rotates where it writes', async (t) => {
  t.same(unit('LogsDirectory'), ['leaktrail']);
  const logrotate = readFileSync('docs/deploy/leaktrail.logrotate', 'utf8');
  t.match(logrotate, /^\/var\/log\/leaktrail\/\*\.ndjson \{$/m);
  t.match(logrotate, new RegExp(`^ {4}su ${unit('User')[0]} ${unit('Group')[0]}$`, 'm'));
});

t.test('every command of the pages about services is understood', async (t) => {
  const commands = ['docs/systemd.md', 'docs/kubernetes.md', 'docs/deploy/leaktrail.service'].flatMap(
    (page) => [...unitOf(readFileSync(page, 'utf8').replace(/^# +/gm, ''))('ExecStart')],
  );
  const whole = commands.filter((command) => command !== '' && !command.endsWith('...'));
  t.equal(whole.length, 2);
  for (const command of whole) t.ok(settingsOf(wordsOf(command)).follow, command);
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly priorityClassName: string;
  readonly securityContext: { readonly runAsUser: number };
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly hostPath: { readonly path: string } }[];
}

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: unknown };
    readonly template: { readonly metadata: { readonly labels: unknown }; readonly spec: Pod };
  };
}

const documents = parseAllDocuments(manifest);
const resources = documents.map((document) => document.toJS() as Resource);
const daemonSet = resources.find(({ kind }) => kind === 'DaemonSet') as Resource;
const pod = daemonSet.spec.template.spec;
const [container] = pod.containers as readonly [Container];

t.test('the manifest is whole', async (t) => {
  t.same(
    documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]),
    [],
  );
  t.same(
    resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['Namespace leaktrail', 'PriorityClass leaktrail', 'DaemonSet leaktrail'],
  );
  t.equal(daemonSet.metadata.namespace, 'leaktrail');
  t.equal(pod.priorityClassName, 'leaktrail');
  t.same(daemonSet.spec.selector.matchLabels, daemonSet.spec.template.metadata.labels);
});

t.test('the pod runs a command that is understood', async (t) => {
  const [verb, ...words] = container.args ?? [];
  t.equal(verb, 'analyze');
  const { follow, format } = settingsOf(words);
  t.equal(format, 'ndjson');
  t.match(follow, { journal: { units: [] }, state: '/state/state', output: null });
  t.ok(pod.terminationGracePeriodSeconds > 2, 'it has the time that its report takes');
});

t.test('the pod may write its state and nothing else of the node', async (t) => {
  const paths = new Map(pod.volumes.map(({ name, hostPath }) => [name, hostPath.path]));
  const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
  t.same(
    writable.map(({ name, mountPath }) => [paths.get(name), mountPath]),
    [['/var/lib/leaktrail', '/state']],
  );
  for (const { name, mountPath } of container.volumeMounts)
    if (mountPath !== '/state') t.equal(paths.get(name), mountPath, 'where journalctl looks for it');
  for (const { name, securityContext } of [...pod.initContainers, ...pod.containers])
    t.match(
      securityContext,
      { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      name,
    );
});

t.test('image and manifest agree', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  t.match(dockerfile, `COPY leaktrail-${version}.tgz /tmp/\n`);
  for (const { image } of [...pod.initContainers, container]) t.ok(image.endsWith(`:${version}`), image);
  t.match(dockerfile, `USER ${pod.securityContext.runAsUser}:`);
  t.match(manifest, `fs.chownSync('/state', ${pod.securityContext.runAsUser}, `);
  const [, entrypoint = ''] =
    /^ENTRYPOINT \["node", ".*\/node_modules\/leaktrail\/(.+)"\]$/m.exec(dockerfile) ?? [];
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
  t.equal(entrypoint, bin['leaktrail']);
});
