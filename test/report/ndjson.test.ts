import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { createNdjsonReporter } from '../../lib/report/ndjson.js';
import { ROOT } from '../root.js';
import {
  caseA,
  cluster,
  hostile,
  hostileText,
  incident,
  resolved,
  summary,
  unresponsive,
} from './incidents.js';
import { codePoints, createRandom, randomText } from './random-text.js';

const schema = JSON.parse(readFileSync(new URL('docs/schema/incident.schema.json', ROOT), 'utf8'));
const validate = new Ajv2020({
  strict: true,
  strictRequired: true,
  allowUnionTypes: true,
  allErrors: true,
}).compile(schema);

const objects = (output: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

t.test('every object validates against the published schema', async (t) => {
  const output = createNdjsonReporter({ all: true }).final(
    [...caseA, resolved, unresponsive, ...cluster(5), incident({ certainty: 'suspected' })],
    summary({ problems: [{ source: 'a.gz', reason: 'unexpected end' }], unreadable: 1 }),
  );
  const all = objects(output);
  t.equal(all.length, 11);
  for (const object of all) {
    t.equal(validate(object), true, JSON.stringify(validate.errors));
  }
});

t.test('the schema refuses a wrong state, a missing field, a bad time, a negative count', async (t) => {
  const good = objects(createNdjsonReporter().update(incident()))[0];
  for (const change of [
    { state: 'closed' },
    { node: undefined },
    { firstSeen: 'yesterday' },
    { attempts: -1 },
  ]) {
    t.equal(validate(JSON.parse(JSON.stringify({ ...good, ...change }))), false, JSON.stringify(change));
  }
  t.equal(validate({ ...good, addedLater: true }), true, 'a field that comes later is no error');
});

t.test('the schema describes exactly the fields that are written', async (t) => {
  const [one, last] = objects(createNdjsonReporter().final([incident()], summary()));
  t.same(Object.keys(one ?? {}), Object.keys(schema.$defs.incident.properties));
  t.same(Object.keys(last ?? {}), Object.keys(schema.$defs.summary.properties));
});

t.test('fields come in the published order, whatever order they were given in', async (t) => {
  const shuffled = Object.fromEntries(Object.entries(caseA[0]).reverse()) as unknown as Incident;
  const { update } = createNdjsonReporter();
  t.equal(update(shuffled), update(caseA[0]));
  t.match(
    update(caseA[0]),
    /^\{"type":"incident","schema":1,"id":"stuck-stop-a9acd5210705-1","defect":"stuck-stop","state":"open"/,
  );
});

t.test('one line an object, the summary last', async (t) => {
  const output = createNdjsonReporter().final(caseA, summary());
  t.equal(output.split('\n').length, 4);
  t.ok(output.endsWith('\n'));
  t.same(
    objects(output).map(({ type }) => type),
    ['incident', 'incident', 'summary'],
  );
});

t.test('suspected incidents are written only when asked for', async (t) => {
  const suspected = incident({ certainty: 'suspected' });
  t.equal(createNdjsonReporter().update(suspected), '');
  t.equal(objects(createNdjsonReporter().final([suspected], summary())).length, 1);
  t.equal(objects(createNdjsonReporter({ all: true }).update(suspected)).length, 1);
});

t.test('the output is plain ASCII and parses back to the very same strings', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.comment(`SEED=${seed}`);
  const random = createRandom(seed);
  const texts = [
    hostileText,
    'naïve 日本 😀',
    '\ud800',
    ...Array.from({ length: 200 }, () => randomText(random, 60)),
  ];
  const bad = texts.filter((text) => {
    const output = createNdjsonReporter().update(hostile(text));
    return !/^[\x20-\x7e]*\n$/.test(output) || objects(output)[0]?.['node'] !== text;
  });
  t.same(bad.map(codePoints), [], `SEED=${seed}`);
});

t.test('numbers are finite', async (t) => {
  const odd = incident({
    attempts: Number.NaN,
    leak: {
      goroutines: { min: 0, max: Number.POSITIVE_INFINITY },
      fds: { min: 0, max: 1 },
      bytes: { min: 0, max: 1 },
      perDay: null,
      basis: '',
    },
  });
  const output = createNdjsonReporter().update(odd);
  t.equal(validate(objects(output)[0]), true, JSON.stringify(validate.errors));
});

t.test('evidence of a followed log tells its texts apart', async (t) => {
  const line = { time: null, source: '/var/log/messages', line: 3, text: 'a', pattern: 'dockerd.force.v1' };
  const output = createNdjsonReporter().update(incident({ evidence: [{ ...line, part: 'k1' }, line] }));
  t.strictSame(objects(output)[0]?.['evidence'], [{ ...line, part: 'k1' }, line]);
  t.equal(validate(objects(output)[0]), true, JSON.stringify(validate.errors));
});
