/** Runs the examples of docs/ as a reader would: compiled, in a process of their own. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { createCompiler } from '../../lib/match/compile.js';
import { loadPatterns } from '../../lib/match/load.js';
import { readPatternDirectory } from '../../lib/match/read-directory.js';
import { testPatterns } from '../../lib/match/self-test.js';

const sample = 'docs/sample/messages.log';

/** `npm test` has built dist/ before. */
async function runExample(name: string, args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(process.execPath, [`dist/docs/examples/${name}.js`, ...args]);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

t.test('stuck-containers names the container and its pod', async (t) => {
  t.equal(
    await runExample('stuck-containers', [sample]),
    'a9acd5210705 does not stop: kube-system/fluentd-hjj42\n',
  );
});

t.test('live-stream tells each incident of standard input', async (t) => {
  const lines = (await runExample('live-stream', [], readFileSync(sample, 'utf8'))).trimEnd().split('\n');
  t.ok(lines.includes('stuck-stop-a9acd5210705-1 is open, confirmed'));
  t.ok(lines.includes('stuck-stop-fef3e1fbee14-1 is ended, confirmed'));
});

t.test('known-messages recognises one line', async (t) => {
  t.match(await runExample('known-messages', []), /^dockerd\.kill\.direct\.v1 .*a9acd5210705/);
});

t.test('limit-table computes what limits cost, and which one fits', async (t) => {
  const lines = (await runExample('limit-table', [])).trimEnd().split('\n');
  t.equal(lines.length, 4);
  t.match(lines[2], /^-1 +25\d MiB /);
  t.match(lines[3], /^110 containers in 512 MiB: \d+ KiB$/);
});

t.test('measure-sink sees that a reader of lines holds the line', async (t) => {
  t.match(await runExample('measure-sink', []), 'while the line was open it held all of it');
});

t.test('the pattern of docs/patterns.md holds its samples', async (t) => {
  const directory = 'docs/examples/patterns';
  const library = await loadPatterns([directory]);
  t.strictSame(library.problems, []);
  const { files } = await readPatternDirectory(directory, await createCompiler('docs/schema'), null);
  const { samples, failures } = testPatterns(files, library, library.compileLinear);
  t.equal(samples, 1);
  t.strictSame(failures, []);
});

t.test('the sample is the published case, byte for byte', async (t) => {
  t.ok(readFileSync(sample).equals(readFileSync('test/fixtures/cases/dockerd-stuck-stop.messages.log')));
});
