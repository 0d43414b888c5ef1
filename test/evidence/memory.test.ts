import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import { createRandom } from '../../bench/random.js';
import { parseRecord } from '../../lib/envelope/parse.js';
import type { LogRecord } from '../../lib/envelope/types.js';
import { createDocuments, newDocumentsMemory } from '../../lib/evidence/documents.js';
import { createLongRecords, newLongRecordsMemory } from '../../lib/evidence/log-file/long-records.js';
import type { Trace } from '../../lib/evidence/trace/go-trace.js';
import { createTraceGatherer, newTracesMemory } from '../../lib/evidence/trace/trace-gatherer.js';
import type { Evidence, EvidenceProblem, Gauges } from '../../lib/evidence/types.js';
import { differs } from '../differs.js';
import { assertPlainData } from '../plain-data.js';

/** As another process would read it. */
const again = <T>(memory: T): T => deserialize(serialize(memory)) as T;
const DUMP = readFileSync(
  'test/fixtures/profiles/dockerd-19.03.15-stuck-middle.goroutine.debug2.txt',
  'utf8',
);
const PANIC = `fatal error: all goroutines are asleep - deadlock!
[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x11e7f95]

goroutine 91820 [running]:
go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace.(*clientTracer).end(0xc005c1d
a40, {0x23169ef, 0xc})
	/src/vendor/go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace/clienttrace.go:2
31 +0x7ae
created by golang.org/x/sync/errgroup.(*Group).Go in goroutine 1
	/src/vendor/golang.org/x/sync/errgroup/errgroup.go:55 +0x8d`;

function recordsOf(): LogRecord[] {
  const lines: string[] = [];
  const dump = DUMP.split('\n').slice(0, 300);
  const panic = PANIC.split('\n');
  for (const [i, line] of dump.entries()) {
    lines.push(`Mar 03 18:00:00 reg1 dockerd[2210]: ${line}`);
    const other = panic[i - 100];
    if (other !== undefined) lines.push(`Mar 03 18:00:00 reg1 containerd[7]: ${other}`);
  }
  lines.push(
    'Mar 03 18:00:00 reg1 dockerd[2210]: level=info msg="one\\n\\ngoroutine 1 [running]:\\nmain.f()',
  );
  lines.push('\\n\\t/f.go:1 +0x1"');
  return lines.flatMap((text, i) =>
    parseRecord({ source: 'messages', line: i + 1, offset: 0, text, cutBytes: 0, tail: [] }),
  );
}

function gatherer(memory = newTracesMemory()) {
  const found: [Trace, number][] = [];
  const problems: EvidenceProblem[] = [];
  const traces = createTraceGatherer(
    {
      onEvidence: (trace, record) => found.push([trace, record.line]),
      onProblem: (problem) => problems.push(problem),
    },
    memory,
  );
  return { found, problems, traces, memory };
}

t.test('traces that are under way come out whole across stops at any line', async (t) => {
  const records = recordsOf();
  const whole = gatherer();
  for (const record of records) whole.traces.push(record);
  whole.traces.quiet();
  whole.traces.quiet();
  t.ok(whole.found.length >= 2, `${whole.found.length} traces`);
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = createRandom(seed);
    // To stop behind every line takes long: one seed does.
    const most = seed === 1 ? 1 : random.pick([5, 20, 100]);
    let run = gatherer();
    const found: [Trace, number][] = [];
    const problems: EvidenceProblem[] = [];
    for (const record of records) {
      run.traces.push(record);
      if (random.int(most) > 0) continue;
      found.push(...run.found);
      problems.push(...run.problems);
      run = gatherer(again(run.memory));
    }
    run.traces.quiet();
    run = Object.assign(gatherer(again(run.memory)), { found: run.found, problems: run.problems });
    const end = gatherer(again(run.memory));
    end.traces.quiet();
    found.push(...run.found, ...end.found);
    problems.push(...run.problems, ...end.problems);
    const wanted = { found: whole.found, problems: whole.problems };
    if (differs(t, { found, problems }, wanted, `seed ${seed}`)) return;
  }
});

t.test('what is known of traces under way is plain data', async (t) => {
  const { memory, traces } = gatherer();
  for (const record of recordsOf().slice(0, 150)) traces.push(record);
  t.equal(memory.speakers.size, 2);
  // Fields have no prototype before they are written down, and a plain one behind that.
  assertPlainData(t, again(memory));
});

t.test('long records are told and forgotten alike across stops', async (t) => {
  const MIB = 1024 * 1024;
  const head = (i: number, tag: string) =>
    `2026-11-21T09:34:02.788719498Z ${i % 2 ? 'stdout' : 'stderr'} ${tag} `;
  for (let seed = 1; seed <= 4; seed += 1) {
    const random = createRandom(seed);
    const expected: Gauges[] = [];
    const found: Gauges[] = [];
    const whole = createLongRecords({ onEvidence: (item) => expected.push(item), live: true });
    let memory = newLongRecordsMemory();
    const open = () => createLongRecords({ onEvidence: (item) => found.push(item), live: true }, memory);
    let records = open();
    for (let line = 1; line < 700; line += 1) {
      const source = `f${random.int(400)}`;
      const long = {
        source,
        line,
        head: head(line, random.pick(['F', 'P'])),
        bytes: random.int(9) * MIB,
        ended: random.int(3) > 0,
      };
      const behind = { source, line: line + 1, head: head(line, 'F') };
      const follows = random.int(2) === 0;
      for (const each of [whole, records]) {
        each.take(long);
        if (follows) each.behind(behind);
      }
      if (random.int(30) > 0) continue;
      memory = again(memory);
      records = open();
    }
    assertPlainData(t, memory);
    whole.end();
    records.end();
    if (differs(t, found, expected, `seed ${seed}`)) return;
    t.equal(records.dropped, whole.dropped);
    t.ok(whole.dropped > 0);
  }
});

t.test('documents that were read are named, and compared with those of a later run', async (t) => {
  const gauges = (ms: number, value: number): Evidence => ({
    kind: 'gauges',
    source: `info-${ms}`,
    line: 1,
    host: null,
    program: 'dockerd',
    pid: null,
    at: { ms, nanos: 0, digits: 0 },
    text: 'Goroutines',
    gauges: [{ product: 'dockerd', name: 'goroutines', value, line: 1, text: 'Goroutines' }],
  });
  const memory = newDocumentsMemory();
  const first = createDocuments(() => {}, memory);
  first.take({ evidence: [gauges(1, 10)], problems: [] }, { name: 'a', kind: 'file' }, true);
  first.take({ evidence: [], problems: [] }, { name: 'bad', kind: 'file' }, true);
  for (let i = 0; i < 300; i += 1) first.problem({ source: 'x', line: i, reason: 'r' });
  assertPlainData(t, memory);
  const second = createDocuments(() => {}, again(memory));
  second.take({ evidence: [gauges(2, 20)], problems: [] }, { name: 'b', kind: 'file' }, true);
  second.problem({ source: 'x', line: 1, reason: 'r' });
  t.match(second.grown(), [{ name: 'goroutines', from: 10, to: 20 }]);
  t.strictSame(
    second.read.map(({ source }) => source),
    ['a', 'b'],
  );
  t.equal(second.unreadable.length, 1);
  t.equal(second.problems.length, 256);
  t.equal(second.moreProblems, 45);
});
