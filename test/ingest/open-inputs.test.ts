import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import { fromStream } from '../../lib/ingest/stream-source.js';
import type { Inputs } from '../../lib/ingest/types.js';
import { gather } from './gather.js';

/** Groups as `name: source source`, paths shortened by the directory. */
function shown(inputs: Pick<Inputs, 'groups'>, dir: string): string[] {
  const short = (name: string) => name.replace(`${dir}/`, '');
  return inputs.groups.map(
    ({ name, sources }) => `${short(name)}: ${sources.map((source) => short(source.name)).join(' ')}`,
  );
}

t.test('a missing file is a problem, the others are read', async (t) => {
  const dir = t.testdir({ 'a.log': 'a\n' });
  const inputs = await openInputs([join(dir, 'none.log'), join(dir, 'a.log')]);
  t.same(shown(inputs, dir), ['a.log: a.log']);
  t.same(inputs.problems, [{ source: join(dir, 'none.log'), reason: 'no such file' }]);
});

t.test('an empty directory is a problem: nobody knows what was not seen', async (t) => {
  const dir = t.testdir({ pods: {} });
  const { groups, problems } = await openInputs([join(dir, 'pods')]);
  t.equal(groups.length, 0);
  t.same(problems, [{ source: join(dir, 'pods'), reason: 'holds no files' }]);
});

t.test(
  'a file without permission is a problem',
  { skip: process.getuid?.() === 0 && 'root may read all' },
  async (t) => {
    const dir = t.testdir({ 'a.log': 'a\n' });
    execFileSync('chmod', ['000', join(dir, 'a.log')]);
    t.match((await openInputs([join(dir, 'a.log')])).problems, [{ reason: 'permission denied' }]);
  },
);

t.test('a glob takes files only, in natural order, and groups rotated copies', async (t) => {
  const dir = t.testdir({
    messages: '',
    'messages.1': '',
    'messages.2.gz': '',
    'messages.10': '',
    'messages.d': { x: '' },
    'other.log': '',
  });
  const { problems, ...inputs } = await openInputs([join(dir, 'messages*')]);
  t.same(problems, []);
  t.same(shown(inputs, dir), ['messages: messages.10 messages.2.gz messages.1 messages']);
  t.same(shown(await openInputs([join(dir, '{other,none}.log')]), dir), ['other.log: other.log']);
});

t.test('a glob without a match is a problem', async (t) => {
  const dir = t.testdir({});
  t.same((await openInputs([join(dir, '*.log')])).problems, [
    { source: join(dir, '*.log'), reason: 'no file matches' },
  ]);
});

t.test('a file whose name looks like a glob is read as the file', async (t) => {
  const dir = t.testdir({ 'a[1].log': 'x', 'a1.log': 'y' });
  t.same(shown(await openInputs([join(dir, 'a[1].log')]), dir), ['a[1].log: a[1].log']);
});

t.test('siblings that nobody named are not read', async (t) => {
  const dir = t.testdir({ messages: '', 'messages.1': '' });
  t.same(shown(await openInputs([join(dir, 'messages')]), dir), ['messages: messages']);
});

t.test('one file under several names is read once', async (t) => {
  const dir = t.testdir({ 'a.log': 'a\n' });
  symlinkSync(join(dir, 'a.log'), join(dir, 'link'));
  linkSync(join(dir, 'a.log'), join(dir, 'hard'));
  const names = ['a.log', 'link', 'hard', 'a.log', '*.log'].map((name) => join(dir, name));
  const inputs = await openInputs(names);
  t.same(shown(inputs, dir), ['a.log: a.log']);
  t.same(inputs.problems, []);
});

t.test('a copy named plain and gzipped is read once', async (t) => {
  const dir = t.testdir({ 'm.1': 'line\n' });
  writeFileSync(join(dir, 'm.1.gz'), gzipSync('line\n'));
  const inputs = await openInputs([join(dir, 'm.1.gz'), join(dir, 'm.1')]);
  t.same(shown(inputs, dir), ['m.1: m.1']);
  t.same(inputs.problems, []);
});

t.test('a gzipped twin that holds something else is a problem, not a silence', async (t) => {
  const dir = t.testdir({ 'm.1': 'line\n' });
  writeFileSync(join(dir, 'm.1.gz'), gzipSync('another line\n'));
  const inputs = await openInputs([join(dir, 'm.1'), join(dir, 'm.1.gz')]);
  t.same(shown(inputs, dir), ['m.1: m.1']);
  t.match(inputs.problems, [{ source: join(dir, 'm.1.gz'), reason: /another length/ }]);
});

t.test('modified is the time of change of a file', async (t) => {
  const dir = t.testdir({ 'a.log': 'a\n' });
  utimesSync(join(dir, 'a.log'), 1_683_000_000, 1_683_000_000);
  const [group] = (await openInputs([join(dir, 'a.log')])).groups;
  t.match(group?.sources[0], { kind: 'file', modified: 1_683_000_000_000 });
});

t.test('- is standard input, once', async (t) => {
  const stdin = fromStream((async function* () {})(), 'stdin');
  const inputs = await openInputs(['-', '-'], { stdin: () => stdin });
  t.same(inputs.groups, [{ name: 'stdin', sources: [stdin] }]);
});

t.test('a file larger than the buffers is read whole though each chunk is overwritten', async (t) => {
  const content = Buffer.from(Array.from({ length: 900_000 }, (_, at) => (at * 31) % 251));
  const dir = t.testdir({});
  writeFileSync(join(dir, 'big'), content);
  const { groups } = await openInputs([join(dir, 'big')]);
  const source = groups[0]?.sources[0];
  if (source === undefined) throw new Error('no source');
  t.ok((await gather(source)).bytes.equals(content));
  t.ok((await gather(source)).bytes.equals(content), 'a file can be read a second time');
});

t.test('a file that shrinks while it is read ends at the end seen', async (t) => {
  const dir = t.testdir({ big: 'x'.repeat(3_000_000) });
  const source = (await openInputs([join(dir, 'big')])).groups[0]?.sources[0];
  if (source === undefined) throw new Error('no source');
  let given = 0;
  for await (const chunk of source.read(new AbortController().signal)) {
    if (given === 0) truncateSync(join(dir, 'big'), 10);
    given += chunk.length;
  }
  t.ok(given < 3_000_000);
});

t.test('a file that vanishes after it was named is a problem of reading', async (t) => {
  const dir = t.testdir({ gone: 'x' });
  const source = (await openInputs([join(dir, 'gone')])).groups[0]?.sources[0];
  if (source === undefined) throw new Error('no source');
  execFileSync('rm', [join(dir, 'gone')]);
  t.same(await gather(source), { bytes: Buffer.from(''), problem: 'no such file' });
});

t.test('a socket file is a problem, not a crash', async (t) => {
  const dir = t.testdir({});
  mkdirSync(join(dir, 's'));
  const path = join(dir, 's', 'k');
  const server = createServer().listen(path);
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const source = (await openInputs([path])).groups[0]?.sources[0];
  if (source === undefined) throw new Error('no source');
  t.match((await gather(source)).problem, /socket/);
});
