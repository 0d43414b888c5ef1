/** The sources of a run: who has fallen silent, what of them is saved, and what of them could not be read. */
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import t from 'tap';
import { createFollowing } from '../../lib/analysis/following.js';
import { newRunMemory } from '../../lib/analysis/memory.js';
import { createProgress } from '../../lib/analysis/progress.js';
import type {
  EndCause,
  FollowedName,
  FollowedPiece,
  FollowedSource,
  KnownFiles,
  SavedSource,
} from '../../lib/ingest/follow/types.js';

const MINUTE = 60_000;

function sourceNamed(name: string, key: string): FollowedSource {
  return {
    name,
    key,
    kind: 'stream',
    modified: null,
    start: { offset: 0, line: 0, before: '' },
    save: (position) => saved(name, key, position.offset),
  };
}

function saved(name: string, key: string, offset: number): SavedSource {
  const position = { offset, line: 0, before: '' };
  return { kind: 'file', key, name, dev: '1', ino: key, head: { bytes: 1, sha256: '', start: '' }, position };
}

function following(
  options: { full?: boolean; saved?: readonly SavedSource[]; ready?: () => Promise<void> | undefined } = {},
) {
  let nowMs = 0;
  const pieces = new Subject<FollowedPiece>();
  const notices: string[] = [];
  const asked: string[] = [];
  let asksForMore = (): Promise<void> | undefined => undefined;
  const { counts } = newRunMemory();
  const following = createFollowing({
    inputs: {
      groups: [],
      problems: [],
      followed: [
        (hooks) => {
          asksForMore = () => hooks.ready?.();
          return pieces;
        },
      ],
    },
    saved: options.saved ?? [],
    progress: createProgress(),
    counts,
    now: () => nowMs,
    onNotice: (text) => notices.push(text),
    hooks: { ...(options.ready && { ready: options.ready }) },
    isFull: async (directory) => {
      asked.push(directory);
      return options.full ?? false;
    },
  });
  const given: (Uint8Array | null)[] = [];
  following.pieces.subscribe(({ chunk }) => given.push(chunk));
  return {
    following,
    counts,
    notices,
    asked,
    given,
    /** As a source does before it reads on. */
    asksForMore: () => asksForMore(),
    say(source: FollowedSource, bytes = 1): void {
      pieces.next({ kind: 'bytes', source, chunk: new Uint8Array(bytes), more: false });
    },
    known: (source: KnownFiles) => pieces.next({ kind: 'known', source }),
    end: (source: FollowedSource, because: EndCause) => pieces.next({ kind: 'end', source, because }),
    problem: (source: string, reason: string, lostBytes: number | null) =>
      pieces.next({ kind: 'problem', source, reason, lostBytes }),
    async pass(ms: number): Promise<void> {
      nowMs += ms;
      following.tick();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function talk(of: ReturnType<typeof following>, source: FollowedSource): Promise<void> {
  for (let word = 0; word < 30; word++) {
    of.say(source);
    await of.pass(5_000);
  }
}

t.test('a source that stops speaking is reported, and when it speaks again', async (t) => {
  const run = following();
  const messages = sourceNamed('/var/log/messages', 'a');
  await talk(run, messages);
  t.same(run.notices, []);
  await run.pass(30 * MINUTE);
  t.match(run.notices, [/^\/var\/log\/messages: silent for 30 min, .*more than 5 s: is its writer stuck\?$/]);
  t.same(run.asked, ['/var/log']);
  t.match(run.following.silent, [{ source: '/var/log/messages', seconds: 1_805 }]);
  await run.pass(MINUTE);
  t.equal(run.notices.length, 1);
  run.say(messages);
  t.match(run.notices[1], '/var/log/messages: speaks again, after 31 min');
  t.same(run.following.silent, []);
});

t.test('a full file system is named as what may be the reason', async (t) => {
  const run = following({ full: true });
  await talk(run, sourceNamed('journal', 'a'));
  await run.pass(30 * MINUTE);
  t.match(run.notices, [/stuck\?; its file system is full$/]);
  t.same(run.asked, ['/var/log/journal']);
});

t.test('a source that is not read, because the output is not, has not fallen silent', async (t) => {
  let isRead = (): void => undefined;
  let busy: Promise<void> | undefined;
  const run = following({ ready: () => busy });
  const messages = sourceNamed('/var/log/messages', 'a');
  await talk(run, messages);
  t.equal(run.asksForMore(), undefined);
  busy = new Promise((resolve) => {
    isRead = resolve;
  });
  const waited = run.asksForMore();
  await run.pass(30 * MINUTE);
  t.same(run.notices, []);
  isRead();
  await waited;
  await run.pass(9 * MINUTE);
  t.same(run.notices, []);
  await run.pass(MINUTE);
  t.match(run.notices, [/silent for 10 min/]);
});

t.test('a log that is rotated goes on under its name', async (t) => {
  const run = following();
  const old = sourceNamed('/var/log/messages', 'a');
  await talk(run, old);
  await run.pass(30 * MINUTE);
  t.equal(run.notices.length, 1);
  run.end(old, 'rotated');
  t.equal(run.following.silent.length, 1, 'it still says nothing');
  run.say(sourceNamed('/var/log/messages', 'b'));
  t.match(run.notices[1], 'speaks again');
  t.same(run.following.silent, []);
});

t.test('a log that is removed is not missed', async (t) => {
  const run = following();
  const messages = sourceNamed('/var/log/pods/a.log', 'a');
  await talk(run, messages);
  run.end(messages, 'removed');
  await run.pass(60 * MINUTE);
  t.same(run.notices, []);
  const other = sourceNamed('/var/log/pods/b.log', 'b');
  await talk(run, other);
  await run.pass(60 * MINUTE);
  run.end(other, 'removed');
  t.same(run.following.silent, [], 'nor said to be silent at the end');
});

t.test('an empty piece is no word', async (t) => {
  const run = following();
  const messages = sourceNamed('/var/log/messages', 'a');
  await talk(run, messages);
  for (let minute = 0; minute < 12; minute++) {
    run.say(messages, 0);
    await run.pass(MINUTE);
  }
  t.equal(run.notices.length, 1);
});

t.test('what is saved: those that were met, and those that were not met yet', async (t) => {
  const run = following({ saved: [saved('/a', 'a', 10), saved('/b', 'b', 20), saved('/c', 'c', 30)] });
  const a = sourceNamed('/a', 'a');
  run.say(a);
  run.end(sourceNamed('/c', 'c'), 'removed');
  const position = { offset: 11, line: 1, before: '' };
  const kept = run.following.save((key) => (key === 'a' ? position : undefined));
  t.same(kept.map((source) => [source.key, source.position.offset]).toSorted(), [
    ['a', 11],
    ['b', 20],
  ]);
  t.equal(run.following.isOld('/b'), true);
  t.equal(run.following.isOld('/d'), false);
  run.end(a, 'stopped');
  t.same(
    run.following.save(() => undefined).map(({ key }) => key),
    ['b'],
  );
});

t.test(
  'what cannot be read now is told, and forgotten when it can be; what is lost is counted',
  async (t) => {
    const run = following();
    run.problem('/a', 'permission denied; it is tried again', 0);
    t.same(run.notices, ['/a: permission denied; it is tried again']);
    t.same(run.following.unread, [{ source: '/a', reason: 'permission denied; it is tried again' }]);
    run.say(sourceNamed('/a', 'a'));
    t.same(run.following.unread, []);
    run.problem('/a', 'was cut', 100);
    run.problem('/a', 'was cut', null);
    for (let i = 0; i < 300; i++) run.problem('/a', 'was cut again', 1);
    t.match(run.counts, { lostBytes: 400, unknownLosses: 1, moreLosses: 46 });
    t.equal(run.counts.losses.length, 256);
    t.same(run.following.unread, []);
    t.equal(run.given.length, 1, 'nothing of it reaches the scan');
  },
);

t.test('how the names stand is as the files say; without files there are none', async (t) => {
  const run = following();
  t.same(run.following.names, []);
  let names: readonly FollowedName[] | null = null;
  const fails = (): never => {
    throw new Error('it takes fingerprints of all texts');
  };
  run.known({ key: 'files', save: fails, names: () => names });
  t.equal(run.following.names, null, 'they have not been looked at');
  names = [{ name: '/a', state: 'reading', reason: null, unfinishedBytes: 0 }];
  t.equal(run.following.names, names);
});

t.test('how its sources stand: what was not read yet, and for how long they have been silent', async (t) => {
  const dir = t.testdir({ messages: 'one\ntwo\n' });
  const name = join(dir, 'messages');
  const { dev, ino } = statSync(name);
  const run = following();
  const source = (offset: number, inode = ino): FollowedSource => ({
    ...sourceNamed(name, `${inode}`),
    start: { offset, line: 0, before: '' },
    save: (position) => ({
      kind: 'file',
      key: `${inode}`,
      name,
      dev: `${dev}`,
      ino: `${inode}`,
      head: { bytes: 1, sha256: '', start: '' },
      position,
    }),
    path: () => `${name}.1`,
  });
  run.say(source(2), 2);
  run.say(source(0, ino + 1), 0);
  const at = () => run.following.standing();
  t.same(await at(), [
    { name, kind: 'file', unreadBytes: 4, movedTo: null, silentSeconds: null },
    { name, kind: 'file', unreadBytes: null, movedTo: null, silentSeconds: null },
  ]);
  run.say(source(2), 4);
  t.match(await at(), [{ unreadBytes: 0 }, { unreadBytes: null }]);
  renameSync(name, `${name}.1`);
  t.match(await at(), [{ unreadBytes: null, movedTo: `${name}.1` }, { movedTo: null }]);
});
