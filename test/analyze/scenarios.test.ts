/** Every scenario through the whole pipeline: silent where nothing is wrong, and the exact verdict where something is. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { lastValueFrom, toArray } from 'rxjs';
import t from 'tap';
import { analyzeReports } from '../../lib/analyze.js';
import { isReportable } from '../../lib/diagnose/diagnose.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import type { Incident } from '../../lib/diagnose/types.js';
import { fromStream, type Inputs, openInputs } from '../../lib/ingest/index.js';
import {
  allScenarios,
  type ExpectedIncident,
  listOf,
  type Scenario,
  textOf,
} from '../../scripts/scenarios/index.js';
import { differs } from '../differs.js';
import { FIXTURES } from '../root.js';

const fixtures = fileURLToPath(new URL('scenarios/', FIXTURES));
const listed: readonly (Omit<Scenario, 'log'> & { readonly file: string })[] = JSON.parse(
  readFileSync(`${fixtures}scenarios.json`, 'utf8'),
);

async function verdicts(inputs: Inputs, live = false): Promise<readonly Incident[]> {
  // A clock that moves on whenever it is asked, so that a live stream lets events go while it runs.
  let clock = Date.UTC(2026, 10, 21);
  const now = (): number => (clock += 1);
  const reports = await lastValueFrom(analyzeReports(inputs, { tz: 'UTC', live, now }).pipe(toArray()));
  return reports.flatMap((report) =>
    'incident' in report && report.final && isReportable(report.incident) ? [report.incident] : [],
  );
}

/** What an incident says about the fields that the scenario names, in the scenario's own terms. */
function asExpected(incident: Incident, wanted: ExpectedIncident | undefined): Record<string, unknown> {
  const { pod, leak, intervalSeconds } = incident;
  const container = incident.containers[0]?.id.slice(0, 12);
  const seen: Record<string, unknown> = {
    ...incident,
    container,
    pod: pod === null ? null : `${pod.namespace}/${pod.name}`,
    goroutines: leak === null ? null : leak.goroutines,
  };
  if (wanted?.intervalSeconds !== undefined && intervalSeconds !== null) {
    const off = Math.abs(intervalSeconds - wanted.intervalSeconds);
    if (off <= 0.5) seen['intervalSeconds'] = wanted.intervalSeconds;
  }
  const names = wanted ? Object.keys(wanted) : ['id', 'defect', 'container', 'state', 'certainty', 'why'];
  return Object.fromEntries(names.map((name) => [name, seen[name]]));
}

function key(of: {
  defect: string;
  id?: string | undefined;
  container?: string | undefined;
  node?: string | null | undefined;
}): string {
  return `${of.defect} ${of.container ?? of.node}`;
}

/** Verdicts on the scenarios as they are, by name. */
const plains = new Map<string, readonly Incident[]>();

for (const scenario of listed) {
  t.test(`${scenario.name}: ${scenario.why}`, async (t) => {
    const incidents = await verdicts(await openInputs([`${fixtures}${scenario.file}`]));
    plains.set(scenario.name, incidents);
    const wanted = 'silent' in scenario.expect ? [] : scenario.expect.incidents;
    const rest = [...incidents].sort((a, b) => (a.id < b.id ? -1 : 1));
    const found = wanted.map((expected) => {
      const at = rest.findIndex(
        (i) => key({ ...i, container: i.containers[0]?.id.slice(0, 12) }) === key(expected),
      );
      const [incident] = at === -1 ? [] : rest.splice(at, 1);
      return incident ? asExpected(incident, expected) : null;
    });
    t.strictSame(found, wanted, 'the verdicts are these');
    t.strictSame(
      rest.map((incident) => asExpected(incident, undefined)),
      [],
      'and nothing else is reported',
    );
    const decided = new Set(incidents.flatMap((incident) => incident.rules));
    t.strictSame(new Set(scenario.rules), decided, 'decided by these rules');
  });
}

/** What must not depend on how the same lines come in. */
function gist({
  id,
  state,
  certainty,
  attempts,
  mechanism,
  rootCause,
  affected,
  leak,
  pod,
  rules,
}: Incident): unknown {
  return { id, state, certainty, attempts, mechanism, rootCause, affected, leak, pod, rules };
}

/** The same log cut into pieces that end anywhere. */
function streamOf(lines: readonly string[]): Inputs {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 4093) }, (_, i) =>
    bytes.subarray(i * 4093, (i + 1) * 4093),
  );
  const source = fromStream(Readable.from(pieces));
  return { groups: [{ name: source.name, sources: [source] }], problems: [] };
}

for (const [turn, [how, arrange, live]] of (
  [
    ['every line comes twice', (lines: string[]) => lines.flatMap((line) => [line, line]), false],
    ['the newest line comes first', (lines: string[]) => lines.toReversed(), false],
    ['the log is a live stream', (lines: string[]) => lines, true],
  ] as const
).entries()) {
  t.test(`the verdicts stay the same where ${how}`, async (t) => {
    let count = 0;
    // Each scenario is arranged in two of the three ways, a long one in one: all take too long for every change.
    for (const [i, { name, file }] of listed.entries()) {
      if (i % 3 === turn) continue;
      // crictl's own error has no time of its own: it belongs to the line above it.
      if (name === 'crictl-two-seconds' && how.startsWith('the newest')) continue;
      const lines = readFileSync(`${fixtures}${file}`, 'utf8').trimEnd().split('\n');
      if (lines.length > 100 && i % 3 !== (turn + 1) % 3) continue;
      const plain = plains.get(name) ?? [];
      const arranged = await verdicts(streamOf(arrange(lines)), live);
      if (!differs(t, arranged.map(gist), plain.map(gist), name)) count += plain.length;
    }
    t.ok(count > 20, `${count} incidents`);
  });
}

t.test('every rule of stuck-stop and runtime-unresponsive decides at least one scenario', async (t) => {
  const exercised = new Set(listed.flatMap((scenario) => scenario.rules));
  const defects = await loadDefects();
  for (const id of ['stuck-stop', 'runtime-unresponsive'] as const) {
    const defect = defects.get(id);
    // Scenarios are logs: what only a dump decides is tested with the rules themselves.
    const rules = [...(defect?.certainty ?? []), ...(defect?.mechanisms ?? [])]
      .map((rule) => rule.id)
      .filter((rule) => !rule.startsWith('dump-'));
    t.ok(rules.length > 0, `${id} has rules`);
    t.strictSame(
      rules.filter((rule) => !exercised.has(rule)),
      [],
      `${id}: none is left out`,
    );
  }
});

t.test('the committed scenarios are what the generator writes', async (t) => {
  const scenarios = allScenarios();
  const again = 'npx tsc -p tsconfig.build.json && node dist/scripts/make-scenarios.js';
  t.equal(readFileSync(`${fixtures}scenarios.json`, 'utf8'), listOf(scenarios), `run ${again}`);
  for (const scenario of scenarios) {
    const committed = readFileSync(`${fixtures}${scenario.name}.log`, 'utf8');
    t.ok(committed === textOf(scenario), `${scenario.name}.log: run ${again}`);
  }
});
