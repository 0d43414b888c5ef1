import t from 'tap';
import { cursorMicros, cursorMoment, entryCursor, parseCursor } from '../../lib/ingest/journal/cursor.js';
import { entryLines } from '../../lib/ingest/journal/entry-lines.js';
import { createMarks } from '../../lib/ingest/journal/marks.js';
import { createProgress, REMEMBERED } from '../../lib/ingest/journal/progress.js';
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

t.test('a position has its mark, as far back as marks are kept', async (t) => {
  const marks = createMarks('first', 100);
  t.equal(marks.at(5), 'first');
  for (let number = 1; number <= 1000; number++) marks.add(number * 10, `c${number}`);
  t.equal(marks.at(9995), 'c999');
  t.equal(marks.at(10_000), 'c1000');
  t.equal(marks.at(9100), 'c910', 'also after one that is further on');
  const oldest = Number(marks.at(0)?.slice(1));
  t.ok(oldest > 800 && oldest <= 901, 'the oldest that is known');
  t.equal(marks.at(oldest * 10 + 9), `c${oldest}`);
});

t.test('repeated entries are known as far back as the last 4,096', async (t) => {
  const progress = createProgress(null, { complete: true, onMissing: () => {} });
  for (let number = 1; number <= 5000; number++) progress.take(cursor(number));
  const known = (number: number) => !progress.take(cursor(number));
  t.ok(known(5000) && known(5001 - REMEMBERED));
  for (let number = 5001; number <= 5000 + 2 * REMEMBERED; number++) progress.take(cursor(number));
  t.notOk(known(5000), 'and not for ever');
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
