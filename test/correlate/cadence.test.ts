import t from 'tap';
import { newAttempt } from '../../lib/correlate/attempts.js';
import { cadenceOf } from '../../lib/correlate/cadence.js';
import { secondsOf } from '../../lib/correlate/go-duration.js';

/** Calls that came in at these seconds and said "using the force" ten seconds later. */
const forcedAt = (starts: readonly number[], grace = 10) =>
  starts.map((start) => ({ ...newAttempt((start + grace) * 1000), grace, forced: (start + grace) * 1000 }));

t.test('a log that starts at the second line of a call has the same interval', async (t) => {
  const [first, ...rest] = forcedAt([0, 22, 44, 66]);
  if (first === undefined) throw new Error('no call');
  const late = { ...first, first: 20_000, forced: null, grace: null, survived: 20_000 };
  t.match(cadenceOf([late, ...rest]), { seconds: 22, grace: 10, callers: 1 });
});

t.test('two callers that take turns are not mixed', async (t) => {
  const worker = [0, 130, 260, 390, 520];
  const collector = [20, 150, 280, 410, 540];
  t.match(cadenceOf(forcedAt([...worker, ...collector].toSorted((a, b) => a - b))), {
    seconds: 130,
    callers: 2,
  });
});

t.test('one call has no interval, none has none', async (t) => {
  t.match(cadenceOf(forcedAt([0])), { seconds: null, grace: 10 });
  t.match(cadenceOf([]), { seconds: null, grace: null });
});

t.test('stop time-outs in every form that is printed', async (t) => {
  for (const [text, seconds] of [
    ['10', 10],
    ['10s', 10],
    ['1m0s', 60],
    ['1h2m3s', 3723],
    ['500ms', 0.5],
    ['-1', null],
    ['forever', null],
    ['', null],
    [`${'9'.repeat(40)}s`, null],
  ] as const) {
    t.equal(secondsOf(text), seconds, text);
  }
});
