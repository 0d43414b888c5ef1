/** States to save, and the opening of a state on a pretended disk. */
import { type CheckpointFile, openCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import type { Processes, ProcessIdentity } from '../../lib/checkpoint/process-identity.js';
import type { Checkpoint } from '../../lib/checkpoint/types.js';
import type { ModelDisk } from './model-disk.js';

export const STATE = '/s/state';

export function stateOf(generation: number): Checkpoint {
  const container = { id: `fef3e1fbee1${generation}` };
  return {
    sources: [
      {
        kind: 'journal',
        key: 'journal',
        name: 'journal',
        cursor: `s=${generation}`,
        position: { offset: generation * 1000, line: generation, before: '' },
      },
    ],
    incidents: [
      {
        id: `stuck-stop-fef3e1fbee14-${generation}`,
        defect: 'stuck-stop',
        state: 'open',
        certainty: 'likely',
        attempts: generation,
        firstSeen: '2023-05-01T03:03:37Z',
      },
    ],
    output: null,
    told: { count: 0, pending: [] },
    memory: { generation, never: Infinity, books: new Map([[container.id, container]]), last: container },
  };
}

export function generationOf(checkpoint: Checkpoint | null): number | null {
  return (checkpoint?.memory as { generation: number } | undefined)?.generation ?? null;
}

/** Processes of one machine, of which those with these numbers run. */
export function processesOf(pid: number, running: ReadonlySet<number> = new Set([pid])): Processes {
  const self: ProcessIdentity = { pid, start: String(pid * 100), boot: 'b', namespace: '1' };
  return {
    self,
    look: (other) => (other.namespace !== '1' ? 'unknown' : running.has(other.pid) ? 'runs' : 'gone'),
  };
}

let lastPid = 1;

/** By a process of its own: all others are gone. */
export function openOn(disk: ModelDisk, memorySchema = 3): CheckpointFile {
  return openCheckpoint(STATE, {
    fs: disk.fs,
    now: () => Date.UTC(2026, 0, 2),
    processes: processesOf(++lastPid),
    memorySchema,
    program: '0.1.0',
  });
}

/** Loads the state of a disk and makes sure that it can be saved. */
export async function generationOn(disk: ModelDisk): Promise<number | null> {
  const state = openOn(disk);
  const { checkpoint } = await state.load();
  await state.save(() => stateOf(99));
  await state.close();
  return generationOf(checkpoint);
}
