import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runsChart, runsTable, type StoredRun, storedRuns } from '../../scripts/docs/line-buffer-runs.js';
import { figures, KIB, MIB, workload } from '../line-buffer/combinations.js';

/** All figures of the fixture are there. */
type Figures = Omit<StoredRun['outcome'], 'versions'>;

function run(limitBytes: number): StoredRun {
  const fed = workload({ limitBytes, lineBytes: MIB });
  const versions = { containerd: '1.6.20', runc: '', cri: '' };
  return { workload: fed, outcome: { ...(figures(fed) as Figures), versions } };
}

t.test('the stored runs are read by name, and nothing else is', async (t) => {
  const directory = t.testdir();
  writeFileSync(join(directory, 'real-b.json'), JSON.stringify(run(-1)));
  writeFileSync(join(directory, 'real-a.json'), JSON.stringify(run(KIB)));
  writeFileSync(join(directory, 'other.json'), '{');
  const runs = await storedRuns(directory);
  t.same(
    runs.map((each) => each.workload.limitBytes),
    [KIB, -1],
  );
  t.same(await storedRuns(join(directory, 'none')), []);
});

t.test('one picture holds model, simulator and daemon of each run, and is the same every time', async (t) => {
  const runs = [run(16 * KIB), run(-1)];
  const svg = await runsChart(runs);
  for (const name of ['model, resident', 'simulator, held', 'containerd 1.6.20, resident']) {
    t.match(svg, `>limit 16 KiB: ${name}<`);
    t.match(svg, `>no limit: ${name}<`);
  }
  t.notMatch(svg, /NaN|undefined/);
  t.equal(await runsChart(runs), svg);
});

t.test('the table tells records that differ', async (t) => {
  const wrong = run(16 * KIB);
  t.match(runsTable([run(16 * KIB)]), '| | records | 63 P, 1 F | 63 P, 1 F | equal |');
  t.match(
    runsTable([{ ...wrong, outcome: { ...wrong.outcome, partialRecords: 64 } }]),
    '| | records | 64 P, 1 F | 63 P, 1 F | different |',
  );
  t.equal(runsTable([]), 'This checkout holds no stored runs.');
});
