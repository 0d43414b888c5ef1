import t from 'tap';
import {
  looksLikeContainerdConfig,
  readContainerdConfig,
} from '../../lib/evidence/outputs/containerd-config.js';
import { documentOf, fixture, fixtureText, LOGS, statementsOf } from './output-documents.js';

const LIMIT_NAME = 'max-container-log-line-size';
const LIMIT = `containerd ${LIMIT_NAME}`;
const stated = async (path: string) => statementsOf(await readContainerdConfig(fixture(path)));
const read = (text: string) => readContainerdConfig(documentOf(text));
const limitsOf = async (text: string) =>
  statementsOf(await read(text))
    .filter((line) => line.startsWith(LIMIT))
    .map((line) => line.slice(LIMIT.length + 1));

t.test('a file of version 2 states the limit, with its line', async (t) => {
  t.same(await stated('cases/containerd-line-limit.config.toml'), [
    'containerd config-version=2 @1',
    `${LIMIT}=-1 @3`,
  ]);
  t.same(await stated('evidence/containerd-config-kubespray.toml'), [
    'containerd config-version=2 @1',
    // The commented one above it does not count.
    `${LIMIT}=-1 @21`,
    'containerd metrics-address= @14',
  ]);
  t.match((await readContainerdConfig(fixture('cases/containerd-line-limit.config.toml'))).evidence, [
    { kind: 'settings', program: 'containerd', line: 1, host: null, at: null },
  ]);
});

t.test('a dump of version 3 states the limit and the addresses, and its own name is no import', async (t) => {
  t.same(await stated('evidence/containerd-config-v3-dump.toml'), [
    'containerd config-version=3 @1',
    `${LIMIT}=16384 @30`,
    'containerd metrics-address=127.0.0.1:1338 @21',
    'containerd debug-address=/run/containerd/debug.sock @17',
  ]);
  t.same((await readContainerdConfig(fixture('evidence/containerd-config-v3-dump.toml'))).problems, []);
});

t.test('version 1 knows the plugin by its short name', async (t) => {
  t.same(await limitsOf('[plugins]\n  [plugins.cri]\n    max_container_log_line_size = 0\n'), ['0 @3']);
  t.same(await limitsOf('version = 1\n[plugins.cri]\nmax_container_log_line_size = -1\n'), ['-1 @3']);
});

t.test('a piece of a file in another text counts', async (t) => {
  t.same(await stated('corpus/122-m-pprof-containerd-redirectlogs.log'), [`${LIMIT}=-1 @12`]);
  t.same(await limitsOf('max_container_log_line_size = -1\n'), ['-1 @1']);
  t.same(await limitsOf('/etc/containerd/config.toml:12:    max_container_log_line_size = -1\n'), ['-1 @1']);
  t.same(
    await limitsOf(
      '[root@node ~]# containerd config dump | grep log_line\n    max_container_log_line_size = 16384\n',
    ),
    ['16384 @2'],
  );
});

t.test('what is commented out does not count', async (t) => {
  for (const line of [
    '# max_container_log_line_size = -1',
    '#max_container_log_line_size = -1',
    '/etc/c.toml:3:# max_container_log_line_size = -1',
    '# containerd_max_container_log_line_size: 16384',
  ]) {
    t.same(await limitsOf(`version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n${line}\n`), [], line);
  }
});

t.test('a table that is not of the version is told, and does not count', async (t) => {
  for (const [version, table] of [
    [1, 'io.containerd.grpc.v1.cri'],
    [2, 'cri'],
    [3, 'cri'],
    [3, 'io.containerd.grpc.v1.cri'],
    [2, 'io.containerd.grpc.v1.cri".containerd."x'],
  ] as const) {
    const text = `version = ${version}\n[plugins."${table}"]\n  max_container_log_line_size = -1\n`;
    const { problems } = await read(text);
    t.same(await limitsOf(text), [], text);
    t.match(problems, [{ line: 3, reason: /does not look/ }], text);
  }
});

t.test('a whole file without a version is one of version 1: its other tables are not in force', async (t) => {
  const text = fixtureText('evidence/containerd-config-kubespray.toml').replace('version = 2\n', '');
  t.same(await limitsOf(text), []);
  t.match((await read(text)).problems, [{ line: 20, reason: /states no version.* does not look/ }]);
  t.same(await limitsOf(text.replaceAll('io.containerd.grpc.v1.cri', 'cri')), ['-1 @20']);
  const piece = '[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = -1\n';
  t.same(await limitsOf(piece), ['-1 @2'], 'of a piece the rest is not known');
});

t.test('of several tables only that of the version counts, whatever its quotes', async (t) => {
  for (const [version, quote] of [
    [1, '"'],
    [2, '"'],
    [2, "'"],
    [3, '"'],
    [3, "'"],
  ] as const) {
    const tables = ['cri', 'io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime'];
    const text = [
      `version = ${version}`,
      ...tables.map(
        (name, i) =>
          `[plugins.${quote}${name}${quote}]\n  max_container_log_line_size = ${i + 1 === version ? -1 : 16384}`,
      ),
      '',
    ].join('\n');
    const own = `-1 @${version * 2 + 1}`;
    // containerd 2.x takes its own table in a file of version 2, too.
    t.same(await limitsOf(text), version === 2 ? [own, '16384 @7'] : [own], `${version} ${quote}`);
  }
});

t.test(
  'in a file of version 2 the table of version 3 counts for containerd 2.x, and it is told',
  async (t) => {
    const text =
      'version = 2\n[plugins."io.containerd.cri.v1.runtime"]\n  max_container_log_line_size = -1\n';
    t.same(await limitsOf(text), ['-1 @3']);
    t.match((await read(text)).problems, [{ line: 3, reason: /containerd 2\.x takes it.*1\.x does not/ }]);
  },
);

t.test('numbers are told as containerd takes them', async (t) => {
  const of = (value: string) => limitsOf(`max_container_log_line_size = ${value}\n`);
  t.same(await of('-0'), ['0 @1']);
  t.same(await of('+16_384'), ['16384 @1']);
  t.same(await of('9223372036854775807'), ['9223372036854775807 @1']);
  t.same(await limitsOf('"maxContainerLogLineSize": 9223372036854775807,\n'), ['9223372036854775807 @1']);
});

t.test('a key in a comment, and one that is commented out behind a value', async (t) => {
  const text =
    'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  #max_container_log_line_size = -1\n  max_container_log_line_size = 16384 # was -1\n';
  t.same(await limitsOf(text), ['16384 @4']);
});

t.test('a drop-in file and the answer of a running daemon stand above config.toml', async (t) => {
  const rankOf = async (text: string, source: string) => {
    const { evidence } = await readContainerdConfig(documentOf(text, source));
    return evidence.flatMap((one) =>
      one.kind === 'settings'
        ? one.settings.filter(({ name }) => name === LIMIT_NAME).map(({ rank }) => rank)
        : [],
    );
  };
  const toml = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = -1\n';
  t.same(await rankOf(toml, '/etc/containerd/config.toml'), [undefined]);
  for (const source of [
    '/etc/containerd/conf.d/50-logs.toml',
    'sos.tar.gz:etc/containerd/config.toml.d/a.toml',
  ])
    t.same(await rankOf(toml, source), [1], source);
  t.same(await rankOf('{"config":{"maxContainerLogLineSize":-1}}', 'info.json'), [2]);
});

t.test('other notations of TOML are read', async (t) => {
  t.same(
    await limitsOf('version = 2\nplugins."io.containerd.grpc.v1.cri".max_container_log_line_size = -1\n'),
    ['-1 @2'],
  );
  t.same(
    await limitsOf(
      'version = 2\n[plugins]\n[plugins."io.containerd.grpc.v1.cri"]\nmax_container_log_line_size = 16_384 # 16 KiB\n',
    ),
    ['16384 @4'],
  );
  const inText =
    'version = 2\nroot = "/var/lib/containerd"\n[plugins."io.containerd.grpc.v1.cri"]\nnote = """\nmax_container_log_line_size = -1\n"""\n';
  t.same(await limitsOf(inText), [], 'within a text of several lines');
});

t.test('what keeps containerd from starting is told with its place', async (t) => {
  const { problems } = await read(
    'version = 2\n[plugins]\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = \n  max_container_log_line_size = -1\n',
  );
  t.match(problems, [{ line: 4, reason: /not TOML at line 4, column \d+/ }]);
  t.same(
    await limitsOf(
      'version = 2\n[plugins]\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = \n  max_container_log_line_size = -1\n',
    ),
    ['-1 @5'],
  );
  const text = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = "-1"\n';
  t.match((await read(text)).problems, [{ line: 3, reason: /no number/ }]);
  t.same(await limitsOf(text), []);
});

t.test('version 4 has the addresses among its plugins', async (t) => {
  const text =
    "version = 4\n[plugins.'io.containerd.cri.v1.runtime']\nmax_container_log_line_size = 0\n[plugins.'io.containerd.server.v1.metrics']\naddress = '127.0.0.1:1338'\n";
  t.same(statementsOf(await read(text)), [
    'containerd config-version=4 @1',
    `${LIMIT}=0 @3`,
    'containerd metrics-address=127.0.0.1:1338 @5',
  ]);
});

t.test('imports and disabled plugins are told', async (t) => {
  const { problems } = await read(
    'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\ndisabled_plugins = ["cri"]\n',
  );
  t.match(problems, [{ line: 2, reason: /imports names "\/etc\/containerd\/conf.d\/\*.toml"/ }]);
  t.same(statementsOf(await read('disabled_plugins = ["cri"]\n')), ['containerd disabled-plugins=cri @1']);
});

t.test('a template of k3s is read by its lines', async (t) => {
  const text =
    '{{ template "base" . }}\n\n[plugins."io.containerd.grpc.v1.cri"]\n{{- if .Big }}\n  max_container_log_line_size = -1\n{{- end }}\n';
  t.same(await limitsOf(text), ['-1 @5']);
  t.same((await read(text)).problems, []);
});

t.test('crictl info and the variables of Kubespray say the same', async (t) => {
  t.same(await stated('evidence/crictl-info-2.1.5.json'), [`${LIMIT}=-1 @11`]);
  t.same(await limitsOf('    "maxContainerLogSize": 16384,\n'), ['16384 @1']);
  t.same(await limitsOf('{"config":{"maxContainerLogLineSize":-1},"golang":"go1.24.9"}'), ['-1 @1']);
  t.same(await limitsOf('containerd_max_container_log_line_size: -1\n'), ['-1 @1']);
});

t.test('it knows its own, and no log', async (t) => {
  for (const path of [
    'cases/containerd-line-limit.config.toml',
    'evidence/containerd-config-v3-dump.toml',
    'evidence/crictl-info-2.1.5.json',
    'corpus/122-m-pprof-containerd-redirectlogs.log',
  ]) {
    t.ok(looksLikeContainerdConfig(fixtureText(path)), path);
  }
  for (const path of [...LOGS, 'evidence/systemctl-cat-docker.txt']) {
    t.notOk(looksLikeContainerdConfig(fixtureText(path).slice(0, 65_536)), path);
    t.same(await stated(path), [], path);
  }
});

t.test('a limit in an inline table is found', async (t) => {
  for (const text of [
    'version = 2\nplugins = {"io.containerd.grpc.v1.cri" = {max_container_log_line_size = -1}}\n',
    'version = 2\n[plugins]\n"io.containerd.grpc.v1.cri" = { max_container_log_line_size = -1 }\n',
    'version = 3\nplugins."io.containerd.cri.v1.runtime" = { max_container_log_line_size = -1 }\n',
  ]) {
    t.ok(looksLikeContainerdConfig(text), text);
    t.match((await limitsOf(text))[0], /^-1/, text);
  }
});
