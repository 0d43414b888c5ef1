/**
 * Random programs of writing, rotating, looking, stopping and resuming, with the model that they are held against:
 * every line that was ever written whole, and in which text it stood. The file system is the one in memory, with
 * real reuse of inodes; steps may happen between any two calls of the follower.
 */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createFileFollower, type FileFollower } from '../../lib/ingest/follow/follower.js';
import { createLineConsumer, type Kept, type LineConsumer } from './line-consumer.js';
import { createMemoryFs, type Inode, type MemoryFs } from './memory-fs.js';

export type Step =
  | { readonly kind: 'write'; readonly log: number; readonly lines: number; readonly size: number }
  /** Part of a line; the next write brings the rest, if the file is still the same. */
  | { readonly kind: 'partial'; readonly log: number }
  | { readonly kind: 'rename'; readonly log: number; readonly reopen: boolean; readonly create: boolean }
  | { readonly kind: 'reopen'; readonly log: number }
  /** `window`: lines that are written between the copy and the truncation. */
  | { readonly kind: 'copytruncate'; readonly log: number; readonly window: number }
  /** Without a truncation, as logrotate's `copy` makes it. */
  | { readonly kind: 'copy'; readonly log: number }
  | { readonly kind: 'truncate'; readonly log: number }
  | { readonly kind: 'gzip'; readonly log: number; readonly number: number }
  | { readonly kind: 'remove'; readonly log: number }
  | { readonly kind: 'recreate'; readonly log: number };

/** Each step after so many calls. */
type Meanwhile = readonly { readonly after: number; readonly step: Step }[];

export type Action =
  | Step
  /** To the end of what there is, with steps between the calls: each after so many calls. */
  | { readonly kind: 'look'; readonly meanwhile: Meanwhile }
  | { readonly kind: 'pieces'; readonly count: number }
  | { readonly kind: 'checkpoint' }
  /** Back to the last checkpoint. */
  | { readonly kind: 'kill' }
  /** Killed `late` pieces behind a checkpoint that is taken after so many pieces, with steps between the calls. */
  | {
      readonly kind: 'crash';
      readonly pieces: number;
      readonly late: number;
      readonly meanwhile: Meanwhile;
    }
  | { readonly kind: 'quiet' };

export interface Program {
  readonly names: 'literal' | 'glob' | 'all';
  readonly from: 'end' | 'start';
  /** Rotated copies that are kept. */
  readonly keep: number;
  readonly append: boolean;
  readonly maxOpen: number;
  readonly actions: readonly Action[];
}

const log = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      log,
      lines: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 60 })),
      size: fc.nat({ max: 90 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('partial' as const), log }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('rename' as const),
      log,
      reopen: fc.boolean(),
      create: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), log }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('copytruncate' as const),
      log,
      window: fc.oneof(fc.constant(0), fc.nat({ max: 2 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const), log }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), log }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('gzip' as const), log, number: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), log }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), log }) },
);

const meanwhile = fc.array(fc.record({ after: fc.nat({ max: 40 }), step }), { maxLength: 3 });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: step },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('look' as const), meanwhile }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pieces' as const), count: fc.nat({ max: 12 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'kill' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      pieces: fc.nat({ max: 12 }),
      late: fc.nat({ max: 4 }),
      meanwhile,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'quiet' as const }) },
);

export const programs: fc.Arbitrary<Program> = fc.record({
  names: fc.constantFrom('literal' as const, 'glob' as const, 'all' as const),
  from: fc.constantFrom('end' as const, 'start' as const),
  keep: fc.constantFrom(1, 2, 4, 8),
  append: fc.boolean(),
  maxOpen: fc.constantFrom(16, 1000),
  actions: fc.array(action, { minLength: 3, maxLength: 30 }),
});

const LOGS = ['/log/messages', '/log/kern.log'] as const;
/** Is always there: a state without any file begins anew. */
const QUIET = '/log/quiet';
const NAMES = {
  literal: [...LOGS, QUIET],
  glob: ['/log/messages*', '/log/kern.log*', QUIET],
  all: ['/log/*'],
} as const;

/** A text from its first byte to its truncation or deletion. */
interface Text {
  readonly log: number;
}

interface Written {
  readonly text: Text;
  /** It stood there before the first run began. */
  readonly old: boolean;
  /** Written between a copy and a truncation: nothing shows afterwards that it was there. */
  readonly window: boolean;
  /** When the line was whole, or its file had lost its last name, by the clock of the file system. */
  readonly at: number;
}

interface Writer {
  inode: Inode | null;
  text: Text;
  /** A copy was made of what the text was then. */
  copied: boolean;
  position: number;
  /** Rest of a line of which the first part was written to `inode`. */
  pending: { readonly line: string; readonly rest: string } | null;
}

/** Throws where the follower did what it must not. */
export async function runProgram(program: Program, fs: MemoryFs = createMemoryFs()): Promise<void> {
  const written = new Map<string, Written>();
  const begun = new Set<string>();
  let ordinal = 0;
  let running = false;
  const harmed = [false, false];
  const writers: Writer[] = LOGS.map((path, at) => {
    const inode = fs.create(path);
    inode.writers += 1;
    return { inode, text: { log: at }, copied: false, position: 0, pending: null };
  });

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
  const lineOf = (log: number, size: number): string => {
    ordinal += 1;
    const line = `${String(ordinal).padStart(7, '0')} log${log} ${'x'.repeat(size)};`;
    begun.add(line);
    return line;
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
    writer.position = inode.data.length;
    writer.text = { log };
    writer.copied = false;
  };
  const shift = (log: number): void => {
    const path = LOGS[log] as string;
    for (const ending of ['', '.gz']) {
      if (fs.names.has(`${path}.${program.keep}${ending}`)) harmed[log] = true;
      fs.unlink(`${path}.${program.keep}${ending}`);
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
      whole.push(writer.pending.line);
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
    for (const line of whole) written.set(line, { text: of, old: !running, window: copied, at });
  };

  const cut = (writer: Writer, inode: Inode): void => {
    fs.truncate(inode);
    if (writer.inode !== inode) return;
    writer.pending = null;
    writer.text = { log: writer.text.log };
    writer.copied = false;
  };

  const act = (step: Step): void => {
    const path = LOGS[step.log] as string;
    const writer = writers[step.log] as Writer;
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
        if (!fs.names.has(path)) return;
        shift(step.log);
        fs.rename(path, `${path}.1`);
        if (step.create) fs.create(path);
        if (step.reopen) openAgain(step.log);
        return;
      case 'reopen':
        openAgain(step.log);
        return;
      case 'copytruncate': {
        const inode = fs.names.get(path);
        if (inode === undefined) return;
        shift(step.log);
        fs.copy(path, `${path}.1`);
        if (step.window > 0) {
          harmed[step.log] = true;
          if (writer.inode === inode) writer.copied = true;
          write(step.log, step.window, 10);
        }
        cut(writer, inode);
        return;
      }
      case 'copy': {
        const inode = fs.names.get(path);
        if (inode === undefined) return;
        shift(step.log);
        fs.copy(path, `${path}.1`);
        if (writer.inode === inode) writer.copied = true;
        return;
      }
      case 'truncate': {
        const inode = fs.names.get(path);
        if (inode === undefined) return;
        harmed[step.log] = true;
        cut(writer, inode);
        return;
      }
      case 'gzip': {
        const name = `${path}.${step.number}`;
        if (fs.names.get(name) === writer.inode) openAgain(step.log);
        fs.gzip(name);
        return;
      }
      case 'remove':
        harmed[step.log] = true;
        fs.unlink(path);
        return;
      case 'recreate':
        harmed[step.log] = true;
        fs.unlink(path);
        openAgain(step.log);
        return;
    }
  };

  const follow = (kept: Kept | null): { follower: FileFollower; consumer: LineConsumer } => ({
    follower: createFileFollower(NAMES[program.names], {
      fs,
      clock: { now: () => fs.now, after: () => () => {} },
      from: program.from,
      bufferBytes: 300,
      maxOpen: program.maxOpen,
      saved: kept?.saved ?? [],
    }),
    consumer: createLineConsumer(kept, () => fs.now),
  });

  const take = async (count: number): Promise<void> => {
    for (let taken = 0; taken < count; taken++) {
      const piece = await run.follower.next();
      if (piece === null) return;
      run.consumer.take(piece);
    }
    if (count > 50_000) throw new Error('the follower does not come to rest');
  };
  const settle = async (): Promise<void> => {
    // A look at everything comes long after the one before.
    fs.now += 1000;
    run.follower.wake();
    await take(50_001);
  };

  /** Does the steps between the calls that the follower makes meanwhile. */
  const during = async (meanwhile: Meanwhile, what: () => Promise<void>): Promise<void> => {
    const steps = [...meanwhile].sort((a, b) => a.after - b.after);
    let calls = 0;
    fs.before = () => {
      calls += 1;
      while (steps[0] !== undefined && steps[0].after < calls) act((steps.shift() as { step: Step }).step);
    };
    await what();
    fs.before = () => {};
    for (const { step } of steps) act(step);
  };

  fs.append(fs.create(QUIET), Buffer.from(`${'quiet '.repeat(10)}\n`));
  // What is there before: a rotated copy and some lines.
  write(0, 3, 30);
  act({ kind: 'rename', log: 0, reopen: true, create: true });
  write(0, 2, 30);
  write(1, 5, 200);
  let run = follow(null);
  await settle();
  running = true;
  let kept = run.consumer.save();

  for (const action of program.actions) {
    switch (action.kind) {
      case 'look':
        await during(action.meanwhile, settle);
        break;
      case 'crash':
        await during(action.meanwhile, async () => {
          run.follower.wake();
          await take(action.pieces);
          kept = run.consumer.save();
          await take(action.late);
          await run.follower.close();
          run = follow(kept);
        });
        break;
      case 'pieces':
        run.follower.wake();
        await take(action.count);
        break;
      case 'checkpoint':
        kept = run.consumer.save();
        break;
      case 'kill':
        await run.follower.close();
        run = follow(kept);
        break;
      case 'quiet':
        await settle();
        for (const log of LOGS.keys()) openAgain(log);
        await settle();
        fs.now += 61_000;
        await settle();
        break;
      default:
        act(action);
    }
    if (action.kind === 'look' || action.kind === 'quiet') {
      await settle();
      check();
    }
  }
  await settle();
  check();
  await run.follower.close();
  for (const inode of fs.inodes)
    if (inode.readers !== 0) throw new Error(`inode ${inode.ino} was left open ${inode.readers} times`);

  /** After a look to the end: what can be read has been read, once. */
  function check(): void {
    const there = new Set<string>();
    for (const line of whatIsThere()) there.add(line);
    const counted = run.consumer.lines;
    /** When a loss was told last, by log. */
    const told = [0, 0];
    for (const { source, lostBytes, at } of run.consumer.problems)
      if (lostBytes === null) told[LOGS.findIndex((path) => source.startsWith(path))] = at;
    const knownTexts = new Set<Text>();
    for (const [line, { text, old }] of written) if (counted.has(line) && !old) knownTexts.add(text);

    for (const [line, count] of counted) {
      if (count > 1 && line.endsWith(';')) throw new Error(`seen ${count} times: ${line.slice(0, 30)}`);
      if (line.includes('\0')) throw new Error(`zeros in a line: ${JSON.stringify(line.slice(0, 30))}`);
    }
    const latest = LOGS.map(() => '');
    for (const line of counted.keys()) {
      const of = written.get(line)?.text.log;
      if (of === undefined) continue;
      const before = latest[of] ?? '';
      if (line < before) throw new Error(`${line.slice(0, 30)} was seen behind ${before.slice(0, 30)}`);
      latest[of] = line;
    }
    for (const [line, { text, old, window, at }] of written) {
      const count = counted.get(line) ?? 0;
      if (old) {
        if (program.from === 'end' && count > 0)
          throw new Error(`older than the start: ${line.slice(0, 30)}`);
        continue;
      }
      if (count > 0) continue;
      if (there.has(line)) throw new Error(`there and not seen: ${line.slice(0, 30)}`);
      if (knownTexts.has(text) && !window && (told[text.log] ?? 0) < at)
        throw new Error(`lost without a word: ${line.slice(0, 30)}`);
    }
    for (const at of LOGS.keys())
      if (told[at] && !harmed[at])
        throw new Error(`a loss is told where nothing was: ${JSON.stringify(run.consumer.problems)}`);
  }

  function* whatIsThere(): Generator<string> {
    for (const inode of fs.inodes) {
      if (inode.links === 0 && inode.readers === 0) continue;
      yield* linesOf(inode.data);
    }
  }
}

function* linesOf(data: Buffer): Generator<string> {
  const text = (data[0] === 0x1f && data[1] === 0x8b ? gunzipSync(data) : data).toString('latin1');
  const lines = text.split('\n');
  lines.pop();
  for (const line of lines) yield line;
}
