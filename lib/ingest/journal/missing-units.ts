/**
 * Units that are asked for and of which a journal has nothing, and a journal that has nothing at all: journalctl takes
 * any name, and says nothing for ever to one that was mistyped, that is a file's, or where no journal is kept.
 */
import { execFile } from 'node:child_process';
import { journalEnvironment, journalPlace } from './command-line.js';
import type { JournalOptions } from './types.js';

/** Gives what journalctl prints; rejects where it fails. */
export type AskJournalctl = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => Promise<string>;

const LONGEST_MS = 30_000;
const MOST_BYTES = 16 * 1024 * 1024;

const askJournalctl: AskJournalctl = (args, env) =>
  new Promise((resolve, reject) => {
    const limits = { cwd: '/', timeout: LONGEST_MS, maxBuffer: MOST_BYTES };
    execFile('journalctl', args, { ...limits, env }, (error, out) => (error ? reject(error) : resolve(out)));
  });

export interface Missing {
  /** journalctl finds no entry at all. */
  readonly everything: boolean;
  readonly units: readonly string[];
}

/** Nothing is missing where it cannot be known: no journalctl, no right to read. Never rejects. */
export async function missingIn(
  journal: Pick<JournalOptions, 'units' | 'directory' | 'file' | 'environment'>,
  ask: AskJournalctl = askJournalctl,
): Promise<Missing> {
  const { units = [] } = journal;
  const say = (...args: readonly string[]): Promise<string | null> =>
    ask([...args, '--no-pager', '--quiet', ...journalPlace(journal)], journalEnvironment(journal)).catch(
      () => null,
    );
  const said = await say('--field=_SYSTEMD_UNIT');
  if (said === null) return { everything: false, units: [] };
  const known = said.split('\n').filter((name) => name !== '');
  // Its entries need not be of units: those of the kernel are not, nor what came from another machine.
  if (known.length === 0 && (await say('--lines=1', '--output=cat')) === '')
    return { everything: true, units: [] };
  return { everything: false, units: units.filter((unit) => !known.some((name) => isMeant(unit, name))) };
}

/** As journalctl does: a name without a suffix is a service, `*` and `?` stand for others. */
function isMeant(unit: string, name: string): boolean {
  const pattern = unit
    .replace(/[.\\^$+{}()|[\]]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}(?:\\.service)?$`).test(name);
}
