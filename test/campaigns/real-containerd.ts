/**
 * Runs the private containerd for real and checks what cannot be checked without it: growth without a limit, none
 * with one, and that nothing is left behind, not even by a run that was killed. Takes about a minute; needs root,
 * containerd, runc and a static busybox. Run by `npm run campaign:containerd`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { model } from '../../bench/line-buffer/model/model.js';
import { ENCLOSURE_PARENT, RealUnavailable, runReal } from '../../bench/line-buffer/real/index.js';
import type { RealOptions, RealOutcome } from '../../bench/line-buffer/real/types.js';
import type { Workload } from '../../bench/line-buffer/types.js';

const MIB = 2 ** 20;
const NAME = 'leaktrail-real-';
const OURS = join(ENCLOSURE_PARENT, NAME);

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

/** Everything of ours that this machine still has. */
async function leftBehind(): Promise<readonly string[]> {
  const left = (await readdir(ENCLOSURE_PARENT)).filter((name) => name.startsWith(NAME));
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  left.push(...mounts.filter((line) => line.includes(OURS)));
  for (const entry of await readdir('/sys/fs/cgroup', { recursive: true })) {
    if (entry.includes(NAME)) left.push(`/sys/fs/cgroup/${entry}`);
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (command.includes(OURS) || directory.includes(OURS)) left.push(`process ${pid}: ${command}`);
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
}

async function killedInTheMiddle(): Promise<void> {
  say('# killed with SIGKILL while printing');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'victim'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes('printing')) break;
  await pause(500);
  check('something is there to be left behind', (await leftBehind()).length > 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await nothingLeft(20);
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
  await killedInTheMiddle();
}

if (process.argv[2] === 'victim') {
  await runReal(workload({ paceBytesPerSecond: 5 * MIB }), { onStage: say });
} else {
  await campaign().catch((error: unknown) => {
    if (!(error instanceof RealUnavailable)) throw error;
    say(`left out: ${error.message}`);
  });
  say(failures === 0 ? 'all as expected' : `${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
}
