import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Readable, Transform, Writable } from 'node:stream';
import split2 from 'split2';
import t from 'tap';
import { measure } from '../../bench/line-buffer/measure.js';
import type { Sample } from '../../bench/line-buffer/types.js';
import { createManualClock } from './manual-clock.js';
import { workload } from './printed.js';

const MiB = 2 ** 20;
const lineBytes = 8 * MiB;
/** Functions need no time to settle: what was taken was dealt with. */
const AT_ONCE = { settleSeconds: 0 };
const LINUX = process.platform === 'linux';

async function drain(input: Readable): Promise<number> {
  let bytes = 0;
  for await (const chunk of input) bytes += (chunk as Buffer).length;
  return bytes;
}

async function keepAll(input: Readable): Promise<number> {
  const kept: Buffer[] = [];
  for await (const chunk of input) kept.push(Buffer.from(chunk as Buffer));
  return kept.length;
}

t.test('a function that drains holds nothing', async (t) => {
  const points: Sample[] = [];
  const measured = await measure(drain, workload({ lineBytes }), {
    ...AT_ONCE,
    samples: 20,
    onSample: (sample) => points.push(sample),
  });
  t.match(measured, {
    takenBytes: lineBytes + 1,
    offeredBytes: lineBytes + 1,
    end: { kind: 'finished', exit: null },
  });
  t.ok((measured.heldBytes ?? lineBytes) < 2 * MiB, `held ${measured.heldBytes}`);
  t.ok((measured.retainedBytes ?? lineBytes) < 2 * MiB, `retained ${measured.retainedBytes}`);
  t.strictSame(points, measured.curve);
  t.ok(points.length >= 20 && points.length <= 25);
  t.match(points.at(-1), { phase: 'after', fedBytes: lineBytes + 1 });
});

t.test('a function that keeps everything grows with the line', async (t) => {
  const measured = await measure(keepAll, workload({ lineBytes }), { ...AT_ONCE, samples: 10 });
  const { heldBytes, retainedBytes, peakHeapBytes, peakRssBytes } = measured;
  t.ok((heldBytes ?? 0) > 0.95 * lineBytes && (heldBytes ?? 0) < 1.1 * lineBytes, `held ${heldBytes}`);
  t.ok((retainedBytes ?? 0) > 0.95 * lineBytes, 'the stream is open after the newline');
  t.ok((peakHeapBytes ?? 0) >= (heldBytes ?? 0));
  t.type(peakRssBytes, 'number');
  const open = measured.curve.filter(({ phase }) => phase === 'open');
  // Not collected in between: at most as much garbage as there is memory in use.
  for (const { fedBytes, heldBytes } of open)
    t.ok((heldBytes ?? 0) > fedBytes - MiB, `${heldBytes} at ${fedBytes}`);
  const ended = await measure(keepAll, workload({ lineBytes, end: 'eof' }), AT_ONCE);
  t.ok((ended.heldBytes ?? 0) > 0.95 * lineBytes);
  t.ok((ended.retainedBytes ?? lineBytes) < 2 * MiB, 'what it kept is gone with it');
});

t.test('a splitter of lines holds the whole line', async (t) => {
  // Its time grows with the square of the line.
  const shorter = 3 * MiB;
  const { heldBytes, end } = await measure(
    split2(),
    workload({ lineBytes: shorter, limitBytes: -1 }),
    AT_ONCE,
  );
  t.equal(end.kind, 'finished');
  t.ok((heldBytes ?? 0) > 0.8 * shorter, `held ${heldBytes}`);
});

t.test('a Writable and a Transform that nobody reads are sinks', async (t) => {
  let bytes = 0;
  const writable = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  t.match(await measure(writable, workload({ lineBytes: MiB }), AT_ONCE), { end: { kind: 'finished' } });
  t.equal(bytes, MiB + 1);
  const transform = new Transform({ transform: (chunk, _encoding, callback) => callback(null, chunk) });
  t.match(await measure(transform, workload({ lineBytes: MiB }), AT_ONCE), { end: { kind: 'finished' } });
});

t.test('a sink that takes no more is given up, and said to be stalled', async (t) => {
  const clock = createManualClock();
  async function stalls(input: Readable): Promise<void> {
    for await (const chunk of input) if (chunk !== null) await new Promise(() => {});
  }
  const measured = await clock.runUntil(
    measure(stalls, workload({ lineBytes }), { clock, stallSeconds: 30, settleSeconds: 0 }),
  );
  t.equal(measured.end.kind, 'stalled');
  t.match(measured.end.message, /^took \d+ bytes and no more for 3[0-9] s$/);
  t.ok(measured.takenBytes > 0 && measured.takenBytes < 300_000, `took ${measured.takenBytes}`);
  t.match(measured, { heldBytes: null, retainedBytes: null, retainedRssBytes: null }, 'nothing is made up');
});

t.test('a slow source is no stall', async (t) => {
  const clock = createManualClock();
  const measured = await clock.runUntil(
    measure(drain, workload({ lineBytes: 10_000, writeBytes: 1000, paceBytesPerSecond: 10 }), {
      clock,
      stallSeconds: 30,
      settleSeconds: 0,
    }),
  );
  t.match(measured, { end: { kind: 'finished' }, takenBytes: 10_001 });
  t.ok(measured.seconds >= 1000);
});

t.test('a sink that has all its input and does not finish hangs', async (t) => {
  const clock = createManualClock();
  async function hangs(input: Readable): Promise<void> {
    await drain(input);
    await new Promise(() => {});
  }
  const measured = await clock.runUntil(
    measure(hangs, workload({ lineBytes: MiB }), { clock, exitSeconds: 20, settleSeconds: 0 }),
  );
  t.match(measured, { end: { kind: 'hung' }, takenBytes: MiB + 1 });
  t.match(measured.end.message, /^had all its input and did not finish for 2[0-9] s$/);
});

t.test('a sink that has had enough ended early, one that throws failed', async (t) => {
  async function head(input: Readable): Promise<void> {
    for await (const chunk of input) if (chunk !== null) return;
  }
  t.match(await measure(head, workload({ lineBytes }), AT_ONCE), {
    end: { kind: 'ended-early', exit: null },
  });
  const cause = new Error('out of paper');
  async function fails(input: Readable): Promise<void> {
    for await (const chunk of input) if (chunk !== null) throw cause;
  }
  t.match(await measure(fails, workload({ lineBytes }), AT_ONCE), { end: { kind: 'failed', cause } });
  const throws = (): void => {
    throw cause;
  };
  t.match(await measure(throws, workload({ lineBytes }), AT_ONCE), {
    end: { kind: 'failed', cause },
    takenBytes: 0,
  });
});

t.test('a command that drains is measured and finishes', { skip: !LINUX }, async (t) => {
  const measured = await measure({ command: 'exec cat >/dev/null' }, workload({ lineBytes }), {
    settleSeconds: 0.05,
  });
  t.match(measured, {
    takenBytes: lineBytes + 1,
    end: { kind: 'finished', exit: { code: 0, signal: null } },
  });
  t.match(measured, { heldBytes: null, peakHeapBytes: null, retainedBytes: null });
  t.ok((measured.peakRssBytes ?? 99 * MiB) < 4 * MiB, `peak ${measured.peakRssBytes}`);
  t.ok((measured.retainedRssBytes ?? 99 * MiB) < 4 * MiB);
});

t.test('a command that keeps the line grows with it', { skip: !LINUX }, async (t) => {
  // sed reads a line to its end before it does anything with it.
  const measured = await measure({ command: 'sed -n "\\$p"' }, workload({ lineBytes }), {
    settleSeconds: 0.05,
  });
  t.equal(measured.end.kind, 'finished');
  t.ok((measured.openRssBytes ?? 0) >= 0.95 * lineBytes, `open ${measured.openRssBytes}`);
  t.ok((measured.peakRssBytes ?? 0) >= (measured.openRssBytes ?? 0));
});

t.test('a command that ends early or fails is a result', { skip: !LINUX }, async (t) => {
  const head = await measure({ command: 'head -c 100000 >/dev/null' }, workload({ lineBytes }), {
    settleSeconds: 0,
  });
  t.match(head, { end: { kind: 'ended-early', exit: { code: 0 } } });
  t.ok(head.takenBytes >= 100_000 && head.takenBytes < MiB, `took ${head.takenBytes}`);
  const none = await measure({ command: 'echo broken >&2; exit 3' }, workload({ lineBytes }), {
    settleSeconds: 0,
  });
  t.match(none, { end: { kind: 'ended-early', exit: { code: 3, errorText: 'broken\n' } } });
  t.match(await measure({ command: 'no-such-program-here' }, workload(), { settleSeconds: 0 }), {
    end: { exit: { code: 127 } },
  });
});

/** Processes of a group that still run. What has ended and waits for its parent to notice does not count. */
function running(group: number): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      // `pid (name) state parent group …`
      const [state, , own] =
        readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
      return Number(own) === group && state !== 'Z';
    } catch {
      return false;
    }
  });
}

/** What was sent SIGKILL is gone a moment later. */
async function isGone(pidFile: string): Promise<boolean> {
  const group = Number(readFileSync(pidFile, 'utf8'));
  const deadline = performance.now() + 5000;
  while (running(group).length > 0 && performance.now() < deadline) await new Promise(setImmediate);
  return running(group).length === 0;
}

t.test('a command that hangs is ended with all it started', { skip: !LINUX }, async (t) => {
  const pidFile = join(t.testdir(), 'pid');
  // It ignores SIGTERM, and so does what it starts: both go with SIGKILL.
  const command = `trap "" TERM; echo $$ >${pidFile}; sleep 1000 & cat >/dev/null; wait`;
  const measured = await measure({ command }, workload({ lineBytes: 1000 }), {
    settleSeconds: 0.01,
    exitSeconds: 0.1,
    graceSeconds: 0.1,
  });
  t.equal(measured.end.kind, 'hung');
  t.ok(await isGone(pidFile));
});

t.test('an abort ends a command and what it started', { skip: !LINUX }, async (t) => {
  const pidFile = join(t.testdir(), 'pid');
  const stop = new AbortController();
  const reason = new Error('enough');
  const running = measure(
    { command: `echo $$ >${pidFile}; sleep 1000 & sleep 1000` },
    workload({ lineBytes }),
    {
      signal: stop.signal,
      settleSeconds: 0.05,
      onSample: () => stop.abort(reason),
    },
  );
  t.equal(await running.catch((error: unknown) => error), reason);
  t.ok(await isGone(pidFile));
});

t.test('a command that takes too much is ended, and that is a result', { skip: !LINUX }, async (t) => {
  const measured = await measure({ command: 'sed -n "\\$p"' }, workload({ lineBytes: 512 * MiB }), {
    settleSeconds: 0.05,
    samples: 1,
    stopAtBytes: 8 * MiB,
  });
  t.match(measured, { end: { kind: 'stopped' }, offeredBytes: 512 * MiB + 1, retainedRssBytes: null });
  t.ok(measured.takenBytes <= 48 * MiB, `memory is read often enough: ${measured.takenBytes} taken`);
  t.ok((measured.peakRssBytes ?? 0) >= 8 * MiB);
});

t.test('memory is watched after the last byte, too', { skip: !LINUX }, async (t) => {
  // It grows when its input has ended, and then stays.
  const command = 'cat >/dev/null; head -c 64000000 /dev/zero | tail -c 64000000 | sleep 1000';
  const { end } = await measure({ command }, workload({ lineBytes: MiB }), {
    settleSeconds: 0.05,
    stopAtBytes: 32 * MiB,
  });
  t.equal(end.kind, 'stopped');
});

t.test('one sink reads one stream', async (t) => {
  await t.rejects(measure(drain, workload({ containers: 2 })), /found 2 with 1/);
  await t.rejects(measure(drain, workload({ streams: 2 })), /found 1 with 2/);
});
