/** A source that used to speak and has fallen silent, measured against its own pauses. */
import t from 'tap';
import { createSilenceWatch } from '../../lib/ingest/silence.js';

const MINUTE = 60_000;

/** A source that has spoken so often, with such pauses. Gives the time of its last word. */
function spoken(watch: ReturnType<typeof createSilenceWatch>, words: number, pauseMs: number): number {
  let now = 0;
  for (let word = 0; word < words; word++) {
    now = word * pauseMs;
    watch.heard('messages', now);
  }
  return now;
}

t.test('told once after ten minutes, and again when it speaks', async (t) => {
  const watch = createSilenceWatch();
  const last = spoken(watch, 30, 5_000);
  t.same(watch.look(last + 10 * MINUTE - 1), []);
  t.same(watch.look(last + 10 * MINUTE), [{ source: 'messages', silentMs: 10 * MINUTE, usualMs: 5_000 }]);
  t.same(watch.look(last + 20 * MINUTE), [], 'once');
  t.equal(watch.heard('messages', last + 25 * MINUTE), 25 * MINUTE);
  t.equal(watch.heard('messages', last + 25 * MINUTE + 1), null);
  t.same(watch.look(last + 36 * MINUTE), [], 'a pause that it has made once is not as strange');
  t.match(watch.look(last + 126 * MINUTE), [{ usualMs: 25 * MINUTE }]);
});

t.test('four times its longest pause, where that is more than ten minutes', async (t) => {
  const watch = createSilenceWatch();
  const last = spoken(watch, 21, 5 * MINUTE);
  t.same(watch.look(last + 20 * MINUTE - 1), []);
  t.equal(watch.look(last + 20 * MINUTE).length, 1);
});

t.test('who has spoken less than twenty times says nothing by its silence', async (t) => {
  const watch = createSilenceWatch();
  const last = spoken(watch, 19, 2_000);
  t.same(watch.look(last + 1_000 * MINUTE), []);
});

t.test('what comes within a second is one word', async (t) => {
  const watch = createSilenceWatch();
  for (let piece = 0; piece < 100; piece++) watch.heard('messages', piece * 10);
  t.same(watch.look(1_000 * MINUTE), []);
});

t.test('a long pause fades', async (t) => {
  const watch = createSilenceWatch();
  const last = spoken(watch, 30, 5_000) + 60 * MINUTE;
  watch.heard('messages', last);
  t.same(watch.look(last + 200 * MINUTE), []);
  const now = last + 3_000 * 5_000;
  for (let at = last + 5_000; at <= now; at += 5_000) watch.heard('messages', at);
  t.same(watch.look(now + 29 * MINUTE), []);
  t.equal(watch.look(now + 31 * MINUTE).length, 1, 'an eighth of four hours after three thousand words');
});

t.test('what has ended is not missed', async (t) => {
  const watch = createSilenceWatch();
  const last = spoken(watch, 30, 5_000);
  watch.forget('messages');
  t.same(watch.look(last + 60 * MINUTE), []);
});

t.test('no more than 4,096 sources are watched', async (t) => {
  const watch = createSilenceWatch();
  for (let word = 0; word < 30; word++)
    for (let source = 0; source < 4_200; source++) watch.heard(`log-${source}`, word * 5_000);
  t.equal(watch.look(60 * MINUTE).length, 4_096);
});

t.test('what nobody reads is not silent: time in which reading waits does not count', async (t) => {
  const watch = createSilenceWatch();
  const last = spoken(watch, 30, 5_000);
  watch.pause(last + MINUTE);
  t.same(watch.look(last + 60 * MINUTE), []);
  watch.pause(last + 61 * MINUTE);
  watch.resume(last + 70 * MINUTE);
  t.same(watch.look(last + 90 * MINUTE), [], 'while a second one waits');
  watch.resume(last + 101 * MINUTE);
  t.same(watch.look(last + 110 * MINUTE - 1), []);
  t.match(watch.look(last + 110 * MINUTE), [{ silentMs: 10 * MINUTE, usualMs: 5_000 }]);
  t.equal(watch.heard('messages', last + 111 * MINUTE), 11 * MINUTE);
});
