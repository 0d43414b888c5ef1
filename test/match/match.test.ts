import t from 'tap';
import { createEnvelopeParser } from '../../lib/envelope/parse.js';
import { createMatcher } from '../../lib/match/match.js';
import type { Origin, Pattern, PatternLibrary } from '../../lib/match/types.js';

const ANYONE: Origin = {
  title: 'anyone',
  tags: [],
  units: [],
  forms: [],
  strangers: 'always',
  bare: 'untagged',
};

function pattern(id: string, changes: Partial<Pattern>): Pattern {
  return {
    id,
    component: 'test',
    title: id,
    role: 'context',
    means: 'linked',
    literals: ['stopped'],
    message: null,
    fields: {},
    capture: {},
    constants: {},
    origin: 'any',
    generation: null,
    versions: null,
    source: 'test',
    longLine: false,
    linear: false,
    ...changes,
  };
}

function library(...patterns: Pattern[]): PatternLibrary {
  return { patterns, origins: { any: ANYONE }, quoters: [] };
}

function matched(patterns: readonly Pattern[], line: string) {
  const matcher = createMatcher(library(...patterns));
  const records = createEnvelopeParser().parse({
    source: 's',
    offset: 0,
    line: 1,
    text: line,
    cutBytes: 0,
    tail: [],
  });
  return records
    .flatMap((record) => matcher.match(record))
    .map(({ pattern: { id }, captures }) => ({ id, captures }));
}

const LINE =
  'time="2021-09-30T14:50:52Z" level=info msg="web stopped at last" container=abc name=web error=x';

t.test('a record gives one event: the pattern that asks for more goes first', async (t) => {
  const general = pattern('test.a', { message: 'stopped', literals: ['stopped at last'] });
  const special = pattern('test.b', { message: 'stopped', fields: { error: '^x$' } });
  t.same(
    matched([general, special], LINE).map(({ id }) => id),
    ['test.b'],
  );
});

t.test('of equals, the longer literal in the line goes first, then the id', async (t) => {
  const short = pattern('test.a', { message: 'stopped' });
  const long = pattern('test.b', { message: 'stopped', literals: ['stopped at last'] });
  const twin = pattern('test.c', { message: 'stopped', literals: ['stopped at last'] });
  t.same(
    matched([twin, short, long], LINE).map(({ id }) => id),
    ['test.b'],
  );
});

t.test('where the first does not match, the next is tried', async (t) => {
  const first = pattern('test.a', { message: '^nothing$', fields: { error: 'x' } });
  const second = pattern('test.b', { message: 'stopped' });
  t.same(
    matched([first, second], LINE).map(({ id }) => id),
    ['test.b'],
  );
});

t.test(
  'captures come from the message, then expressions over fields, then fields, then constants',
  async (t) => {
    const all = pattern('test.a', {
      message: '^(?<containerName>\\w+) stopped',
      fields: { container: '^(?<container>\\w+)$', error: '(?<container2>.*)' },
      capture: { containerName: ['name'], error: ['reason', 'error'], pod: ['pod'] },
      constants: { product: 'docker' },
    });
    t.same(matched([all], LINE), [
      { id: 'test.a', captures: { containerName: 'web', container: 'abc', error: 'x', product: 'docker' } },
    ]);
  },
);

t.test('a field that an expression asks for must be there, one that is only captured need not', async (t) => {
  t.same(matched([pattern('test.a', { fields: { missing: '.*' } })], LINE), []);
  t.same(matched([pattern('test.a', { message: 'stopped', capture: { pod: ['missing'] } })], LINE), [
    { id: 'test.a', captures: {} },
  ]);
});

t.test('the scan gets no literal that holds another', async (t) => {
  const matcher = createMatcher(
    library(
      pattern('test.a', { literals: ['StopContainer'] }),
      pattern('test.b', { literals: ['StopContainer for', 'Kill container'] }),
    ),
  );
  t.same([...matcher.literals].sort(), ['Kill container', 'StopContainer']);
});

t.test('literals of long lines are told apart', async (t) => {
  const matcher = createMatcher(
    library(pattern('test.a', { literals: ['goroutine dump'], longLine: true }), pattern('test.b', {})),
  );
  t.same(matcher.longLiterals, ['goroutine dump']);
});

t.test('an origin that nobody defined is an error that names the pattern', async (t) => {
  t.throws(() => createMatcher(library(pattern('test.a', { origin: 'nobody' }))), /test\.a.*nobody/);
});

t.test("users' patterns without their engine are an error, not a risk", async (t) => {
  t.throws(() => createMatcher(library(pattern('test.a', { message: 'x', linear: true }))), /test\.a/);
});
