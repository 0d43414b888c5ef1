/**
 * The built bins as processes: exit codes, signals, pipes, and that they start with the compiled data. What does not
 * need a process is run in this one. Needs `npm run build`, which `npm test` runs first.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { run } from '../../lib/cli/run.js';
import { ROOT } from '../root.js';
import { fakeIo } from './fake-io.js';

const root = fileURLToPath(ROOT);
const ANALYZE = join(root, 'dist', 'bin', 'analyze.cjs');
const LEAKTRAIL = join(root, 'dist', 'bin', 'leaktrail.cjs');
const STUCK = join(
  root,
  'test',
  'fixtures',
  'captures',
  'docker-stop-stuck-resolved.rsyslog-imuxsock-rfc3164.log',
);

if (!existsSync(ANALYZE)) t.bailout(`${ANALYZE} is missing: npm run build`);

/** tap's own loader stays out of the child. */
const env = { ...process.env, NODE_OPTIONS: '' };

function analyze(
  args: readonly string[],
  input: string | Uint8Array = '',
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ANALYZE, ...args], { input, env });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

/** The same without a process. */
async function inProcess(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo();
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [ANALYZE, ...args], { env });
}

function ended(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number | null; out: string; err: string }> {
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

/** When the child has printed something that holds the text. */
function printed(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  let out = '';
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes(text)) resolve();
    });
    child.on('close', () => reject(new Error(`ended without printing ${text}: ${out}`)));
  });
}

function typesOf(ndjson: string): string[] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type);
}

t.test('the bins read what the modules read, characters beyond ASCII among it', async (t) => {
  const status = join(root, 'test', 'fixtures', 'evidence', 'systemctl-status-255.txt');
  const { out } = analyze([status]);
  t.equal(out, (await inProcess('analyze', status)).out);
  t.match(out, /active-since\s+2024-12-16T08:01:12Z/);
  const [core = ''] = readdirSync(join(root, 'dist', 'bin')).filter((name) => /^core-.*\.cjs$/.test(name));
  t.equal(
    readFileSync(join(root, 'dist', 'bin', core)).findIndex((byte) => byte > 0x7f),
    -1,
  );
});

t.test('a bin knows --version', async (t) => {
  t.match(analyze(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\S*\n$/, err: '' });
});

t.test('an empty input: a summary, exit 0', async (t) => {
  const { code, out, err } = await inProcess('analyze', '--format', 'ndjson', '/dev/null');
  t.same(typesOf(out), ['summary']);
  t.equal(code, 0);
  t.equal(err, '');
});

t.test('a missing file is exit 3, the other file is still read', async (t) => {
  const { code, out, err } = await inProcess('analyze', '--format', 'ndjson', '/no/such.log', STUCK);
  t.equal(code, 3);
  t.match(err, 'analyze: /no/such.log: no such file');
  const summary = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
  t.equal(summary.unreadable, 1);
  t.ok(summary.bytes > 0);
});

t.test('truncated gzip is exit 3, and what came before it counts', async (t) => {
  const dir = t.testdir({});
  const packed = gzipSync(`${'a line of nothing\n'.repeat(10_000)}`);
  writeFileSync(join(dir, 'cut.log'), packed.subarray(0, packed.length - 10));
  const { code, out } = await inProcess('analyze', '--format=ndjson', join(dir, 'cut.log'));
  const summary = JSON.parse(out);
  t.equal(code, 3);
  t.ok(summary.bytes > 100_000);
  t.match(summary.problems, [{ reason: /^damaged gzip: unexpected end of file after \d+ bytes/ }]);
});

t.test(
  'the same log by name, by redirection, gzipped and through a pipe gives the same incidents',
  async (t) => {
    const dir = t.testdir({});
    const text = readFileSync(STUCK);
    writeFileSync(join(dir, 'packed'), gzipSync(text));
    /** Final incidents without what tells the inputs apart. */
    const finals = (out: string) => {
      const objects = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ type }) => type === 'incident');
      return [...new Map(objects.map((each) => [each.id, each])).values()].map(({ id, state, attempts }) => ({
        id,
        state,
        attempts,
      }));
    };
    const named = await inProcess('analyze', '--format=ndjson', '--all', STUCK);
    t.ok(finals(named.out).length > 0);
    const redirected = execFileSync(
      'sh',
      ['-c', `"$1" "$2" --format=ndjson --all < "$3"; true`, 'sh', process.execPath, ANALYZE, STUCK],
      { env },
    );
    t.same(finals(redirected.toString()), finals(named.out));
    const packed = await inProcess('analyze', '--format=ndjson', '--all', join(dir, 'packed'));
    t.same(finals(packed.out), finals(named.out));
    t.same(finals(analyze(['--format=ndjson', '--all'], text).out), finals(named.out));
  },
);

t.test('a reader that takes one line, or none, and goes: no stack trace, the code as usual', async (t) => {
  for (const reader of ['head -1', 'true']) {
    const script = `"$1" "$2" --format=ndjson --all --fail-on any "$3" | ${reader}; echo "code \${PIPESTATUS[0]}"`;
    const argv = ['-c', script, 'bash', process.execPath, ANALYZE, STUCK];
    const { stdout, stderr } = spawnSync('bash', argv, { env });
    t.equal(stderr.toString(), '');
    t.match(stdout.toString(), 'code 1\n', reader);
  }
});

t.test('a signal while the stream is silent: final report at once, exit code as usual', async (t) => {
  const child = start(['--format', 'ndjson', '--all']);
  const end = ended(child);
  const seen = printed(child, '"type":"incident"');
  child.stdin.write(readFileSync(STUCK));
  await seen;
  child.kill('SIGTERM');
  const { code, out, err } = await end;
  t.equal(typesOf(out).at(-1), 'summary');
  t.equal(err, '');
  t.ok(code === 0 || code === 1, `exit code ${code}`);
});

t.test('a process substitution is a file to name', async (t) => {
  const script = `"$1" "$2" --format=ndjson <(cat "$3") <(cat "$3" | head -1)`;
  const { status, stdout } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ANALYZE, STUCK], {
    env,
  });
  const summary = JSON.parse(stdout.toString().trimEnd().split('\n').at(-1) ?? '');
  t.equal(
    summary.lines,
    readFileSync(STUCK, 'utf8').split('\n').length - 1 + 1,
    'all of the one and a line of the other',
  );
  t.ok(status === 0 || status === 1);
});

t.test('leaktrail explain and patterns speak from the compiled data', async (t) => {
  t.match(await inProcess('explain'), { code: 0, out: /^stuck-stop {2,}\S/m });
  const { status, stdout } = spawnSync(process.execPath, [LEAKTRAIL, 'explain', 'stuck-stop'], { env });
  t.match({ code: status, out: stdout.toString() }, { code: 0, out: /WHAT\n[\s\S]*CHECK\n[\s\S]*DO\n/ });
  t.match(await inProcess('explain', 'stuck-stpo'), { code: 2, err: 'did you mean stuck-stop?' });
  const list = await inProcess('patterns', 'list');
  t.equal(list.code, 0);
  const id = list.out.split(' ')[0] ?? '';
  t.match(await inProcess('patterns', 'show', id), { code: 0, out: `id: ${id}` });
  t.match(await inProcess('explain', id), { code: 0, out: /MEANS\n/ });
  t.match(await inProcess('patterns', 'show', `${id}x`), { code: 2, err: `did you mean ${id}?` });
  // Its own patterns are tested in their room; here only the way from the command to a test.
  t.match(await inProcess('patterns', 'test', join(root, 'docs/examples/patterns')), {
    code: 0,
    out: 'all as stated',
  });
});
