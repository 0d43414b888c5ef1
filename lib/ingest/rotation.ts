/**
 * Recognises rotated copies of one log by their names, and puts them in order, oldest first: `messages.2.gz`,
 * `messages-20230507`, `kern.log.1`, `foo-20230507.log`, `kubelet.INFO.20230501-101112.77`. Only names that
 * were given are looked at; a sibling that nobody named is never read.
 */
import { basename, dirname, join } from 'node:path';

/** A named regular file, as far as its place among its copies goes. */
export interface NamedFile {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface RotatedGroup<File> {
  /** Name of the live log, named or not. */
  readonly name: string;
  /** Oldest first, the live log last. */
  readonly files: readonly File[];
}

/** Place of a copy among its siblings: the live log, the n-th before it, or the one of a date. */
type Copy =
  | { readonly kind: 'live' }
  | { readonly kind: 'number'; readonly number: number }
  | {
      readonly kind: 'date';
      /** yyyymmdd, then what follows it in order: time of day, fraction, pid. */
      readonly date: readonly number[];
    };

interface Place {
  /** Name of the live log this would be a copy of. */
  readonly live: string;
  readonly copy: Copy;
}

const DAY = String.raw`(?:19|20)\d\d(?<dash>-?)(?:0[1-9]|1[0-2])\k<dash>(?:0[1-9]|[12]\d|3[01])`;
/** Time of day, seconds since the epoch, fraction, pid: whatever digits a rotator appends. */
const REST = String.raw`(?:[-T_.]?\d[\d:.-]*)?`;
/** logrotate's `extension` and lumberjack keep the ending last: `foo-20230507.log`. */
const DATED = new RegExp(`^(?<stem>.+?)[-._](?<day>${DAY})(?<rest>${REST})(?<extension>\\.[A-Za-z]\\w*)?$`);
const EPOCH = /^(.+)-(1\d{9})$/;
const NUMBERED = /^(.+)\.(\d{1,4})(\.log)?$/;

/** Groups come in the order in which the first of their files was named. */
export function groupRotated<File extends NamedFile>(files: readonly File[]): RotatedGroup<File>[] {
  const named = new Set(files.map(({ name }) => plainName(name)));
  const groups = new Map<string, { readonly file: File; readonly copy: Copy }[]>();
  for (const file of files) {
    const { live, copy } = placeOf(plainName(file.name), named);
    const group = groups.get(live);
    if (group === undefined) groups.set(live, [{ file, copy }]);
    else group.push({ file, copy });
  }
  return [...groups].map(([live, members]) => {
    if (members.length === 1)
      return { name: members[0]?.file.name ?? live, files: members.map(({ file }) => file) };
    const mixed = new Set(members.map(({ copy }) => copy.kind).filter((kind) => kind !== 'live')).size > 1;
    members.sort((a, b) => {
      const byLive = Number(a.copy.kind === 'live') - Number(b.copy.kind === 'live');
      return (
        byLive ||
        (mixed ? 0 : compareCopies(a.copy, b.copy)) ||
        a.file.modified - b.file.modified ||
        compareTexts(a.file.name, b.file.name)
      );
    });
    return { name: live, files: members.map(({ file }) => file) };
  });
}

/** Two names with the same plain name are one copy, before and after it was compressed. */
export function plainName(name: string): string {
  return join(dirname(name), basename(name).replace(/(?<=.)\.gz$/i, ''));
}

function placeOf(name: string, named: ReadonlySet<string>): Place {
  const file = basename(name);
  const at = (live: string) => join(dirname(name), live);

  const dated = DATED.exec(file)?.groups;
  if (dated !== undefined) {
    const { stem = '', day = '', rest = '', extension = '' } = dated;
    const date = [Number(day.replaceAll('-', '')), ...(rest.match(/\d+/g) ?? []).map(Number)];
    return { live: at(stem + extension), copy: { kind: 'date', date } };
  }
  const epoch = EPOCH.exec(file);
  if (epoch !== null) {
    const [, stem = '', seconds = ''] = epoch;
    const [day = '', time = ''] = new Date(Number(seconds) * 1000).toISOString().split('T');
    const date = [day.replaceAll('-', ''), time.slice(0, 8).replaceAll(':', '')].map(Number);
    return { live: at(stem), copy: { kind: 'date', date } };
  }
  const numbered = NUMBERED.exec(file);
  if (numbered !== null) {
    const [, stem = '', number = '', extension = ''] = numbered;
    const live = at(stem + extension);
    // `containerd-1.6` and `ip-10-0-0.7` are other logs, not older copies, unless the live one is there, too.
    if (!/\d$/.test(stem) || named.has(live))
      return { live, copy: { kind: 'number', number: Number(number) } };
  }
  return { live: name, copy: { kind: 'live' } };
}

/** Older first. */
function compareCopies(a: Copy, b: Copy): number {
  if (a.kind === 'number' && b.kind === 'number') return b.number - a.number;
  if (a.kind === 'date' && b.kind === 'date') {
    for (let at = 0; at < Math.min(a.date.length, b.date.length); at++) {
      const difference = (a.date[at] ?? 0) - (b.date[at] ?? 0);
      if (difference !== 0) return difference;
    }
  }
  return 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
