import { readdirSync } from 'node:fs';
import t from 'tap';
import { createEnvelopeParser, parseRecord } from '../../lib/envelope/parse.js';
import { FIXTURES } from '../root.js';
import { candidate, fixtureLines, record } from './candidate.js';

/** mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const corpus = readdirSync(new URL('corpus/', FIXTURES))
  .filter((name) => name.endsWith('.log'))
  .flatMap((name) => fixtureLines(`corpus/${name}`));
const lines = [
  ...corpus,
  ...fixtureLines('cases/dockerd-stuck-stop.messages.log'),
  ...fixtureLines('captures/docker-stop-stuck-resolved.journal-json.log').slice(0, 4),
  '2023-05-01T10:47:56.381123456Z stderr P E0719 12:02:33.335107    1302 r.go:243] "x" a="b" c={d e} f=<',
  'Sat 2026-11-21 01:01:08 UTC vm docker.service[13027]: message repeated 3 times: [ INFO[0002] x   a=b]',
];

t.test(`random bytes and mutated lines never throw (SEED=${seed})`, async (t) => {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const marks = [
    '"',
    '\\',
    '=',
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    ':',
    ' ',
    '\n',
    '\t',
    '\0',
    '\x1b[',
    '^[[',
    '&quot;',
    '=3D',
    'time="',
    'ü',
    '\ud800',
    '__proto__=',
    '月',
  ];
  const mutate = (line: string): string => {
    let out = line;
    for (let n = below(6); n >= 0; n--) {
      const at = below(out.length + 1);
      const way = below(5);
      if (way === 0) out = out.slice(0, at) + pick(marks) + out.slice(at);
      else if (way === 1) out = out.slice(0, at) + out.slice(at + 1 + below(20));
      else if (way === 2) out = out.slice(at);
      else if (way === 3) out = out.slice(0, at) + pick(lines);
      else out = out.slice(0, at) + out.slice(at, at + 30).repeat(1 + below(4)) + out.slice(at);
    }
    return out.slice(0, 20_000);
  };
  const noise = (): string => Buffer.from(Array.from({ length: below(300) }, () => below(256))).toString();
  const parser = createEnvelopeParser();
  let given = 0;
  let kept = 0;
  const bad: string[] = [];
  for (let n = 0; n < 20_000; n++) {
    const text = next() < 0.1 ? noise() : mutate(pick(lines));
    const tail =
      next() < 0.2 ? Array.from({ length: below(4) }, () => mutate(pick(lines)).slice(0, 500)) : [];
    given++;
    try {
      for (const one of parser.parse(candidate(text, tail, { line: n + 1 }))) {
        kept++;
        const sound =
          one.envelopes.length >= 1 &&
          one.envelopes.length <= 8 &&
          one.repeat >= 1 &&
          Object.keys(one.fields).length <= 64 &&
          Object.keys(one.fields).every((key) => key.length <= 64 && typeof one.fields[key] === 'string') &&
          [one.envelopeTime, one.innerTime].every(
            (at) => at?.kind !== 'absolute' || Number.isSafeInteger(at.at.ms),
          );
        if (!sound) bad.push(text);
      }
    } catch (error) {
      bad.push(`${String(error)}: ${JSON.stringify(text)}`);
    }
  }
  t.strictSame(bad.slice(0, 3), []);
  t.ok(kept + parser.counts.joinedPartials + parser.flush().length >= given, 'no line is lost');
});

t.test('field names of an attacker change nothing but the fields', async (t) => {
  const logfmt = record(
    'time="2024-01-01T00:00:00Z" level=info msg=x __proto__=polluted constructor=y toString=z',
  );
  const json = record(
    '{"level":"info","msg":"x","__proto__":{"polluted":1},"constructor":"y","toString":"z"}',
  );
  for (const { fields } of [logfmt, json]) {
    t.equal(Object.getPrototypeOf(fields), null);
    t.strictSame({ ...fields }, { constructor: 'y', toString: 'z' });
  }
  t.equal(({} as Record<string, unknown>).polluted, undefined);
  t.equal(record('plain').fields.toString, undefined);
});

t.test('at most 64 fields of at most 64 characters', async (t) => {
  const pairs = Array.from({ length: 100 }, (_, n) => `key${n}=${n}`).join(' ');
  const got = record(
    `time="2024-01-01T00:00:00Z" level=info msg=x ${'k'.repeat(65)}=1 ${'k'.repeat(64)}=2 ${pairs}`,
  );
  t.equal(Object.keys(got.fields).length, 64);
  t.equal(got.fields['k'.repeat(64)], '2');
  t.notOk('k'.repeat(65) in got.fields);
  t.equal(
    Object.keys(record(`{"msg":"x",${Array.from({ length: 100 }, (_, n) => `"k${n}":1`).join()}}`).fields)
      .length,
    64,
  );
});

const HEADS = [
  '',
  'time="2024-01-01T00:00:00Z" level=info msg="',
  'E0930 14:50:52.135711    3122 f.go:7] "',
  'E0930 14:50:52.135711    3122 f.go:7] "x" a=',
  'E0930 14:50:52.135711    3122 f.go:7] "x" a=<\n',
  'INFO[0002] ',
  '2023-05-01 10:47:56.381 [INFO][88861] ipam.go 1172: ',
  '{"msg":"',
  '{"msg":"x","a":',
  '{"MESSAGE":[1,',
  'May  1 10:00:00 n x[1]: message repeated 3 times: [ ',
  '<30>1 2024-01-01T00:00:00Z h a - - [',
  'time=&quot;',
  'time=\\"',
  'panic: ',
];
const BODIES = [
  '"',
  '\\',
  '" ',
  '" a',
  '" a=',
  '"\\',
  '[',
  '{',
  '{"',
  'a={ ',
  'a="',
  ' ',
  '\r',
  '.',
  '> ',
  '& ',
  '&quot;',
  '=3D',
  '\x1b[',
  '^[[',
  '#01',
  'time="2024',
  ' time="2024" level=',
  '" time="2024" ',
  'panic: ',
  ', ',
  ':',
  '[[',
  '1,',
  '= > ',
  '(',
  'a=b ',
  'Nov ',
];

t.test('a quarter of a megabyte of anything is read in linear time', async (t) => {
  const cost = (text: string, tail: readonly string[]): number => {
    const start = process.hrtime.bigint();
    parseRecord(candidate(text, tail));
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
  const slow: string[] = [];
  for (const head of HEADS) {
    for (const body of BODIES) {
      const size = body.length === 1 ? 1 << 18 : 1 << 16;
      const line = head + body.repeat(Math.ceil(size / body.length));
      // Quadratic work on so much takes minutes, linear work some milliseconds; this is far from both.
      const ms = cost(line, []);
      if (ms > 3000) slow.push(`${JSON.stringify(head)} + ${JSON.stringify(body)}: ${ms.toFixed()} ms`);
    }
  }
  t.strictSame(slow, []);
  const tail = Array.from({ length: 64 }, () => 'a"\\'.repeat(340));
  t.ok(cost('time="2024-01-01T00:00:00Z" level=info msg="x', tail) < 3000);
});
