/** Which files belong to a state. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isOfState } from '../../lib/checkpoint/state-names.js';

t.test('the state itself and what is written for it, and nothing beside them', async (t) => {
  const dir = t.testdir();
  const isOwn = isOfState(join(dir, 'leaktrail'));
  const own = [
    '',
    '.tmp',
    '.previous',
    '.previous.tmp',
    '.told',
    '.told.tmp',
    '.lock',
    '.damaged',
    '.damaged.1',
  ];
  for (const ending of own) t.ok(isOwn(join(dir, `leaktrail${ending}`)), ending);
  for (const other of ['leaktrail.log', 'leaktrail.tmpl', 'leaktrail-told', 'other', 'x.leaktrail.tmp'])
    t.notOk(isOwn(join(dir, other)), other);
  t.notOk(isOwn(join(dir, 'below', 'leaktrail.tmp')));
});

t.test('a directory by two names', async (t) => {
  const dir = t.testdir();
  mkdirSync(join(dir, 'real'));
  symlinkSync('real', join(dir, 'link'));
  const isOwn = isOfState(join(dir, 'link', 'state'));
  t.ok(isOwn(join(dir, 'real', 'state.told')));
  t.ok(isOwn(join(dir, 'link', 'state.told')));
});
