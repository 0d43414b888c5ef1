import { readFileSync } from 'node:fs';
import t from 'tap';
import { outcomeOf } from './run.js';

interface Case {
  readonly file: string;
  readonly expected: {
    readonly family: string;
    readonly acceptableFamilies: readonly string[];
    readonly containers: readonly string[];
    readonly resolved: boolean | null;
    readonly pods: readonly string[];
    readonly rootCause: string | null;
    readonly notes: string;
  };
}

const folder = 'test/fixtures/corpus';
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as Case[];

const sameId = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

for (const { file, expected } of cases) {
  t.test(`${file}: ${expected.family}`, async (t) => {
    const { incidents } = await outcomeOf(`${folder}/${file}`);
    const silenceIsFine = expected.acceptableFamilies.some((f) => f === 'none' || f === 'other');
    if (incidents.length === 0) {
      t.ok(silenceIsFine, expected.notes);
      return;
    }
    for (const incident of incidents)
      t.ok(expected.acceptableFamilies.includes(incident.defect), `${incident.defect}: ${expected.notes}`);
    const named = incidents.flatMap((incident) => incident.containers.map(({ id }) => id));
    for (const id of expected.containers)
      t.ok(
        named.some((other) => sameId(id, other)),
        `names ${id}`,
      );
    for (const id of named)
      t.ok(
        expected.containers.some((other) => sameId(id, other)),
        `${id} is what it is about`,
      );
    if (expected.resolved !== null) {
      t.equal(
        incidents.every((incident) => incident.state === 'resolved'),
        expected.resolved,
        'resolved or not',
      );
    }
    t.equal(incidents[0]?.rootCause, expected.rootCause);
    for (const pod of expected.pods)
      t.ok(
        incidents.some((i) => `${i.pod?.namespace}/${i.pod?.name}` === pod),
        `names ${pod}`,
      );
  });
}
