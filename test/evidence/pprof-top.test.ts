import { readdirSync } from 'node:fs';
import t from 'tap';
import { printShare } from '../../lib/evidence/pprof/pprof-quantity.js';
import { looksLikePprofTop, readPprofTop } from '../../lib/evidence/pprof/pprof-top.js';
import type { EvidenceReading, FunctionTable } from '../../lib/evidence/types.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { FIXTURES } from '../root.js';
import { cpuMs } from './cpu-time.js';
import { fixtureBytes, textDocument } from './document.js';
import { mutate } from './mutate.js';
import { printedLike, printedRows } from './printed-top.js';

const MB = 1024 ** 2;
const CASE_C = fixtureBytes('cases/dockerd-otel.pprof-top.txt').toString();
const COLUMNS = '      flat  flat%   sum%        cum   cum%';

t.test('reads the report of case C to its published shares', async (t) => {
  const table = onlyTable(CASE_C);
  t.match(table, {
    source: 'top.txt',
    line: 3,
    program: 'dockerd',
    measure: 'inuse_space',
    at: null,
    complete: false,
    text: 'Showing nodes accounting for 3326.65MB, 99.71% of 3336.46MB total',
  });
  t.equal(table.total, Math.round(3336.46 * MB));
  t.strictSame(
    table.functions.map(({ name, flat, line }) => [name, printShare(flat, table.total), line]),
    [
      ['github.com/moby/buildkit/util/tracing/detect.(*TraceRecorder).ExportSpans', '73.15%', 6],
      ['go.opentelemetry.io/otel/sdk/trace.(*recordingSpan).interfaceArrayToEventArray', '15.06%', 7],
      ['go.opentelemetry.io/otel/sdk/trace.(*recordingSpan).SetAttributes', '11.49%', 8],
    ],
  );
});

t.test('reads every row that pprof printed, with its line', async (t) => {
  for (const name of [
    'containerd-redirectlogs-unlimited-open.goroutine',
    'containerd-redirectlogs-unlimited-open.heap',
    'dockerd-27.4.0-otel-r500x120-end.heap.inuse_space',
    'dockerd-logs-follow-healthy.heap',
    'dockerd-logs-follow-healthy.goroutine',
    'dockerd-stuck-freeze-abort.heap',
  ]) {
    const text = fixtureBytes(`profiles/${name}.top.txt`).toString();
    const table = onlyTable(text);
    const rows = printedRows(text);
    t.equal(table.functions.length, rows.length, name);
    for (const row of rows) {
      const ours = table.functions.find((one) => one.name === row.name);
      t.equal(printedLike(ours?.flat ?? -1, row.flat), row.flat, row.name);
      t.equal(printedLike(ours?.cum ?? -1, row.cum), row.cum, row.name);
      t.ok(text.split('\n')[(ours?.line ?? 0) - 1]?.includes(ours?.text ?? '?'), row.name);
    }
  }
});

t.test('reads time and measure of a goroutine table', async (t) => {
  const table = onlyTable(fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.top.txt').toString());
  t.match(table, { measure: 'goroutine', total: 40, program: 'dockerd' });
  t.strictSame(table.at, { ms: Date.parse('2026-11-21T00:57:00Z'), nanos: 0, digits: 0 });
});

t.test('reads generic names with blanks and braces below the noise of curl', async (t) => {
  const table = onlyTable(fixtureBytes('corpus/117-m-pprof-dockerd28-curl-noise-generics.log').toString());
  t.match(table, {
    program: 'dockerd',
    measure: 'inuse_space',
    at: { ms: Date.parse('2025-11-04T00:07:00Z') },
    line: 12,
  });
  t.match(table.functions[1], {
    name: 'slices.Grow[go.shape.[]go.opentelemetry.io/otel/attribute.KeyValue,go.shape.struct { Key go.opentelemetry.io/otel/attribute.Key; Value go.opentelemetry.io/otel/attribute.Value }]',
    flat: Math.round(877.9 * MB),
    line: 16,
  });
});

t.test('takes an interactive session without a type for inuse_space', async (t) => {
  const table = onlyTable(fixtureBytes('corpus/120-m-pprof-interactive-top5-gb.log').toString());
  t.match(table, { measure: 'inuse_space', program: null, total: Math.round(9.34 * 1024 ** 3) });
  t.equal(table.functions[0]?.flat, Math.round(8.8 * 1024 ** 3));
});

t.test('reads the tables of containerd, the second row of which is not the first', async (t) => {
  const sick = onlyTable(fixtureBytes('corpus/122-m-pprof-containerd-redirectlogs.log').toString());
  t.match(sick, { program: 'containerd', at: null });
  t.equal(sick.functions.length, 4);
  t.match(sick.functions[0], { name: 'github.com/containerd/containerd/pkg/cri/io.redirectLogs' });
  t.equal(printShare(sick.functions[3]?.cum ?? 0, sick.total), '98.12%');
  const healthy = onlyTable(
    fixtureBytes('corpus/123-m-pprof-containerd-healthy-redirectlogs.log').toString(),
  );
  t.equal(healthy.functions[2]?.cum, Math.round(11.01 * MB));
});

t.test('follows what an interactive session chooses to show', async (t) => {
  const tables = tablesOf(
    [
      'File: dockerd',
      'Type: inuse_space',
      'Time: 2025-03-01 10:20:30 +0800',
      '(pprof) top1',
      'Showing nodes accounting for 5MB, 50% of 10MB total',
      COLUMNS,
      '       5MB 50.00% 50.00%        5MB 50.00%  a.f',
      '(pprof) sample_index=alloc_space',
      '(pprof) top10 -cum',
      'Showing nodes accounting for 50MB, 50% of 100MB total',
      'Showing top 10 nodes out of 20',
      COLUMNS,
      '         0     0%     0%       50MB 50.00%  a.g',
      '$ go tool pprof -top -inuse_objects heap.pb.gz',
      'Showing nodes accounting for 7, 100% of 7 total',
      COLUMNS,
      '         7   100%   100%          7   100%  b.h (partial-inline)',
    ].join('\n'),
  );
  t.strictSame(
    tables.map(({ measure, program, total, functions, complete }) => [
      measure,
      program,
      total,
      functions[0]?.name,
      complete,
    ]),
    [
      ['inuse_space', 'dockerd', 10 * MB, 'a.f', false],
      ['alloc_space', 'dockerd', 100 * MB, 'a.g', false],
      ['inuse_objects', null, 7, 'b.h', true],
    ],
  );
  t.equal(tables[0]?.at?.ms, Date.parse('2025-03-01T02:20:30Z'));
});

t.test('reads the form of 2014: the total gives the unit', async (t) => {
  const old = [
    'Total: 123.4 MB',
    '    50.2  40.7%  40.7%     60.1  48.7% main.leak',
    '     0.0   0.0%  40.7%    123.4 100.0% runtime.main',
  ].join('\n');
  const table = onlyTable(old);
  t.match(table, { measure: 'inuse_space', complete: false, line: 1, total: Math.round(123.4 * MB) });
  t.strictSame(
    table.functions.map(({ name, flat, cum }) => [name, flat, cum]),
    [
      ['main.leak', Math.round(50.2 * MB), Math.round(60.1 * MB)],
      ['runtime.main', 0, Math.round(123.4 * MB)],
    ],
  );
  t.match(onlyTable('Total: 40 goroutines\n 30 75.0% 75.0% 30 75.0% runtime.park'), {
    measure: 'other',
    total: 40,
  });
});

t.test('reads a table that is quoted, indented, with tabs and carriage returns', async (t) => {
  const plain = onlyTable(CASE_C);
  const dressed = [
    CASE_C.replace(/^/gm, '> '),
    CASE_C.replace(/^/gm, '>> '),
    CASE_C.replace(/^/gm, '    '),
    CASE_C.replaceAll('\n', '\r\n'),
    CASE_C.replace(/ {2,}(?=\S)/g, '\t'),
  ];
  for (const text of dressed) {
    const table = onlyTable(text);
    t.strictSame(figures(table), figures(plain));
    t.match(table, { program: 'dockerd', total: plain.total, measure: 'inuse_space' });
  }
});

t.test('puts a name that a mail wrapped back behind its figures', async (t) => {
  const wrapped = CASE_C.replace(/(73\.15%) {2}(github)/, '$1\n$2').replace(
    /(15\.06%) {2}(go\.)/,
    '$1\n> $2',
  );
  t.strictSame(figures(onlyTable(wrapped)), figures(onlyTable(CASE_C)));
});

t.test('puts names that a terminal wrapped together again, where the widths show it', async (t) => {
  const fold = (text: string, width: number) => text.replace(new RegExp(`^(.{${width}})(?=.)`, 'gm'), '$1\n');
  const real = fixtureBytes('profiles/dockerd-27.4.0-otel-r500x120-end.heap.inuse_space.top.txt').toString();
  for (const width of [80, 93, 100, 120]) {
    t.strictSame(figures(onlyTable(fold(real, width))), figures(onlyTable(real)), `${width}`);
  }
  const once = CASE_C.replace(/^.*interface.*\n.*SetAttributes\n/m, '');
  t.equal(onlyTable(fold(once, 100)).functions[0]?.name, onlyTable(CASE_C).functions[0]?.name);
  t.equal(
    onlyTable(`${once}Thanks`).functions[0]?.name,
    onlyTable(CASE_C).functions[0]?.name,
    'a word below',
  );
  t.equal(onlyTable(`${CASE_C}Thanks\n`).functions[2]?.name, onlyTable(CASE_C).functions[2]?.name, 'below');
});

t.test('takes no sentence for the name of a row that was cut', async (t) => {
  const cut = `${CASE_C.split('\n').slice(0, 6).join('\n')}\n  502.54MB 15.06% 88.21%   502.54MB 15.06%\nplease advise`;
  t.equal(onlyTable(cut).functions.length, 1);
});

t.test('knows a table by its head, however it is dressed, and no log for one', async (t) => {
  for (const text of [
    CASE_C,
    CASE_C.replace(/^/gm, '> '),
    CASE_C.replaceAll(' ', '\u00a0'),
    CASE_C.replace(/ {2,}(?=\S)/g, '\t'),
    'x\r\nTotal: 123.4 MB\r\n',
  ]) {
    t.ok(looksLikePprofTop(text));
  }
  for (const name of readdirSync(new URL('captures/', FIXTURES))) {
    if (looksLikePprofTop(fixtureBytes(`captures/${name}`).toString())) t.fail(name);
  }
  t.notOk(looksLikePprofTop('Total: 5 files\nflat fee'));
});

t.test('reads a table copied from a web page, with no-break spaces', async (t) => {
  t.strictSame(figures(onlyTable(CASE_C.replaceAll(' ', '\u00a0'))), figures(onlyTable(CASE_C)));
});

t.test('takes the total of a headless table by cum where flat is 0', async (t) => {
  const table = onlyTable(`${COLUMNS}\n 0 0% 0% 50MB 25.00% a.f`);
  t.match(table, { total: 200 * MB, complete: false, measure: 'inuse_space' });
});

t.test('reads what there is of a table that is cut anywhere', async (t) => {
  for (let length = 0; length <= CASE_C.length; length += 1) {
    const { evidence, problems } = readPprofTop(textDocument(CASE_C.slice(0, length)));
    t.equal(evidence.length <= 1 && problems.length === 0, true, `${length}`);
    const table = evidence[0] as FunctionTable | undefined;
    if (table === undefined) continue;
    for (const [index, { flat, cum }] of table.functions.entries()) {
      const whole = onlyTable(CASE_C).functions[index];
      if (flat !== whole?.flat || cum !== whole.cum) t.fail(`${length}: ${flat}`);
    }
  }
  // Without its head the total comes from the largest row.
  const headless = onlyTable(CASE_C.split('\n').slice(4).join('\n'));
  t.match(headless, { complete: false, program: null, measure: 'inuse_space' });
  t.equal(printShare(headless.functions[0]?.flat ?? 0, headless.total), '73.15%');
});

t.test('is not ended by a line of noise between two rows, but by a paragraph', async (t) => {
  const lines = CASE_C.trimEnd().split('\n');
  const noisy = [...lines.slice(0, 7), '100 8192 100 8192 0 0', ...lines.slice(7)].join('\n');
  t.equal(onlyTable(noisy).functions.length, 3);
  const apart = [...lines.slice(0, 7), 'This', 'is', 'another', 'matter:', ...lines.slice(7)].join('\n');
  t.equal(onlyTable(apart).functions.length, 2);
});

t.test('takes no row for a table without the names of the columns or a total', async (t) => {
  const rows = CASE_C.split('\n').slice(5).join('\n');
  t.strictSame(tablesOf(rows), []);
  t.strictSame(tablesOf(`nothing here\n${rows}`), []);
  t.strictSame(tablesOf('Total: 5 MB\nFilesystem 10 20% 30% 40 50% /var\n'), []);
  t.strictSame(tablesOf(`${COLUMNS}\n`), []);
  t.strictSame(tablesOf(`${COLUMNS}   calls calls%  + context\n 1MB 1% 1% 1MB 1%  f`), []);
});

t.test('gives no table of a difference of two profiles, and says why', async (t) => {
  const text = CASE_C.replace(' 383.52MB 11.49%', '-383.52MB 11.49%');
  const { evidence, problems } = readPprofTop(textDocument(text, 'diff.txt'));
  t.strictSame(evidence, []);
  t.match(problems, [{ source: 'diff.txt', line: 3, reason: /difference of two states/ }]);
});

t.test('adds the lines of a function up where the table is by line', async (t) => {
  const table = onlyTable(
    [
      'Type: inuse_space',
      'Showing nodes accounting for 8MB, 100% of 8MB total',
      COLUMNS,
      '       5MB 62.50% 62.50%        5MB 62.50%  a.f /go/src/a.go:10',
      '       3MB 37.50%   100%        3MB 37.50%  a.f /go/src/a.go:11 (inline)',
    ].join('\n'),
  );
  t.strictSame(figures(table), [['a.f', 8 * MB, 8 * MB]]);
});

t.test('keeps another measure apart as other', async (t) => {
  const cpu = [
    'File: dockerd',
    'Type: cpu',
    'Duration: 30s, Total samples = 1.50s ( 5.00%)',
    'Showing nodes accounting for 1.50s, 100% of 1.50s total',
    COLUMNS,
    '     1.50s   100%   100%      1.50s   100%  a.f',
  ].join('\n');
  t.match(onlyTable(cpu), { measure: 'other', total: 1.5e9 });
});

t.test('knows a time only with a zone that has one meaning', async (t) => {
  const at = (time: string) => onlyTable(CASE_C.replace('Type:', `Time: ${time}\nType:`)).at?.ms ?? null;
  const noon = Date.parse('2025-11-04T12:07:00Z');
  t.equal(at('Nov 4, 2025 at 12:07pm (UTC)'), noon);
  t.equal(at('Nov 4, 2025 at 1:07pm (+0100)'), noon);
  t.equal(at('Nov 4, 2025 at 9:07am (-03)'), noon);
  t.equal(at('2025-11-04 12:07:00 GMT'), noon);
  t.equal(at('Nov 4, 2025 at 12:07am (UTC)'), noon - 12 * 3_600_000);
  for (const [time, zone, hours] of [
    ['1:07am', 'NZDT', 13],
    ['1:07pm', 'CET', 1],
    ['2:07pm', 'CEST', 2],
    ['3:07pm', 'MSK', 3],
    ['9:07pm', 'JST', 9],
    ['7:07am', 'EST', -5],
    ['5:07am', 'PDT', -7],
  ] as const) {
    const day = zone === 'NZDT' ? 5 : 4;
    t.equal(at(`Nov ${day}, 2025 at ${time} (${zone})`), noon, `${zone} is ${hours} hours from UTC`);
  }
  for (const unknown of [
    'Nov 4, 2025 at 1:07pm (BST)',
    'Nov 4, 2025 at 1:07pm (IST)',
    'Nov 4, 2025 at 1:07pm (CST)',
    'Jun 31, 2025 at 1:07pm (UTC)',
    'Nov 4, 2025 at 13:07pm (UTC)',
    'Nov 4, 2025 at 1:67pm (UTC)',
    '2025-11-04 25:07:00 UTC',
    'Nov 4, 2025 at 1:07pm (+9900)',
    'yesterday',
  ]) {
    t.equal(at(unknown), null, unknown);
  }
});

t.test('holds at most 1,024 functions of a table and 1,024 tables', async (t) => {
  const rows = Array.from({ length: 40_000 }, (_, index) => `1MB 1% 1% 1MB 1% f${index}`);
  const long = onlyTable([CASE_C.trimEnd(), ...rows].join('\n'));
  t.strictSame([long.functions.length, long.complete], [1024, false]);
  const { evidence, problems } = readPprofTop(textDocument(`${CASE_C}\n`.repeat(1500)));
  t.equal(evidence.length, 1024);
  t.match(problems, [{ line: null, reason: /more than 1024 pprof tables.* 476 were left out/ }]);
});

t.test('stands hundreds of mutated tables', async (t) => {
  const seed = seedOf();
  t.comment(`seed ${seed}`);
  const random = randomOf(seed);
  const originals = [
    Buffer.from(CASE_C),
    fixtureBytes('corpus/117-m-pprof-dockerd28-curl-noise-generics.log'),
    fixtureBytes('corpus/120-m-pprof-interactive-top5-gb.log'),
    fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.top.txt'),
    Buffer.from('Total: 123.4 MB\n    50.2  40.7%  40.7%     60.1  48.7% main.leak\n'),
  ];
  let slowest = 0;
  let used = 0;
  for (let run = 0; run < 200; run += 1) {
    const document = textDocument(mutate(originals[run % originals.length] ?? Buffer.alloc(0), random));
    let reading: EvidenceReading = { evidence: [], problems: [] };
    const took = cpuMs(() => {
      reading = readPprofTop(document);
    });
    slowest = Math.max(slowest, took);
    const { evidence } = reading;
    for (const table of evidence as readonly FunctionTable[]) {
      used += 1;
      const sound = table.functions.every(
        ({ flat, cum, name, text }) => flat >= 0 && flat <= cum && name !== '' && text.length <= 1024,
      );
      if (!sound || !(table.total > 0) || table.functions.length === 0) t.fail(`run ${run}: unsound`);
    }
  }
  t.ok(used > 30, `${used}`);
  t.ok(slowest < 1000, `slowest ${Math.round(slowest)} ms`);
});

t.test('takes linear time for lines made to take for ever', async (t) => {
  const hostile = [
    `1MB${' '.repeat(5_000_000)}1%`,
    `File: ${'/'.repeat(5_000_000)}`,
    `Total: ${' '.repeat(5_000_000)}1`,
    '>'.repeat(5_000_000),
    `${'1% '.repeat(1_000_000)}`,
    `1MB 1% 1% 1MB 1% ${' /x:1'.repeat(1_000_000)}`,
    `1MB 1% 1% 1MB 1% f${' ('.repeat(1_000_000)}`,
    'Showing nodes accounting for 1, 1% of '.repeat(100_000),
  ];
  const text = [CASE_C.split('\n').slice(0, 5).join('\n'), ...hostile].join('\n');
  const document = textDocument(text);
  const took = cpuMs(() => readPprofTop(document));
  t.ok(took < 1000, `${Math.round(took)} ms`);
});

function tablesOf(text: string): readonly FunctionTable[] {
  const { evidence, problems } = readPprofTop(textDocument(text, 'top.txt'));
  if (problems.length > 0) throw new Error(problems[0]?.reason);
  return evidence as readonly FunctionTable[];
}

function onlyTable(text: string): FunctionTable {
  const [table, ...more] = tablesOf(text);
  if (table === undefined || more.length > 0) throw new Error(`${more.length + (table ? 1 : 0)} tables`);
  return table;
}

function figures(table: FunctionTable) {
  return table.functions.map(({ name, flat, cum }) => [name, flat, cum]);
}
