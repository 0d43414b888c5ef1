/** The simulator against what a real containerd 1.6.20 wrote for the same input, byte for byte but for the time. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { redirectLogs } from '../../bench/line-buffer/redirect-logs.js';
import { BOUNDARY_CASES, bytesOf } from '../../scripts/line-buffer/boundary-cases.js';
import type { Capture } from '../../scripts/line-buffer/capture-boundaries.js';
import { FIXTURES } from '../root.js';
import { chunked, context, EXACT_MEMORY, keepLog } from './printed.js';

const DIRECTORY = new URL('line-buffer/containerd-1.6.20/', FIXTURES);
const STREAMS = ['stdout', 'stderr'] as const;

function captures(): readonly Capture[] {
  const files = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
  return files.flatMap((name) => {
    const { cases } = JSON.parse(readFileSync(new URL(name, DIRECTORY), 'utf8')) as {
      cases: readonly Capture[];
    };
    return cases;
  });
}

interface CapturedRecord {
  readonly time: string;
  /** What is behind the time: stream, tag and content. */
  readonly rest: string;
}

function recordsOf({ log }: Capture): readonly CapturedRecord[] {
  const text = gunzipSync(Buffer.from(log, 'base64')).toString('latin1');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => ({ time: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }));
}

/** Records of one stream without their time, and what the reader failed of. */
async function simulated(
  { steps, limitBytes }: Capture,
  stream: (typeof STREAMS)[number],
  sizes: readonly number[],
): Promise<{ readonly records: readonly string[]; readonly failure: string | null }> {
  const input = Buffer.concat(
    steps.filter((step) => step.stream === stream).map(({ parts }) => bytesOf(parts)),
  );
  const log = keepLog();
  const run = redirectLogs(
    chunked(input, sizes),
    { limitBytes, flush: 'line-buffer', memory: EXACT_MEMORY },
    { ...context(log), stream },
  );
  const failure = await run.done.then(
    () => null,
    (error: Error) => error.message,
  );
  const records = log.records.map((record) =>
    record.toString('latin1', record.indexOf(0x20) + 1, record.length - 1),
  );
  return { records, failure };
}

t.test('every boundary case was captured', async (t) => {
  const named = (one: { limitBytes: number; name: string }): string => `${one.limitBytes} ${one.name}`;
  t.strictSame(captures().map(named).sort(), BOUNDARY_CASES.map(named).sort());
});

t.test('the simulator writes what the real containerd wrote', async (t) => {
  let compared = 0;
  for (const capture of captures()) {
    const real = recordsOf(capture).map(({ rest }) => rest);
    for (const stream of STREAMS) {
      const expected = real.filter((record) => record.startsWith(stream));
      for (const sizes of [[65536], [4096], [1000, 1, 7]]) {
        const { records, failure } = await simulated(capture, stream, sizes);
        const name = `limit ${capture.limitBytes}, ${capture.name}, ${stream}`;
        if (capture.panic === null && failure !== null) t.fail(`${name}: ${failure}`);
        // A process that panics takes what was not yet written with it, so only what is there is compared.
        const comparable = capture.panic === null ? records : records.slice(0, expected.length);
        if (!same(comparable, expected)) t.strictSame(comparable, expected, name);
        compared += expected.length;
      }
    }
  }
  t.ok(compared > 1000, `${compared} records`);
});

t.test(
  'a limit below the smallest read buffer makes containerd panic, and the simulator says so',
  async (t) => {
    const panicked = captures().filter(({ panic }) => panic !== null);
    t.ok(panicked.length > 0);
    for (const capture of panicked) {
      t.match(capture, { limitBytes: 10, panic: /exceed length should <= last buffer size/ });
      const { failure } = await simulated(capture, 'stdout', [65536]);
      t.match(failure, /containerd reads 16 bytes at least and panics here/, capture.name);
    }
  },
);

t.test('the real times have the form and order that the simulator gives them', async (t) => {
  for (const capture of captures()) {
    const times = recordsOf(capture).map(({ time }) => time);
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,8}[1-9])?Z$/;
    if (!times.every((time) => form.test(time))) t.fail(`${capture.name}: ${times}`);
    const instants = times.map((time) => Date.parse(time));
    if (
      !same(
        instants,
        instants.toSorted((a, b) => a - b),
      )
    )
      t.fail(`${capture.name}: ${times}`);
  }
  t.pass('all of them');
});

/** Long records make slow diffs; they are only made where there is a difference. */
function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
