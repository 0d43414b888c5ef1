import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Observable } from 'rxjs';
import t from 'tap';
import type { AnalyzeOptions } from '../../lib/analyze.js';
import { run, type Tools } from '../../lib/cli/run.js';
import type { Report } from '../../lib/diagnose/types.js';
import { type FakeIoOptions, fakeIo } from './fake-io.js';
import { incident, pipeline, reporting, summary } from './fake-pipeline.js';

const dir = t.testdir({ 'a.log': 'a line\n', 'b.log': 'b\n' });
const log = join(dir, 'a.log');

async function analyze(argv: readonly string[], tools: Tools, options: FakeIoOptions = {}) {
  const io = fakeIo(options);
  return { code: await run(['analyze', ...argv], io, tools), io };
}

/** A pipeline that reports nothing and shows the options it was called with. */
function recording() {
  const seen: { options?: AnalyzeOptions; names?: string[] } = {};
  const tools = pipeline((inputs, options) => {
    seen.options = options;
    seen.names = inputs.groups.flatMap(({ sources }) => sources.map(({ name }) => name));
    return new Observable((subscriber) => {
      subscriber.next({ summary: summary() });
      subscriber.complete();
    });
  });
  return { seen, tools };
}

t.test('a terminal on standard input and no file: says what to feed, exit 2, reads nothing', async (t) => {
  const tools = pipeline(() => t.fail('nothing to analyze') as never);
  for (const argv of [[], ['-'], [log, '-']]) {
    const { code, io } = await analyze(argv, tools, { stdinIsTerminal: true });
    t.equal(code, 2);
    t.match(io.err(), 'tail -f /var/log/messages | analyze');
    t.match(io.err(), 'journalctl -u docker -u kubelet -f -o short-iso-precise | analyze');
    t.match(io.err(), "analyze '/var/log/messages*'");
    t.equal(io.out(), '');
  }
});

t.test('exit codes: 0 nothing open, 1 open, 3 unreadable and 3 wins', async (t) => {
  const open: Report = { incident: incident(), final: true };
  const resolved: Report = { incident: incident({ id: 'x-2', state: 'resolved' }), final: true };
  const fine: Report = { summary: summary() };
  const unreadable: Report = { summary: summary({ unreadable: 1 }) };
  const cases: [argv: string[], reports: Report[], code: number][] = [
    [[], [fine], 0],
    [[], [resolved, fine], 0],
    [[], [resolved, open, fine], 1],
    [['--fail-on', 'open'], [open, fine], 1],
    [['--fail-on', 'any'], [resolved, fine], 1],
    [['--fail-on', 'any'], [fine], 0],
    [['--fail-on=never'], [open, fine], 0],
    [[], [unreadable], 3],
    [[], [open, unreadable], 3],
    [['--fail-on=never'], [open, unreadable], 3],
  ];
  for (const [argv, reports, code] of cases) {
    t.equal(
      (await analyze([...argv, log], reporting(...reports))).code,
      code,
      `${argv.join(' ')} -> ${code}`,
    );
  }
});

t.test('a suspected incident counts only with --all', async (t) => {
  const tools = reporting(
    { incident: incident({ certainty: 'suspected' }), final: true },
    { summary: summary() },
  );
  t.equal((await analyze([log], tools)).code, 0);
  t.equal((await analyze(['--all', log], tools)).code, 1);
});

t.test('an update of what ends well does not count: the final state does', async (t) => {
  const tools = reporting(
    { incident: incident(), final: false },
    { incident: incident({ state: 'resolved' }), final: true },
    { summary: summary() },
  );
  t.equal((await analyze([log], tools)).code, 0);
});

t.test('ndjson: every line is an object, the summary last', async (t) => {
  const tools = reporting({ incident: incident(), final: true }, { summary: summary() });
  const { io } = await analyze(['--format', 'ndjson', log], tools);
  const objects = io
    .out()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.same(
    objects.map(({ type }) => type),
    ['incident', 'summary'],
  );
});

t.test('ndjson: an incident of the report is written before the next one is known', async (t) => {
  const io = fakeIo();
  let slow: Promise<void> | undefined;
  Object.assign(io.stdout, { drained: () => slow });
  const tools = pipeline(
    (_inputs, { beforeEnd, ready }) =>
      new Observable((subscriber) => {
        const end = async (): Promise<void> => {
          await beforeEnd?.();
          subscriber.next({ incident: incident(), final: true });
          t.match(io.out(), /^\{"type":"incident",[^\n]*\n$/);
          await ready?.();
          slow = new Promise(() => {});
          const waited = Promise.resolve(ready?.()).then(() => 'not');
          const turns = nextTurn().then(() => nextTurn('waited for'));
          t.equal(await Promise.race([waited, turns]), 'waited for', 'its reader');
          slow = undefined;
          subscriber.next({ summary: summary() });
          subscriber.complete();
        };
        void end();
      }),
  );
  t.equal(await run(['analyze', '--format=ndjson', log], io, tools), 1);
  t.match(io.out(), /\n\{"type":"summary",[^\n]*\n$/);
});

t.test('options reach the pipeline', async (t) => {
  const { seen, tools } = recording();
  await analyze(['--all', '--tz', '-08:00', '--patterns', dir, '--patterns', '/', log], tools);
  t.match(seen.options, { all: true, tz: '-08:00', patterns: [dir, '/'], live: false });
  t.same(seen.names, [log]);
  await analyze(['--tz=Asia/Shanghai', '--', log], tools);
  t.match(seen.options, { all: false, tz: 'Asia/Shanghai', patterns: [] });
  await analyze([log], tools);
  t.equal(seen.options?.tz, null);
});

t.test('an unreadable name is said at once on standard error, escaped; the others are read', async (t) => {
  const { seen, tools } = recording();
  const { io } = await analyze([log, join(dir, 'no\x1bc.log')], tools);
  t.same(seen.names, [log]);
  t.match(io.err(), /^analyze: .*no\\x1bc\.log: no such file\n$/);
});

t.test('colour: only on a terminal, never with NO_COLOR, unless asked for', async (t) => {
  const tools = reporting({ incident: incident(), final: true }, { summary: summary() });
  const colored = async (argv: string[], options: FakeIoOptions) =>
    (await analyze([...argv, log], tools, options)).io.out().includes('\x1b[');
  t.equal(await colored([], {}), false);
  t.equal(await colored([], { stdoutIsTerminal: true }), true);
  t.equal(await colored([], { stdoutIsTerminal: true, env: { NO_COLOR: '1' } }), false);
  t.equal(await colored([], { stdoutIsTerminal: true, env: { NO_COLOR: '' } }), true);
  t.equal(await colored([], { stdoutIsTerminal: true, env: { TERM: 'dumb' } }), false);
  t.equal(await colored(['--color=always'], { env: { NO_COLOR: '1' } }), true);
  t.equal(await colored(['--color', 'never'], { stdoutIsTerminal: true }), false);
});

t.test('width: the option, then COLUMNS, then the terminal, then 100', async (t) => {
  const why = ['word '.repeat(200)];
  const tools = reporting({ incident: incident({ why }), final: true }, { summary: summary() });
  const widest = async (argv: string[], options: FakeIoOptions) =>
    Math.max(
      ...(await analyze([...argv, log], tools, options)).io
        .out()
        .split('\n')
        .map((line) => line.length),
    );
  const near = (found: number, width: number) =>
    t.ok(found <= width && found > width - 15, `${found} of ${width}`);
  near(await widest([], {}), 100);
  near(await widest([], { columns: 140 }), 140);
  near(await widest([], { columns: 140, env: { COLUMNS: '60' } }), 60);
  near(await widest([], { columns: 140, env: { COLUMNS: 'x' } }), 140);
  near(await widest(['--width=80'], { columns: 140, env: { COLUMNS: '60' } }), 80);
});

/** A pipeline that waits for its signal, as one does on a live stream. */
function waiting(started: () => void): Tools {
  return pipeline(
    (_inputs, { signal }) =>
      new Observable((subscriber) => {
        signal?.addEventListener('abort', () => {
          subscriber.next({ incident: incident(), final: true });
          subscriber.next({ summary: summary() });
          subscriber.complete();
        });
        started();
      }),
  );
}

t.test('a signal ends the reading: final report, same code; nothing listens afterwards', async (t) => {
  const io = fakeIo();
  const code = await run(['analyze', '--format=ndjson', log], io, waiting(io.interrupt));
  t.equal(code, 1);
  t.match(io.out(), '"type":"summary"');
  t.equal(io.listening(), 0);
  t.same(io.exits, []);
});

t.test('a reader that goes away ends the reading quietly, with the code as it stands', async (t) => {
  const io = fakeIo();
  const code = await run(
    ['analyze', log],
    io,
    waiting(() => io.breakStdout()),
  );
  t.equal(code, 1);
  t.equal(io.err(), '');
});

t.test('a report that cannot be written is no success', async (t) => {
  const io = fakeIo();
  t.equal(
    await run(
      ['analyze', log],
      io,
      waiting(() => io.breakStdout('ENOSPC')),
    ),
    70,
  );
  t.match(io.err(), 'analyze: the report could not be written: the disk is full');
});

t.test('the status line shows on a terminal only, and is gone before a report is written', async (t) => {
  const progress = (io: ReturnType<typeof fakeIo>) =>
    pipeline(
      (_inputs, { onProgress }) =>
        new Observable((subscriber) => {
          onProgress?.({
            bytes: 12_000_000_000,
            lines: 48_000_000,
            candidates: 0,
            truncatedLines: 0,
            truncatedBytes: 0,
          });
          io.tick();
          io.tick();
          subscriber.next({ incident: incident(), final: false });
          io.tick();
          subscriber.next({ summary: summary() });
          subscriber.complete();
        }),
    );
  const terminal = fakeIo({ stderrIsTerminal: true });
  await run(['analyze', log], terminal, progress(terminal));
  const clear = '\r\x1b[K';
  t.equal(
    terminal.err(),
    `${clear}12 GB, 48 M lines, 0 open${clear}${clear}12 GB, 48 M lines, 1 open${clear}`,
  );
  t.equal(terminal.listening(), 0);

  const narrow = fakeIo({ stderrIsTerminal: true, columns: 10 });
  await run(['analyze', log], narrow, progress(narrow));
  t.match(narrow.err(), `${clear}12 GB, 48${clear}`);

  const file = fakeIo();
  await run(['analyze', log], file, progress(file));
  t.equal(file.err(), '');
});

t.test('a failure of the pipeline is said, exit 70; a plain Error without its stack', async (t) => {
  const failing = (error: unknown) => pipeline(() => new Observable((subscriber) => subscriber.error(error)));
  const plain = await analyze([log], failing(new Error('dist/patterns.json is missing')));
  t.equal(plain.code, 70);
  t.equal(plain.io.err(), 'analyze: dist/patterns.json is missing\n');
  const defect = await analyze([log], failing(new TypeError('x is not a function')));
  t.equal(defect.code, 70);
  t.match(
    defect.io.err(),
    /^analyze: internal error, please report it: TypeError: x is not a function\n +at /,
  );
});
