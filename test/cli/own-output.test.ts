/** What a run writes itself it does not read, though a glob matches it. */
import { from } from 'rxjs';
import t from 'tap';
import { withoutOwn } from '../../lib/cli/own-output.js';
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
    .pipe(withoutOwn({ files: new Set(['1:7']), name: '/var/log/out.log' }, (text) => said.push(text)))
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
    .pipe(withoutOwn({ files: new Set(['1:7']), name: null }, () => {}))
    .forEach((piece) => void given.push(piece));
  t.same(given, [bytes(other)]);
});
