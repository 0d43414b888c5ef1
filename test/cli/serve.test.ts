/** What a run says of itself while it follows. */
import t from 'tap';
import type { SourceStanding } from '../../lib/analysis/following.js';
import type { Analysis } from '../../lib/analyze.js';
import { listenToRequests } from '../../lib/cli/requests.js';
import { serve } from '../../lib/cli/serve.js';
import { standingTexts } from '../../lib/cli/standing-words.js';
import type { FollowedName } from '../../lib/ingest/follow/types.js';
import { fakeIo } from './fake-io.js';
import { incident } from './fake-pipeline.js';

function source(name: string, fields: Partial<SourceStanding> = {}): SourceStanding {
  return { name, kind: 'file', unreadBytes: 0, movedTo: null, silentSeconds: null, ...fields };
}

/** Some turns of the event loop: what is answered is answered by then. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

function name(word: string, fields: Partial<FollowedName> = {}): FollowedName {
  return { name: word, state: 'reading', reason: null, unfinishedBytes: 0, ...fields };
}

interface Followed {
  readonly stderrIsTerminal?: boolean;
  readonly sources?: readonly SourceStanding[];
  readonly names?: () => readonly FollowedName[] | null;
  readonly ask?: () => Promise<readonly SourceStanding[]>;
}

function serving({
  stderrIsTerminal = false,
  sources = [],
  names = () => [],
  ask = async () => sources,
}: Followed = {}) {
  const io = fakeIo({ stderrIsTerminal });
  const requests = listenToRequests(io);
  const said: string[] = [];
  const analysis: Pick<Analysis, 'names' | 'open' | 'sources' | 'reload'> = {
    open: () => [incident()],
    sources: ask,
    names,
    reload: async () => [],
  };
  const begin = () =>
    serve({
      io,
      requests,
      analysis: analysis as Analysis,
      warn: (text) => said.push(text),
      show: ({ id }) => said.push(id),
    });
  return { io, requests, said, begin };
}

t.test('how its sources stand: how many, which are behind, which are silent', async (t) => {
  t.same(standingTexts([source('a'), source('b')], [name('a'), name('b')]), [
    'following 2 files, read to the end',
  ]);
  t.same(standingTexts([source('journal', { kind: 'journal', unreadBytes: null })], []), [
    'following the journal',
  ]);
  t.same(standingTexts([], []), ['following: nothing is there to be read now']);
  t.same(standingTexts([], null), ['following: the files are still looked for']);
  t.same(standingTexts([source('journal', { kind: 'journal', unreadBytes: null })], null), [
    'following the journal',
    'following: the files are still looked for',
  ]);
  t.same(
    standingTexts(
      [
        source('a', { unreadBytes: 1_500 }),
        source('b', { unreadBytes: 30_000_000, silentSeconds: 1_500 }),
        source('c', { silentSeconds: 90_000 }),
        source('c', { silentSeconds: 90_000 }),
        source('journal', { kind: 'journal', unreadBytes: null }),
      ],
      [name('a'), name('b'), name('c')],
    ),
    [
      'following 3 files and the journal, 30 MB not read yet: b (30 MB), a (1.5 kB)',
      'silent: c (1 d 1 h), b (25 min)',
    ],
  );
  const many = Array.from({ length: 5 }, (_, n) => source(`f${n}`, { unreadBytes: n + 1 }));
  t.match(standingTexts(many, [])[0], /f4 \(5 B\), f3 \(4 B\), f2 \(3 B\) and 2 more$/);
});

t.test('a file that is empty is followed as well, though it is no source yet', async (t) => {
  t.same(standingTexts([source('a')], [name('a'), name('empty')]), ['following 2 files, read to the end']);
  t.same(standingTexts([], [name('empty')]), ['following 1 file, read to the end']);
});

t.test('files of one name are told apart by where they lie now, or counted', async (t) => {
  const moved = (word: string, movedTo: string | null) => source(word, { unreadBytes: null, movedTo });
  t.same(
    standingTexts(
      [source('log'), moved('log', 'log.1'), moved('log', 'log.2'), moved('app', null)],
      [name('log')],
    ),
    ['following 1 file', 'moved or gone, read on while they are open: log (now log.1), log (now log.2), app'],
  );
  t.match(standingTexts([moved('log', null), moved('log', null)], []), [
    'following: nothing is there to be read now',
    'moved or gone, read on while they are open: log (2 files)',
  ]);
});

t.test('names that are not read are told with the reason, and lines that have no end', async (t) => {
  const absent = Array.from({ length: 5 }, (_, n) =>
    name(`a${n}`, { state: 'waiting', reason: 'no such file; it is waited for' }),
  );
  const names = [
    name('log', { unfinishedBytes: 12 }),
    name('long', { unfinishedBytes: 30_000 }),
    ...absent,
    name('gone', { state: 'deleted', reason: 'was deleted' }),
    name('secret', { state: 'forbidden', reason: 'permission denied; it is tried again' }),
    name('profile', { state: 'refused', reason: 'holds a profile' }),
    name('sick', { state: 'failing', reason: 'input/output error' }),
  ];
  t.same(standingTexts([source('log')], names), [
    'following 2 files, read to the end',
    'not there, waited for: a0, a1, a2 and 2 more',
    'deleted, waited for: gone',
    'not allowed to be read: secret (permission denied; it is tried again)',
    'not followed: profile (holds a profile)',
    'failing: sick (input/output error)',
    'the last line has no end yet: long (30 kB), log (12 B)',
  ]);
});

t.test('nothing is said to be missing before all was looked at', async (t) => {
  let names: readonly FollowedName[] | null = null;
  const { begin, io, said } = serving({ stderrIsTerminal: true, names: () => names });
  begin();
  for (let look = 0; look < 3; look++) {
    io.tick();
    await settled();
  }
  t.same(said, []);
  names = [];
  for (let look = 0; look < 3; look++) {
    io.tick();
    await settled();
  }
  t.match(said, ['following: nothing is there to be read now; news come as they happen']);
});

t.test('SIGUSR2 lists what is open, and the sources; also when it came before there were any', async (t) => {
  const { io, said, begin } = serving({ sources: [source('a')], names: () => [name('a')] });
  io.request('SIGUSR2');
  t.same(said, []);
  const end = begin();
  await settled();
  const all = ['1 open incident', incident().id, 'following 1 file, read to the end'];
  t.same(said, all);
  io.request('SIGUSR2');
  await settled();
  t.same(said, [...all, ...all]);
  io.request('SIGHUP');
  await settled();
  t.equal(said.at(-1), 'the patterns were read again');
  end();
  io.request('SIGUSR2');
  t.equal(said.length, 7, 'at its end there is nothing left to say');
});

t.test('SIGUSR2 says that standard output is blocked by its reader: no news is none then', async (t) => {
  const { begin, io, said } = serving({ sources: [source('a')], names: () => [name('a')] });
  begin();
  io.blockStdout();
  io.request('SIGUSR2');
  await settled();
  t.match(said[0], /^standard output is full: .* nothing is read$/);
  t.equal(said.at(-1), 'following 1 file, read to the end', 'the rest is told as ever');
});

t.test('on a terminal it says once what it follows, when all is found; elsewhere nothing', async (t) => {
  const sources = [source('a')];
  const names = () => sources.map((one) => name(one.name));
  const terminal = serving({ stderrIsTerminal: true, sources, names });
  terminal.begin();
  terminal.io.tick();
  await settled();
  sources.push(source('b'));
  terminal.io.tick();
  await settled();
  t.same(terminal.said, []);
  terminal.io.tick();
  await settled();
  terminal.io.tick();
  await settled();
  t.same(terminal.said, ['following 2 files; news come as they happen, Ctrl-C ends it with a report']);

  const pipe = serving({ sources });
  pipe.begin();
  pipe.io.tick();
  pipe.io.tick();
  await settled();
  t.same(pipe.said, []);
});

t.test('what it follows is told once, however long it takes to look, and not after the end', async (t) => {
  const answers: ((sources: readonly SourceStanding[]) => void)[] = [];
  const ask = (): Promise<readonly SourceStanding[]> => new Promise((resolve) => answers.push(resolve));
  const { begin, io, said } = serving({ stderrIsTerminal: true, ask });
  const end = begin();
  const look = async (): Promise<void> => {
    io.tick();
    await settled();
  };
  await look();
  await look();
  t.equal(answers.length, 1, 'one at a time');
  answers[0]?.([]);
  await settled();
  await look();
  t.equal(answers.length, 2);
  t.same(said, []);
  end();
  answers[1]?.([]);
  await settled();
  t.same(said, []);
});

t.test('sources that cannot be asked do not end it', async (t) => {
  let isSick = true;
  const ask = async (): Promise<readonly SourceStanding[]> => {
    if (isSick) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    return [source('a')];
  };
  const { begin, io, said } = serving({ stderrIsTerminal: true, ask, names: () => [name('a')] });
  begin();
  io.request('SIGUSR2');
  io.tick();
  await settled();
  t.match(said.at(-1), 'how the sources stand is not known: input/output error');
  isSick = false;
  for (let look = 0; look < 2; look++) {
    io.tick();
    await settled();
  }
  t.match(said.at(-1), /^following 1 file; news come/);
});
