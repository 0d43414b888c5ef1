/** `reproduce line-buffer` with a pretended process and pretended runs: what is asked for, shown and answered. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Measured } from '../../bench/line-buffer/measure.js';
import type { RealOptions, RealOutcome } from '../../bench/line-buffer/real/types.js';
import type { SimulateOptions, Simulation } from '../../bench/line-buffer/simulate.js';
import type { Outcome, Workload } from '../../bench/line-buffer/types.js';
import { parseArguments } from '../../lib/cli/arguments.js';
import { PARTS, reproduceLineBuffer } from '../../lib/cli/reproduce-command.js';
import { lineBufferSettings } from '../../lib/cli/reproduce-options.js';
import type { Parts } from '../../lib/cli/reproduce-run.js';
import { LINE_BUFFER_OPTIONS } from '../../lib/cli/reproduce-table.js';
import { run } from '../../lib/cli/run.js';
import { UsageError } from '../../lib/cli/usage-error.js';
import { figures, KIB, MIB, workload } from '../line-buffer/combinations.js';
import { type FakeIo, type FakeIoOptions, fakeIo } from './fake-io.js';

const settings = (...argv: string[]) => lineBufferSettings(parseArguments(argv, LINE_BUFFER_OPTIONS));

const memory = (bytes: number) => ({ rssBytes: bytes, heapUsedBytes: 0, arrayBuffersBytes: bytes });

/** A simulation without feeding: it says what it was asked, and one record more on disk than the model. */
function simulated(workload: Workload): Simulation {
  const { curve, ...outcome } = figures(workload) as Simulation['outcome'];
  return {
    outcome: { ...outcome, curve, partialRecords: 77, diskBytes: 123_456 },
    streams: [],
    counts: { peakBytes: 5, longestRecordBytes: 6 } as Simulation['counts'],
    process: { open: memory(MIB), peak: memory(2 * MIB), after: memory(0) },
    curve: [],
    fedBytes: workload.lineBytes,
    seconds: 1,
    logDirectory: null,
  };
}

interface Fake {
  readonly parts: Parts;
  readonly simulations: { readonly workload: Workload; readonly options: SimulateOptions }[];
}

function fake(overrides: Partial<Parts> = {}): Fake {
  const simulations: Fake['simulations'] = [];
  const parts: Parts = {
    ...PARTS,
    machineOf: async () => ({
      availableBytes: 4096 * MIB,
      boundBy: 'this machine',
      freeDiskBytes: 4096 * MIB,
      diskIsMemory: false,
      openFiles: null,
      heapBytes: 4096 * MIB,
    }),
    simulate: async (workload, options = {}) => {
      simulations.push({ workload, options });
      return simulated(workload);
    },
    measure: () => Promise.reject(new Error('not asked for')),
    runReal: () => Promise.reject(new Error('not asked for')),
    ...overrides,
  };
  return { parts, simulations };
}

async function reproduce(argv: readonly string[], { parts } = fake(), options: FakeIoOptions = {}) {
  const io = fakeIo({ columns: 100, ...options });
  const code = await reproduceLineBuffer(settings(...argv), io, parts);
  return { code, io };
}

const objects = (io: FakeIo) => JSON.parse(io.out());

t.test('alone it feeds 64 MiB to containerd, with the default limit and without one', async (t) => {
  const made = fake();
  const { code, io } = await reproduce([], made);
  t.equal(code, 0);
  t.same(
    made.simulations.map(({ workload }) => [workload.limitBytes, workload.lineBytes, workload.version]),
    [
      [16 * KIB, 64 * MIB, '1.6.20'],
      [-1, 64 * MIB, '1.6.20'],
    ],
  );
  t.match(io.out(), /: flat\./);
  t.match(io.out(), 'holds the whole line until it ends');
  t.equal(io.err(), '');
  t.equal(io.listening(), 0);
});

t.test('memory is the model’s, records and disk are as written, both are told apart', async (t) => {
  const { io } = await reproduce(['--limit', '-1', '--format', 'json']);
  const [object, ...more] = objects(io);
  t.same(more, []);
  const model = PARTS.model({ ...settings('--limit', '-1').fixed, ...object, readerBytes: 4096 });
  t.match(object, {
    limitBytes: -1,
    lineBytes: 64 * MIB,
    heldBytes: model.heldBytes,
    peakRssBytes: model.peakRssBytes,
    partialRecords: 77,
    diskBytes: 123_456,
    source: 'simulator',
    simulated: { heldBytes: 64 * MIB, longestRecordBytes: 6 },
    process: { openRssBytes: MIB, peakRssBytes: 2 * MIB },
    real: null,
    command: null,
  });
});

t.test('--model feeds nothing, whatever the size', async (t) => {
  const { parts, simulations } = fake();
  const { io } = await reproduce(['--model', '--line', '1MiB..64GiB', '--format', 'csv'], {
    parts,
    simulations,
  });
  t.same(simulations, []);
  const lines = io.out().trimEnd().split('\n');
  t.equal(lines.length, 1 + 2 * 17);
  t.match(lines.at(-1), /^-1,68719476736,/);
});

t.test('what does not fit the machine is refused before it begins, unless forced', async (t) => {
  const made = fake();
  const argv = ['--line', '2GiB', '--limit', '-1'];
  await t.rejects(reproduce(argv, made), {
    name: 'UsageError',
    message:
      /^--line: 2 GiB with limit unlimited needs [\d.]+ GiB of memory, and this machine has 4 GiB available .* --model, or insist with --force$/,
  });
  t.same(made.simulations, []);
  t.equal((await reproduce([...argv, '--force'], made)).code, 0);
  t.equal(made.simulations.length, 1);
  await t.rejects(reproduce(['--line', '8GiB', '--limit', '16KiB'], made), { message: /of disk/ });
});

t.test('a sweep of which one does not fit is refused as a whole, before the first is fed', async (t) => {
  const made = fake();
  await t.rejects(reproduce(['--line', '32MiB,1TiB'], made), {
    message: /^--line: 1 TiB with limit 16 KiB needs/,
  });
  t.same(made.simulations, []);
});

t.test('log files that are kept add up', async (t) => {
  const directory = t.testdir();
  const argv = ['--limit', '16KiB', '--line', '2GiB,2200MiB'];
  t.equal((await reproduce(argv)).code, 0);
  await t.rejects(reproduce([...argv, '--keep', directory]), { message: /^--line: 2.15 GiB .* of disk/ });
});

t.test('what cannot be fed or computed is a mistake that names its option', async (t) => {
  const file = (limit: string) => {
    const path = join(t.testdirName, `${limit}.toml`);
    writeFileSync(path, `[plugins.cri]\n  max_container_log_line_size = ${limit}\n`);
    return path;
  };
  t.testdir();
  const small = file('10');
  const cases: [argv: string[], message: RegExp][] = [
    [['--config', small], /max_container_log_line_size: expected 16 or more, .* found 10$/],
    [
      ['--model', '--line', '64TiB', '--limit', '16', '--containers', '100000', '--streams', '2'],
      /^--line: expected/,
    ],
    [['--model', '--containers', '100000', '--lines', '10000000'], /^--lines: expected at most/],
    [['--logs', '-', '--pace', '1', '--line', '64TiB', '--end', 'kill'], /^--pace: expected a pace/],
  ];
  for (const [argv, message] of cases) await t.rejects(reproduce(argv), { name: 'UsageError', message });
  for (const limit of ['9223372036854775807', `${8 * 1024 ** 4}`]) {
    const { code, io } = await reproduce(['--config', file(limit), '--containers', '110', '--streams', '2']);
    t.equal(code, 0, limit);
    t.match(
      io.out().replace(/\s+/g, ' '),
      /At worst it comes to [\d.]+ [TP]iB held .*with 110 containers with 2 streams each/,
    );
  }
  t.match((await reproduce(['--config', file('9223372036854775807')])).io.err(), 'more than any machine has');
});

t.test('many lines of a log are written as the reader takes them, in order', async (t) => {
  const argv = [
    '--logs',
    '-',
    '--containers',
    '100',
    '--line',
    '4GiB',
    '--limit',
    '-1,16KiB',
    '--memory',
    '8GiB',
  ];
  const { io } = await reproduce(argv);
  const lines = io.out().trimEnd().split('\n');
  t.ok(lines.length > 1200);
  t.same(lines, lines.toSorted());
  t.ok(io.out().includes(' node-2 '));
});

t.test('--keep puts each combination of a sweep into a directory of its own', async (t) => {
  const directory = t.testdir();
  const made = fake();
  await reproduce(['--keep', directory], made);
  const kept = made.simulations.map(({ options }) => options.logDirectory ?? '');
  t.same(
    kept.map((path) => path.slice(directory.length)),
    ['/1-limit-16384-line-67108864', '/2-limit--1-line-67108864'],
  );
  for (const path of kept) t.ok(existsSync(path));
  const one = fake();
  await reproduce(['--keep', directory, '--limit', '-1'], one);
  t.equal(one.simulations[0]?.options.logDirectory, directory);
});

t.test('an interrupt ends the run: 130, nothing on standard output', async (t) => {
  const io = fakeIo();
  const { parts } = fake({
    simulate: (_workload, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        io.interrupt();
      }),
  });
  t.equal(await reproduceLineBuffer(settings(), io, parts), 130);
  t.equal(io.out(), '');
  t.match(io.err(), /^reproduce line-buffer: interrupted/);
  t.equal(io.listening(), 0);
  t.same(io.exits, []);
});

t.test('a second interrupt does not wait, and still removes what is on disk', async (t) => {
  const io = fakeIo();
  let now = 0;
  let left: boolean | null = null;
  const { parts } = fake({
    now: () => now,
    simulate: async (_workload, options) => {
      const parent = options?.temporaryParent ?? '';
      writeFileSync(join(parent, 'log'), '');
      io.interrupt();
      now += 30;
      io.interrupt();
      t.same(io.exits, [], 'a signal that comes twice at once is one');
      now += 2000;
      io.interrupt();
      left = existsSync(parent);
      throw options?.signal?.reason;
    },
  });
  t.equal(await reproduceLineBuffer(settings(), io, parts), 130);
  t.same(io.exits, [130]);
  t.equal(left, false);
});

t.test('a second interrupt kills the command', async (t) => {
  const io = fakeIo();
  let now = 0;
  let killed = 0;
  const { parts } = fake({
    now: () => now,
    measure: async (_sink, _workload, options) => {
      options?.onCommand?.({ kill: () => (killed += 1) });
      io.interrupt();
      now += 2000;
      io.interrupt();
      throw options?.signal?.reason;
    },
  });
  t.equal(await reproduceLineBuffer(settings('--command', 'x'), io, parts), 130);
  t.same([io.exits, killed], [[130], 1]);
});

t.test('a cleanup that failed after an interrupt is told, not covered', async (t) => {
  const io = fakeIo();
  const { parts } = fake({
    runReal: async () => {
      io.interrupt();
      throw new Error('the directory could not be removed');
    },
  });
  const running = reproduceLineBuffer(settings('--real', 'containerd'), io, parts);
  await t.rejects(running, { message: 'the directory could not be removed' });
  t.notMatch(io.err(), 'interrupted');
});

t.test('a reader that went away ends the run without a word', async (t) => {
  const io = fakeIo();
  const { parts } = fake({
    simulate: async (_workload, options) => {
      io.breakStdout();
      options?.signal?.throwIfAborted();
      throw new Error('the signal was not given on');
    },
  });
  t.equal(await reproduceLineBuffer(settings(), io, parts), 0);
  t.equal(io.err(), '');
});

t.test('a full disk under the report is a failure', async (t) => {
  const io = fakeIo();
  const { parts } = fake();
  const simulate: Parts['simulate'] = async (workload) => {
    io.breakStdout('ENOSPC');
    return simulated(workload);
  };
  t.equal(await reproduceLineBuffer(settings('--limit', '-1'), io, { ...parts, simulate }), 70);
  t.match(io.err(), 'could not be written: the disk is full');
});

t.test('progress is shown on a terminal only, and taken away', async (t) => {
  const io = fakeIo({ stderrIsTerminal: true, columns: 100 });
  const { parts } = fake({
    simulate: async (workload, options) => {
      options?.onSample?.({
        ...(figures(workload).curve[2] as NonNullable<ReturnType<typeof figures>['curve'][2]>),
        heldBytes: 32 * MIB,
        rssBytes: 0,
        heapUsedBytes: 0,
        arrayBuffersBytes: 0,
      });
      io.tick();
      return simulated(workload);
    },
  });
  await reproduceLineBuffer(settings(), io, parts);
  t.match(io.err(), '1 of 2, limit 16 KiB: 32 MiB of 64 MiB fed, 32 MiB held');
  t.match(io.err(), /\r\x1b\[K$/);
});

t.test('--logs - writes the log alone, and computes', async (t) => {
  const made = fake();
  const { code, io } = await reproduce(['--limit', '-1', '--logs', '-', '--format', 'json'], made);
  t.equal(code, 0);
  t.match(io.out(), /^2026-01-15T08:00:00\.000000\+00:00 node-1 containerd\[702\]: time="/);
  t.notMatch(io.out(), '"limitBytes"');
  t.same(made.simulations, []);
});

t.test('--logs FILE writes it beside the report', async (t) => {
  const file = join(t.testdir(), 'node.log');
  const { io } = await reproduce(['--limit', '-1', '--logs', file, '--model']);
  t.match(readFileSync(file, 'utf8'), 'MaxContainerLogLineSize:-1');
  t.match(io.out(), 'unlimited');
  await t.rejects(reproduce(['--logs', '/no/such/dir/x', '--model']), { message: /^--logs: expected/ });
});

t.test('--config takes the limit from the file and says what it allows at worst', async (t) => {
  const file = join(t.testdir(), 'config.toml');
  writeFileSync(
    file,
    'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n[plugins."io.containerd.grpc.v1.cri"]\n  max_container_log_line_size = -1\n',
  );
  const { io } = await reproduce(['--config', file, '--containers', '100', '--budget', '512MiB']);
  const words = io.out().replace(/\s+/g, ' ');
  t.match(words, 'line 4: max_container_log_line_size = -1: no limit.');
  t.match(
    words,
    'At worst there is no bound: containerd holds all that is printed without a newline. With 100 containers',
  );
  t.match(words, /The largest limit that keeps 100 containers below 512 MiB is [\d.]+ [KM]iB/);
  t.match(
    io.out(),
    /^ {2}\[plugins\."io\.containerd\.grpc\.v1\.cri"\]\n {4}max_container_log_line_size = \d+$/m,
  );
  t.match(io.err(), /imports names .* not read here/);
  const { io: json } = await reproduce(['--config', file, '--budget', '512MiB', '--format', 'json']);
  const [object] = objects(json);
  t.match(object, { limitBytes: -1, advice: { config: { line: 4 }, fitting: { defaultFits: true } } });
  t.ok(object.advice.fitting.worst.peakRssBytes <= 512 * MIB);
});

t.test('what stands in a file name or a file reaches no terminal as it is', async (t) => {
  const file = join(t.testdir(), 'a\x1b[2J\u202e.toml');
  writeFileSync(file, '<html>\x1b[31m</html>');
  const io = fakeIo();
  t.equal(await run(['reproduce', 'line-buffer', '--config', file], io), 2);
  t.match(io.err(), "expected containerd's config.toml");
  t.match(io.err(), 'a\\x1b[2J\\u202e.toml');
  t.notMatch(io.err(), /[\x1b\u202e]/);
  writeFileSync(file, '[plugins.cri]\n  max_container_log_line_size = "\x1b[31m"\n');
  const odd = await reproduce(['--config', file]);
  t.notMatch(odd.io.out() + odd.io.err(), /[\x1b\u202e]/);
});

t.test('a configuration that cannot be read is a mistake that names the file', async (t) => {
  await t.rejects(reproduce(['--config', '/no/such/file']), {
    name: 'UsageError',
    message: /^--config: expected a file that can be read, found "\/no\/such\/file" \(ENOENT/,
  });
});

function real(workload: Workload, overrides: Partial<RealOutcome> = {}): RealOutcome {
  return {
    ...(figures(workload) as Outcome),
    curve: [],
    machine: { kernel: '6', architecture: 'x64', memoryBytes: MIB },
    idle: { rssBytes: 40 * MIB, heapBytes: 9 * MIB },
    inputBytes: null,
    outputBytes: null,
    splitEntries: null,
    logs: [],
    versions: { containerd: '1.7.2', runc: '1.1', cri: 'v1' },
    openRssBytes: 65 * MIB,
    afterRssBytes: 66 * MIB,
    fedBytes: workload.lineBytes,
    stoppedEarly: false,
    ...overrides,
  };
}

t.test('--real: the daemon beside the model of its own version', async (t) => {
  const asked: RealOptions[] = [];
  const made = fake({
    runReal: async (workload, options) => {
      asked.push(options);
      return real(workload);
    },
  });
  const argv = ['--real', 'containerd', '--limit', '-1', '--stop-at', '256MiB'];
  const { io } = await reproduce([...argv, '--format', 'json'], made);
  const [object] = objects(io);
  t.match(object, {
    version: '1.7.2',
    source: 'real',
    real: { heldBytes: 64 * MIB, openRssBytes: 65 * MIB },
  });
  t.match(asked, [{ stopAtBytes: 256 * MIB, force: false }]);
  t.equal(io.err(), '');
  const { io: text } = await reproduce(argv, made);
  t.match(text.out(), 'containerd 1.7.2 as measured');
});

t.test('--real that was stopped early is compared with what was fed, and says so', async (t) => {
  const made = fake({
    runReal: async (workload) => real(workload, { fedBytes: 16 * MIB, stoppedEarly: true }),
  });
  const { io } = await reproduce(['--real', 'containerd', '--limit', '-1', '--format', 'json'], made);
  t.equal(objects(io)[0].lineBytes, 16 * MIB);
  t.match(io.err(), 'stopped after 16 MiB of the line');
});

t.test('--real without root or containerd: why, once, and the simulator’s answer', async (t) => {
  const unavailable = Object.assign(new Error('the real containerd needs root'), { name: 'RealUnavailable' });
  const made = fake({ runReal: () => Promise.reject(unavailable) });
  const { code, io } = await reproduce(['--real', 'containerd', '--format', 'json'], made);
  t.equal(code, 0);
  t.equal(io.err().match(/needs root/g)?.length, 1);
  t.same(
    objects(io).map((object: Record<string, unknown>) => [object['source'], object['real']]),
    [
      ['simulator', null],
      ['simulator', null],
    ],
  );
});

t.test(
  'where neither containerd nor the simulator can run, the model answers and nothing is lost',
  async (t) => {
    const made = fake({
      runReal: async (workload) => {
        if (workload.lineBytes <= 64 * MIB) return real(workload);
        throw Object.assign(new Error('the run needs more memory'), { name: 'RealUnavailable' });
      },
    });
    const argv = ['--real', 'containerd', '--limit', '-1', '--line', '32MiB,1TiB', '--format', 'json'];
    const { io } = await reproduce(argv, made);
    t.same(
      objects(io).map(({ source }: { source: string }) => source),
      ['real', 'model'],
    );
    t.match(io.err(), 'needs more memory. The model answers instead');
    t.same(made.simulations, []);
  },
);

const measured: Measured = {
  heldBytes: null,
  peakHeapBytes: null,
  peakRssBytes: 200 * MIB,
  retainedBytes: null,
  openRssBytes: 70 * MIB,
  retainedRssBytes: 10 * MIB,
  curve: figures(workload()).curve,
  takenBytes: 64 * MIB,
  offeredBytes: 64 * MIB + 1,
  seconds: 1,
  end: {
    kind: 'finished',
    message: 'read its input to the end',
    exit: { code: 0, signal: null, errorText: 'first\n\x1b[31mlast\n' },
  },
};

t.test('--command is measured in the runtime’s place, its own words are made safe', async (t) => {
  const made = fake({ measure: async () => measured });
  const { io } = await reproduce(['--command', 'my-logger'], made);
  t.match(
    io.out().replace(/\s+/g, ' '),
    'Its memory grew with the line: 70 MiB while the line was open, 200 MiB at most',
  );
  t.notMatch(io.out(), /\x1b/);
  const { io: json } = await reproduce(['--command', 'my-logger', '--format', 'json'], made);
  t.match(objects(json), [
    { source: 'command', runtime: null, command: { command: 'my-logger', end: 'finished' } },
  ]);
});

t.test('--stop-at is the memory at which a command is ended; by default most of what there is', async (t) => {
  const asked: (number | undefined)[] = [];
  const end = { kind: 'stopped', rssBytes: 300 * MIB, message: 'was ended' } as const;
  const made = fake({
    measure: async (_sink, _workload, options) => {
      asked.push(options?.stopAtBytes);
      return { ...measured, takenBytes: 32 * MIB, peakRssBytes: 300 * MIB, end };
    },
  });
  const { code, io } = await reproduce(['--command', 'x', '--stop-at', '256MiB', '--format', 'json'], made);
  t.equal(code, 0);
  t.match(objects(io), [{ peakRssBytes: 300 * MIB, command: { end: 'stopped', takenBytes: 32 * MIB } }]);
  await reproduce(['--command', 'x'], made);
  await reproduce(['--command', 'x', '--force'], made);
  t.same(asked, [256 * MIB, 0.8 * 4096 * MIB, undefined]);
});

t.test('what a command says reaches no terminal through JSON or CSV', async (t) => {
  const end = {
    kind: 'finished',
    message: 'm',
    exit: { code: 1, signal: null, errorText: '\u009b31m\u202e' },
  } as const;
  const made = fake({ measure: async () => ({ ...measured, end }) });
  for (const format of ['json', 'csv', 'text']) {
    const { io } = await reproduce(['--command', 'x', '--format', format], made);
    t.notMatch(io.out(), /[\u0080-\u009f\u202e]/, format);
    if (format === 'json') t.match(objects(io)[0].command.message, '\u009b31m');
  }
});

t.test('a budget is a bound; what is to be written is the default where it fits', async (t) => {
  const asked = async (...argv: string[]) => {
    const { io } = await reproduce(['--containers', '110', '--streams', '2', ...argv]);
    return io.out();
  };
  const out = await asked('--budget', '512MiB');
  t.match(out.replace(/\s+/g, ' '), /the default of 16 KiB takes [\d.]+ MiB at worst in the same case/);
  t.match(out, /^ {4}max_container_log_line_size = 16384$/m);
  const file = join(t.testdir(), 'config.toml');
  writeFileSync(file, '[plugins.cri]\n  max_container_log_line_size = 65536\n');
  const kept = await asked('--budget', '512MiB', '--config', file);
  t.match(kept.replace(/\s+/g, ' '), 'The limit that is set, 64 KiB, is within the two: it may stay.');
  t.notMatch(kept, /^ {4}max_container/m);
  t.match(
    (await asked('--budget', '24MiB')).replace(/\s+/g, ' '),
    'That is the default, and right for nearly',
  );
  const tight = await asked('--budget', '16MiB');
  t.match(tight, /^ {4}max_container_log_line_size = (4096|8192)$/m);
});

t.test('mistakes name the option, what was expected and what was found', async (t) => {
  const cases: [argv: string[], message: RegExp | string][] = [
    [['--limit', 'many'], /^--limit: expected a size .*or -1 for no limit, found "many"$/],
    [['--limit', '5'], '--limit: expected 16 B or more, or -1 (with less containerd panics), found "5"'],
    [['--line', '1MiB..'], /^--line: expected a size/],
    [['--containers', '0'], /^--containers: expected a whole number from 1 to 100000, found "0"$/],
    [['--streams', '3'], '--streams: expected 1 or 2, found "3"'],
    [['--end', 'newlin'], '--end: expected newline or eof or kill, found "newlin"; did you mean newline?'],
    [['--runtime', 'podman'], /^--runtime: expected containerd or docker or cri-o, found "podman"/],
    [['--version', '1.0.3'], /^--version: expected containerd 1\.1\.2 or later, found 1\.0\.3/],
    [['--version', '9.9'], /^--version: expected containerd 1\.1\.2 to 2\.x, found 9\.9/],
    [['--write', '0'], '--write: expected a size from 1 B to 64 MiB, found "0"'],
    [['--reader', '6GiB'], '--reader: expected a size from 1 B to 64 MiB, found "6GiB"'],
    [
      ['--runtime', 'docker', '--limit', '1MiB'],
      /^--limit: expected the runtime containerd, .* found docker$/,
    ],
    [['--runtime', 'docker,cri-o', '--version', '2.0.0'], /^--version: expected the runtime containerd/],
    [['--real', 'containerd', '--containers', '1000'], /^--containers: expected at most 100 with --real/],
    [['--lines', '3', '--lengths', 'normal:3'], /^--lengths: expected fixed:SIZE, uniform/],
    [['--lines', '3', '--lengths', 'uniform:9..3'], /^--lengths: expected/],
    [['--lengths', 'fixed:3'], '--lengths: expected --lines with it, found --lengths alone'],
    [['--stop-at', '1GiB'], '--stop-at: expected --real or --command with it, found --stop-at alone'],
    [['--memory', '1GiB'], '--memory: expected --logs with it, found --memory alone'],
    [['--model', '--real', 'containerd'], /^--model and --real exclude each other/],
    [['--config', 'x', '--limit', '1KiB'], /^--config and --limit exclude each other/],
    [['--command', 'cat', '--limit', '1KiB'], /^--command and --limit exclude each other/],
    [['--command', ' '], /^--command: expected a command/],
    [['--command', 'cat', '--containers', '2'], /^--containers: expected 1 with --command/],
    [
      ['--logs', '-', '--runtime', 'docker'],
      /^--logs: expected the runtime containerd alone, found "docker"$/,
    ],
    [['--keep', '/no/such'], /^--keep: expected a directory/],
    [
      ['--line', '1..64TiB', '--limit', '1KiB..1GiB', '--version', '1.4,1.5,1.6,1.7,2.0'],
      /^expected at most 1000 combinations, found/,
    ],
    [['somewhere'], 'unexpected "somewhere"'],
  ];
  for (const [argv, message] of cases) {
    try {
      settings(...argv);
      t.fail(argv.join(' '));
    } catch (error) {
      t.ok(error instanceof UsageError, argv.join(' '));
      t.match((error as Error).message, message);
    }
  }
});

t.test('lengths of the lines in front', async (t) => {
  const lengths = (spec: string) => settings('--lines', '5', '--lengths', spec).fixed.before?.lengths;
  t.same(settings('--lines', '5').fixed.before, { count: 5, lengths: { kind: 'fixed', bytes: 100 } });
  t.same(lengths('uniform:10..4KiB'), { kind: 'uniform', minBytes: 10, maxBytes: 4096 });
  t.same(lengths('lognormal:200:1.5'), { kind: 'lognormal', medianBytes: 200, sigma: 1.5, maxBytes: 65_536 });
  t.match(lengths('lognormal:200:1.5:1MiB'), { maxBytes: MIB });
  t.equal(settings().fixed.before, null);
});

t.test('--version alone is that of leaktrail, with a value it picks the era', async (t) => {
  for (const argv of [['--version'], ['--version', '--model'], ['-V'], ['--model', '--version']]) {
    const io = fakeIo();
    t.equal(await run(['reproduce', 'line-buffer', ...argv], io), 0);
    t.match(io.out(), /^\d+\.\d+\.\d+\n$/, argv.join(' '));
  }
  t.same(settings('--version', '1.4.13,v2.1.4').axes.versions, ['1.4.13', '2.1.4']);
  t.same(settings('--version=1.6.20~ds1').axes.versions, ['1.6.20']);
  const io = fakeIo();
  t.equal(await run(['reproduce', 'line-buffer', '--version='], io), 2);
  t.equal(await run(['reproduce', 'line-buffer', '--version', 'latest'], io), 2);
  t.match(io.err(), '--version: expected one such as 1.6.20, or none, found "latest"');
});

t.test('reproduce alone lists what it can reproduce; an unknown defect is a mistake', async (t) => {
  for (const argv of [[], ['--help'], ['-h']]) {
    const io = fakeIo();
    t.equal(await run(['reproduce', ...argv], io), 0);
    t.match(io.out(), /^ {2}line-buffer +\S/m);
  }
  const cases = [
    ['line-bufer', 'reproduce: unknown defect "line-bufer"; did you mean line-buffer?'],
    ['toString', 'reproduce: unknown defect "toString"; expected one of line-buffer'],
  ] as const;
  for (const [word, message] of cases) {
    const io = fakeIo();
    t.equal(await run(['reproduce', word, '--limit', '5'], io), 2);
    t.match(io.err(), `${message}\nTry 'reproduce --help'.\n`);
  }
});

t.test('the help of a reproducer names every option within 80 columns', async (t) => {
  for (const argv of [
    ['reproduce', 'line-buffer', '--help'],
    ['help', 'reproduce', 'line-buffer'],
    ['reproduce', 'log-line-buffer', '-h'],
  ]) {
    const io = fakeIo();
    t.equal(await run(argv, io), 0);
    for (const { name } of LINE_BUFFER_OPTIONS) t.match(io.out(), `--${name}`);
    t.same(
      io
        .out()
        .split('\n')
        .filter((line) => line.length > 80),
      [],
    );
  }
});
