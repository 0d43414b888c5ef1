/**
 * The other side of a random program: writers and rotators of two logs, done to a file system, with a record of every
 * line that was ever written whole and of what it was written to. What must be read is known from it.
 */
import { constants, gunzipSync } from 'node:zlib';
import type { Program, Step } from './log-steps.js';
import type { Inode, MemoryFs } from './memory-fs.js';

export const LOGS = ['/log/messages', '/log/kern.log'] as const;
export const LINKS = ['/at/messages', '/at/kern.log'] as const;
const AWAY = ['/away/messages', '/away/kern.log'] as const;
/** Second names that are none of a rotated copy. */
const OTHERS = ['/log/also-messages', '/log/also-kern'] as const;

/** What is done while a rotator is at work. */
const MEANWHILE: ReadonlySet<string> = new Set(['write', 'partial', 'fault', 'point']);
const DISORDER: ReadonlySet<string> = new Set(['away', 'back', 'fault', 'hardlink', 'point', 'stray']);

/** A text from its first byte to its truncation or deletion. */
export interface Text {
  readonly log: number;
  /** A copy was made of it while it went on. */
  copied: boolean;
  /** It was truncated, removed or moved away. */
  gone: boolean;
}

export interface Written {
  readonly text: Text;
  /** It stood there before the first run began. */
  readonly old: boolean;
  /** Nothing shows afterwards that it was there: written between a copy and a truncation, or to a nameless file that nobody read any more. */
  readonly unseen: boolean;
  /** When the line was whole, or its file had lost its last name, by the clock of the file system. */
  readonly at: number;
}

interface Writer {
  inode: Inode | null;
  text: Text;
  /** A copy was made of what the text was then. */
  copied: boolean;
  position: number;
  /** Its file has been no log any more for more than a minute: it is given up, and looked at again if it is still there. */
  givenUp: boolean;
  /** Rest of a line of which the first part was written to `inode`. Null: it was taken for two. */
  pending: { readonly line: string | null; readonly rest: string } | null;
}

export interface LogWriters {
  readonly written: ReadonlyMap<string, Written>;
  /** Logs of which lines may be lost, by what was done to them. */
  readonly harmed: boolean[];
  /** Logs of which lines may be seen late: their files could not be read, or their names say another order. */
  readonly disordered: boolean[];
  /** The log that each followed link leads to. */
  readonly shown: readonly (number | null)[];
  act(step: Step): void;
  /** The first run has begun: what is written from now on must be read. */
  begin(): void;
  /** Writers of renamed files open the new ones. */
  openAll(): void;
  /** More than a minute goes by: an unfinished line of a file that is no log any more is taken as it stands. */
  wait(): void;
  /** What fails does so no more. */
  heal(): void;
  /** Lines of a log that can be read now, in a file that somebody follows. */
  there(): Set<string>;
  /** Lines that lie where nobody looks. */
  elsewhere(): Set<string>;
}

export function createLogWriters(program: Program, fs: MemoryFs): LogWriters {
  const written = new Map<string, Written>();
  const harmed = [false, false];
  const disordered = [false, false];
  const shown: (number | null)[] = [0, 1];
  const texts = new Map<Inode, Text>();
  let faults: Extract<Step, { kind: 'fault' }>[] = [];
  let ordinal = 0;
  let running = false;

  const newText = (log: number, inode: Inode): Text => {
    const text = { log, copied: false, gone: false };
    texts.set(inode, text);
    return text;
  };
  const writers: Writer[] = LOGS.map((path, log) => {
    const inode = fs.create(path);
    inode.writers += 1;
    return { inode, text: newText(log, inode), copied: false, position: 0, givenUp: false, pending: null };
  });

  fs.failing = (call, path) => {
    const at = faults.findIndex(
      (fault) =>
        fault.call === call &&
        (call === 'list' || fault.code === 'EMFILE' || path.startsWith(`${LOGS[fault.log]}.`)),
    );
    const fault = faults[at];
    if (fault === undefined) return null;
    // A file that was just renamed is there at the second look.
    const isLast = fault.times === 1 || fault.code === 'ENOENT';
    faults = faults.toSpliced(at, 1, ...(!isLast ? [{ ...fault, times: fault.times - 1 }] : []));
    return fault.code;
  };

  const put = (writer: Writer, text: string): void => {
    const { inode } = writer;
    if (inode === null) return;
    const bytes = Buffer.from(text);
    if (program.append) {
      fs.append(inode, bytes);
    } else {
      fs.writeAt(inode, writer.position, bytes);
      writer.position += bytes.length;
    }
  };
  /** What every text begins with. Lines without a semicolon count for nothing. */
  const putBanner = (writer: Writer): void => {
    let rest = program.banner ?? 0;
    let text = '';
    for (let line = 0; rest > 0; line++, rest -= 50)
      text += `${`== starting, line ${line} of the banner `.padEnd(Math.min(49, rest - 1), '=').slice(0, Math.max(0, rest - 1))}\n`;
    if (text !== '') put(writer, text);
  };
  const lineOf = (log: number, size: number): string => {
    ordinal += 1;
    const id = String(ordinal).padStart(7, '0');
    // The same 64 bytes at the same place of two texts with one banner would be what nothing can tell.
    return `${id} log${log} ${id.repeat(Math.ceil(size / id.length)).slice(0, size)};`;
  };
  const drop = (writer: Writer): void => {
    writer.pending = null;
    if (writer.inode !== null) {
      writer.inode.writers -= 1;
      if (writer.inode.links === 0 && writer.inode.readers === 0 && writer.inode.writers === 0)
        fs.inodes.delete(writer.inode);
    }
  };
  const openAgain = (log: number): void => {
    const writer = writers[log] as Writer;
    const path = LOGS[log] as string;
    const inode = fs.names.get(path) ?? fs.create(path);
    if (inode === writer.inode) return;
    drop(writer);
    inode.writers += 1;
    writer.inode = inode;
    writer.givenUp = false;
    writer.position = inode.data.length;
    const known = inode.data.length > 0 ? texts.get(inode) : undefined;
    writer.text = known ?? newText(log, inode);
    writer.copied = writer.text.copied;
    if (inode.data.length === 0) putBanner(writer);
  };
  const end = (inode: Inode | undefined): void => {
    const text = inode === undefined ? undefined : texts.get(inode);
    if (text !== undefined) text.gone = true;
  };
  const unlink = (path: string): void => {
    end(fs.names.get(path));
    fs.unlink(path);
  };
  const shift = (log: number): void => {
    const path = LOGS[log] as string;
    for (const ending of ['', '.gz']) {
      if (fs.names.has(`${path}.${program.keep}${ending}`)) harmed[log] = true;
      unlink(`${path}.${program.keep}${ending}`);
    }
    for (let number = program.keep - 1; number >= 1; number--)
      for (const ending of ['', '.gz'])
        fs.rename(`${path}.${number}${ending}`, `${path}.${number + 1}${ending}`);
  };
  const write = (log: number, lines: number, size: number): void => {
    const writer = writers[log] as Writer;
    if (writer.inode === null) return;
    let text = '';
    const whole: string[] = [];
    if (writer.pending !== null) {
      text += `${writer.pending.rest}\n`;
      if (writer.pending.line !== null) whole.push(writer.pending.line);
      writer.pending = null;
    }
    for (let at = 0; at < lines; at++) {
      const line = lineOf(log, size);
      whole.push(line);
      text += `${line}\n`;
    }
    put(writer, text);
    const { copied, inode, text: of } = writer;
    // What goes into a file that has no name any more is lost with it.
    const at = Math.min(fs.now, inode.gone);
    const isAway = fs.names.get(AWAY[log] as string) === inode && inode.readers === 0;
    const unseen = copied || writer.givenUp || isAway || (inode.links === 0 && inode.readers === 0);
    for (const line of whole) written.set(line, { text: of, old: !running, unseen, at });
  };
  const cut = (writer: Writer, inode: Inode): void => {
    end(inode);
    fs.truncate(inode);
    const text = newText(writer.text.log, inode);
    if (writer.inode !== inode) return;
    writer.pending = null;
    writer.text = text;
    writer.copied = false;
  };

  /** Half of it where that is slow; gives what does the rest. */
  const beginCopy = (log: number, of: Inode, slowly = false): (() => void) => {
    shift(log);
    const copy = fs.create(`${LOGS[log]}.1`);
    const half = slowly ? of.data.length >> 1 : of.data.length;
    fs.append(copy, of.data.subarray(0, half));
    return () => {
      if (half < of.data.length) fs.append(copy, of.data.subarray(half));
    };
  };
  /** What a rotator is about. */
  const underWay: (() => void)[] = [() => {}, () => {}];
  const begun = (log: number, rest: () => void): void => {
    underWay[log] = rest;
  };
  const finish = (log: number): void => {
    const rest = underWay[log];
    begun(log, () => {});
    rest?.();
  };

  const act = (step: Step): void => {
    if (!MEANWHILE.has(step.kind)) finish(step.log);
    if (DISORDER.has(step.kind)) disordered[step.log] = true;
    if (step.kind === 'fault' && (step.call === 'list' || step.code === 'EMFILE')) disordered.fill(true);
    const path = LOGS[step.log] as string;
    const writer = writers[step.log] as Writer;
    const inode = fs.names.get(path);
    switch (step.kind) {
      case 'write':
        write(step.log, step.lines, step.size);
        return;
      case 'partial': {
        if (writer.pending !== null || writer.inode === null) return;
        const line = lineOf(step.log, 60);
        const cut = 1 + ((ordinal * 7) % 70);
        put(writer, line.slice(0, cut));
        writer.pending = { line, rest: line.slice(cut) };
        return;
      }
      case 'rename':
        if (inode === undefined) return;
        shift(step.log);
        fs.rename(path, `${path}.1`);
        if (step.create) fs.create(path);
        if (step.reopen) openAgain(step.log);
        return;
      case 'reopen':
        openAgain(step.log);
        return;
      case 'copytruncate': {
        if (inode === undefined) return;
        // Nothing but the banner: the copy may be one of any text before.
        if (inode.data.length <= (program.banner ?? 0)) harmed[step.log] = true;
        const copyRest = beginCopy(step.log, inode, step.slowly);
        begun(step.log, () => {
          copyRest();
          if (step.window > 0) {
            harmed[step.log] = true;
            if (writer.inode === inode) writer.copied = true;
            write(step.log, step.window, 10);
          }
          cut(writer, inode);
        });
        if (step.slowly !== true) finish(step.log);
        return;
      }
      case 'overwrite': {
        const copy = fs.names.get(`${path}.1`);
        if (inode === undefined || copy === undefined || copy === inode || copy === writer.inode) return;
        // One that has nothing but the banner would seem to go on.
        if (copy.data.length <= (program.banner ?? 0)) return;
        harmed[step.log] = true;
        end(copy);
        texts.delete(copy);
        fs.truncate(copy);
        fs.append(copy, inode.data);
        cut(writer, inode);
        return;
      }
      case 'copy': {
        if (inode === undefined) return;
        begun(step.log, beginCopy(step.log, inode, step.slowly));
        if (step.slowly !== true) finish(step.log);
        const text = texts.get(inode);
        if (text !== undefined) text.copied = true;
        if (writer.inode === inode) writer.copied = true;
        return;
      }
      case 'truncate': {
        if (inode === undefined) return;
        harmed[step.log] = true;
        cut(writer, inode);
        if (writer.inode === inode) {
          // A program that begins anew, and opens its file so.
          writer.position = 0;
          putBanner(writer);
        }
        return;
      }
      case 'gzip': {
        const name = `${path}.${step.number}`;
        // As gzip does.
        if ((fs.names.get(name)?.links ?? 0) > 1) return;
        if (step.keep !== true && fs.names.get(name) === writer.inode) openAgain(step.log);
        begun(step.log, fs.beginGzip(name, step.keep));
        if (step.slowly !== true) finish(step.log);
        return;
      }
      case 'stray': {
        const [from, to] = [`${path}.${step.number}.gz`, `${path}.${step.to}.gz`];
        if (!fs.names.has(to)) fs.rename(from, to);
        return;
      }
      case 'removeCopy':
        harmed[step.log] = true;
        unlink(`${path}.${step.number}`);
        return;
      case 'remove':
        harmed[step.log] = true;
        unlink(path);
        return;
      case 'recreate':
        harmed[step.log] = true;
        unlink(path);
        openAgain(step.log);
        return;
      case 'away':
        if (inode === undefined) return;
        harmed[step.log] = true;
        end(inode);
        unlink(AWAY[step.log] as string);
        fs.rename(path, AWAY[step.log] as string);
        return;
      case 'back':
        if (inode === undefined) fs.rename(AWAY[step.log] as string, path);
        return;
      case 'point':
        if (program.names !== 'links') return;
        shown[step.log] = step.to;
        fs.symlink(step.to === null ? '/log/none' : (LOGS[step.to] as string), LINKS[step.log] as string);
        return;
      case 'hardlink':
        if (inode === undefined) return;
        if (step.as === 'copy') {
          shift(step.log);
          fs.link(path, `${path}.1`);
        } else {
          harmed[step.log] = true;
          unlink(OTHERS[step.log] as string);
          fs.link(path, OTHERS[step.log] as string);
        }
        return;
      case 'zeros': {
        if (inode === undefined || writer.inode !== inode || writer.pending !== null) return;
        if (inode.data.length === 0) return;
        fs.append(inode, Buffer.alloc(step.bytes));
        writer.position = inode.data.length;
        return;
      }
      case 'fault':
        faults.push(step);
        return;
      // Done before all else.
      case 'finish':
        return;
    }
  };

  function* linesIn(which: (paths: readonly string[], inode: Inode) => boolean): Generator<string> {
    const paths = new Map<Inode, string[]>();
    for (const [path, inode] of fs.names) paths.set(inode, [...(paths.get(inode) ?? []), path]);
    for (const inode of fs.inodes) if (which(paths.get(inode) ?? [], inode)) yield* linesOf(inode.data);
  }
  /** Somebody follows a log by whose name it can be found. */
  const isFollowed = (path: string): boolean =>
    LOGS.some(
      (log, at) =>
        (path === log || path.startsWith(`${log}.`)) && (program.names !== 'links' || shown.includes(at)),
    ) ||
    (program.names === 'all' && path.startsWith('/log/'));

  writers.forEach(putBanner);
  if (program.names === 'links')
    for (const [log, link] of LINKS.entries()) fs.symlink(LOGS[log] as string, link);
  // What is there before: a rotated copy and some lines.
  write(0, 3, 30);
  act({ kind: 'rename', log: 0, reopen: true, create: true });
  if (program.before === 'gzip' || program.before === 'both')
    fs.gzip(`${LOGS[0]}.1`, program.before === 'both');
  write(0, 2, 30);
  write(1, 5, 200);

  return {
    written,
    harmed,
    disordered,
    shown,
    act,
    begin: () => {
      running = true;
    },
    openAll: () => {
      for (const log of LOGS.keys()) {
        finish(log);
        openAgain(log);
      }
    },
    wait() {
      for (const [log, writer] of writers.entries()) {
        const isLog = fs.names.get(LOGS[log] as string) === writer.inode;
        const isShown = program.names !== 'links' || shown.includes(log);
        writer.givenUp = !(isLog && isShown);
        if (writer.pending !== null && writer.givenUp) writer.pending = { ...writer.pending, line: null };
      }
    },
    heal: () => {
      faults = [];
    },
    there: () => new Set(linesIn((paths, { readers }) => readers > 0 || paths.some(isFollowed))),
    elsewhere: () => new Set(linesIn((paths) => paths.length > 0 && !paths.some(isFollowed))),
  };
}

/** Zeros before a line are what a crash left of another one. */
export function withoutZeros(line: string): string {
  return line.replace(/^\0+/, '');
}

/** One that is still being written. */
const SO_FAR = { finishFlush: constants.Z_SYNC_FLUSH };

function* linesOf(data: Buffer): Generator<string> {
  const isPacked = data[0] === 0x1f && data[1] === 0x8b;
  const text = (isPacked ? gunzipSync(data, SO_FAR) : data).toString('latin1');
  const lines = text.split('\n');
  lines.pop();
  for (const line of lines) yield withoutZeros(line);
}
