import { Subject } from 'rxjs';
import t from 'tap';
import { divertDocuments, type Piece } from '../../lib/evidence/divert-documents.js';

const DUMP = 'goroutine 1 [running]:\nmain.f()\n\t/f.go:1 +0x1\n';

function begin() {
  const pieces = new Subject<Piece>();
  const logs: (string | null)[] = [];
  let documents = 0;
  const pending = new Set<Promise<void>>();
  const subscription = pieces
    .pipe(
      divertDocuments({
        onReading: () => {
          documents += 1;
        },
        onProblem: () => {},
        onOnlyDocument: () => {},
        pending,
      }),
    )
    .subscribe(({ chunk }) => logs.push(chunk === null ? null : Buffer.from(chunk).toString()));
  const push = (source: Piece['source'], text: string | null) =>
    pieces.next({ source, chunk: text === null ? null : Buffer.from(text) });
  return { push, logs, pending, pieces, documents: () => documents, stop: () => subscription.unsubscribe() };
}

t.test('a file that is a dump is read as one, and is no log', async (t) => {
  const { push, logs, pending, pieces, documents } = begin();
  push({ name: 'dump.txt', kind: 'file' }, DUMP);
  push({ name: 'dump.txt', kind: 'file' }, null);
  await Promise.all(pending);
  pieces.complete();
  t.strictSame(logs, []);
  t.equal(documents(), 1);
});

t.test('a followed source is a log whatever it begins with, and nothing of it is held back', async (t) => {
  const { push, logs, pending, documents, stop } = begin();
  const source = { name: 'dump.txt', kind: 'stream', key: 'a' } as const;
  push(source, DUMP);
  t.strictSame(logs, [DUMP]);
  push({ ...source, key: 'b' }, 'x');
  push(source, null);
  t.strictSame(logs, [DUMP, 'x', null]);
  t.equal(pending.size, 0);
  t.equal(documents(), 0);
  stop();
});
