/**
 * Runs the rooms of the tests, each in a process of its own and one more at once than there are cores, and tells in
 * TAP how each ended; of a room that failed only what failed. Run by `npm test`; `npm test -- scan cli` runs these two.
 * tap's own runner is for one file, `npx tap dist/test/scan/scanner.test.js`: it loads a recorder of modules into each
 * process and into all that the process starts, and reads every assertion once more: a sixth of the whole time.
 */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Of a room, s: far more than any takes. */
const TIME_LIMIT = 400;
const here = fileURLToPath(new URL('.', import.meta.url));
/** What is as it should be, and what only leads to it. What a test says about itself, such as its seed, is told. */
const UNTOLD = /^\s*(?:ok \d|\d+\.\.\d|# Subtest|# time=|TAP version|# \{|$)/;

interface Ran {
  readonly output: string;
  readonly seconds: number;
  /** Why it is no success; null where it is one. */
  readonly failure: string | null;
  /** Assertions as tap sums them up: `total`, `pass`, `fail`, `skip`. */
  readonly sums: ReadonlyMap<string, number>;
}

/** Files such as `scan/all.js`, those with the most to run first: the last one to end has nothing beside it. */
function roomsIn(directory: string): readonly string[] {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const bytes = (room: string): number =>
    found
      .filter((file) => file.endsWith('.test.js') && file.startsWith(room.replace(/all[^/]*$/, '')))
      .reduce((sum, file) => sum + statSync(directory + file).size, 0);
  return found
    .filter((file) => /^\w+(?:-\w+)*\/all[^/]*\.js$/.test(file))
    .map((file) => ({ file, size: bytes(file) }))
    .toSorted((a, b) => b.size - a.size)
    .map(({ file }) => file);
}

function run(room: string): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, [here + room], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP_TIMEOUT: String(TIME_LIMIT) },
    // Where it is too busy to end itself.
    timeout: (TIME_LIMIT + 10) * 1000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const summary = /^# \{ (total: \d+.*) \}$/m.exec(output)?.[1];
      const sums = new Map(
        summary
          ?.split(', ')
          .map((sum) => sum.split(': ') as [string, string])
          .map(([name, n]) => [name, Number(n)]),
      );
      const failure =
        signal !== null
          ? `ended by ${signal}`
          : code !== 0
            ? `exit code ${code}`
            : summary === undefined
              ? 'ended before its summary'
              : null;
      resolve({ output, seconds: (performance.now() - began) / 1000, failure, sums });
    });
  });
}

const named = process.argv.slice(2);
const all = roomsIn(here);
const folderOf = (room: string): string => room.replace(/\/.*/, '');
const unknown = named.filter((name) => !all.some((room) => folderOf(room) === name));
if (unknown.length > 0) {
  const folders = [...new Set(all.map(folderOf))].toSorted();
  console.error(`no tests in ${unknown.join(', ')}: name some of ${folders.join(', ')}, or none for all`);
  process.exit(2);
}
const rooms = all.filter((room) => named.length === 0 || named.includes(folderOf(room)));
const total = new Map<string, number>();
const waiting = [...rooms];
let ended = 0;
console.log('TAP version 14');
async function work(): Promise<void> {
  for (let room = waiting.shift(); room !== undefined; room = waiting.shift()) {
    const { output, seconds, failure, sums } = await run(room);
    for (const [name, count] of sums) total.set(name, (total.get(name) ?? 0) + count);
    const name = room.replace(/\.js$/, '').replace(/\/all$/, '');
    console.log(`${failure === null ? 'ok' : 'not ok'} ${++ended} - ${name} # time=${seconds.toFixed(1)} s`);
    if (failure === null) continue;
    process.exitCode = 1;
    const told = output.split('\n').filter((line) => !UNTOLD.test(line));
    for (const line of [...told, `${failure}; all it said: node dist/test/${room}`])
      console.log(`    ${line}`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
console.log(`1..${rooms.length}`);
// As tap says it, over all of them.
console.log(`# { ${[...total].map(([name, count]) => `${name}: ${count}`).join(', ')} }`);
