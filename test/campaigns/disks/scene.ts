/**
 * A growing log, an `analyze` that follows it, and the disks of its state and of its output, which get full and free
 * again; and at the end, what all of its runs said held against what the log holds.
 */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MEMORY_SCHEMA } from '../../../lib/analysis/memory.js';
import { decodeState } from '../../../lib/checkpoint/state-file.js';
import { containerOf, exitOf, type Service, startService, stopCall } from '../../cli/service-process.js';
import { until } from '../loggers/until.js';

type Trouble = 'state' | 'output';

const COMPLAINTS: Readonly<Record<Trouble, { readonly begins: string; readonly ends: string }>> = {
  state: { begins: 'the state could not be saved', ends: 'is saved again' },
  output: { begins: 'cannot be written', ends: 'is written again' },
};

/** Stop calls of each container. */
const CALLS = 5;
const MINUTE = 60_000;
/** It looks once a second at most whether its output was moved. */
const NOTICED_MS = 1_100;

export interface Scene {
  start(): void;
  /** The next share of the log, of which there are news. */
  write(): Promise<void>;
  /** The disk takes nothing any more; it is waited for that this is said when there are news. */
  fails(...what: Trouble[]): void;
  /** It takes again, which is waited for to be said. */
  works(...what: Trouble[]): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM. */
  end(): Promise<void>;
  rotateOutput(): Promise<void>;
  /** Ends the last run, and tells what is wrong. */
  finish(): Promise<readonly string[]>;
}

export interface SceneOptions {
  readonly directory: string;
  readonly state: string;
  readonly output: string;
  readonly containers: number;
  readonly shares: number;
  /** What was told on standard output may come twice: a run was killed that could say it nowhere else. */
  readonly maybeTwice?: boolean;
  /** More waits than may: so many lines are missing as were said to be given up. */
  readonly givesUp?: boolean;
}

export function createScene(options: SceneOptions): Scene {
  const { containers, directory, output, shares, state } = options;
  const log = join(directory, 'messages');
  const text = linesOf(containers);
  const share = Math.ceil(text.length / shares);
  const failing = new Set<Trouble>();
  /** By the present run. */
  const complained = new Set<Trouble>();
  const expected = { state: { begins: 0, ends: 0 }, output: { begins: 0, ends: 0 } };
  const faults: string[] = [];
  const runs: Service[] = [];
  let written = 0;
  let rotated = 0;
  writeFileSync(log, '');

  /** How often the present run has said it. */
  const saidBy = (words: string): number => now().err().split(words).length - 1;
  const now = (): Service => runs.at(-1) as Service;

  const isInOutput = (words: string): boolean =>
    existsSync(output) && readFileSync(output, 'utf8').includes(words);

  async function complaints(): Promise<void> {
    for (const what of failing) {
      if (complained.has(what)) continue;
      const { begins, ends } = COMPLAINTS[what];
      await now().until(`${what}: ${begins}`, () => saidBy(begins) > saidBy(ends));
      complained.add(what);
      expected[what].begins++;
    }
  }

  return {
    start() {
      const kept = ['--state', state, '--output', output];
      runs.push(
        startService(['--follow', log, '--from-start', '--format', 'ndjson', '--fail-on', 'never', ...kept]),
      );
      complained.clear();
    },
    async write() {
      const more = text.slice(written, written + share);
      written += more.length;
      appendFileSync(log, more.join(''));
      // The last of this share that can be certain by now: a run without it has not read everything.
      const last = containersTold(written / text.length, containers);
      await now().until(`container ${last}`, (out) => out.includes(containerOf(last)));
      // Standard output is a moment ahead of the file: killed in it, the next run would not know.
      if (!failing.has('output'))
        await until(`container ${last} in the output`, () => isInOutput(containerOf(last)));
      await complaints();
    },
    fails(...what) {
      for (const each of what) failing.add(each);
    },
    async works(...what) {
      for (const each of what) {
        failing.delete(each);
        if (!complained.delete(each)) continue;
        const { begins, ends } = COMPLAINTS[each];
        await now().until(`${each}: ${ends}`, () => saidBy(begins) === saidBy(ends));
        expected[each].ends++;
      }
    },
    async kill() {
      await now().end('SIGKILL');
    },
    async end() {
      const began = performance.now();
      const code = await now().end('SIGTERM');
      const ms = performance.now() - began;
      // What could not be saved or written at the end is no success.
      const expectedCode = failing.size > 0 ? 70 : 0;
      if (code !== expectedCode) faults.push(`exit code ${code}, not ${expectedCode}`);
      if (ms > 3_000) faults.push(`SIGTERM took ${Math.round(ms)} ms`);
    },
    async rotateOutput() {
      renameSync(output, `${output}.${++rotated}`);
      await pause(NOTICED_MS);
    },
    async finish() {
      while (written < text.length) await this.write();
      const end = '"state":"resolved"';
      await now().until('the last line', (out) => out.includes(end));
      await until(
        'the last line in the output',
        () => existsSync(output) && readFileSync(output, 'utf8').includes(end),
      );
      await this.end();
      const said = runs.map((run) => run.err()).join('');
      for (const what of ['state', 'output'] as const)
        for (const when of ['begins', 'ends'] as const) {
          const words = COMPLAINTS[what][when];
          const times = said.split(words).length - 1;
          if (times !== expected[what][when])
            faults.push(`"${words}" was said ${times} times, not ${expected[what][when]}:\n${said}`);
        }
      for (const copy of [state, `${state}.previous`]) faults.push(...stateFaults(copy));
      const outputs = filesOf(output).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
      for (const { path, text: lines } of outputs) faults.push(...lineFaults(path, lines));
      const whole = outputs.map(({ text: lines }) => lines).join('');
      const log = { lines: text.length, bytes: text.join('').length, incidents: containers + 1 };
      const missing = tellingFaults('--output', whole, log, {
        mayRepeat: false,
        missing: options.givesUp === true,
      });
      faults.push(...missing.faults);
      const out = tellingFaults('standard output', runs.map((run) => run.out()).join(''), log, {
        mayRepeat: options.maybeTwice === true,
        missing: false,
      });
      faults.push(...out.faults);
      if (options.givesUp) {
        const given = Number(
          /; (\d[\d,]*) lines? had to be given up/.exec(said)?.[1]?.replaceAll(',', '') ?? 0,
        );
        if (given === 0 || out.updates - missing.updates !== given)
          faults.push(
            `${out.updates - missing.updates} updates are missing, ${given} were said to be given up`,
          );
      }
      return faults;
    },
  };
}

/** Containers whose second stop call at least stands in this part of the log. */
function containersTold(part: number, containers: number): number {
  return Math.max(1, Math.floor(part * (containers + CALLS)) - CALLS);
}

/** Containers that get stuck one after the other, and the exit of the last: there are news in every part of it. */
function linesOf(containers: number): readonly string[] {
  const started = Date.UTC(2026, 10, 21, 10);
  const dated: [number, string][] = [];
  for (let n = 1; n <= containers + 1; n++)
    for (let call = 0; call < CALLS; call++) {
      const ms = started + (n + call) * MINUTE;
      const [force, kill] = stopCall(n, ms);
      dated.push([ms, force], [ms + 10_000, kill]);
    }
  const end = started + (containers + 1 + CALLS) * MINUTE;
  return dated
    .toSorted(([a], [b]) => a - b)
    .flatMap(([ms, line]) => [
      line,
      `${new Date(ms).toISOString()} node1 systemd[1]: Started Session 7 of user root.`,
    ])
    .concat(exitOf(containers + 1, end))
    .map((line) => `${line}\n`);
}

function filesOf(path: string): string[] {
  const names = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(basename(path)) && !name.endsWith('.lock'),
  );
  return names
    .map((name) => join(dirname(path), name))
    .toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
}

function stateFaults(path: string): string[] {
  if (!existsSync(path)) return [`${path}: is not there`];
  const { kind } = decodeState(readFileSync(path), MEMORY_SCHEMA);
  const left = existsSync(`${path}.tmp`) ? [`${path}.tmp: is left behind`] : [];
  return kind === 'whole' ? left : [`${path}: ${kind}`, ...left];
}

function lineFaults(path: string, text: string): string[] {
  if (text !== '' && !text.endsWith('\n')) return [`${path}: ends with half a line`];
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line, index) => {
      try {
        return typeof JSON.parse(line) === 'object' ? [] : [`${path}:${index + 1}: no object`];
      } catch {
        return [`${path}:${index + 1}: ${JSON.stringify(line.slice(0, 80))}`];
      }
    });
}

interface Said {
  readonly [field: string]: unknown;
}

/** What was told; a report at the end lists every incident once more. */
function tellingFaults(
  where: string,
  ndjson: string,
  log: { readonly lines: number; readonly bytes: number; readonly incidents: number },
  { mayRepeat, missing }: { readonly mayRepeat: boolean; readonly missing: boolean },
): { readonly faults: string[]; readonly updates: number } {
  const objects = ndjson
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Said);
  const faults: string[] = [];
  const finals = new Set<number>();
  objects.forEach(({ type, incidents }, index) => {
    if (type !== 'summary') return;
    const count = Object.values(incidents as Record<string, number>).reduce((sum, each) => sum + each, 0);
    for (let at = index - count; at <= index; at++) finals.add(at);
  });
  const updates = objects.filter((_, index) => !finals.has(index));
  const seen = new Set<string>();
  for (const { certainty, id, state } of updates) {
    const key = `${id} ${state} ${certainty}`;
    if (seen.has(key) && !mayRepeat) faults.push(`${where}: told twice: ${key}`);
    seen.add(key);
  }
  const announced = new Set(objects.filter(({ type }) => type === 'incident').map(({ id }) => id)).size;
  if (announced !== log.incidents) faults.push(`${where}: ${announced} of ${log.incidents} incidents`);
  const told = new Set(updates.map(({ id }) => id)).size;
  if (told !== log.incidents && !missing)
    faults.push(`${where}: ${told} of ${log.incidents} incidents when they came`);
  const last = objects.slice(-1 - log.incidents, -1);
  for (const { attempts, id } of last)
    if (attempts !== CALLS) faults.push(`${where}: ${id}: ${attempts} attempts`);
  const summary = objects.at(-1);
  for (const name of ['lines', 'bytes'] as const)
    if (summary?.[name] !== log[name])
      faults.push(`${where}: ${summary?.[name]} ${name} counted, ${log[name]} written`);
  return { faults, updates: updates.length };
}
