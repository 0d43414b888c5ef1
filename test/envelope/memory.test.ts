import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import { createRandom, type Random } from '../../bench/random.js';
import {
  type ClockOptions,
  type ClockRecord,
  createClock,
  newClockMemory,
} from '../../lib/envelope/clock.js';
import { createEnvelopeParser, newEnvelopeMemory } from '../../lib/envelope/parse.js';
import { createSampler, newSamplerMemory } from '../../lib/envelope/sampler.js';
import type { LogRecord, Stamp } from '../../lib/envelope/types.js';
import { differs } from '../differs.js';
import { assertPlainData } from '../plain-data.js';
import { candidate } from './candidate.js';

const OPTIONS: ClockOptions = {
  tz: null,
  systemOffset: () => 60,
  now: () => Date.UTC(2026, 10, 21),
  fileDate: () => null,
};
/** As another process would read it. */
const again = <T>(memory: T): T => deserialize(serialize(memory)) as T;

function randomStamp(random: Random): Stamp | null {
  return random.pick<() => Stamp | null>([
    () => null,
    () => ({ kind: 'uptime', seconds: random.int(100_000) }),
    () => ({
      kind: 'absolute',
      at: { ms: Date.UTC(2020 + random.int(6), random.int(12), 1 + random.int(28)), nanos: 0, digits: 3 },
      offsetMinutes: random.pick([null, 0, 60, 480]),
    }),
    () => ({
      kind: 'local',
      year: random.pick([null, null, 2023]),
      month: 1 + random.int(12),
      day: 1 + random.int(28),
      hour: random.int(24),
      minute: random.int(60),
      second: 0,
      nanos: 0,
      digits: 0,
    }),
  ])();
}

t.test('a clock that goes on from its memory resolves as one that was never stopped', async (t) => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = createRandom(seed);
    let memory = newClockMemory();
    const whole = createClock(OPTIONS);
    let clock = createClock(OPTIONS, memory);
    const records: ClockRecord[] = Array.from({ length: 120 }, (_, i) => ({
      source: random.pick(['a', 'b', 'c']),
      host: random.pick([null, 'n1', 'n2']),
      line: i,
      envelopeTime: randomStamp(random),
      innerTime: randomStamp(random),
    }));
    for (const record of records) {
      whole.learn(record);
      clock.learn(record);
      if (random.int(20) === 0) {
        memory = again(memory);
        clock = createClock(OPTIONS, memory);
      }
    }
    assertPlainData(t, memory);
    const told = (of: typeof clock) => ({
      times: records.map((record) => of.resolve(record)),
      lags: ['a', 'b', 'c'].map((source) => of.lagMs(source)),
      offsets: ['n1', 'n2', null].map((host) => of.offsetOf(host, 'a')),
      counts: { ...of.counts },
    });
    if (differs(t, told(clock), told(whole), `seed ${seed}`)) return;
  }
});

t.test('pieces of cut lines are put together across a stop at any line', async (t) => {
  const json = (log: string, stream = 'stderr') =>
    JSON.stringify({ log, stream, time: '2026-03-03T18:00:00.381123456Z' });
  const cri = (tag: string, text: string) => `2026-03-03T18:00:00.381123456Z stderr ${tag} ${text}`;
  const lines = [
    json('time="2026-03-03T18:00:00Z" level=info msg="Container failed to '),
    json('something else\n', 'stdout'),
    json('exit within 10 seconds of signal 15 '),
    json('- using the force" container=0a\n'),
    cri('P', 'E0303 18:00:00.000000       1 a.go:1] "one '),
    cri('P', `two ${'x'.repeat(300)}`),
    cri('F', 'three" pod="a/b"'),
    cri('P', 'never ended'),
    `__REALTIME_TIMESTAMP=1 ${cri('P', 'x')}`,
  ];
  const options = { partialBytes: 200 };
  const all = lines.map((line, i) => candidate(line, [], { line: i + 1, source: i < 4 ? 'docker' : 'cri' }));
  const shown = (records: readonly LogRecord[]) =>
    records.map((record) => ({ ...record, fields: { ...record.fields } }));
  const whole = createEnvelopeParser(options);
  const expected = [...all.flatMap((line) => whole.parse(line)), ...whole.flush()];
  t.ok(whole.counts.joinedPartials >= 3 && whole.counts.droppedPartialBytes > 0);
  for (let stop = 0; stop <= all.length; stop += 1) {
    const memory = newEnvelopeMemory();
    const before = createEnvelopeParser(options, memory);
    const found = all.slice(0, stop).flatMap((line) => before.parse(line));
    const saved = again(memory);
    // Fields have no prototype before they are written down, and a plain one behind that.
    assertPlainData(t, saved);
    const after = createEnvelopeParser(options, saved);
    found.push(...all.slice(stop).flatMap((line) => after.parse(line)), ...after.flush());
    t.strictSame(shown(found), shown(expected), `stopped at line ${stop}`);
    t.strictSame(after.counts, whole.counts);
  }
});

t.test('how far a log reaches is known after a stop, in years that are told only then', async (t) => {
  const memory = newSamplerMemory();
  const clockMemory = newClockMemory();
  const clock = createClock(OPTIONS, clockMemory);
  const sampler = createSampler(clock, memory);
  sampler.sample('messages', 'Mar 03 18:00:00 n1 dockerd[1]: hello', 1, false);
  sampler.sample('messages', 'Mar 03 18:00:02 n1 dockerd[1]: hello', 50, false);
  sampler.sample('messages', 'Mar 03 18:00:05 n1 dockerd[1]: bye', 100, true);
  sampler.sample('messages', 'Mar 03 18:00:09 n1 dockerd[1]: bye', 200, true);
  assertPlainData(t, memory);
  const later = createClock(OPTIONS, again(clockMemory));
  const restored = createSampler(later, again(memory));
  restored.sample('other', '2023-03-03T18:01:00+01:00 n1 x[1]: y', 1, false);
  t.strictSame(
    restored.reached().map(({ source, node, ms }) => [source, node, new Date(ms ?? 0).toISOString()]),
    [
      ['messages', 'n1', '2023-03-03T17:00:00.000Z'],
      ['messages', 'n1', '2023-03-03T17:00:09.000Z'],
      ['other', 'n1', '2023-03-03T17:01:00.000Z'],
    ],
  );
});

t.test('ends of logs are kept up to a cap, the latest of them', async (t) => {
  const memory = newSamplerMemory();
  const sampler = createSampler(createClock(OPTIONS), memory);
  for (let i = 0; i < 5000; i += 1) sampler.sample(`f${i}`, 'Mar 03 18:00:05 n1 dockerd[1]: bye', 9, true);
  t.equal(memory.ends.size, 4096);
  t.equal(sampler.reached().at(-1)?.source, 'f4999');
  t.equal(sampler.reached()[0]?.source, 'f904');
});
