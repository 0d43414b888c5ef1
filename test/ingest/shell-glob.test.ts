/** Globs match what a shell would, in every part of a path. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import { matchGlob } from '../../lib/ingest/shell-glob.js';

function filled(dir: string): string {
  for (const name of ['s1', 's2', 's12', 't1', 's?', 'a[b1', '.h']) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'x.log'), 'x\n');
  }
  return dir;
}

const CASES: Readonly<Record<string, readonly string[]>> = {
  's?/x.log': ['s1', 's2', 's?'],
  '?1/x.log': ['s1', 't1'],
  '??/x.l?g': ['.h', 's1', 's2', 's?', 't1'],
  's?/*.log': ['s1', 's2', 's?'],
  's?*/x.log': ['s1', 's12', 's2', 's?'],
  '{s?,t1}/x.log': ['s1', 's2', 's?', 't1'],
  '[st]?/x.log': ['s1', 's2', 's?', 't1'],
  // Not the wildcard: escaped, in brackets, before a list, behind a bracket that stands for itself.
  's\\?/x.log': ['s?'],
  's[?]/x.log': ['s?'],
  '?(s)1/x.log': ['s1'],
  'a[b?/x.log': ['a[b1'],
  'none?/x.log': [],
};

t.test('a question mark stands for one character before a slash, too', async (t) => {
  const dir = filled(t.testdir({}));
  for (const [glob, expected] of Object.entries(CASES)) {
    const found = await matchGlob(join(dir, glob));
    t.same(found.sort(), expected.map((name) => join(dir, name, 'x.log')).sort(), glob);
  }
});

t.test('of files that are read, and of files that are followed', async (t) => {
  const dir = filled(t.testdir({}));
  const glob = join(dir, '?1', 'x.log');
  const expected = [join(dir, 's1', 'x.log'), join(dir, 't1', 'x.log')];
  const { groups, problems } = await openInputs([glob]);
  t.same(problems, []);
  t.same(
    groups.map(({ name }) => name),
    expected,
  );
  t.same([...(await nodeFollowFs.match(glob))].sort(), expected);
});

t.test('a bracket that is never closed is a character, however much stands behind it', async (t) => {
  t.same(await matchGlob(join(t.testdir({}), `[${'\\a'.repeat(60)}*`)), []);
});
