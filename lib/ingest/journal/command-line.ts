/**
 * The arguments and the environment of journalctl. Each is there for a reason that its manual page does not always
 * tell; what was learned from running it stands beside it.
 */
import { resolve } from 'node:path';
import type { JournalOptions } from './types.js';

/** Where journalctl begins. */
export type Place =
  /** With that entry: it is the first one given, if it is still there and passes the filter. */
  | { readonly kind: 'cursor'; readonly cursor: string }
  | { readonly kind: 'since'; readonly micros: number }
  | { readonly kind: 'start' };

/**
 * What records are made of; journalctl adds the cursor and the times. To leave out the others saves a third of its
 * time, and entries with a core dump in them stay small.
 */
const FIELDS = [
  'MESSAGE',
  '_HOSTNAME',
  'SYSLOG_IDENTIFIER',
  '_COMM',
  '_PID',
  'SYSLOG_PID',
  '_SYSTEMD_UNIT',
  'CONTAINER_ID',
  'CONTAINER_ID_FULL',
  'CONTAINER_NAME',
];

/** journalctl up to 235 has no such option. */
export const FIELDS_OPTION = '--output-fields';

/** Name of a journal in reports: a path for another machine's. */
export function journalName({ directory, file }: JournalOptions): string {
  const files = file === undefined ? [] : typeof file === 'string' ? [file] : file;
  if (directory !== undefined && files.length > 0) {
    throw new TypeError('a journal is read from a directory or from files, not both: leave one of them out');
  }
  return directory ?? (files.length > 0 ? files.join(' ') : 'journal');
}

/** Which journal it is. */
export function journalPlace({ directory, file }: Pick<JournalOptions, 'directory' | 'file'>): string[] {
  const files = file === undefined ? [] : typeof file === 'string' ? [file] : file;
  // journalctl does not run where this process does.
  return [
    ...(directory === undefined ? [] : [`--directory=${resolve(directory)}`]),
    ...files.map((path) => `--file=${resolve(path)}`),
  ];
}

function common(options: JournalOptions, fields: readonly string[] | null): string[] {
  return [
    '--output=json',
    '--no-pager',
    // Without it a field of 4 KiB or more is null.
    '--all',
    ...(fields === null ? [] : [`${FIELDS_OPTION}=${fields.join(',')}`]),
    ...journalPlace(options),
    ...(options.units ?? []).map((unit) => `--unit=${unit}`),
  ];
}

/**
 * `--follow` alone means this boot only (252): what came before a reboot would be left out, and of another
 * machine's journal all boots but the last. Only `--merge` makes it read all boots. It also reads the journals
 * that other machines sent here, which is why this machine's id is asked for.
 */
function allBoots({ directory, file, machineId }: JournalOptions): string[] {
  if (directory !== undefined || file !== undefined) return ['--merge'];
  const id = machineId?.() ?? null;
  return id === null ? [] : ['--merge', `_MACHINE_ID=${id}`];
}

/** `narrow`: journalctl knows how to leave out fields. */
export function followArguments(options: JournalOptions, place: Place, narrow: boolean): string[] {
  const begin = {
    // Not --after-cursor: journalctl up to 249 leaves out the first entry that passes the filter, whichever it is.
    cursor: () => [`--cursor=${(place as { cursor: string }).cursor}`],
    since: () => {
      const { micros } = place as { micros: number };
      return [`--since=@${Math.floor(micros / 1e6)}.${String(Math.floor(micros % 1e6)).padStart(6, '0')}`];
    },
    start: () => [],
  }[place.kind]();
  // --no-tail: else the last ten entries only, even behind a cursor.
  return [
    ...common(options, narrow ? FIELDS : null),
    '--follow',
    '--no-tail',
    ...begin,
    ...allBoots(options),
  ];
}

/** The last entry that there is. */
export function lastEntryArguments(options: JournalOptions, narrow: boolean): string[] {
  return [...common(options, narrow ? ['_BOOT_ID'] : null), '--lines=1'];
}

export function journalEnvironment(
  options: Pick<JournalOptions, 'environment'>,
): Record<string, string | undefined> {
  return {
    ...(options.environment ?? process.env),
    // What it says is read here.
    LC_ALL: 'C',
    TZ: 'UTC',
    SYSTEMD_COLORS: '0',
    SYSTEMD_URLIFY: '0',
    SYSTEMD_LOG_LEVEL: 'info',
  };
}
