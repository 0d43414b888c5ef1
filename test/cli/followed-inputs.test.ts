/** What is warned of at the start, and what must not be in its way. */
import { join } from 'node:path';
import t from 'tap';
import { followedInputs } from '../../lib/cli/followed-inputs.js';
import { openService } from '../../lib/cli/service.js';

const FILES = { files: [], from: 'end', output: null, state: null } as const;

t.test('a unit whose name can be no file’s is a unit like any other', async (t) => {
  const said: string[] = [];
  const dir = t.testdir({ docker: 'a line\n' });
  const named = join(dir, 'docker');
  const journal = { directory: dir, files: [], units: ['x'.repeat(300), `${named}/x`, named] };
  const followed = await followedInputs(
    { ...FILES, journal },
    { sources: [], lost: null, warn: (text) => said.push(text) },
    () => null,
  );
  t.equal(followed.length, 1);
  t.same(said, [`--journal: "${named}" is read as a unit; to follow the file, write ./${named}`]);
});

t.test('where it does not come to following, the state and the output are let go of', async (t) => {
  const dir = t.testdir({});
  const settings = { files: [], from: 'end', output: join(dir, 'out'), state: join(dir, 'state') } as const;
  const sick = {
    ...settings,
    get journal(): never {
      throw new Error('not to be followed');
    },
  };
  await t.rejects(
    openService(sick, () => {}),
    /not to be followed/,
  );
  const service = await openService({ ...settings, journal: null }, () => {});
  t.ok(await service.close(), 'no other run has them');
});
