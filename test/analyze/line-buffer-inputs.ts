/** What the tests of case B have in common: inputs written for one test, and the one verdict about containerd. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { outcomeOf } from './run.js';

/** Writes them below a directory that goes with the test; gives their paths, in order. */
export async function files(t: Test, contents: Readonly<Record<string, string | Buffer>>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'leaktrail-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  return Object.entries(contents).map(([name, text]) => {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
}

/** `likely open` of the one incident that is told, null where none is; of any certainty with `all`. */
export async function verdictOf(names: readonly string[], all = false): Promise<string | null> {
  const { incidents, summary } = await outcomeOf(names, { all });
  t.same(summary.problems, [], `all of ${names.join(' ')} was read`);
  const own = incidents.filter(({ defect }) => defect === 'log-line-buffer');
  t.ok(own.length <= 1, 'once');
  t.same(
    incidents.filter((one) => one.defect !== 'log-line-buffer' && one.certainty !== 'suspected'),
    [],
  );
  return own[0] === undefined ? null : `${own[0].certainty} ${own[0].state}`;
}
