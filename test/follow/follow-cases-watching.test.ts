/** How news is noticed: by a watch, without one, and where the watch tells nothing; and how all of it is ended. */
import * as files from 'node:fs';
import t from 'tap';
import { followFiles } from '../../lib/ingest/follow/follow-files.js';
import { type FollowFs, nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { createFileFollower } from '../../lib/ingest/follow/follower.js';
import { faulty } from './faulty-fs.js';
import { A, B, C, D, followedDirectory } from './followed-directory.js';

t.test('where no watch is to be had, a directory is looked at every second', async (t) => {
  for (const code of ['ENOSPC', 'EMFILE', 'ENOSYS']) {
    const { later, run, write } = followedDirectory(t);
    const faults = faulty();
    faults.watch = code;
    write('a.log', A);
    const { read, consumer } = run(['*.log'], { fs: faults.fs });
    await read();
    write('a.log', B);
    t.same(await read(), [], 'nobody told');
    later(999);
    t.same(await read(), []);
    later(1);
    t.same(await read(), [B]);
    write('b.log', C);
    later(10_000);
    t.same(await read(), [C], 'a new file is found by the sweep');
    t.same(consumer.problems, []);
  }
});

t.test('a watch that fails later is replaced by looking', async (t) => {
  const { later, run, write } = followedDirectory(t);
  const { fs } = faulty();
  let fail = (): void => {};
  let ended = 0;
  write('log', A);
  const { read } = run(['log'], {
    fs: {
      ...fs,
      watch(_directory, _heard, failed) {
        fail = failed;
        return () => {
          ended += 1;
        };
      },
    },
  });
  await read();
  write('log', B);
  later(1000);
  t.same(await read(), [], 'it is trusted while it seems to work');
  fail();
  t.equal(ended, 1);
  later(1000);
  t.same(await read(), [B]);
});

t.test(
  'a watch that tells nothing, as on NFS: the sweep finds all, then it is looked at every second',
  async (t) => {
    const { later, run, write } = followedDirectory(t);
    const { fs } = faulty();
    write('log', A);
    const { read } = run(['log'], { fs });
    await read();
    for (const text of [B, C]) {
      write('log', text);
      later(9_000);
      t.same(await read(), []);
      later(1_000);
      t.same(await read(), [text]);
    }
    write('log', D);
    later(1_000);
    t.same(await read(), [D], 'it is not trusted any more');
  },
);

t.test(
  'a directory that appears later is noticed within a second, and a sweep makes its watch',
  async (t) => {
    const { at, later, run, write } = followedDirectory(t);
    const { fs } = faulty();
    const watched: string[] = [];
    const { read } = run(['later/log'], {
      fs: {
        ...fs,
        watch(directory) {
          files.statSync(directory);
          watched.push(directory);
          return () => {};
        },
      },
    });
    await read();
    write('later/log', A);
    t.same(watched, []);
    later(1_000);
    t.same(await read(), [A]);
    later(10_000);
    await read();
    t.same(watched, [at('later')]);
  },
);

t.test('a directory that is removed and made anew is watched anew', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { fs, hear } = listening();
  write('dir/log', A);
  const { look, read, consumer } = run(['dir/*'], { fs });
  await look();
  files.rmSync(at('dir'), { recursive: true });
  await look();
  write('dir/log', B);
  t.same(await look(), [B]);
  write('dir/log', C);
  t.same(await look(), [C], 'the old watch told nothing of it');
  write('dir/log', D);
  await hear('log');
  t.same(await read(), [D]);
  t.same(consumer.problems, []);
});

t.test('nothing is read while the taker is not ready', async (t) => {
  const { at, write } = followedDirectory(t);
  const { calls, fs } = faulty();
  write('log', ...Array.from({ length: 100 }, () => A));
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  let go = (): void => {};
  let asked = 0;
  let bytes = 0;
  const pieces = createFileFollower([at('log')], {
    fs,
    from: 'start',
    bufferBytes: 512,
    signal: stop.signal,
    ready: () => {
      asked += 1;
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    },
  }).pieces();
  await pieces.next();
  for (let piece = 1; piece < 5; piece++) {
    const next = pieces.next();
    await turns();
    t.equal(asked, piece, 'it was asked');
    const reads = calls.get('read');
    await turns();
    t.equal(calls.get('read'), reads, 'and waited for');
    go();
    const { value } = await next;
    if (value?.kind === 'bytes') bytes += value.chunk.length;
  }
  t.ok(bytes > 1000 && bytes < 2048, `${bytes} bytes in four pieces`);
  const last = pieces.return(undefined);
  go();
  await last;
});

t.test('unsubscribing closes every file and watch', async (t) => {
  const { at, open, write } = followedDirectory(t);
  for (let i = 0; i < 20; i++) write(`${i}.log`, A);
  const before = watchesOfProcess();
  let completed = false;
  let lines = 0;
  await new Promise<void>((resolve) => {
    const reading = followFiles([at('*.log')], { from: 'start' }).subscribe({
      next(piece) {
        if (piece.kind !== 'bytes' || piece.chunk.length === 0) return;
        lines += 1;
        if (lines < 20) return;
        t.equal(open().length, 20);
        t.ok(watchesOfProcess() > before);
        reading.unsubscribe();
        resolve();
      },
      complete() {
        completed = true;
      },
    });
  });
  await until(() => open().length === 0 && watchesOfProcess() === before);
  t.equal(completed, false);
});

t.test('an abort completes it, closes every file and watch, and ends no source', async (t) => {
  const { at, open, write } = followedDirectory(t);
  for (let i = 0; i < 20; i++) write(`${i}.log`, A);
  const before = watchesOfProcess();
  const stop = new AbortController();
  const kinds = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    followFiles([at('*.log')], { from: 'start', signal: stop.signal }).subscribe({
      next(piece) {
        kinds.add(piece.kind);
        if (piece.kind === 'bytes' && piece.chunk.length > 0) setImmediate(() => stop.abort());
      },
      complete: resolve,
      error: reject,
    });
  });
  t.same(open(), []);
  t.equal(watchesOfProcess(), before);
  t.same([...kinds], ['known', 'bytes']);
});

t.test('an abort before the start opens nothing', async (t) => {
  const { at, open, write } = followedDirectory(t);
  write('log', A);
  let pieces = 0;
  await new Promise<void>((resolve) => {
    followFiles([at('log')], { signal: AbortSignal.abort() }).subscribe({
      next: () => {
        pieces += 1;
      },
      complete: resolve,
    });
  });
  t.equal(pieces, 0);
  t.same(open(), []);
});

t.test('an abort closes everything although the taker is never ready again', async (t) => {
  const { at, open, write } = followedDirectory(t);
  write('log', A);
  const stop = new AbortController();
  const reading = followFiles([at('log')], {
    signal: stop.signal,
    ready: () => new Promise(() => {}),
  }).subscribe({ next: () => setImmediate(() => stop.abort()) });
  t.teardown(() => reading.unsubscribe());
  await until(() => stop.signal.aborted && open().length === 0);
});

t.test('the watch of a real directory tells of lines, new files and renames', async (t) => {
  const { at, later, run, write } = followedDirectory(t);
  const { fs, hear } = listening();
  write('a.log', A);
  const { read } = run(['*.log'], { fs });
  await read();
  write('a.log', B);
  await hear('a.log');
  t.same(await read(), [B]);
  write('b.log', C);
  await hear('b.log');
  // Directories in which files come all the time are not listed more often.
  later(100);
  t.same(await read(), [C]);
  write('a.log', D);
  files.renameSync(at('a.log'), at('a.log.1'));
  await hear('a.log.1');
  t.same(await read(), [D]);
});

/** Enough for everything that waits for nothing but the file system. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it did not come to this within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Directories and files that the kernel watches for this process. */
function watchesOfProcess(): number {
  let watches = 0;
  for (const fd of files.readdirSync('/proc/self/fdinfo')) {
    try {
      watches += files.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0;
    } catch {
      // The one that listed them.
    }
  }
  return watches;
}

/** The real file system, and what its watches told. */
function listening(): { readonly fs: FollowFs; hear(name: string): Promise<void> } {
  const heard: string[] = [];
  return {
    fs: {
      ...nodeFollowFs,
      watch: (directory, told, failed) =>
        nodeFollowFs.watch(
          directory,
          (name, names) => {
            told(name, names);
            heard.push(`${name}`);
          },
          failed,
        ),
    },
    async hear(name) {
      heard.length = 0;
      await until(() => heard.includes(name));
    },
  };
}

t.test('a log that is written again and again is read on without a look at its path each time', async (t) => {
  const { at, clock, later, run, write } = followedDirectory(t);
  const { calls, fs } = faulty();
  let tell = (_name: string | null, _names: boolean): void => {};
  const lines = Array.from({ length: 50 }, (_, i) => `${A} ${i}`);
  write('log', ...lines);
  const { consumer, read } = run(['log'], {
    clock,
    fs: {
      ...fs,
      watch(_directory, heard) {
        tell = heard;
        return () => {};
      },
    },
  });
  await read();
  write('log', B);
  tell('log', false);
  t.same(await read(), [B], 'the first time its beginning is compared');
  const looked = calls.get('status');
  for (let i = 0; i < 20; i++) {
    write('log', `${C} ${i}`);
    tell('log', false);
    t.same(await read(), [`${C} ${i}`]);
  }
  t.equal(calls.get('status'), looked);

  files.truncateSync(at('log'));
  write('log', D);
  tell('log', false);
  t.same(await read(), [D], 'what was truncated and written anew is found by reading');

  files.renameSync(at('log'), at('log.1'));
  write('log', `${D} 2`);
  tell('log', true);
  tell('log', false);
  t.same(await read(), [`${D} 2`], 'and a new file by its name');
  t.match(consumer.problems, [{ reason: /^was truncated/ }]);
  t.equal(consumer.problems.length, 1);

  write('log', ...lines);
  tell('log', false);
  await read();
  const before = calls.get('status') ?? 0;
  later(1000);
  write('log', B);
  tell('log', false);
  t.same(await read(), [B]);
  t.ok((calls.get('status') ?? 0) > before, 'once a second it is looked at');
});
