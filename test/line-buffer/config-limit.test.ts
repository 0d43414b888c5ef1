import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readConfigLimit } from '../../bench/line-buffer/config-limit.js';

const directory = t.testdir();
let files = 0;

function file(text: string): string {
  files += 1;
  const path = join(directory, `config-${files}.toml`);
  writeFileSync(path, text);
  return path;
}

t.test('the limit of every version of the format', async (t) => {
  const texts: [number | null, string][] = [
    [null, '[plugins.cri]\n  max_container_log_line_size = -1\n'],
    [2, 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = -1\n'],
    [3, "version = 3\n[plugins.'io.containerd.cri.v1.runtime']\n  max_container_log_line_size = -1\n"],
  ];
  for (const [configVersion, text] of texts) {
    t.match(await readConfigLimit(file(text)), { limitBytes: -1, configVersion, notes: [] });
  }
});

t.test('what is not set is the default, also in an empty file', async (t) => {
  for (const text of ['', 'version = 2\n', 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n']) {
    t.match(await readConfigLimit(file(text)), { limitBytes: 16_384, line: null });
  }
});

t.test('a limit that stands where containerd does not look is none, and is said', async (t) => {
  const text = 'version = 3\n[plugins."cri"]\n  max_container_log_line_size = -1\n';
  const { limitBytes, notes } = await readConfigLimit(file(text));
  t.equal(limitBytes, 16_384);
  t.match(notes[0], /^Line 3: .*does not look into it/);
});

t.test('the output of crictl info is taken, too', async (t) => {
  t.match(await readConfigLimit(file('{"config": {"maxContainerLogLineSize": 262144}}\n')), {
    limitBytes: 262_144,
  });
});

t.test('imports are not read, and that is said', async (t) => {
  const text = 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n[plugins]\n';
  const { notes } = await readConfigLimit(file(text));
  t.match(notes[0], /imports names .*not read here/);
});

t.test('drop-ins that nothing imports are named', async (t) => {
  const path = file('version = 2\n[plugins]\n');
  mkdirSync(join(directory, 'conf.d'));
  writeFileSync(join(directory, 'conf.d', 'log.toml'), '');
  t.match((await readConfigLimit(path)).notes, [/^conf\.d\/log\.toml beside it is not read/]);
});

t.test('what has no end, or no beginning, is not read', async (t) => {
  await t.rejects(
    readConfigLimit('/dev/zero'),
    /expected a containerd configuration, a file of at most 1 MiB/,
  );
  await t.rejects(readConfigLimit(directory), /found no regular file/);
  await t.rejects(readConfigLimit(file('#'.repeat(1024 * 1024 + 1))), /at most 1 MiB, found more/);
  t.match(await readConfigLimit(file(`#${' '.repeat(1024 * 1024 - 2)}\n`)), { limitBytes: 16_384 });
});

t.test('a limit beyond every machine is taken as the largest there is, and said', async (t) => {
  const text = '[plugins.cri]\n  max_container_log_line_size = 9223372036854775807\n';
  const { limitBytes, notes } = await readConfigLimit(file(text));
  t.equal(limitBytes, 2 ** 46);
  t.match(notes, [/^Line 2: 9223372036854775807 is more than any machine has; computed with 64 TiB/]);
});

t.test('something else is refused with what was expected', async (t) => {
  await t.rejects(readConfigLimit(file('<html>no such page</html>\n')), /expected containerd's config\.toml/);
  await t.rejects(readConfigLimit(join(directory, 'none')), { code: 'ENOENT' });
});
