/** The ways in which lines reach analyze that are measured, one beside the other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scratch } from '../follow/scratch.js';
import { type RunningAnalyze, startAnalyze } from '../follow/start-analyze.js';
import type { WriterPlan } from './writer.js';

export interface Variant {
  readonly name: string;
  readonly files: number;
  readonly start: (place: Place) => Started;
}

export interface Place {
  readonly scratch: Scratch;
  readonly directory: string;
  /** Made already, empty. */
  readonly files: readonly string[];
  readonly plan: Omit<WriterPlan, 'targets' | 'form'>;
}

export interface Started {
  readonly analyze: RunningAnalyze;
  /** Gives the writer, which begins now. */
  readonly write: () => ChildProcess | null;
}

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));

function following(
  name: string,
  files: number,
  more: (directory: string) => readonly string[] = () => [],
): Variant {
  return {
    name,
    files,
    start: (place) => ({
      analyze: startAnalyze(place.scratch, {
        args: ['--follow', '--from-start', ...more(place.directory), join(place.directory, '*.log')],
      }),
      write: () => writer(place, place.files),
    }),
  };
}

function writer(place: Place, targets: readonly string[]): ChildProcess {
  const plan: WriterPlan = { ...place.plan, targets, form: 'syslog' };
  return place.scratch.own(spawn(process.execPath, [WRITER, JSON.stringify(plan)], { stdio: 'inherit' }));
}

function piped(): Variant {
  return {
    name: 'tail -f FILE | analyze',
    files: 1,
    start(place) {
      const tail = place.scratch.own(
        spawn('tail', ['-n', '+1', '-f', ...place.files], { stdio: ['ignore', 'pipe', 'inherit'] }),
      );
      const analyze = startAnalyze(place.scratch, { args: [], stdin: tail.stdout });
      return { analyze, write: () => writer(place, place.files) };
    },
  };
}

/** journalctl is played by the writer itself: a journal would add the time that its daemon takes. */
function journal(): Variant {
  return {
    name: '--journal (a journalctl that is played)',
    files: 0,
    start(place) {
      const plan: WriterPlan = { ...place.plan, targets: ['-'], form: 'journal' };
      const played = join(place.directory, 'journalctl');
      writeFileSync(
        played,
        `#!/bin/sh\ncase "$*" in *--follow*) ;; *) exit 0 ;; esac\nexec '${process.execPath}' '${WRITER}' '${JSON.stringify(plan)}'\n`,
      );
      chmodSync(played, 0o755);
      const analyze = startAnalyze(place.scratch, {
        args: ['--journal', '--from-start'],
        path: place.directory,
      });
      return { analyze, write: () => null };
    },
  };
}

const state = (directory: string) => ['--state', join(directory, 'state')];
const output = (directory: string) => ['--output', join(directory, 'out.ndjson')];

export const VARIANTS: readonly Variant[] = [
  following('--follow, one file', 1),
  following('--follow, 20 files', 20),
  following('--follow --output, one file', 1, output),
  following('--follow --state, one file', 1, state),
  following('--follow --state --output, 20 files', 20, (d) => [...state(d), ...output(d)]),
  piped(),
  journal(),
];
