import { readFileSync } from 'node:fs';
import t from 'tap';
import { essence, outcomeOf } from './run.js';

interface Capture {
  readonly name: string;
  readonly stuck: boolean;
  readonly resolved: boolean | null;
  readonly containers: Readonly<Record<string, string>>;
  readonly expected_attempts?: Readonly<Record<string, number>>;
  readonly interval_s?: number;
  readonly mechanism?: string;
  readonly files: Readonly<Record<string, { readonly file: string }>>;
}

const folder = 'test/fixtures/captures';
const captures = JSON.parse(readFileSync(`${folder}/captures.json`, 'utf8')) as Capture[];
/** At debug level the lines say more: those runs are compared among themselves. */
const atInfo = (envelope: string): boolean => envelope.includes('info');

for (const capture of captures) {
  t.test(`${capture.name}: the same verdict in every envelope`, async (t) => {
    const seen = new Map<boolean, unknown>();
    for (const [envelope, { file }] of Object.entries(capture.files)) {
      const { incidents, summary } = await outcomeOf(`${folder}/${file}`);
      t.equal(summary.unknownEnvelopes, 0, `${envelope}: every candidate line's envelope is known`);
      if (!capture.stuck) {
        t.strictSame(incidents, [], `${envelope}: nothing to report`);
        continue;
      }
      t.equal(incidents.length, 1, `${envelope}: one incident`);
      const [incident] = incidents;
      if (incident === undefined) continue;
      t.match(incident, {
        defect: 'stuck-stop',
        certainty: 'confirmed',
        containers: [{ id: capture.containers['stuck'] }],
        attempts: capture.expected_attempts?.['stuck'],
        state: capture.resolved ? 'resolved' : 'open',
        ...(capture.interval_s !== undefined && { intervalSeconds: capture.interval_s }),
        ...(capture.mechanism !== undefined && { mechanism: capture.mechanism }),
      });
      const level = atInfo(envelope);
      const { rootCause: _, ...same } = essence(incident);
      const before = seen.get(level) ?? same;
      seen.set(level, before);
      t.strictSame(same, before, `${envelope}: the same as in the other envelopes`);
    }
  });
}

t.test(
  'the leaking 19.03.15: debug lines prove 48 goroutines and 24 sockets, info lines leave it open',
  async (t) => {
    const debug = await outcomeOf(`${folder}/dockerd-19.03.15-stop-stuck-resolved.rsyslog-rfc3164.log`);
    t.match(debug.incidents[0], {
      mechanism: 'hung-call',
      leak: { goroutines: { min: 48, max: 48 }, fds: { min: 24, max: 24 } },
      rules: ['second-failure', 'debug-without-no-such-process'],
    });
    const info = await outcomeOf(`${folder}/dockerd-19.03.15-stop-stuck-resolved.raw-info.log`);
    t.match(info.incidents[0], {
      mechanism: 'unknown',
      leak: { goroutines: { min: 0, max: 48 }, fds: { min: 0, max: 24 } },
    });
  },
);

t.test('the lost exit leaks nothing, at debug and at info level', async (t) => {
  for (const level of ['debug', 'info']) {
    const { incidents } = await outcomeOf(`${folder}/dockerd-19.03.15-lost-exit.${level}.raw.log`);
    t.match(incidents[0], {
      mechanism: 'lost-exit',
      leak: { goroutines: { min: 0, max: 0 }, fds: { min: 0, max: 0 } },
    });
  }
});
