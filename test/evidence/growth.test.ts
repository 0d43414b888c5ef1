import t from 'tap';
import { growthOf, growthOfGroups } from '../../lib/evidence/growth.js';
import { readGoroutineText } from '../../lib/evidence/pprof/goroutine-text.js';
import { readHeapText } from '../../lib/evidence/pprof/heap-text.js';
import { readPprof } from '../../lib/evidence/pprof/pprof.js';
import { readPprofTop } from '../../lib/evidence/pprof/pprof-top.js';
import type { Evidence, FunctionTable, GoroutineProfile } from '../../lib/evidence/types.js';
import { binaryDocument, fixtureBytes, textDocument } from './document.js';
import { printedLike } from './printed-top.js';

const OTEL_START = inuse(pprof('dockerd-27.4.0-otel-start.heap'));
const OTEL_END = inuse(pprof('dockerd-27.4.0-otel-r500x120-end.heap'));
const STUCK = ['start', 'middle', 'end'].map((when) =>
  goroutines(pprof(`dockerd-19.03.15-stuck-${when}.goroutine`)),
);

t.test('says what grew between two heap profiles, whatever their order', async (t) => {
  for (const tables of [
    [OTEL_START, OTEL_END],
    [OTEL_END, OTEL_START],
  ]) {
    const growth = growthOf(tables);
    t.strictSame(
      growth.slice(0, 3).map(({ name }) => name.split('.').at(-1)),
      ['ExportSpans', 'interfaceArrayToEventArray', 'SetAttributes'],
    );
    t.match(growth[0], { from: 0, values: [0, growth[0]?.to] });
    t.equal(printedLike(growth[0]?.to ?? 0, '171.95MB'), '171.95MB');
    t.ok(growth.length <= 64);
  }
});

t.test('takes the protobuf profile and its printed table for one state', async (t) => {
  const printed = readPprofTop(
    textDocument(fixtureBytes('profiles/dockerd-27.4.0-otel-r500x120-end.heap.inuse_space.top.txt')),
  );
  const growth = growthOf([OTEL_START, OTEL_END, inuse(printed.evidence)]);
  t.equal(growth[0]?.values.length, 2);
  t.match(growth[0]?.name, 'ExportSpans');
});

t.test('takes two heap profiles of one garbage collection for one state', async (t) => {
  const bytes = fixtureBytes('profiles/dockerd-stuck-freeze-abort.heap.debug1.txt').toString();
  const text = readHeapText(textDocument(bytes)).evidence;
  const binary = inuse(pprof('dockerd-stuck-freeze-abort.heap'));
  t.strictSame(growthOf([inuse(text), { ...binary, program: null }]), []);
});

t.test('gives the leaking stacks of a stuck stop in three profiles', async (t) => {
  const growth = growthOfGroups(STUCK);
  t.ok(growth.length >= 2);
  for (const { values } of growth.slice(0, 2)) {
    t.equal(values[0], 0);
    t.equal(values[2], 24);
  }
  t.ok(growth.some(({ name }) => name.includes('daemon.(*Daemon).containerStop')));
  t.ok(growth.some(({ name }) => name.includes('container.(*State).Wait.func1')));
  t.notOk(growth.some(({ name }) => name.startsWith('runtime.')));
});

t.test('knows a stack by its functions in text and in protobuf', async (t) => {
  const text = readGoroutineText(
    textDocument(fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.debug1.txt')),
  );
  const binary = goroutines(pprof('dockerd-stuck-freeze-abort.goroutine'));
  const grown = goroutines(text.evidence);
  const doubled: GoroutineProfile = {
    ...grown,
    program: 'dockerd',
    total: 80,
    groups: grown.groups.map((group) => ({ ...group, count: group.count * 2 })),
  };
  const wait = growthOfGroups([binary, doubled]).find(({ name }) => name.includes('(*Daemon).Kill'));
  t.strictSame(wait?.values, [1, 2]);
});

t.test('does not call a standstill, a fall or a gap growth', async (t) => {
  const steady = [
    tableOf(10, { a: 5, b: 1, c: 1 }),
    tableOf(20, { a: 5, b: 2, c: 2 }),
    tableOf(30, { a: 9, b: 3, c: 1 }),
  ];
  t.strictSame(
    growthOf(steady).map(({ name, from, to, values }) => [name, from, to, values]),
    [['b', 1, 3, [1, 2, 3]]],
  );
  t.strictSame(growthOf([tableOf(10, { a: 1 }), tableOf(20, {}), tableOf(30, { a: 2 })]), []);
});

t.test('sorts by growth and holds at most 64', async (t) => {
  const names = Array.from({ length: 200 }, (_, index) => `f${index}`);
  const first = tableOf(1000, Object.fromEntries(names.map((name) => [name, 1])));
  const second = tableOf(2000, Object.fromEntries(names.map((name, index) => [name, index + 2])));
  const growth = growthOf([first, second]);
  t.equal(growth.length, 64);
  t.strictSame([growth[0]?.name, growth[63]?.name], ['f199', 'f136']);
});

t.test('does not believe growth where the earlier table may have left the function out', async (t) => {
  const first = { ...tableOf(1000, { big: 900, small: 50 }), complete: false };
  const below = growthOf([first, tableOf(2000, { big: 1900, hidden: 40 })]);
  t.strictSame(
    below.map(({ name }) => name),
    ['big'],
  );
  const above = growthOf([first, tableOf(2000, { big: 1000, hidden: 900 })]);
  t.strictSame(
    above.map(({ name, from }) => [name, from]),
    [
      ['hidden', 0],
      ['big', 900],
    ],
  );
});

t.test(
  'keeps the order given where no time is stated, and leaves other measures and programs out',
  async (t) => {
    const untimed = [tableOf(10, { a: 3 }), tableOf(20, { a: 2 }), tableOf(30, { a: 1 })];
    t.strictSame(growthOf(untimed), []);
    t.equal(growthOf(untimed.toReversed()).length, 1);
    const other: FunctionTable = { ...tableOf(5, { a: 1 }), measure: 'alloc_space' };
    const stranger: FunctionTable = { ...tableOf(5, { a: 1 }), program: 'containerd' };
    t.equal(growthOf([tableOf(10, { a: 2 }), other, stranger, tableOf(20, { a: 3 })])[0]?.values.length, 2);
    t.strictSame(growthOf([tableOf(10, { a: 2 })]), []);
    t.strictSame(growthOf([]), []);
    t.strictSame(growthOfGroups([]), []);
  },
);

function tableOf(total: number, values: Readonly<Record<string, number>>): FunctionTable {
  return {
    kind: 'functions',
    source: 'x',
    line: 1,
    host: null,
    program: 'dockerd',
    pid: null,
    at: null,
    text: '',
    measure: 'inuse_space',
    total,
    functions: Object.entries(values).map(([name, flat]) => ({ name, flat, cum: flat, line: 1, text: name })),
    complete: true,
  };
}

function pprof(name: string): readonly Evidence[] {
  return readPprof(binaryDocument(fixtureBytes(`profiles/${name}.pb.gz`))).evidence;
}

function inuse(evidence: readonly Evidence[]): FunctionTable {
  for (const one of evidence) if (one.kind === 'functions' && one.measure === 'inuse_space') return one;
  throw new Error('no inuse_space');
}

function goroutines(evidence: readonly Evidence[]): GoroutineProfile {
  for (const one of evidence) if (one.kind === 'goroutines') return one;
  throw new Error('no goroutines');
}
