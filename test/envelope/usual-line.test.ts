/** The quick way through a usual line and the long one give the same record. */
import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { createRandom, type Random } from '../../bench/random.js';
import { stormChunks } from '../../bench/throughput/generate-storm.js';
import { createEnvelopeParser, parseRecord } from '../../lib/envelope/parse.js';
import { readUsualLine } from '../../lib/envelope/usual-line.js';
import { FIXTURES } from '../root.js';
import { candidate } from './candidate.js';

const PIECES = [
  ...[
    '"',
    '\\',
    '\\"',
    '=',
    ' ',
    '  ',
    ': ',
    '] ',
    '[',
    '{',
    '}',
    '<',
    '>',
    '= > ',
    '=3D',
    '#011',
    '\t',
    '\x1b[0m',
    '\r',
  ],
  ...[
    'time="2023-05-01T00:00:00Z" level=info msg="x"',
    'I0501 00:00:00.000001 1 a.go:1] ',
    'panic: ',
    'é',
    'K0501 ',
  ],
  ...[
    '00:00:60',
    'Feb 30 ',
    '2023 ',
    ' stdout F ',
    'msg="',
    'level=',
    'ts=1',
    'caller=x',
    '=="',
    'lvl=WARN',
    '+08:00',
    '.1234567Z',
  ],
];

/** The line with up to three pieces cut out of it, put into it, or taken from elsewhere in it. */
function damaged(line: string, random: Random): string {
  let text = line;
  for (let changes = 1 + random.int(3); changes > 0; changes -= 1) {
    const at = random.int(text.length + 1);
    const rest = at + random.int(2) * random.int(6);
    const put =
      [random.pick(PIECES), '', line.slice(random.int(line.length)).slice(0, 40)][random.int(3)] ?? '';
    text = text.slice(0, at) + put + text.slice(rest);
  }
  return text;
}

function linesOf(folder: string): string[] {
  return readdirSync(new URL(folder, FIXTURES))
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) =>
      readFileSync(new URL(`${folder}/${name}`, FIXTURES), 'utf8')
        .split('\n')
        .slice(0, 200),
    );
}

const storm = [...stormChunks({ bytes: 60_000, seed: 1, every: 3.6 })].join('').split('\n').slice(0, -1);
const iso = storm.map((line) =>
  line.replace(/^May {2}1 (\d\d:\d\d:\d\d)/, (_, time) => `2023-05-01T${time}.123456+08:00`),
);

/** Lines that were read, of which those that were read otherwise are given. */
function compare(lines: readonly string[]): {
  readonly usual: number;
  readonly different: readonly string[];
} {
  let usual = 0;
  const different = lines.filter((line) => {
    const record = readUsualLine(candidate(line));
    if (record !== null) usual += 1;
    return record !== null && !isDeepStrictEqual([record], parseRecord(candidate(line)));
  });
  return { usual, different };
}

t.test('lines as daemons print them are read the quick way, and as the long way reads them', async (t) => {
  for (const lines of [storm, iso]) {
    const { usual, different } = compare(lines);
    t.same(different, []);
    t.equal(usual, lines.length);
  }
});

t.test('lines that logs were seen to hold are read as the long way reads them', async (t) => {
  const { usual, different } = compare(['scenarios', 'captures', 'corpus'].flatMap(linesOf));
  t.same(different, []);
  t.ok(usual > 500, `${usual} of them are usual`);
});

t.test('lines that were broken in any way are read as the long way reads them', async (t) => {
  const random = createRandom(7);
  const lines = Array.from({ length: 20_000 }, () => damaged(random.pick(random.pick([storm, iso])), random));
  const { usual, different } = compare(lines);
  t.same(different, []);
  t.ok(usual > 1_000 && usual < 18_000, `${usual} of them are still usual`);
});

t.test(
  'a record keeps nothing of other lines alive and says which text of its name it is from',
  async (t) => {
    const [line = ''] = storm;
    const [record] = createEnvelopeParser().parse({ ...candidate(line), part: 'second' });
    t.equal(record?.part, 'second');
    t.same(record, parseRecord({ ...candidate(line), part: 'second' })[0]);
  },
);
