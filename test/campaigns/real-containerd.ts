/**
 * Runs the private containerd for real and checks what cannot be checked without it: growth without a limit, none
 * with one, and that nothing is left behind, not even by a run that was killed. Takes about three minutes; needs root,
 * containerd, runc and a static busybox. Run by `npm run campaign:containerd`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import split2 from 'split2';
import { model } from '../../bench/line-buffer/model/model.js';
import { ENCLOSURE_PARENT, RealUnavailable, runReal } from '../../bench/line-buffer/real/index.js';
import type { RealOptions, RealOutcome } from '../../bench/line-buffer/real/types.js';
import type { Workload } from '../../bench/line-buffer/types.js';

const MIB = 2 ** 20;
const NAME = 'leaktrail-real-';
const HOME = join(ENCLOSURE_PARENT, 'leaktrail');
/** Containerd's own directory on the host, which a run does not make, remove or change. */
const RUN_DIRECTORY = '/run/containerd';

const workload = (changes: Partial<Workload>): Workload => ({
  runtime: 'containerd',
  version: '1.6.20',
  limitBytes: -1,
  lineBytes: 200 * MIB,
  end: 'newline',
  before: null,
  containers: 1,
  streams: 1,
  writeBytes: 65_536,
  readerBytes: 4096,
  paceBytesPerSecond: null,
  seed: 1,
  ...changes,
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let failures = 0;

function check(what: string, holds: boolean): void {
  if (!holds) failures += 1;
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
}

/** `real` within 15 % of `expected`. */
function near(what: string, real: number, expected: number): void {
  const ratio = real / expected;
  check(
    `${what}: ${(real / MIB).toFixed(1)} MiB, model ${(expected / MIB).toFixed(1)} MiB`,
    Math.abs(ratio - 1) <= 0.15,
  );
}

async function run(
  title: string,
  changes: Partial<Workload>,
  options: RealOptions = {},
): Promise<RealOutcome> {
  say(`# ${title}`);
  const outcome = await runReal(workload(changes), options);
  await nothingLeft();
  return outcome;
}

/** What the host's own containerd has: when it was made and changed, and what is in it; null: there is none. */
async function hostRunDirectory(): Promise<string | null> {
  const found = await stat(RUN_DIRECTORY).catch(() => null);
  if (found === null) return null;
  return JSON.stringify([found.ino, found.ctimeMs, (await readdir(RUN_DIRECTORY)).sort()]);
}

const hostBefore = await hostRunDirectory();

/** Everything of ours that this machine still has. */
async function leftBehind(): Promise<readonly string[]> {
  const left: string[] = [];
  if (await stat(HOME).catch(() => null)) left.push(HOME, ...(await readdir(HOME).catch(() => [])));
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  left.push(...mounts.filter((line) => line.includes(HOME)));
  for (const entry of await readdir('/sys/fs/cgroup', { recursive: true })) {
    if (entry.includes(NAME)) left.push(`/sys/fs/cgroup/${entry}`);
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    const ours = command.includes(HOME) || directory.includes(HOME) || environment.includes(`RUNS=${HOME}`);
    if (ours) left.push(`process ${pid}: ${command}`);
  }
  return left;
}

async function nothingLeft(seconds = 0): Promise<void> {
  const until = performance.now() + seconds * 1000;
  let left = await leftBehind();
  while (left.length > 0 && performance.now() < until) {
    await pause(100);
    left = await leftBehind();
  }
  check(`nothing is left behind ${left.join('\n       ')}`.trimEnd(), left.length === 0);
  check(`${RUN_DIRECTORY} of the host is as before`, (await hostRunDirectory()) === hostBefore);
}

interface Victim {
  readonly child: ChildProcess;
  /** Resolves when that stage has begun. */
  readonly reached: (stage: string) => Promise<void>;
}

/** A run in a process of its own: what it says of its stages comes over its standard output. */
function startVictim(): Victim {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'victim'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = child.stdout.pipe(split2());
  return {
    child,
    reached: async (stage) => {
      for await (const line of lines) if (line === stage) return;
      throw new Error(`the run ended before the stage "${stage}"`);
    },
  };
}

/** A moment into each stage, so that it is under way. */
const STAGES = [
  ['starting a private containerd', 100],
  ['starting the containers', 300],
  ['printing', 500],
  ['ending the line', 20],
  ['cleaning up', 10],
] as const;

async function killedInTheMiddle(): Promise<void> {
  for (const [stage, milliseconds] of STAGES) {
    say(`# killed with SIGKILL: ${stage}`);
    const { child, reached } = startVictim();
    const ended = once(child, 'exit');
    await reached(stage);
    await pause(milliseconds);
    if (stage !== 'cleaning up') {
      check('something is there to be left behind', (await leftBehind()).length > 0);
    }
    child.kill('SIGKILL');
    const [, signal] = await ended;
    check('it was killed before its end', signal === 'SIGKILL');
    await nothingLeft(20);
  }
}

async function twoAtOnce(): Promise<void> {
  say('# two at once');
  const stages: string[] = [];
  const options: RealOptions = { restSeconds: 1, onStage: (stage) => stages.push(stage) };
  const both = await Promise.allSettled([
    runReal(workload({ lineBytes: 20 * MIB }), options),
    runReal(workload({ lineBytes: 20 * MIB }), options),
  ]);
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  check(
    `one is refused: ${refused}`,
    refused.length === 1 && /another run .* is under way/.test(`${refused}`),
  );
  check('the other one goes through its stages', new Set(stages).size === stages.length);
  await nothingLeft();

  const { child, reached } = startVictim();
  await reached('printing');
  const late = await runReal(workload({})).catch((error: Error) => error.name);
  check('a second process is refused while the first one prints', late === 'RealUnavailable');
  child.kill('SIGKILL');
  const next = await runReal(workload({ lineBytes: 20 * MIB }), { restSeconds: 1 });
  check('right after the first one was killed it can run', next.fullRecords === 1);
  await nothingLeft();
}

/** Whatever of the caller's own throws, and whenever. */
async function callbacksThatThrow(): Promise<void> {
  for (const [stage] of STAGES) {
    say(`# a callback that throws: ${stage}`);
    const failure = new Error('of the caller');
    const onStage = (now: string): void => {
      if (now === stage) throw failure;
    };
    const ended = await runReal(workload({ lineBytes: 20 * MIB }), { onStage, restSeconds: 1 }).then(
      () => null,
      (error: unknown) => error,
    );
    check(
      'the error is passed on, but for the last stage',
      ended === (stage === 'cleaning up' ? null : failure),
    );
    await nothingLeft();
  }
}

async function abortedWhileStarting(): Promise<void> {
  say('# aborted in a call to containerd');
  const controller = new AbortController();
  let at = 0;
  const ended = await runReal(workload({}), {
    signal: controller.signal,
    onStage: (stage) => {
      if (stage !== 'starting the containers') return;
      setTimeout(() => {
        at = performance.now();
        controller.abort();
      }, 30);
    },
  }).catch((error: Error) => error);
  const seconds = (performance.now() - at) / 1000;
  check(
    `for the reason given, in ${seconds.toFixed(1)} s`,
    ended === controller.signal.reason && seconds < 10,
  );
  await nothingLeft();
}

async function campaign(): Promise<void> {
  const newline = await run('no limit, newline', {});
  const expected = model(workload({}));
  near('held while open', newline.heldBytes, expected.heldBytes);
  near('retained after the newline', newline.retainedBytes, expected.retainedBytes);
  near('resident while open', newline.openRssBytes, expected.openRssBytes);
  near('resident at most', newline.peakRssBytes, expected.peakRssBytes);
  check('one full record', newline.fullRecords === 1 && newline.partialRecords === 0);

  const killed = await run('no limit, killed', { end: 'kill', lineBytes: 100 * MIB });
  check(
    'one partial record, and the heap is free',
    killed.partialRecords === 1 && killed.retainedBytes < 2 * MIB,
  );

  const flat = await run('limit 16384', { limitBytes: 16_384 });
  check('flat: less than 16 MiB', flat.peakRssBytes < 16 * MIB);
  check('12799 partial records and a full one', flat.partialRecords === 12_799 && flat.fullRecords === 1);

  const two = await run('two containers with two streams', {
    containers: 2,
    streams: 2,
    lineBytes: 20 * MIB,
  });
  near('held while open', two.heldBytes, 80 * MIB);

  const stopped = await run('stopped early', { lineBytes: 400 * MIB }, { stopAtBytes: 64 * MIB });
  check('less was printed', stopped.stoppedEarly && stopped.fedBytes < 200 * MIB);

  say('# aborted');
  const reason = new Error('enough');
  const aborted = await runReal(workload({}), { signal: AbortSignal.timeout(0) }).catch(
    (error: Error) => error.name,
  );
  check('before it began', aborted === 'TimeoutError');
  const controller = new AbortController();
  const ended = await runReal(workload({}), {
    signal: controller.signal,
    onSample: ({ fedBytes }) => fedBytes > 50 * MIB && controller.abort(reason),
  }).catch((error) => error);
  check('while it printed, for the reason given', ended === reason);
  await nothingLeft();
  await abortedWhileStarting();
  await callbacksThatThrow();
  await twoAtOnce();
  await killedInTheMiddle();
}

if (process.argv[2] === 'victim') {
  await runReal(workload({ lineBytes: 60 * MIB, paceBytesPerSecond: 60 * MIB }), { onStage: say });
} else {
  await campaign().catch((error: unknown) => {
    if (!(error instanceof RealUnavailable)) throw error;
    say(`left out: ${error.message}`);
  });
  say(failures === 0 ? 'all as expected' : `${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
}
