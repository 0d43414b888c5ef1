/**
 * Disks that are full while an `analyze` follows a log: of bytes, of inodes, or read-only; under its state, under
 * its output, under both; with kills. It has to be said once, analysis has to go on, and when there is room again
 * everything must be whole and exact. Takes half a minute; needs root. Run by `npm run campaign:disk [-- NAME]`.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createScene, type Scene, type SceneOptions } from './disks/scene.js';
import { mountSmallDisk, type SmallDisk } from './disks/small-disk.js';
import { furnish, HOME, leftBehind, startInside } from './loggers/enclosure.js';

interface Round {
  readonly name: string;
  /** State and output lie on one disk. */
  readonly oneDisk?: true;
  readonly options?: Partial<SceneOptions>;
  play(scene: Scene, state: SmallDisk, output: SmallDisk): Promise<void>;
}

const LONGEST_SECONDS = 240;
const AT_ONCE = 3;

const ROUNDS: readonly Round[] = [
  {
    name: 'state: full before the first save',
    async play(scene, state) {
      state.fill();
      scene.fails('state');
      scene.start();
      await scene.write();
      await scene.write();
      state.free();
      await scene.works('state');
    },
  },
  {
    name: 'state: full in the middle, killed twice meanwhile',
    async play(scene, state) {
      scene.start();
      await scene.write();
      for (const _ of [1, 2]) {
        state.fill();
        scene.fails('state');
        await scene.write();
        await scene.kill();
        scene.start();
        await scene.write();
        state.free();
        await scene.works('state');
      }
      await scene.kill();
      scene.start();
    },
  },
  {
    name: 'output: full while it is written, killed meanwhile',
    async play(scene, _, output) {
      scene.start();
      await scene.write();
      output.fill();
      scene.fails('output');
      await scene.write();
      await scene.kill();
      scene.start();
      await scene.write();
      output.free();
      await scene.works('output');
      await scene.write();
      output.fill();
      scene.fails('output');
      await scene.write();
      output.free();
      await scene.works('output');
    },
  },
  {
    name: 'one disk: full and free by turns, killed at times',
    oneDisk: true,
    options: { maybeTwice: true, shares: 10 },
    async play(scene, disk) {
      scene.start();
      for (const isKilled of [false, true, false]) {
        await scene.write();
        disk.fill();
        scene.fails('state', 'output');
        await scene.write();
        if (isKilled) {
          await scene.kill();
          scene.start();
          await scene.write();
        }
        disk.free();
        await scene.works('state', 'output');
      }
    },
  },
  {
    name: 'no inodes: no new state, no new file after a rotation',
    oneDisk: true,
    async play(scene, disk) {
      scene.start();
      await scene.write();
      disk.fillInodes();
      await scene.rotateOutput();
      scene.fails('state', 'output');
      await scene.write();
      disk.free();
      await scene.works('state', 'output');
      await scene.kill();
      scene.start();
    },
  },
  {
    name: 'state: read-only, killed meanwhile',
    async play(scene, state) {
      scene.start();
      await scene.write();
      await state.readOnly();
      scene.fails('state');
      await scene.write();
      await scene.kill();
      scene.start();
      await scene.write();
      state.writable();
      await scene.works('state');
    },
  },
  {
    name: 'both read-only when it starts',
    oneDisk: true,
    async play(scene, disk) {
      scene.start();
      await scene.write();
      await scene.kill();
      await disk.readOnly();
      scene.fails('state', 'output');
      scene.start();
      await scene.write();
      disk.writable();
      await scene.works('state', 'output');
    },
  },
  {
    name: 'ended while both are full',
    oneDisk: true,
    options: { maybeTwice: true },
    async play(scene, disk) {
      scene.start();
      await scene.write();
      disk.fill();
      scene.fails('state', 'output');
      await scene.write();
      await scene.end();
      scene.start();
      await scene.write();
      disk.free();
      await scene.works('state', 'output');
    },
  },
  {
    name: 'output: full for longer than lines may wait',
    options: { containers: 700, shares: 1, givesUp: true },
    async play(scene, _, output) {
      scene.start();
      output.fill();
      scene.fails('output');
      await scene.write();
      output.free();
      await scene.works('output');
    },
  },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function play(round: Round, number: number): Promise<boolean> {
  const directory = join(HOME, `${number}`);
  mkdirSync(directory);
  const state = mountSmallDisk(join(directory, 'state'));
  const output = round.oneDisk ? state : mountSmallDisk(join(directory, 'output'));
  const scene = createScene({
    directory,
    state: join(state.path, 'state'),
    output: join(output.path, 'incidents.ndjson'),
    containers: 40,
    shares: 6,
    ...round.options,
  });
  const began = performance.now();
  const faults = await round
    .play(scene, state, output)
    .then(() => scene.finish())
    .catch((error: unknown) => [String(error)]);
  state.free();
  output.free();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  say(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${round.name}, ${seconds} s`);
  for (const fault of faults.slice(0, 20)) say(`       ${fault}`);
  return faults.length === 0;
}

async function inside(names: readonly string[]): Promise<number> {
  furnish();
  const waiting = ROUNDS.filter(
    ({ name }) => names.length === 0 || names.some((each) => name.includes(each)),
  );
  let failed = 0;
  let number = 0;
  const work = async (): Promise<void> => {
    for (let round = waiting.shift(); round !== undefined; round = waiting.shift())
      if (!(await play(round, number++))) failed++;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  say(`${number} rounds, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** What is missing on this machine, null where it can run. */
function unavailable(): string | null {
  if (process.getuid?.() !== 0) return 'it needs root';
  try {
    execFileSync('unshare', ['--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'pipe',
    });
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
  } catch (error) {
    return `nothing can be mounted here: ${(error as Error).message.trim()}`;
  }
  return null;
}

async function outside(names: readonly string[]): Promise<number> {
  const reason = unavailable();
  if (reason !== null) {
    say(`left out: ${reason}`);
    return 0;
  }
  const child = startInside(fileURLToPath(import.meta.url), ['inside', ...names]);
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_SECONDS * 1000);
  const [code] = await once(child, 'exit');
  clearTimeout(late);
  const left = leftBehind();
  if (left.length > 0) say(`FAILED something is left behind\n       ${left.join('\n       ')}`);
  return code === 0 && left.length === 0 ? 0 : 1;
}

const [first, ...rest] = process.argv.slice(2);
process.exit(first === 'inside' ? await inside(rest) : await outside(process.argv.slice(2)));
