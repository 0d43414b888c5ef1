import t from 'tap';
import { looksLikeHeapText, readHeapText } from '../../lib/evidence/pprof/heap-text.js';
import { readPprof } from '../../lib/evidence/pprof/pprof.js';
import { printShare } from '../../lib/evidence/pprof/pprof-quantity.js';
import type { EvidenceReading, FunctionTable, Measure } from '../../lib/evidence/types.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { cpuMs } from './cpu-time.js';
import { binaryDocument, fixtureBytes, textDocument } from './document.js';
import { mutate } from './mutate.js';
import { printedLike, printedRows, printedTotal } from './printed-top.js';

const DAEMONS = ['containerd-redirectlogs-unlimited-open', 'dockerd-stuck-freeze-abort'];

for (const daemon of DAEMONS) {
  t.test(`unsamples ${daemon} to what its protobuf profile and pprof itself say`, async (t) => {
    const text = readHeapText(textDocument(fixtureBytes(`profiles/${daemon}.heap.debug1.txt`)));
    const binary = readPprof(binaryDocument(fixtureBytes(`profiles/${daemon}.heap.pb.gz`)));
    t.strictSame(text.problems, []);
    for (const measure of ['inuse_space', 'inuse_objects', 'alloc_space', 'alloc_objects'] as const) {
      const [ours, theirs] = [tableOf(text, measure), tableOf(binary, measure)];
      t.equal(ours.total, theirs.total, measure);
      t.strictSame(figures(ours), figures(theirs), measure);
      t.equal(ours.complete, true);
    }
    const printed = fixtureBytes(`profiles/${daemon}.heap.top.txt`).toString();
    const table = tableOf(text, 'inuse_space');
    t.equal(printedLike(table.total, printedTotal(printed)), printedTotal(printed));
    for (const row of printedRows(printed)) {
      const ours = table.functions.find(({ name }) => name === row.name);
      t.equal(printedLike(ours?.flat ?? -1, row.flat), row.flat, row.name);
      t.equal(printShare(ours?.cum ?? -1, table.total), row.cumShare, row.name);
    }
  });
}

t.test('dates the profile by the last garbage collection, which is what it shows', async (t) => {
  const text = fixtureBytes('profiles/dockerd-stuck-freeze-abort.heap.debug1.txt');
  const table = tableOf(readHeapText(textDocument(text)), 'inuse_space');
  t.strictSame(table.at, { ms: 1795222581029, nanos: 630348, digits: 9 });
  t.match(table, { line: 1, program: null, text: 'heap profile: 13: 2258768 [30: 2975840] @ heap/1048576' });
  const before = text.toString().replace(/# LastGC = \d+/, '# LastGC = 0');
  t.equal(tableOf(readHeapText(textDocument(before)), 'inuse_space').at, null);
});

const SMALL = [
  'heap profile: 1: 1048576 [2: 2097152] @ heap/1048576',
  '1: 1048576 [2: 2097152] @ 0x1 0x2',
  '#\t0x1\tmain.grow[go.shape.struct { A int }]+0x1f\t/go/src/main one.go:7',
  '#\t0x2\tmain.main+0x2\t/go/src/main.go:9',
  '',
  '# runtime.MemStats',
];

t.test('scales a record by the chance that its allocations were sampled', async (t) => {
  const table = tableOf(readHeapText(textDocument(SMALL.join('\n'))), 'inuse_space');
  // 1 MiB at a rate of 512 KiB: 1 / (1 - e^-2).
  t.equal(table.total, Math.trunc(1048576 / (1 - Math.exp(-2))));
  t.strictSame(
    table.functions.map(({ name, flat }) => [name, flat]),
    [
      ['main.grow[go.shape.struct { A int }]', table.total],
      ['main.main', 0],
    ],
  );
  const unsampled = SMALL.join('\n').replace('heap/1048576', 'heap/2');
  t.equal(tableOf(readHeapText(textDocument(unsampled)), 'inuse_space').total, 1048576);
  const tcmalloc = SMALL.join('\n').replace('heap/1048576', 'heap_v2/524288');
  t.equal(tableOf(readHeapText(textDocument(tcmalloc)), 'inuse_space').total, table.total);
});

t.test('reads a profile that is quoted, indented, and has lost its tabs', async (t) => {
  const quoted = SMALL.map((line) => `> ${line.replaceAll('\t', '    ')}\r`).join('\n');
  t.strictSame(
    figures(tableOf(readHeapText(textDocument(`Hello,\n${quoted}`)), 'alloc_space')),
    figures(tableOf(readHeapText(textDocument(SMALL.join('\n'))), 'alloc_space')),
  );
  t.equal(readHeapText(textDocument(`Hello,\n${quoted}`)).evidence[0]?.line, 2);
});

t.test('says where records are missing', async (t) => {
  const whole = fixtureBytes('profiles/dockerd-stuck-freeze-abort.heap.debug1.txt').toString();
  const { evidence, problems } = readHeapText(textDocument(whole.slice(0, 4000), 'heap.txt'));
  t.match(problems, [
    { source: 'heap.txt', line: 1, reason: /header states 2\.15MB in use, its records hold 2\.1\dMB/ },
  ]);
  t.equal((evidence[0] as FunctionTable).complete, false);
});

t.test('gives the frames of a goroutine profile below to none of its records', async (t) => {
  const both = [...SMALL.slice(0, 4), '2 @ 0x3', '#\t0x3\tother.f+0x1\t/go/src/x.go:1'].join('\n');
  const names = tableOf(readHeapText(textDocument(both)), 'inuse_space').functions.map(({ name }) => name);
  t.notOk(names.includes('other.f'));
});

t.test('finds nothing where there is no heap profile', async (t) => {
  for (const text of ['', 'heap profile: soon', SMALL.slice(1).join('\n')]) {
    t.strictSame(readHeapText(textDocument(text)), { evidence: [], problems: [] });
  }
  const goroutines = fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.debug1.txt');
  t.strictSame(readHeapText(textDocument(goroutines)), { evidence: [], problems: [] });
});

t.test('knows a profile by its head, quoted or not', async (t) => {
  const own = fixtureBytes('profiles/dockerd-stuck-freeze-abort.heap.debug1.txt').toString().slice(0, 4000);
  const other = fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.debug1.txt').toString();
  t.strictSame([own, own.replace(/^/gm, '> '), `Hi,\r\n${own}`, other].map(looksLikeHeapText), [
    true,
    true,
    true,
    false,
  ]);
});

t.test('stands hundreds of mutated profiles', async (t) => {
  const seed = seedOf();
  t.comment(`seed ${seed}`);
  const random = randomOf(seed);
  const originals = [
    fixtureBytes('profiles/dockerd-stuck-freeze-abort.heap.debug1.txt').subarray(0, 20_000),
    Buffer.from(SMALL.join('\n')),
  ];
  let slowest = 0;
  let used = 0;
  for (let run = 0; run < 200; run += 1) {
    const bytes = mutate(originals[run % originals.length] ?? Buffer.alloc(0), random);
    const document = textDocument(bytes);
    let reading: EvidenceReading = { evidence: [], problems: [] };
    const took = cpuMs(() => {
      reading = readHeapText(document);
    });
    slowest = Math.max(slowest, took);
    const { evidence } = reading;
    for (const one of evidence as readonly FunctionTable[]) {
      used += 1;
      const sound = one.functions.every(({ flat, cum }) => flat >= 0 && flat <= cum && cum <= one.total);
      if (!sound || !Number.isFinite(one.total)) t.fail(`run ${run}: unsound`);
    }
  }
  t.ok(used > 0);
  t.ok(slowest < 1000, `slowest ${Math.round(slowest)} ms`);
});

t.test('takes linear time for lines made to take for ever', async (t) => {
  const hostile = [
    `heap profile: 1: 1 [1: 1] @ heap/2`,
    '1: 1 [1: 1] @ 0x1',
    `#\t0x1\t${'+0x'.repeat(2_000_000)}`,
    `#\t0x1\tf+0x1\t${': 1'.repeat(2_000_000)}`,
    `#${' '.repeat(5_000_000)}0x1`,
    `${'1: '.repeat(2_000_000)}`,
  ].join('\n');
  const document = textDocument(hostile);
  t.ok(cpuMs(() => t.equal(readHeapText(document).evidence.length, 4)) < 1000);
});

function tableOf(reading: EvidenceReading, measure: Measure): FunctionTable {
  for (const one of reading.evidence) if (one.kind === 'functions' && one.measure === measure) return one;
  throw new Error(`no table of ${measure}`);
}

function figures(table: FunctionTable) {
  return table.functions.map(({ name, flat, cum }) => ({ name, flat, cum }));
}
