import t from 'tap';
import { cursorMicros, cursorMoment, entryCursor, parseCursor } from '../../lib/ingest/journal/cursor.js';
import { entryLines } from '../../lib/ingest/journal/entry-lines.js';
import { createProgress } from '../../lib/ingest/journal/progress.js';
import { createReadEntries, REMEMBERED } from '../../lib/ingest/journal/read-entries.js';
import { cursorOf, entry } from './fake-journalctl.js';

function cursor(number: number) {
  const found = parseCursor(cursorOf(number));
  if (found === null) throw new Error(cursorOf(number));
  return found;
}

t.test('a cursor is found where it is a member, and only there', async (t) => {
  t.equal(entryCursor(entry(5))?.text, cursorOf(5));
  t.equal(entryCursor('{ "__CURSOR" : "s=1;i=f", "A" : "b" }')?.number, 15);
  t.equal(
    entryCursor('{"MESSAGE":"says \\"__CURSOR\\":\\"s=9;i=9\\"","__CURSOR":"s=1;i=1"}')?.text,
    's=1;i=1',
  );
  t.equal(entryCursor('{"MESSAGE":"none"}'), null);
  t.equal(entryCursor('{"__CURSOR":"s=1;i='), null);
  t.equal(entryCursor(`{"__CURSOR":"${'s'.repeat(600)}"}`), null);
  t.equal(parseCursor('s=1 --rotate'), null);
  t.equal(parseCursor('s=1\u0000'), null);
});

t.test('a cursor names numbering, number and time', async (t) => {
  const full = parseCursor('s=ab;i=1f;b=cd;m=9;t=60c893cf1999a;x=71');
  const bare = parseCursor('x=1');
  if (full === null || bare === null) throw new Error('these are cursors');
  t.match(full, { numbering: 'ab', number: 31 });
  t.equal(cursorMicros(full), 0x60c893cf1999a);
  t.equal(cursorMoment(full), ';b=cd;m=9;t=60c893cf1999a;x=71');
  t.match(bare, { numbering: '', number: 0 });
  t.equal(cursorMicros(bare), null);
  t.equal(cursorMoment(bare), 'x=1');
});

t.test('a position has its cursor, as far back as entries are remembered', async (t) => {
  const entries = createReadEntries('first');
  t.equal(entries.at(5), 'first');
  t.same(entries.cursors(), ['first']);
  for (let number = 1; number <= 3 * REMEMBERED; number++) entries.add(number * 10, `c${number}`);
  const last = 3 * REMEMBERED;
  t.equal(entries.at(last * 10), `c${last}`);
  t.equal(entries.at(last * 10 - 1), `c${last - 1}`);
  t.equal(entries.at((last - 5000) * 10 + 9), `c${last - 5000}`, 'also after one that is further on');
  t.equal(entries.at((last - REMEMBERED + 1) * 10), `c${last - REMEMBERED + 1}`);
  t.equal(entries.at(0), `c${last - REMEMBERED + 1}`, 'the oldest that is known');
  t.same(entries.cursors().slice(-2), [`c${last - 1}`, `c${last}`]);
});

t.test('entries are repeated behind a start, and known as far back as they are remembered', async (t) => {
  const known = [1, 2, 3].map((number) => cursorOf(number));
  const progress = createProgress(cursor(3), {
    complete: true,
    known: () => known,
    onMissing: () => t.fail(),
  });
  progress.restarted(true);
  t.notOk(progress.take(cursor(2)) || progress.take(cursor(3)));
  t.ok(progress.take(cursor(4)));
  t.notOk(progress.take(cursor(1)), 'in any order');
  for (let number = 5; number <= 5000; number++) progress.take(cursor(number));
  t.equal(progress.last?.number, 5000);
});

t.test(
  'lines come out as they went in, however they were cut; longer ones are counted to the byte',
  async (t) => {
    const all = ['a', '', 'b'.repeat(99), 'c'.repeat(100), 'd'.repeat(250), 'e', 'f'.repeat(1000), 'g'];
    const text = all.map((line) => `${line}\n`).join('');
    for (let size = 1; size < 120; size++) {
      const out: string[] = [];
      let dropped = 0;
      const reader = entryLines(
        (line) => out.push(line),
        (bytes) => {
          dropped += bytes;
        },
        100,
      );
      for (let at = 0; at < text.length; at += size) reader.write(text.slice(at, at + size));
      const given = out.reduce((sum, line) => sum + line.length + 1, 0);
      t.equal(given + dropped, text.length);
      t.same(
        out,
        all.filter((line) => out.includes(line)),
      );
      t.ok(out.includes('g') && !out.includes('f'.repeat(1000)));
      t.ok(out.every((line) => line.length <= 100 + size));
    }
  },
);
