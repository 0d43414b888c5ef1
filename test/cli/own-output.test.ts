/** What a run writes itself it does not read, though a glob matches it. */
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { from, Subject } from 'rxjs';
import t from 'tap';
import { openOutputFile } from '../../lib/cli/output-file.js';
import { ownOutput, withoutOwn } from '../../lib/cli/own-output.js';
import type { FollowedPiece, FollowedSource } from '../../lib/ingest/follow/types.js';

const START = { offset: 0, line: 0, before: '' };

function sourceOf(name: string, ino: string, key = ino): FollowedSource {
  const head = { bytes: 0, sha256: '', start: '' };
  const save = (position = START) => ({ kind: 'file', key, name, dev: '1', ino, head, position }) as const;
  return { name, kind: 'stream', modified: null, key, start: START, save };
}

const bytes = (source: FollowedSource): FollowedPiece => ({
  kind: 'bytes',
  source,
  chunk: Buffer.from('a line\n'),
  more: false,
});

t.test('the file behind standard output, and that of --output, under each of their names', async (t) => {
  const said: string[] = [];
  const own = sourceOf('/var/log/leaktrail.log', '7');
  const other = sourceOf('/var/log/messages', '8');
  const output = sourceOf('/var/log/out.log', '9');
  const rotated = sourceOf('/var/log/out.log', '10');
  const pieces: FollowedPiece[] = [
    bytes(own),
    bytes(other),
    bytes(own),
    bytes(output),
    { kind: 'end', source: output, because: 'rotated' },
    bytes(rotated),
    { kind: 'problem', source: '/var/log/secure', reason: 'permission denied', lostBytes: 0 },
    { kind: 'end', source: own, because: 'removed' },
    { kind: 'end', source: other, because: 'removed' },
  ];
  const given: FollowedPiece[] = [];
  await from(pieces)
    .pipe(
      withoutOwn({ isWritten: (file) => file === '1:7', name: '/var/log/out.log' }, (text) =>
        said.push(text),
      ),
    )
    .forEach((piece) => void given.push(piece));
  t.same(given, [pieces[1], pieces[6], pieces[8]]);
  t.same(said, [
    '/var/log/leaktrail.log: is not read: this run writes to it',
    '/var/log/out.log: is not read: this run writes to it',
  ]);
});

t.test('another file under a key that was given up is looked at anew', async (t) => {
  const given: FollowedPiece[] = [];
  const [own, other] = [sourceOf('log', '7', 'key'), sourceOf('log', '8', 'key')];
  await from([bytes(own), { kind: 'end', source: own, because: 'removed' } as const, bytes(other)])
    .pipe(withoutOwn({ isWritten: (file) => file === '1:7', name: null }, () => {}))
    .forEach((piece) => void given.push(piece));
  t.same(given, [bytes(other)]);
});

t.test(
  'the file of --output under a name that a link gives it, and the one after its rotation',
  async (t) => {
    const path = join(t.testdir({}), 'out.ndjson');
    let now = 0;
    const file = await openOutputFile(path, { now: () => now });
    t.teardown(() => file.close());
    const said: string[] = [];
    const given: FollowedPiece[] = [];
    const pieces = new Subject<FollowedPiece>();
    pieces
      .pipe(withoutOwn(ownOutput(path, file.identity), (text) => said.push(text)))
      .subscribe((piece) => void given.push(piece));
    const linked = (key: string): FollowedSource => {
      const { dev, ino } = statSync(path);
      const start = sourceOf('link/out.ndjson', String(ino), key);
      return {
        ...start,
        save: (at) => ({ ...start.save(at), dev: String(dev) }) as ReturnType<typeof start.save>,
      };
    };

    const first = linked('first');
    pieces.next(bytes(first));
    renameSync(path, `${path}.1`);
    now = 1_000;
    file.write('{"a":1}\n');
    await file.flushed();
    const second = linked('second');
    pieces.next(bytes(second));
    pieces.next(bytes(first));
    t.same(given, [], 'not the one before either: it is ours under every name');
    t.same(said, ['link/out.ndjson: is not read: this run writes to it']);
  },
);

t.test('one that is met before it is known that we made it', async (t) => {
  const given: FollowedPiece[] = [];
  let made = '';
  const pieces = new Subject<FollowedPiece>();
  const own = { isWritten: (file: string) => file === made, name: null };
  pieces.pipe(withoutOwn(own, () => {})).subscribe((piece) => void given.push(piece));
  const empty: FollowedPiece = {
    ...bytes(sourceOf('link/out', '7')),
    chunk: Buffer.alloc(0),
  } as FollowedPiece;
  pieces.next(empty);
  made = '1:7';
  pieces.next(bytes(sourceOf('link/out', '7')));
  t.same(given, [empty]);
});

t.test('a text that is gone, and whose inode our output was given, is not taken for our own', async (t) => {
  const said: string[] = [];
  const given: FollowedPiece[] = [];
  const pieces = new Subject<FollowedPiece>();
  let ours = '1:7';
  pieces
    .pipe(withoutOwn({ isWritten: (file) => file === ours, name: null }, (text) => said.push(text)))
    .subscribe((piece) => void given.push(piece));

  const removed = sourceOf('/var/log/messages', '7', 'removed before this run');
  const end: FollowedPiece = { kind: 'end', source: removed, because: 'removed' };
  pieces.next(end);
  t.same(given.splice(0), [end], 'its end is told: who reads has waited for it');

  let ino = '8';
  const plain = sourceOf('/var/log/messages', '8', 'compressed');
  const compressed: FollowedSource = {
    ...plain,
    save: (at) => ({ ...plain.save(at), ino }) as ReturnType<typeof plain.save>,
  };
  pieces.next(bytes(compressed));
  ino = '9';
  ours = '1:8';
  pieces.next(bytes(compressed));
  pieces.next({ kind: 'end', source: compressed, because: 'rotated' });
  t.equal(given.length, 3, 'its copy is read on');
  t.same(said, []);
});
