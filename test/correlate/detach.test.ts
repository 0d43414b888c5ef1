import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createDaemonEpisodes, newDaemonEpisodesMemory } from '../../lib/correlate/daemon-episodes.js';
import { createEpisodeStore } from '../../lib/correlate/episode-store.js';
import { createIdentities } from '../../lib/correlate/identity.js';
import { lightened } from '../../lib/correlate/lightened.js';
import { createNodeFacts } from '../../lib/correlate/node-facts.js';
import type { SignRules } from '../../lib/correlate/sign.js';
import { DEFAULT_LIMITS, type TimedEvent } from '../../lib/correlate/types.js';
import { NO_UNDO } from '../../lib/correlate/undo.js';
import { parseRecord } from '../../lib/envelope/parse.js';
import type { LogRecord } from '../../lib/envelope/types.js';
import type { LogEvent } from '../../lib/match/types.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Of 1,000 lines, each of 64 KiB. */
const MOST_BYTES = 8_000_000;

/** By how much the heap has grown through a thousand calls. */
function grownBy(work: (n: number) => void): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 1000; n++) work(n);
  collect();
  return process.memoryUsage().heapUsed - before;
}

/** Flattened, as a line read from a file is. */
function longLine(start: string): string {
  return Buffer.from(`${start} ${'x'.repeat(65_536)}`, 'latin1').toString('latin1');
}

const idOf = (n: number): string => n.toString(16).padStart(12, '0').padEnd(64, 'a');

t.test('what is remembered of a line does not keep the line', async (t) => {
  const identities = createIdentities();
  const grown = grownBy((n) => {
    const found = /^(\S+) (\S+) /.exec(longLine(`${idOf(n)} web-${n}-with-a-long-name`));
    identities.note({
      container: found?.[1] as string,
      pod: found?.[2] as string,
      namespace: 'namespace-of-it',
    });
  });
  t.equal(identities.counts.size, 1000);
  t.ok(grown < MOST_BYTES, `${grown} bytes for 1,000 containers, of 65 MB of lines`);
});

t.test('nor does who speaks in it', async (t) => {
  const kept: unknown[] = [];
  const grown = grownBy((n) => {
    // With a blank in front it is read from all sides.
    const text = longLine(` Nov 21 01:01:08 host-with-a-long-name.example.com a-tag-of-many-letters[${n}]:`);
    const [record] = parseRecord({ source: 's', line: n, offset: 0, text, cutBytes: 0, tail: [] });
    const { host, tag, unit } = lightened({ record, captures: {} } as LogEvent).record;
    kept.push([host, tag, unit]);
  });
  t.strictSame(kept.at(-1), ['host-with-a-long-name.example.com', 'a-tag-of-many-letters', null]);
  t.ok(grown < MOST_BYTES, `${grown} bytes for 1,000 speakers, of 65 MB of lines`);
});

t.test('nor does a sign that waits for its container', async (t) => {
  const rule: SignRules = {
    defect: 'shim-wedged',
    keyedBy: 'container',
    daemon: 'containerd',
    signs: [{ fact: 'answers', means: ['exited'] }],
    ends: [],
    newEpisodeMs: 3_600_000,
  };
  const memory = newDaemonEpisodesMemory();
  const episodes = createDaemonEpisodes(
    {
      rules: [rule],
      identities: createIdentities(),
      store: createEpisodeStore(5_000, () => {}),
      facts: createNodeFacts(1_024),
      limits: DEFAULT_LIMITS,
      touch: () => {},
      undo: NO_UNDO,
    },
    memory,
  );
  const at = { ms: 1e12, nanos: 0, digits: 3 };
  const rest = { at, ms: at.ms, spanMs: 0, more: 0, assumed: false, offsetMinutes: 0, node: 'n' };
  const grown = grownBy((n) => {
    const record = { source: 's', line: n, text: longLine('exited') } as LogRecord;
    const pattern = { id: 'p', component: 'containerd', means: 'exited' } as LogEvent['pattern'];
    const event: TimedEvent = { event: { record, pattern, captures: { container: idOf(n) } }, ...rest };
    episodes.line(event);
  });
  t.equal(memory.waiting.size, 1000);
  t.ok(grown < MOST_BYTES, `${grown} bytes for 1,000 signs, of 65 MB of lines`);
});
