import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { COMPILED_FILE, loadPatterns } from '../../lib/match/load.js';
import { createMatcher, matcherOf } from '../../lib/match/match.js';
import { listPatterns, showPattern } from '../../lib/match/pattern-list.js';
import { testDirectory } from '../../lib/match/test-directory.js';
import { eventsOf, readSources, root } from './fixtures/library.js';

/** A package as installed: built from the sources under test, not from what dist/ happens to hold. */
const installed = t.testdir({
  'package.json': '{"name":"leaktrail"}',
  dist: {},
  docs: { schema: t.fixture('symlink', join(root, 'docs', 'schema')) },
  patterns: t.fixture('symlink', join(root, 'patterns')),
  user: {},
});
const { library } = await readSources();
await writeFile(join(installed, COMPILED_FILE), JSON.stringify(library));

let directories = 0;
/** A directory of its own with these files. */
async function userDirectory(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(installed, 'user', String(directories++));
  await mkdir(directory, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

function patternText(
  id: string,
  changes: { message?: string; origin?: string; sample?: string } = {},
): string {
  const {
    message = '^gave up on (?<container>\\w+)$',
    origin = 'any',
    sample = 'Sep 30 14:50:52 node-17 supervisor[1]: gave up on web',
  } = changes;
  return `id: ${id}
title: The supervisor gave up
component: ${id.split('.')[0]}
role: failure
means: stop-failed
literals:
  - 'gave up on'
message: '${message}'
origin: ${origin}
source: our own supervisor
samples:
  - line: '${sample}'
    captures:
      container: web
nearMisses:
  - line: 'Sep 30 14:50:52 node-17 supervisor[1]: gave up on'
    why: names nothing
`;
}

const LINE = 'Sep 30 14:50:52 node-17 supervisor[1]: gave up on web';

t.test('without a directory, the built-in patterns and nothing to tell', async (t) => {
  const loaded = await loadPatterns([], installed);
  t.equal(loaded.patterns.length, library.patterns.length);
  t.match(loaded, { problems: [], notices: [] });
  t.equal(loaded.compileLinear, undefined);
});

t.test("a user's pattern recognises its line beside the built-in ones", async (t) => {
  const directory = await userDirectory({ 'supervisor/gave-up.yaml': patternText('supervisor.gave-up') });
  const loaded = await loadPatterns([directory], installed);
  t.same(loaded.problems, []);
  const matcher = createMatcher(loaded, loaded.compileLinear);
  t.match(eventsOf(matcher, LINE), [
    { pattern: { id: 'supervisor.gave-up', linear: true }, captures: { container: 'web' } },
  ]);
  const own = listPatterns(loaded).filter((each) => each.own);
  t.same(
    own.map(({ id }) => id),
    ['supervisor.gave-up'],
  );
});

t.test('runs share the built-in matcher, and none gets the patterns of another', async (t) => {
  const directory = await userDirectory({ 'supervisor/gave-up.yaml': patternText('supervisor.gave-up') });
  const builtin = matcherOf(await loadPatterns([], installed));
  const own = matcherOf(await loadPatterns([directory], installed));
  t.equal(matcherOf(await loadPatterns([], installed)), builtin);
  t.equal(eventsOf(own, LINE).length, 1);
  t.equal(eventsOf(builtin, LINE).length, 0);
  const later = await userDirectory({ 'supervisor/later.yaml': patternText('supervisor.later') });
  const changed = matcherOf(await loadPatterns([later], installed));
  t.match(eventsOf(changed, LINE), [{ pattern: { id: 'supervisor.later' } }]);
});

t.test('a bad file is reported and the others keep working', async (t) => {
  const directory = await userDirectory({
    'supervisor/gave-up.yaml': patternText('supervisor.gave-up'),
    'supervisor/typo.yaml': patternText('supervisor.typo').replace('stop-failed', 'stop-faild'),
    'supervisor/hostile.yaml': patternText('supervisor.hostile', { message: '(?<container>a)\\1' }),
    'supervisor/stranger.yaml': patternText('supervisor.stranger', { origin: 'nobody' }),
    'supervisor/notes.txt': 'not a pattern',
    'defects/mine.yaml': 'not: a pattern',
  });
  const { problems, patterns } = await loadPatterns([directory], installed);
  t.same(problems.map(({ file, key }) => [file.slice(directory.length + 1), key]).sort(), [
    ['supervisor/hostile.yaml', 'message'],
    ['supervisor/stranger.yaml', 'origin'],
    ['supervisor/typo.yaml', 'means'],
  ]);
  t.same(
    patterns.filter(({ linear }) => linear).map(({ id }) => id),
    ['supervisor.gave-up'],
  );
});

t.test('the same id as a built-in one replaces it, and says so', async (t) => {
  const text = patternText('kernel.boot', { message: '^gave up on (?<container>\\w+)$' });
  const directory = await userDirectory({ 'kernel/boot.yaml': text });
  const loaded = await loadPatterns([directory], installed);
  t.equal(loaded.patterns.length, library.patterns.length);
  t.match(loaded.notices, [/^kernel\.boot: .*boot\.yaml replaces/]);
  const matcher = createMatcher(loaded, loaded.compileLinear);
  t.equal(eventsOf(matcher, LINE)[0]?.pattern.id, 'kernel.boot');
  t.same(eventsOf(matcher, 'Sep 30 14:50:52 n kernel: Linux version 5.15.0-91-generic (b@h) (gcc) #1'), []);
});

t.test('components.yaml of a directory adds origins', async (t) => {
  const directory = await userDirectory({
    'components.yaml':
      'origins:\n  supervisor:\n    title: our supervisor\n    tags: [supervisor]\n    strangers: never\n    bare: tagged\n',
    'supervisor/gave-up.yaml': patternText('supervisor.gave-up', { origin: 'supervisor' }),
  });
  const loaded = await loadPatterns([directory], installed);
  t.same(loaded.problems, []);
  const matcher = createMatcher(loaded, loaded.compileLinear);
  t.equal(eventsOf(matcher, LINE).length, 1);
  t.same(eventsOf(matcher, LINE.replace('supervisor', 'other')), []);
});

t.test('a directory that is not there is a problem, not an exception', async (t) => {
  const { problems, patterns } = await loadPatterns([join(installed, 'user', 'none')], installed);
  t.match(problems, [
    { file: /none$/, expected: /a directory with patterns/, found: 'no such file', hint: /--patterns/ },
  ]);
  t.equal(patterns.length, library.patterns.length);
});

t.test('a package that was not built says what to do', async (t) => {
  const bare = t.testdir({ 'package.json': '{"name":"leaktrail"}' });
  await t.rejects(loadPatterns([], bare), /npm run build/);
});

t.test('testing a directory names what fails and what no sample shows', async (t) => {
  const directory = await userDirectory({
    'supervisor/wrong.yaml': patternText('supervisor.wrong', {
      message: '^gave up on (?<pod>\\w+)(?<error>!)?$',
    }),
  });
  const result = await testDirectory(directory, installed);
  t.match(result.failures, [
    {
      id: 'supervisor.wrong',
      kind: 'captures-differ',
      expected: { container: 'web' },
      found: { pod: 'web' },
    },
  ]);
  t.same(result.uncovered.map(({ capture }) => capture).sort(), ['error', 'pod']);
});

t.test('testing finds samples that another pattern takes and near misses that match', async (t) => {
  const text = patternText('supervisor.greedy', { message: 'gave up on' })
    .replace('    captures:\n      container: web\n', '')
    .replace("  - 'gave up on'", "  - 'gave up on'\n  - 'using the force'")
    .replace(
      /samples:\n/,
      `samples:\n  - line: 'Sep 30 14:50:52 n dockerd[1]: time="2021-09-30T14:50:52Z" level=info msg="Container failed to exit within 10s of signal 15 - using the force"'\n`,
    );
  const directory = await userDirectory({ 'supervisor/greedy.yaml': text });
  const { failures, problems } = await testDirectory(directory, installed);
  t.same(problems, []);
  t.match(failures, [
    { kind: 'sample-not-matched', by: 'dockerd.stop.force.v2' },
    { kind: 'near-miss-matched', why: 'names nothing' },
  ]);
});

t.test('without a directory the built-in patterns are tested', async (t) => {
  t.match(await testDirectory(null, installed), {
    patterns: library.patterns.length,
    failures: [],
    problems: [],
  });
});

t.test('a directory with a bad file is tested as far as it goes', async (t) => {
  const directory = await userDirectory({
    'supervisor/gave-up.yaml': patternText('supervisor.gave-up'),
    'supervisor/stranger.yaml': patternText('supervisor.stranger', { origin: 'nobody' }),
  });
  t.match(await testDirectory(directory, installed), {
    patterns: 1,
    samples: 1,
    nearMisses: 1,
    failures: [],
    problems: [{ key: 'origin' }],
  });
});

t.test('a pattern can be shown with its file, one of ours and one of theirs', async (t) => {
  const directory = await userDirectory({ 'supervisor/gave-up.yaml': patternText('supervisor.gave-up') });
  const loaded = await loadPatterns([directory], installed);
  t.match(await showPattern(loaded, 'supervisor.gave-up', [directory], installed), {
    text: /our own supervisor/,
  });
  t.match(await showPattern(loaded, 'dockerd.stop.force.v1', [directory], installed), {
    file: /patterns\/dockerd\/stop\.force\.v1\.yaml$/,
    text: /using the force/,
  });
  t.equal(await showPattern(loaded, 'no.such-pattern', [directory], installed), null);
});
