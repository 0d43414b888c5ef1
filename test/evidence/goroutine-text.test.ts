import t from 'tap';
import { looksLikeGoroutineText, readGoroutineText } from '../../lib/evidence/pprof/goroutine-text.js';
import { readPprof } from '../../lib/evidence/pprof/pprof.js';
import type { EvidenceReading, FunctionTable, GoroutineProfile } from '../../lib/evidence/types.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { cpuMs } from './cpu-time.js';
import { binaryDocument, fixtureBytes, textDocument } from './document.js';
import { mutate } from './mutate.js';

const REAL = fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.debug1.txt');

t.test('reads the stacks of a real dockerd, with files, lines and versions', async (t) => {
  const reading = readGoroutineText(textDocument(REAL, 'goroutine.txt'));
  t.strictSame(reading.problems, []);
  const profile = goroutinesOf(reading);
  t.match(profile, {
    form: 'profile',
    source: 'goroutine.txt',
    line: 1,
    total: 40,
    dropped: 0,
    text: 'goroutine profile: total 40',
    at: null,
  });
  t.equal(
    profile.groups.reduce((sum, { count }) => sum + count, 0),
    40,
  );
  t.strictSame(profile.modules, { 'docker.io': '20.10.24+dfsg1', go: '1.19' });
  const kill = profile.groups.find(({ frames }) =>
    frames.some((frame) => frame.function === 'github.com/docker/docker/daemon.(*Daemon).containerStop'),
  );
  t.match(kill, { count: 1, state: null, createdBy: null, members: [], longestMinutes: null });
  t.match(kill?.frames[0], {
    function: 'github.com/docker/docker/daemon.(*Daemon).Kill',
    file: '/build/reproducible-path/docker.io-20.10.24+dfsg1/_build/src/github.com/docker/docker/daemon/kill.go',
    line: 151,
  });
  t.equal(REAL.toString().split('\n')[(kill?.line ?? 0) - 1]?.startsWith('1 @ 0x'), true);
});

t.test('agrees with the protobuf profile of the same daemon on what each function has', async (t) => {
  const text = tableOf(readGoroutineText(textDocument(REAL)));
  const binary = tableOf(
    readPprof(binaryDocument(fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.pb.gz'))),
  );
  let compared = 0;
  for (const { name, cum } of binary.functions) {
    // The text form leaves the runtime's innermost frames out. The two were taken by two requests, one after the
    // other: what serves a request, and what waits for the network, differs.
    if (!name.startsWith('github.com/docker/docker/')) continue;
    t.equal(text.functions.find((one) => one.name === name)?.cum, cum, name);
    compared += 1;
  }
  t.ok(compared > 20, `${compared}`);
});

const SMALL = [
  'goroutine profile: total 5',
  '3 @ 0x1 0x2',
  '# labels: {"key":"value"}',
  '#\t0x1\tmain.wait[...]+0x1f\t\t/go/src/a.go:7',
  '#\t0x2\tmain.main.func1+0x2\t/go/src/b.go:9',
  '',
  '2 @ 0x3',
  '#\t0x3',
  '',
];

t.test('reads labels, addresses without a name, quotes, blanks for tabs and carriage returns', async (t) => {
  const plain = goroutinesOf(readGoroutineText(textDocument(SMALL.join('\n'))));
  t.strictSame(
    plain.groups.map(({ count, frames }) => [count, frames.map((frame) => frame.function)]),
    [
      [3, ['main.wait[...]', 'main.main.func1']],
      [2, ['<unknown>']],
    ],
  );
  const quoted = SMALL.map((line) => `  > ${line.replaceAll('\t', '   ')}\r`).join('\n');
  t.strictSame(goroutinesOf(readGoroutineText(textDocument(quoted))).groups, plain.groups);
});

t.test('puts the same stack in two records together', async (t) => {
  const twice = ['goroutine profile: total 6', ...SMALL.slice(1, 5), ...SMALL.slice(1, 5)].join('\n');
  const { groups, total } = goroutinesOf(readGoroutineText(textDocument(twice)));
  t.strictSame([groups.length, groups[0]?.count, total], [1, 6, 6]);
});

t.test('counts what is missing as dropped, and says so', async (t) => {
  const reading = readGoroutineText(textDocument(REAL.toString().slice(0, 9000)));
  const profile = goroutinesOf(reading);
  const read = profile.groups.reduce((sum, { count }) => sum + count, 0);
  t.ok(read > 10 && read < 40);
  t.equal(profile.dropped, 40 - read);
  t.equal(profile.total, 40);
  t.equal(tableOf(reading).complete, false);
  t.match(reading.problems[0]?.reason, `states 40 goroutines, its stacks hold ${read}`);
});

t.test('keeps the 4,096 most frequent of more stacks, and counts the rest', async (t) => {
  const lines = [`goroutine profile: total ${(6000 * 6001) / 2}`];
  for (let index = 1; index <= 6000; index += 1)
    lines.push(`${index} @ 0x1`, `#\t0x1\tf${index}+0x1\t/x.go:1`, '');
  const { groups, dropped } = goroutinesOf(readGoroutineText(textDocument(lines.join('\n'))));
  t.equal(groups.length, 4096);
  t.equal(groups[0]?.count, 6000);
  t.equal(dropped, (1904 * 1905) / 2);
});

t.test('finds nothing in a dump, a heap profile or a table', async (t) => {
  for (const name of [
    'profiles/dockerd-stuck-freeze-abort.goroutine.debug2.txt',
    'profiles/dockerd-stuck-freeze-abort.heap.debug1.txt',
    'profiles/dockerd-stuck-freeze-abort.goroutine.top.txt',
    'profiles/dockerd-stuck-freeze-abort.sigusr1-goroutine-stacks.log',
  ]) {
    t.strictSame(readGoroutineText(textDocument(fixtureBytes(name))), { evidence: [], problems: [] }, name);
  }
});

t.test('knows a profile by its head, quoted or not', async (t) => {
  const own = fixtureBytes('profiles/dockerd-stuck-freeze-abort.goroutine.debug1.txt')
    .toString()
    .slice(0, 4000);
  const other = fixtureBytes('profiles/dockerd-stuck-freeze-abort.heap.debug1.txt').toString();
  t.strictSame([own, own.replace(/^/gm, '> '), `Hi,\r\n${own}`, other].map(looksLikeGoroutineText), [
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
  const originals = [REAL, Buffer.from(SMALL.join('\n'))];
  let slowest = 0;
  let used = 0;
  for (let run = 0; run < 200; run += 1) {
    const document = textDocument(mutate(originals[run % originals.length] ?? Buffer.alloc(0), random));
    let reading: EvidenceReading = { evidence: [], problems: [] };
    const took = cpuMs(() => {
      reading = readGoroutineText(document);
    });
    slowest = Math.max(slowest, took);
    const { evidence } = reading;
    for (const one of evidence) {
      if (one.kind !== 'goroutines') continue;
      used += 1;
      const sum = one.dropped + one.groups.reduce((sum, { count }) => sum + count, 0);
      if (sum !== one.total || !Number.isSafeInteger(sum)) t.fail(`run ${run}: ${sum} of ${one.total}`);
    }
  }
  t.ok(used > 0);
  t.ok(slowest < 1000, `slowest ${Math.round(slowest)} ms`);
});

t.test('bounds what 20,000 different stacks take', async (t) => {
  const lines = ['goroutine profile: total 20000'];
  for (let index = 0; index < 20_000; index += 1)
    lines.push('1 @ 0x1', `#\t0x1\tpackage.function${index}+0x1\t/go/src/x${index}.go:1`);
  const document = textDocument(lines.join('\n'));
  let reading: EvidenceReading = { evidence: [], problems: [] };
  const took = cpuMs(() => {
    reading = readGoroutineText(document);
  });
  t.ok(took < 800, `${Math.round(took)} ms`);
  const profile = goroutinesOf(reading);
  t.strictSame([profile.groups.length, profile.groups.length + profile.dropped], [4096, 20_000]);
});

function tableOf(reading: EvidenceReading): FunctionTable {
  for (const one of reading.evidence) if (one.kind === 'functions') return one;
  throw new Error('no table');
}

function goroutinesOf(reading: EvidenceReading): GoroutineProfile {
  for (const one of reading.evidence) if (one.kind === 'goroutines') return one;
  throw new Error('no goroutines');
}
