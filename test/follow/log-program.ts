/**
 * Runs a random program of writing, rotating, looking, stopping and resuming, and holds what is read against the
 * record of what was written. The file system is the one in memory, with real reuse of inodes; steps may happen
 * between any two calls of the follower.
 */
import { createFileFollower, type FileFollower } from '../../lib/ingest/follow/follower.js';
import { createLineConsumer, type Kept, type LineConsumer } from './line-consumer.js';
import type { Meanwhile, Program, Step } from './log-steps.js';
import { createLogWriters, LINKS, LOGS, type Text, withoutZeros } from './log-writers.js';
import { createMemoryFs, type MemoryFs } from './memory-fs.js';

/** Is always there: a state without any file begins anew. */
const QUIET = '/log/quiet';
const NAMES = {
  literal: [...LOGS, QUIET],
  glob: ['/log/messages*', '/log/kern.log*', QUIET],
  all: ['/log/*'],
  links: [...LINKS, QUIET],
} as const;

/** Throws where the follower did what it must not. */
export async function runProgram(program: Program, fs: MemoryFs = createMemoryFs()): Promise<void> {
  fs.append(fs.create(QUIET), Buffer.from(`${'quiet '.repeat(10)}\n`));
  const writers = createLogWriters(program, fs);

  const follow = (kept: Kept | null): { follower: FileFollower; consumer: LineConsumer } => ({
    follower: createFileFollower(NAMES[program.names], {
      fs,
      clock: { now: () => fs.now, after: () => () => {} },
      from: program.from,
      bufferBytes: 300,
      unpackBytes: 300,
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
      while (steps[0] !== undefined && steps[0].after < calls)
        writers.act((steps.shift() as { step: Step }).step);
    };
    await what();
    fs.before = () => {};
    for (const { step } of steps) writers.act(step);
    writers.heal();
  };

  let run = follow(null);
  await settle();
  writers.begin();
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
        if (action.stay !== true) writers.openAll();
        await settle();
        fs.now += 61_000;
        writers.wait();
        await settle();
        break;
      default:
        writers.act(action);
    }
    if (action.kind === 'look' || action.kind === 'quiet') {
      writers.heal();
      await settle();
      check();
    }
  }
  writers.heal();
  await settle();
  check();
  await run.follower.close();
  for (const inode of fs.inodes)
    if (inode.readers !== 0) throw new Error(`inode ${inode.ino} was left open ${inode.readers} times`);

  /** After a look to the end: what can be read has been read, once. */
  function check(): void {
    const { written, harmed } = writers;
    const there = writers.there();
    const elsewhere = writers.elsewhere();
    const counted = new Map<string, number>();
    for (const [line, count] of run.consumer.lines) {
      const text = withoutZeros(line);
      counted.set(text, (counted.get(text) ?? 0) + count);
    }
    /** When a loss was told last, by log. */
    const told = [0, 0];
    for (const { source, lostBytes, at } of run.consumer.problems)
      if (lostBytes === null)
        for (const log of LOGS.keys())
          if (program.names === 'links' || source.startsWith(LOGS[log] as string)) told[log] = at;
    const isHarmed = (log: number): boolean =>
      program.names === 'links' ? harmed.includes(true) : harmed[log] === true;
    const knownTexts = new Set<Text>();
    for (const [line, { text, old }] of written) if (counted.has(line) && !old) knownTexts.add(text);

    for (const [line, count] of counted) {
      if (line.includes('\0')) throw new Error(`zeros in a line: ${JSON.stringify(line.slice(0, 30))}`);
      if (count === 1 || !line.endsWith(';') || mayComeAgain(written.get(line)?.text)) continue;
      throw new Error(`seen ${count} times: ${line.slice(0, 30)}`);
    }
    const latest = ['', ''];
    // The lines of a log are seen in the order in which they were written.
    for (const line of counted.keys()) {
      const text = written.get(line)?.text;
      if (text === undefined || mayComeAgain(text) || writers.disordered[text.log]) continue;
      if (line < (latest[text.log] ?? '')) throw new Error(`seen late: ${line.slice(0, 30)}`);
      latest[text.log] = line;
    }
    for (const [line, { text, old, unseen, at }] of written) {
      const count = counted.get(line) ?? 0;
      if (old) {
        if (program.from === 'end' && count > 0 && !mayComeAgain(text))
          throw new Error(`older than the start: ${line.slice(0, 30)}`);
        continue;
      }
      if (count > 0 || elsewhere.has(line)) continue;
      const isTold = (told[text.log] ?? 0) >= at;
      // One of two that begin with the same lines was taken for a short copy of the other, or for the same.
      const isMistaken = (program.banner ?? 0) > 0 && (isTold || mayComeAgain(text));
      if (there.has(line) && !isMistaken) throw new Error(`there and not seen: ${line.slice(0, 30)}`);
      if (knownTexts.has(text) && !unseen && !isTold)
        throw new Error(`lost without a word: ${line.slice(0, 30)}`);
    }
    for (const at of LOGS.keys())
      if (told[at] && !isHarmed(at))
        throw new Error(`a loss is told where nothing was: ${JSON.stringify(run.consumer.problems)}`);
  }

  /** A copy that was made without a truncation, of a text that was gone before the copy was looked at. */
  function mayComeAgain(text: Text | undefined): boolean {
    return text?.copied === true && text.gone;
  }
}
