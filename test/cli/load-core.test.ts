/** What V8 has compiled of the bins' core is kept beside it, for the next start. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadCore } from '../../lib/cli/load-core.js';

/** A directory with a core, and runs of it: each gives what its exports say. */
function begin(test: Test, analyses = true) {
  const directory = test.testdir({
    'core-ABC.cjs': `exports.name = __filename; exports.at = __dirname; exports.path = require('node:path').sep;
exports.hasAnalysed = () => ${analyses}; exports.own = () => require('./own.cjs').name;`,
    'own.cjs': "exports.name = 'own'",
  });
  const run = () => {
    const ends: (() => void)[] = [];
    const core: object = loadCore(directory, (keep) => ends.push(keep));
    for (const end of ends) end();
    return { core: core as Record<string, unknown>, kept: ends.length > 0 };
  };
  const caches = () => readdirSync(directory).filter((name) => name.includes('.cache'));
  return { directory, run, caches };
}

t.test('the first run keeps what was compiled, and the next takes it', async (t) => {
  const { caches, directory, run } = begin(t);
  const first = run();
  t.match(first.core, { name: join(directory, 'core-ABC.cjs'), at: directory, path: '/' });
  t.equal(caches().length, 1);
  const second = run();
  t.match(second.core, { name: join(directory, 'core-ABC.cjs') });
  t.equal(second.kept, false);
  t.equal((second.core['own'] as () => string)(), 'own', 'what is loaded later is found');
});

t.test('a run that analysed nothing keeps nothing', async (t) => {
  const { caches, run } = begin(t, false);
  run();
  t.strictSame(caches(), []);
});

t.test('a directory without a core tells what to do', async (t) => {
  t.throws(() => loadCore(t.testdir({})), { message: /holds no core-\*\.cjs: run "npm run build"/ });
});
