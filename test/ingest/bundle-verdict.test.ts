import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { lastValueFrom, toArray } from 'rxjs';
import t from 'tap';
import { analyzeReports } from '../../lib/analyze.js';
import { run } from '../../lib/cli/run.js';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import type { Inputs } from '../../lib/ingest/types.js';
import { fakeIo } from '../cli/fake-io.js';
import { pipeline } from '../cli/fake-pipeline.js';
import { gather } from './gather.js';
import { tarOf } from './tar-pack.js';

const cases = 'test/fixtures/cases';

t.test('a case gives the same verdict as files, as a tar and as a tar.gz', async (t) => {
  const names = readdirSync(cases).filter((name) => name.startsWith('dockerd-stuck-stop.'));
  t.ok(names.length > 2);
  const tar = await tarOf(
    names.map((name) => ({ name: `case/${name}`, content: readFileSync(join(cases, name)) })),
  );
  const dir = t.testdir({ 'case.tar': tar, 'case.tgz': gzipSync(tar) });
  const verdict = async (inputs: readonly string[]) => {
    const opened = await openInputs(inputs);
    const reports = await lastValueFrom(
      analyzeReports(opened, { now: () => 1_700_000_000_000 }).pipe(toArray()),
    );
    await opened.dispose();
    return reports.flatMap((report) =>
      'incident' in report && report.final
        ? [
            {
              id: report.incident.id,
              attempts: report.incident.attempts,
              certainty: report.incident.certainty,
              sources: [
                ...new Set(report.incident.evidence.map(({ source }) => source.replace(/^.*stop\./, ''))),
              ],
            },
          ]
        : [],
    );
  };
  const expected = await verdict(names.map((name) => join(cases, name)));
  t.ok(expected.length > 0);
  for (const name of ['case.tar', 'case.tgz']) t.same(await verdict([join(dir, name)]), expected, name);
});

t.test('the command frees what it unpacked, however the run ends', async (t) => {
  const dir = t.testdir({});
  const name = join(dir, 'x.tgz');
  writeFileSync(name, gzipSync(await tarOf([{ name: 'a.log', content: 'a\n' }])));
  let seen: Inputs | null = null;
  const tools = pipeline((inputs) => {
    seen = inputs;
    throw new Error('the pipeline fails');
  });
  await run(['analyze', name], fakeIo({}), tools);
  const [source] = (seen as Inputs | null)?.groups[0]?.sources ?? [];
  t.match(source && (await gather(source)).problem, /closed/);
});
