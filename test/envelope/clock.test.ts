import t from 'tap';
import { type ClockOptions, type ClockRecord, createClock } from '../../lib/envelope/clock.js';
import { format } from '../../lib/envelope/instant.js';
import type { Stamp } from '../../lib/envelope/types.js';

const OPTIONS: ClockOptions = {
  tz: null,
  systemOffset: () => 60,
  now: () => Date.UTC(2026, 10, 21),
  fileDate: () => null,
};

/** `2023-05-02T00:10:24.148458112+08:00` is absolute; `2023-05-01 10:47:56.381` and `05-01 10:47:56` are local. */
function stamp(text: string): Stamp {
  if (text.startsWith('[')) return { kind: 'uptime', seconds: Number(text.slice(1, -1)) };
  const m = /^(?:(\d{4})-)?(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|epoch|[+-]\d\d:\d\d)?$/.exec(
    text,
  );
  if (m === null) throw new Error(text);
  const [, year, month, day, hour, minute, second] = m.map((part) =>
    part === undefined ? null : Number(part),
  );
  const digits = m[7]?.length ?? 0;
  const nanos = Number((m[7] ?? '').padEnd(9, '0'));
  const parts = { month, day, hour, minute, second } as Record<
    'month' | 'day' | 'hour' | 'minute' | 'second',
    number
  >;
  const zone = m[8];
  if (zone === undefined) return { kind: 'local', year: year ?? null, ...parts, nanos, digits };
  const utc = Date.UTC(year ?? 0, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  const minutes = offset ? (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1) : 0;
  const at = { ms: utc - minutes * 60_000 + Math.floor(nanos / 1e6), nanos: nanos % 1e6, digits };
  return { kind: 'absolute', at, offsetMinutes: zone === 'epoch' ? null : minutes };
}

interface Line {
  readonly outer?: string;
  readonly inner?: string;
  readonly host?: string | null;
  readonly source?: string;
}

function records(lines: readonly Line[]): ClockRecord[] {
  return lines.map(({ outer, inner, host = 'node1', source = 'messages' }, i) => ({
    source,
    host,
    line: i + 1,
    envelopeTime: outer === undefined ? null : stamp(outer),
    innerTime: inner === undefined ? null : stamp(inner),
  }));
}

function run(lines: readonly Line[], options: Partial<ClockOptions> = {}) {
  const clock = createClock({ ...OPTIONS, ...options });
  const all = records(lines);
  for (const record of all) clock.learn(record);
  return { clock, times: all.map((record) => clock.resolve(record)), all };
}

function shown(lines: readonly Line[], options: Partial<ClockOptions> = {}): string[] {
  return run(lines, options).times.map((time) =>
    time === null ? 'none' : `${format(time.at)} ${time.basis}`,
  );
}

t.test('the published case: kubelet lines get year and zone from dockerd lines behind them', async (t) => {
  const lines: Line[] = [
    { outer: '05-01 10:47:56', inner: '2023-05-01 10:47:56.381' },
    { outer: '05-01 11:03:56', inner: '05-01 11:03:37.635343' },
    { outer: '05-01 11:04:01', inner: '05-01 11:03:37.635513' },
    { outer: '05-02 00:10:24', inner: '2023-05-02T00:10:24.148458112+08:00' },
    { outer: '05-02 00:10:30' },
  ];
  t.same(shown(lines), [
    '2023-05-01T02:47:56.381Z learned',
    '2023-05-01T03:03:37.635343Z learned',
    '2023-05-01T03:03:37.635513Z learned',
    '2023-05-01T16:10:24.148458112Z stated',
    '2023-05-01T16:10:30Z learned',
  ]);
  const { clock, times } = run(lines);
  for (const time of times) t.equal(time?.offsetMinutes, 480);
  t.equal(clock.lagMs('messages'), 23_365, 'envelope 11:04:01 around 11:03:37.635513');
  t.equal(clock.lagMs('other'), 0);
  t.equal(clock.offsetOf('node1', 'messages'), 480);
  t.same(clock.counts, { assumedYears: 0, assumedZones: 0 });
});

t.test('an inner UTC time on the next day gives the year and the zone', async (t) => {
  t.same(
    shown([
      { outer: '03-17 18:05:20', inner: '2016-03-18T01:05:20.7Z' },
      { outer: '03-17 18:05:21' },
      { outer: '03-18 00:05:21' },
    ]),
    ['2016-03-18T01:05:20.7Z stated', '2016-03-18T01:05:21Z learned', '2016-03-18T07:05:21Z learned'],
  );
});

t.test('New Year is crossed in both directions and in disorder', async (t) => {
  t.same(
    shown([
      { outer: '12-31 23:59:50' },
      { outer: '12-31 23:59:58', inner: '2022-12-31T23:59:58Z' },
      { outer: '01-01 00:00:01' },
      { outer: '12-31 23:59:59' },
      { outer: '01-01 00:00:03' },
      { outer: '07-01 00:00:00' },
      { outer: '12-31 23:59:59' },
      { outer: '01-02 00:00:00' },
    ]),
    [
      '2022-12-31T23:59:50Z learned',
      '2022-12-31T23:59:58Z stated',
      '2023-01-01T00:00:01Z learned',
      '2022-12-31T23:59:59Z learned',
      '2023-01-01T00:00:03Z learned',
      '2023-07-01T00:00:00Z learned',
      '2023-12-31T23:59:59Z learned',
      '2024-01-02T00:00:00Z learned',
    ],
  );
});

t.test('newest-first logs cross New Year, too', async (t) => {
  t.same(
    shown([
      { outer: '01-01 00:00:03', inner: '2023-01-01T00:00:03Z' },
      { outer: '12-31 23:59:00' },
      { outer: '12-30 23:59:00' },
    ]),
    ['2023-01-01T00:00:03Z stated', '2022-12-31T23:59:00Z learned', '2022-12-30T23:59:00Z learned'],
  );
});

t.test('inner time shortly before midnight of New Year inside an envelope after it', async (t) => {
  t.same(
    shown([
      { outer: '01-01 00:00:20', inner: '12-31 23:59:58.5' },
      { outer: '01-01 00:01:00', inner: '2023-01-01T00:01:00+01:00' },
    ])[0],
    '2022-12-31T22:59:58.5Z learned',
  );
});

t.test('a machine that boots without a clock does not add a year', async (t) => {
  t.same(
    shown([
      { outer: '08-10 10:00:00', inner: '2022-08-10T10:00:00Z' },
      { outer: '01-01 00:00:05' },
      { outer: '08-10 10:05:00' },
    ])[2],
    '2022-08-10T10:05:00Z learned',
  );
});

t.test('without any year the file date decides, and the lap over New Year is kept', async (t) => {
  const lines: Line[] = [
    { outer: '11-30 10:00:00' },
    { outer: '12-31 10:00:00' },
    { outer: '02-01 10:00:00' },
  ];
  const fileDate = () => Date.UTC(2021, 1, 1, 11);
  t.same(shown(lines, { fileDate, tz: 'UTC' }), [
    '2020-11-30T10:00:00Z assumed',
    '2020-12-31T10:00:00Z assumed',
    '2021-02-01T10:00:00Z assumed',
  ]);
  const { clock, all } = run(lines, { fileDate, tz: 'UTC' });
  for (const record of all) clock.resolve(record);
  t.same(clock.counts, { assumedYears: 3, assumedZones: 0 }, 'each record counts once');
});

t.test('nothing is dated more than a day after its file, or after today', async (t) => {
  const fileDate = () => Date.UTC(2021, 1, 15);
  t.same(shown([{ outer: '04-01 00:00:00' }, { outer: '02-15 00:00:00' }], { fileDate, tz: 'UTC' }), [
    '2020-04-01T00:00:00Z assumed',
    '2021-02-15T00:00:00Z assumed',
  ]);
  t.same(shown([{ outer: '11-21 20:00:00' }], { tz: 'UTC' }), ['2026-11-21T20:00:00Z assumed']);
  t.same(shown([{ outer: '11-23 20:00:00' }], { tz: 'UTC' }), ['2025-11-23T20:00:00Z assumed']);
});

t.test('February 29 falls into a year that has one', async (t) => {
  t.same(shown([{ outer: '02-29 12:00:00' }], { tz: 'UTC' }), ['2024-02-29T12:00:00Z assumed']);
  t.same(
    shown([{ outer: '02-28 12:00:00', inner: '2019-02-28T12:00:00Z' }, { outer: '02-29 12:00:00' }])[1],
    '2020-02-29T12:00:00Z learned',
  );
});

t.test('impossible stamps give no time, and the envelope stands in for them', async (t) => {
  for (const text of [
    '05-01 25:00:00',
    '05-01 10:60:00',
    '13-01 10:00:00',
    '02-30 10:00:00',
    '2023-02-29 10:00:00',
  ]) {
    t.same(shown([{ outer: text }]), ['none'], text);
    t.same(shown([{ outer: '2023-05-01T10:00:00Z', inner: text }]), ['2023-05-01T10:00:00Z stated'], text);
  }
  t.same(shown([{ outer: '2023-05-01T10:00:00Z', inner: '0001-01-01T00:00:00Z' }]), [
    '2023-05-01T10:00:00Z stated',
  ]);
  t.same(shown([{}]), ['none']);
});

t.test(
  'the zone comes from the host, then the source, then --tz, then any host, then this machine',
  async (t) => {
    const plain: Line = { outer: '2023-05-01 12:00:00', host: 'a', source: 'one' };
    const sameHost: Line = { inner: '2023-05-01T12:00:00+08:00', host: 'a', source: 'two' };
    const sameSource: Line = { inner: '2023-05-01T12:00:00+02:00', host: 'b', source: 'one' };
    const other: Line = { inner: '2023-05-01T12:00:00-05:00', host: 'c', source: 'three' };
    const utc: Line = { inner: '2023-05-01T12:00:00Z', host: 'a', source: 'one' };
    const at = (lines: Line[], tz: string | null = null) => shown([plain, ...lines], { tz })[0];
    t.equal(at([utc, other, sameSource, sameHost], '+03:00'), '2023-05-01T04:00:00Z learned');
    t.equal(at([utc, other, sameSource], '+03:00'), '2023-05-01T10:00:00Z learned');
    t.equal(at([utc, other], '+03:00'), '2023-05-01T09:00:00Z learned');
    t.equal(at([utc, other]), '2023-05-01T17:00:00Z learned');
    t.equal(at([utc]), '2023-05-01T12:00:00Z learned');
    t.equal(at([]), '2023-05-01T11:00:00Z assumed');
    t.same(run([plain]).clock.counts, { assumedYears: 0, assumedZones: 1 });
  },
);

t.test('an envelope that is off by what no zone is off teaches none', async (t) => {
  t.equal(
    shown([{ outer: '05-01 12:07:20', inner: '2023-05-01T12:00:00Z' }, { outer: '05-01 12:10:00' }], {
      tz: '+03:00',
    })[1],
    '2023-05-01T09:10:00Z learned',
    'the remainder is too great, so --tz holds',
  );
  t.equal(
    shown([{ outer: '05-03 12:00:00', inner: '2023-05-01T12:00:00Z' }, { outer: '05-03 12:10:00' }], {
      tz: '+03:00',
    })[1],
    '2023-05-03T09:10:00Z learned',
    'two days are no zone',
  );
  for (const late of ['12:15:03', '12:29:00', '11:45:00', '17:15:20'])
    t.equal(
      shown([{ outer: `05-01 ${late}`, inner: '2023-05-01T12:00:00Z' }, { outer: '05-01 12:10:00' }], {
        tz: '+03:00',
      })[1],
      '2023-05-01T09:10:00Z learned',
      `${late}: no zone is whole quarters away like this`,
    );
  t.equal(
    shown([{ outer: '05-01 17:45:53', inner: '2023-05-01T12:00:00Z' }, { outer: '05-01 17:46:00' }])[1],
    '2023-05-01T12:01:00Z learned',
    'Nepal is +05:45, with 53 s of lag',
  );
});

t.test('summer time: the statement nearest in time counts', async (t) => {
  const lines: Line[] = [
    { outer: '03-26 01:59:00', inner: '2023-03-26T00:59:00Z' },
    { outer: '03-26 03:01:00', inner: '2023-03-26T01:01:00Z' },
    { outer: '03-25 12:00:00' },
    { outer: '03-26 12:00:00' },
  ];
  t.same(shown(lines).slice(2), ['2023-03-25T11:00:00Z learned', '2023-03-26T10:00:00Z learned']);
  t.same(shown(lines.slice(2), { tz: 'Europe/Berlin', fileDate: () => Date.UTC(2023, 3, 1) }), [
    '2023-03-25T11:00:00Z assumed',
    '2023-03-26T10:00:00Z assumed',
  ]);
});

t.test('a local inner time takes year and zone from an absolute envelope', async (t) => {
  const inner = '05-01 11:03:37.635343';
  t.same(shown([{ outer: '2023-05-01T03:03:56epoch', inner }]), ['2023-05-01T03:03:37.635343Z learned']);
  t.same(shown([{ outer: '2023-05-01T11:03:56+08:00', inner }]), ['2023-05-01T03:03:37.635343Z learned']);
  t.same(
    shown([{ outer: '2023-05-01T03:12:56epoch', inner }]),
    ['2023-05-01T03:03:37.635343Z learned'],
    '9 min lag',
  );
  t.same(
    shown([
      { outer: '2023-05-01T11:03:56+08:00', inner: '05-01 03:03:37' },
      { outer: '2023-05-01 12:00:00' },
    ]),
    ['2023-05-01T03:03:37Z learned', '2023-05-01T04:00:00Z learned'],
    'a program that prints UTC says nothing of the zone of its host',
  );
  const { clock } = run([{ outer: '2023-05-01T03:03:56epoch', inner }]);
  t.equal(clock.offsetOf('node1', 'messages'), 480);
  t.equal(clock.lagMs('messages'), 18_365);
});

t.test('a program in a container prints another zone than its host', async (t) => {
  t.equal(
    shown([
      { outer: '05-01 11:03:56', inner: '05-01 03:03:40' },
      { outer: '05-02 00:10:24', inner: '2023-05-02T00:10:24+08:00' },
    ])[0],
    '2023-05-01T03:03:40Z learned',
  );
});

t.test('the lag is capped at ten minutes, and a difference of clocks is no lag', async (t) => {
  const lag = (outer: string, inner: string) => run([{ outer, inner }]).clock.lagMs('messages');
  t.equal(lag('2023-05-01T12:20:00Z', '2023-05-01T12:00:00Z'), 600_000);
  t.equal(lag('2023-05-01T12:00:53Z', '2023-05-01T12:00:00.5Z'), 52_500);
  t.equal(lag('2023-05-01T12:00:00Z', '2023-05-01T12:00:00.5Z'), 0);
  t.equal(lag('2023-05-03T12:00:00Z', '2023-05-01T12:00:00Z'), 0);
});

t.test('seconds since boot are dated by a line that states both', async (t) => {
  t.same(
    shown([
      { inner: '[90.5]', host: null, source: 'dmesg' },
      { outer: '05-01 12:00:00', inner: '[100.25]' },
      { outer: '05-01 12:00:00', inner: '2023-05-01T10:00:00Z' },
    ]),
    ['2023-05-01T09:59:50Z learned', '2023-05-01T10:00:00Z learned', '2023-05-01T10:00:00Z stated'],
  );
  t.same(shown([{ inner: '[90.5]' }]), ['none']);
  t.same(
    shown([
      { inner: '[90.5]', host: null, source: 'dmesg' },
      { outer: '2023-05-01T12:00:00Z', inner: '[100.25]', host: 'a' },
      { outer: '2023-05-01T15:00:00Z', inner: '[100.25]', host: 'b' },
    ])[0],
    'none',
    'two hosts: whose boot is not known',
  );
});

t.test('the boot stated before a line counts for it', async (t) => {
  t.same(
    shown([
      { outer: '2023-05-01T12:00:00Z', inner: '[100]' },
      { inner: '[160]' },
      { outer: '2023-05-01T15:00:00Z', inner: '[10]' },
      { inner: '[20]' },
    ]),
    [
      '2023-05-01T12:00:00Z stated',
      '2023-05-01T12:01:00Z learned',
      '2023-05-01T15:00:00Z stated',
      '2023-05-01T15:00:10Z learned',
    ],
  );
});

t.test('learning in another order within seconds changes no time', async (t) => {
  const lines: Line[] = [
    { outer: '12-31 23:59:57', inner: '2022-12-31T22:59:57Z' },
    { outer: '12-31 23:59:59' },
    { outer: '01-01 00:00:00', inner: '12-31 23:59:59.5' },
    { outer: '01-01 00:00:01', inner: '2022-12-31T23:00:01Z' },
    { outer: '01-01 00:00:02' },
  ];
  const expected = shown(lines);
  let seed = 7;
  for (let round = 0; round < 50; round++) {
    const shuffled = lines
      .map((line) => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return { line, key: seed >>> 8 };
      })
      .sort((a, b) => a.key - b.key)
      .map(({ line }) => line);
    const times = shown(shuffled);
    for (const [i, line] of lines.entries()) {
      const now = times[shuffled.indexOf(line)];
      if (now !== expected[i]) t.fail(`seed ${seed}: ${JSON.stringify(line)} ${now}, not ${expected[i]}`);
    }
  }
  t.pass('50 orders');
});

t.test('a time zone that is none is refused with what was expected', async (t) => {
  t.throws(() => createClock({ ...OPTIONS, tz: 'Mars/Base' }), /"Mars\/Base".*\+08:00/);
  for (const tz of ['+08:00', '-0330', '+8', 'UTC', 'Asia/Shanghai']) createClock({ ...OPTIONS, tz });
  t.throws(() => createClock({ ...OPTIONS, tz: '+25:00' }), RangeError);
});

t.test('many sources and hosts cost no more than the cap, and the latest are known', async (t) => {
  const clock = createClock(OPTIONS);
  for (let i = 0; i < 10_000; i++) {
    const inner = stamp('2023-05-02T00:10:24+08:00');
    clock.learn({ source: `s${i}`, host: `h${i}`, line: 1, envelopeTime: null, innerTime: inner });
  }
  t.equal(clock.offsetOf('h9999', 'none'), 480);
  t.equal(clock.offsetOf('h0', 'none'), null, 'forgotten');
});
