/** When an event of a live stream is certain to have nothing earlier behind it. */
import t from 'tap';
import { createOrder } from '../../lib/correlate/order.js';
import type { TimedEvent } from '../../lib/correlate/types.js';
import type { Clock } from '../../lib/envelope/clock.js';
import type { LogEvent } from '../../lib/match/types.js';

/** Every line states its second. */
const clock = {
  resolve: ({ line }: { readonly line: number }) => ({
    at: { ms: line * 1_000, nanos: 0, digits: 3 },
    basis: 'stated',
    offsetMinutes: null,
  }),
  lagMs: () => 0,
} as unknown as Clock;

function eventAt(second: number): LogEvent {
  return {
    record: { source: 'log', line: second, text: '', host: 'node', repeat: 1, envelopes: [] },
    pattern: { id: 'a', means: 'stop-forced' },
  } as unknown as LogEvent;
}

const seconds = (events: readonly TimedEvent[]): number[] => events.map(({ ms }) => ms / 1_000);

t.test('not while an earlier one that came a moment ago is held, which is released before it', async (t) => {
  const order = createOrder({ clock, heldEvents: 100, heldText: 1e6, latenessMs: 5_000 });
  order.push(eventAt(12), 0);
  order.push(eventAt(10), 50);
  order.push(eventAt(30), 100);
  const never = Number.NEGATIVE_INFINITY;
  const early = order.settle(Number.POSITIVE_INFINITY, { whole: 0, quiet: never });
  t.same(seconds(early.settled), []);
  t.same(seconds(early.pending), [10, 12, 30]);
  const later = order.settle(Number.POSITIVE_INFINITY, { whole: 50, quiet: never });
  t.same(seconds(later.settled), [10, 12]);
  t.equal(order.lateEvents, 0);
});

t.test('but what has been held for long does not wait for what comes hours late', async (t) => {
  const order = createOrder({ clock, heldEvents: 100, heldText: 1e6, latenessMs: 5_000 });
  order.push(eventAt(9_000), 0);
  order.push(eventAt(10), 6_000);
  const { settled } = order.settle(Number.POSITIVE_INFINITY, { whole: 5_000, quiet: 0 });
  t.same(seconds(settled), [9_000]);
});
