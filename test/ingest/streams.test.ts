import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { descriptorSource } from '../../lib/ingest/file-source.js';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import { fromStream } from '../../lib/ingest/stream-source.js';
import type { Source } from '../../lib/ingest/types.js';
import { gather } from './gather.js';

async function sourceOf(path: string): Promise<Source> {
  const source = (await openInputs([path])).groups[0]?.sources[0];
  if (source === undefined) throw new Error(`no source for ${path}`);
  return source;
}

function fifoIn(dir: string): string {
  const path = join(dir, 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

/** A process that writes into the FIFO from the moment somebody reads it. */
function writer(path: string, command: string): ChildProcess {
  return spawn('sh', ['-c', `exec > "$0"; ${command}`, path], { stdio: 'ignore' });
}

t.test('a FIFO is a stream, read until its writer closes it', async (t) => {
  const path = fifoIn(t.testdir({}));
  const source = await sourceOf(path);
  t.equal(source.kind, 'stream');
  t.equal(source.modified, null);
  const child = writer(path, 'head -c 5000000 /dev/zero');
  const { bytes, problem } = await gather(source);
  t.equal(problem, null);
  t.ok(bytes.equals(Buffer.alloc(5_000_000)));
  child.kill();
});

t.test('gzip through a FIFO is decompressed', async (t) => {
  const dir = t.testdir({ 'x.gz': gzipSync('a line\n'.repeat(50_000)) });
  const path = fifoIn(dir);
  writer(path, `cat '${join(dir, 'x.gz')}'`);
  t.equal((await gather(await sourceOf(path))).bytes.length, 350_000);
});

t.test('each piece of a live stream is given when it comes, not when a buffer is full', async (t) => {
  const path = fifoIn(t.testdir({}));
  const reading = (await sourceOf(path)).read(new AbortController().signal)[Symbol.asyncIterator]();
  const first = reading.next();
  // Read and write: opening does not wait, and the FIFO stays open between the two lines.
  const fd = openSync(path, 'r+');
  writeSync(fd, 'one\n');
  t.equal(Buffer.from((await first).value).toString(), 'one\n');
  const second = reading.next();
  writeSync(fd, 'two\n');
  t.equal(Buffer.from((await second).value).toString(), 'two\n');
  await reading.return?.();
});

t.test('an abort ends a FIFO that nobody writes to', async (t) => {
  const source = await sourceOf(fifoIn(t.testdir({})));
  const control = new AbortController();
  const gathered = gather(source, control.signal);
  setImmediate(() => control.abort());
  t.same(await gathered, { bytes: Buffer.from(''), problem: null });
});

t.test('an abort before the start reads nothing', async (t) => {
  const dir = t.testdir({ 'a.log': 'a\n' });
  t.equal((await gather(await sourceOf(join(dir, 'a.log')), AbortSignal.abort())).bytes.length, 0);
});

t.test('leaving the loop early closes the file', async (t) => {
  const dir = t.testdir({ big: 'x'.repeat(2_000_000) });
  const source = await sourceOf(join(dir, 'big'));
  for await (const chunk of source.read(new AbortController().signal)) {
    t.ok(chunk.length > 0);
    break;
  }
  const open = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`]).toString();
  t.notMatch(open, join(dir, 'big'));
});

t.test('an open descriptor is read from where it stands', async (t) => {
  const dir = t.testdir({ 'a.log': 'all of it\n' });
  const source = descriptorSource(openSync(join(dir, 'a.log'), 'r'));
  t.match(source, { name: 'stdin', kind: 'file' });
  t.equal((await gather(source)).bytes.toString(), 'all of it\n');
});

t.test('an open directory and a closed descriptor are problems', async (t) => {
  const fd = openSync(t.testdir({}), 'r');
  t.equal((await gather(descriptorSource(fd))).problem, 'is a directory');
  t.match((await gather(descriptorSource(9_999))).problem, /EBADF|bad file/);
});

t.test('/dev/null is empty', async (t) => {
  t.same(await gather(await sourceOf('/dev/null')), { bytes: Buffer.from(''), problem: null });
});

t.test('a process substitution can be named as a file', async (t) => {
  const script = `
    import { openInputs } from '${new URL('../../lib/ingest/open-inputs.js', import.meta.url).href}';
    const { groups } = await openInputs([process.argv[1]]);
    let bytes = 0;
    for await (const chunk of groups[0].sources[0].read(new AbortController().signal)) bytes += chunk.length;
    console.log(bytes);
  `;
  const node = `'${process.execPath}' ${process.execArgv.map((word) => `'${word}'`).join(' ')} --input-type=module -e "$0"`;
  const output = execFileSync('bash', ['-c', `${node} <(head -c 300000 /dev/zero)`, script]);
  t.equal(output.toString().trim(), '300000');
});

t.test('fromStream takes Node streams and iterables of bytes or strings', async (t) => {
  t.equal(
    (await gather(fromStream(Readable.from([Buffer.from('a'), Buffer.from('b')])))).bytes.toString(),
    'ab',
  );
  async function* strings() {
    yield 'zwölf ';
    yield '€\n';
  }
  t.equal((await gather(fromStream(strings(), 's'))).bytes.toString(), 'zwölf €\n');
});

t.test('a stream that fails gives what it had, then a problem', async (t) => {
  async function* failing() {
    yield 'kept\n';
    throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  }
  t.same(await gather(fromStream(failing(), 's')), {
    bytes: Buffer.from('kept\n'),
    problem: 'the connection was reset by its other end',
  });
});

t.test('an abort destroys a silent stream and returns from a silent iterable', async (t) => {
  const silent = new PassThrough();
  const control = new AbortController();
  const gathered = gather(fromStream(silent), control.signal);
  setImmediate(() => control.abort());
  t.equal((await gathered).bytes.length, 0);
  t.ok(silent.destroyed);

  let returned = false;
  const iterable: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        returned = true;
        return { done: true as const, value: undefined };
      },
    }),
  };
  const other = new AbortController();
  const reading = gather(fromStream(iterable), other.signal);
  setImmediate(() => other.abort());
  await reading;
  t.ok(returned);
});

t.test('the output of a child that is gone before anybody reads it is not lost', async (t) => {
  const child = spawn('echo', ['here']);
  const source = fromStream(child.stdout);
  await new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal((await gather(source)).bytes.toString(), 'here\n');
});
