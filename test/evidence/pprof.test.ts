import { readdirSync } from 'node:fs';
import t from 'tap';
import { looksLikePprof, readPprof } from '../../lib/evidence/pprof/pprof.js';
import { printShare } from '../../lib/evidence/pprof/pprof-quantity.js';
import type { EvidenceReading, FunctionTable, GoroutineProfile, Measure } from '../../lib/evidence/types.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { FIXTURES } from '../root.js';
import { cpuMs } from './cpu-time.js';
import { binaryDocument, fixtureBytes } from './document.js';
import { encodeProfile, message, number, type ProfileParts, packed, varint } from './encode-pprof.js';
import { mutate } from './mutate.js';
import { printedLike, printedRows, printedTotal } from './printed-top.js';

const PRINTED: readonly (readonly [profile: string, printed: string, measure: Measure])[] = [
  [
    'containerd-redirectlogs-unlimited-open.heap',
    'containerd-redirectlogs-unlimited-open.heap',
    'inuse_space',
  ],
  [
    'containerd-redirectlogs-unlimited-open.goroutine',
    'containerd-redirectlogs-unlimited-open.goroutine',
    'goroutine',
  ],
  [
    'dockerd-27.4.0-otel-r500x120-end.heap',
    'dockerd-27.4.0-otel-r500x120-end.heap.inuse_space',
    'inuse_space',
  ],
  ['dockerd-logs-follow-healthy.heap', 'dockerd-logs-follow-healthy.heap', 'inuse_space'],
  ['dockerd-logs-follow-healthy.goroutine', 'dockerd-logs-follow-healthy.goroutine', 'goroutine'],
  ['dockerd-stuck-freeze-abort.heap', 'dockerd-stuck-freeze-abort.heap', 'inuse_space'],
  ['dockerd-stuck-freeze-abort.goroutine', 'dockerd-stuck-freeze-abort.goroutine', 'goroutine'],
];

for (const [profile, printed, measure] of PRINTED) {
  t.test(`gives the figures that go tool pprof -top printed of ${profile}`, async (t) => {
    const text = fixtureBytes(`profiles/${printed}.top.txt`).toString();
    const table = tableOf(fixtureBytes(`profiles/${profile}.pb.gz`), measure);
    t.equal(printedLike(table.total, printedTotal(text)), printedTotal(text));
    const rows = printedRows(text);
    t.ok(rows.length >= 2);
    for (const row of rows) {
      const ours = table.functions.find(({ name }) => name === row.name);
      if (ours === undefined) {
        t.fail(`no ${row.name}`);
        continue;
      }
      const { flat, cum } = ours;
      t.strictSame(
        {
          name: row.name,
          flat: printedLike(flat, row.flat),
          flatShare: printShare(flat, table.total),
          cum: printedLike(cum, row.cum),
          cumShare: printShare(cum, table.total),
        },
        row,
      );
    }
  });
}

t.test('tells what is held from what was ever allocated, and names program and time', async (t) => {
  const bytes = fixtureBytes('profiles/dockerd-27.4.0-otel-r500x120-end.heap.pb.gz');
  const { evidence, problems } = readPprof(binaryDocument(bytes, 'heap.pb.gz'));
  t.strictSame(problems, []);
  t.strictSame(
    evidence.map((one) => (one.kind === 'functions' ? [one.measure, one.functions[0]?.name] : one.kind)),
    [
      ['inuse_space', 'github.com/moby/buildkit/util/tracing/detect.(*TraceRecorder).ExportSpans'],
      ['inuse_objects', 'go.opentelemetry.io/otel/sdk/trace.(*recordingSpan).interfaceArrayToEventArray'],
      ['alloc_space', 'encoding/json.(*Decoder).refill'],
      ['alloc_objects', 'encoding/json.(*decodeState).object'],
    ],
  );
  for (const one of evidence) {
    t.match(one, { source: 'heap.pb.gz', line: 1, program: 'dockerd', host: null, pid: null });
    t.equal(one.at?.ms, Date.parse('2026-11-21T01:38:34.254Z'));
    t.equal(one.at?.digits, 9);
  }
});

t.test(
  'gives the stacks of a goroutine profile with file, line and what versions the paths show',
  async (t) => {
    const healthy = goroutinesOf(fixtureBytes('profiles/dockerd-logs-follow-healthy.goroutine.pb.gz'));
    t.match(healthy, { form: 'profile', total: 63, dropped: 0, program: 'dockerd' });
    t.strictSame(healthy.modules, { go: '1.19', 'docker.io': '20.10.24+dfsg1' });
    const stuck = goroutinesOf(fixtureBytes('profiles/dockerd-19.03.15-stuck-end.goroutine.pb.gz'));
    t.equal(
      stuck.groups.reduce((sum, { count }) => sum + count, 0),
      stuck.total,
    );
    const kills = stuck.groups.filter(({ frames }) =>
      frames.some((frame) => frame.function === 'github.com/docker/docker/daemon.(*Daemon).Kill'),
    );
    t.equal(
      kills.reduce((sum, { count }) => sum + count, 0),
      24,
    );
    const [kill] = kills;
    t.equal(kill?.frames[0]?.function, 'runtime.gopark');
    t.match(
      kill?.frames.find((frame) => frame.function.endsWith('.(*Daemon).Kill')),
      {
        file: /docker\/daemon\/kill\.go$/,
        line: Number,
      },
    );
  },
);

t.test('counts a recursive function once a sample and every inlined call for itself', async (t) => {
  const table = tableOf(
    encodeProfile({
      locations: [['inlined', 'caller'], ['recursive'], ['main']],
      samples: [
        [[1, 2, 2, 2, 3], [100]],
        [[2, 2, 3], [10]],
      ],
    }),
    'inuse_space',
  );
  t.strictSame(
    table.functions.map(({ name, flat, cum }) => [name, flat, cum]),
    [
      ['inlined', 100, 100],
      ['recursive', 10, 110],
      ['main', 0, 110],
      ['caller', 0, 100],
    ],
  );
  t.equal(table.functions[0]?.text, '100B 90.91% 100B 90.91% inlined');
});

t.test('names an address without symbols by its program, as pprof does', async (t) => {
  const table = tableOf(
    encodeProfile({ locations: [[], ['main']], samples: [[[1, 2], [5]]] }),
    'inuse_space',
  );
  t.equal(table.functions[0]?.name, '[dockerd]');
});

t.test('reads lists of numbers that are not packed', async (t) => {
  const unpacked = message(2, number(1, 1), number(1, 1), number(2, 7));
  t.equal(tableOf(encodeProfile({ samples: [], more: unpacked }), 'inuse_space').total, 7);
});

t.test('lists at most 1,024 functions, the largest, and says that there are more', async (t) => {
  const locations = Array.from({ length: 1500 }, (_, index) => [`f${index}`]);
  const samples: ProfileParts['samples'] = locations.map((_, index) => [[index + 1], [index + 1]]);
  const table = tableOf(encodeProfile({ locations, samples }), 'inuse_space');
  t.equal(table.functions.length, 1024);
  t.equal(table.functions[0]?.name, 'f1499');
  t.equal(table.complete, false);
});

t.test('says what is wrong with a profile, and where', async (t) => {
  const sound = encodeProfile();
  const cases: readonly (readonly [name: string, bytes: Buffer, reason: RegExp])[] = [
    ['empty', Buffer.alloc(0), /found an empty file/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /gzip inside/],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1]), /Zstandard data: decompress it first/],
    ['cut', sound.subarray(0, sound.length - 3), /damaged at byte \d+ of \d+: a field is longer/],
    ['text', Buffer.from('Nov 21 01:38:34 node dockerd[1]: hello\n'), /damaged at byte \d+/],
    ['no strings', message(1, number(1, 1), number(2, 2)), /damaged at byte 0 of 6: string 1 is asked for/],
    [
      'no function',
      encodeProfile({ more: message(4, number(1, 9), message(4, number(1, 77))) }),
      /a function that is not/,
    ],
    ['no location', encodeProfile({ samples: [[[5], [1]]] }), /a location that is not there/],
    ['same location', encodeProfile({ more: message(4, number(1, 1)) }), /two locations have the same id/],
    ['same function', encodeProfile({ more: message(5, number(1, 1)) }), /two functions have the same id/],
    ['location without id', encodeProfile({ more: message(4, number(3, 1)) }), /a location has no id/],
    [
      'two values',
      encodeProfile({ samples: [[[1], [1, 2]]] }),
      /2 values where the profile has 1 sample type/,
    ],
    ['no value', encodeProfile({ samples: [[[1], []]] }), /0 values where/],
    [
      'string index',
      encodeProfile({ more: message(5, number(1, 9), number(2, 999)) }),
      /string 999 is asked for/,
    ],
    ['large', encodeProfile({ samples: [[[1], [2n ** 60n]]] }), /larger than 2\^53/],
    [
      'overlong',
      encodeProfile({ more: Buffer.concat([varint(96), Buffer.alloc(11, 0x80)]) }),
      /longer than 64 bits/,
    ],
    [
      'huge length',
      encodeProfile({ more: Buffer.concat([varint(18), varint(2n ** 63n)]) }),
      /longer than what is left/,
    ],
    ['group', encodeProfile({ more: varint(13 * 8 + 3) }), /wire type/],
    ['first string', message(6, Buffer.from('x')), /the first string is not empty/],
    [
      'cpu',
      encodeProfile({ sampleTypes: [['cpu', 'nanoseconds']] }),
      /heap or goroutine profile, found one of cpu$/,
    ],
    ['negative', encodeProfile({ samples: [[[1], [-1]]] }), /negative values/],
    ['no samples', encodeProfile({ samples: [] }), /holds no samples/],
    ['hostile type', encodeProfile({ sampleTypes: [['\x1b[2J\u202e', 'x']] }), /found one of \?+2J\?$/],
  ];
  for (const [name, bytes, reason] of cases) {
    const reading = readPprof(binaryDocument(bytes, 'x'));
    t.strictSame(reading.evidence, [], name);
    t.equal(reading.problems.length, 1, name);
    t.match(reading.problems[0]?.reason, reason, name);
  }
});

t.test('gives nothing of a real profile that is cut anywhere', async (t) => {
  const bytes = fixtureBytes('profiles/dockerd-27.4.0-otel-start.heap.pb.gz');
  for (let length = 1; length < bytes.length; length += 193) {
    const { evidence, problems } = readPprof(binaryDocument(bytes.subarray(0, length)));
    if (evidence.length > 0 || problems.length !== 1) t.fail(`cut at ${length}`);
  }
  t.equal(readPprof(binaryDocument(bytes)).evidence.length, 4);
});

t.test('takes bounded time for profiles made to take for ever', async (t) => {
  const wide = message(4, number(1, 2), ...Array.from({ length: 50_000 }, () => message(4, number(1, 1))));
  const deep = packed(1, new Array<number>(10_000).fill(2));
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a varint of 2 MB', encodeProfile({ more: Buffer.concat([varint(96), Buffer.alloc(2e6, 0x80)]) })],
    ['wide locations', encodeProfile({ more: Buffer.concat([wide, message(2, deep, packed(2, [1]))]) })],
    [
      'wide locations in many samples',
      encodeProfile({
        more: Buffer.concat([
          wide,
          ...Array.from({ length: 5000 }, () => message(2, packed(1, [2]), packed(2, [1]))),
        ]),
      }),
    ],
    [
      'a stack of a million',
      encodeProfile({ more: message(2, Buffer.concat([varint(10), varint(1e6), Buffer.alloc(1e6, 1)])) }),
    ],
    ['a million empty samples', Buffer.alloc(2e6, Buffer.from([0x12, 0x00]))],
    ['a million empty strings', Buffer.alloc(2e6, Buffer.from([0x32, 0x00]))],
    ['a million empty locations', Buffer.alloc(2e6, Buffer.from([0x22, 0x00]))],
  ];
  for (const [name, bytes] of cases) {
    let reading: EvidenceReading = { evidence: [], problems: [] };
    const took = cpuMs(() => {
      reading = readPprof(binaryDocument(bytes));
    });
    const { evidence, problems } = reading;
    t.strictSame([evidence.length, problems.length], [0, 1], `${name}: ${problems[0]?.reason}`);
    t.ok(took < 700, `${name}: ${Math.round(took)} ms`);
  }
});

t.test('knows a profile by its head, however short', async (t) => {
  for (const name of readdirSync(new URL('profiles/', FIXTURES))) {
    if (!name.endsWith('.pb.gz')) continue;
    const bytes = fixtureBytes(`profiles/${name}`);
    for (const length of [64, 512, 4096, 65_536])
      t.ok(looksLikePprof(bytes.subarray(0, length)), `${name} ${length}`);
  }
});

t.test('takes no text, no archive and no random bytes for a profile', async (t) => {
  for (const directory of ['captures', 'corpus', 'cases', 'profiles']) {
    for (const name of readdirSync(new URL(`${directory}/`, FIXTURES))) {
      if (name.endsWith('.gz')) continue;
      const bytes = fixtureBytes(`${directory}/${name}`);
      if (looksLikePprof(bytes.subarray(0, 65_536))) t.fail(name);
      // A log may begin with line feeds, which read as the tag of a sample type.
      if (looksLikePprof(Buffer.concat([Buffer.from('\n\n'), bytes]))) t.fail(`line feeds, ${name}`);
    }
  }
  const seed = seedOf();
  t.comment(`seed ${seed}`);
  const random = randomOf(seed);
  let alarms = 0;
  for (let run = 0; run < 5_000; run += 1) {
    const bytes = Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256)));
    if (looksLikePprof(bytes)) alarms += 1;
  }
  t.ok(alarms <= 2, `${alarms} of 5,000`);
  t.notOk(looksLikePprof(Buffer.alloc(0)));
  t.notOk(looksLikePprof(Buffer.from('\n\x04\x08\x01\x10')), 'a sample type that is cut');
});

t.test('stands hundreds of mutated profiles', async (t) => {
  const seed = seedOf();
  t.comment(`seed ${seed}`);
  const random = randomOf(seed);
  const originals = [
    'dockerd-27.4.0-otel-start.heap',
    'dockerd-19.03.15-stuck-start.goroutine',
    'containerd-redirectlogs-unlimited-open.heap',
  ].map((name) => fixtureBytes(`profiles/${name}.pb.gz`));
  originals.push(encodeProfile());
  let slowest = 0;
  let used = 0;
  for (let run = 0; run < 200; run += 1) {
    const bytes = mutate(originals[run % originals.length] ?? Buffer.alloc(0), random);
    let reading: EvidenceReading = { evidence: [], problems: [] };
    const took = cpuMs(() => {
      looksLikePprof(bytes.subarray(0, 65_536));
      reading = readPprof(binaryDocument(bytes));
    });
    const { evidence, problems } = reading;
    slowest = Math.max(slowest, took);
    if (evidence.length > 0) used += 1;
    if (evidence.length === 0 && problems.length === 0) t.fail(`run ${run}: neither evidence nor problem`);
    for (const one of evidence)
      if (!isSound(one as FunctionTable | GoroutineProfile)) t.fail(`run ${run}: unsound`);
  }
  t.comment(`${used} were still readable`);
  t.pass('each gives sound evidence or a problem');
  t.ok(slowest < 1000, `slowest ${Math.round(slowest)} ms`);
});

function isSound(one: FunctionTable | GoroutineProfile): boolean {
  if (!(one.total > 0 && Number.isFinite(one.total))) return false;
  if (one.kind === 'goroutines') {
    return one.dropped + one.groups.reduce((sum, { count }) => sum + count, 0) === one.total;
  }
  return one.functions.every(({ flat, cum }) => flat >= 0 && flat <= cum && cum <= one.total);
}

function tableOf(bytes: Uint8Array, measure: Measure): FunctionTable {
  for (const one of readPprof(binaryDocument(bytes)).evidence) {
    if (one.kind === 'functions' && one.measure === measure) return one;
  }
  throw new Error(`no table of ${measure}: ${JSON.stringify(readPprof(binaryDocument(bytes)).problems)}`);
}

function goroutinesOf(bytes: Uint8Array): GoroutineProfile {
  for (const one of readPprof(binaryDocument(bytes)).evidence) if (one.kind === 'goroutines') return one;
  throw new Error('no goroutines');
}
