import { createHash } from 'node:crypto';
import t from 'tap';
import { type NodeLogOptions, nodeLogChunks, parseSize } from '../../bench/throughput/generate.js';
import { stormChunks } from '../../bench/throughput/generate-storm.js';
import { benchmarkLiterals } from '../../bench/throughput/literals.js';
import { measure } from '../../bench/throughput/measure.js';
import { renderTable, spreadOf } from '../../bench/throughput/table.js';
import { createScanner } from '../../lib/scan/scanner.js';

const MIB = 2 ** 20;
const generate = (options: Partial<NodeLogOptions>): Buffer =>
  Buffer.concat([...nodeLogChunks({ bytes: MIB, seed: 1, interesting: 0.001, ...options })]);
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

t.test('a seed gives the same log each time, another seed another', async (t) => {
  t.equal(digest(generate({})), digest(generate({})));
  t.not(digest(generate({})), digest(generate({ seed: 2 })));
});

t.test('a storm has the size asked for, and its time goes on', async (t) => {
  const storm = Buffer.concat([...stormChunks({ bytes: MIB + 1, seed: 1, every: 3.6 })]);
  t.equal(storm.length, MIB + 1);
  for (const every of [0, -1, Number.NaN])
    t.throws(() => stormChunks({ bytes: 1, seed: 1, every }).next(), { message: /above 0/ });
});

t.test('a log has the size asked for and lines of 259 bytes on average', async (t) => {
  const log = generate({ bytes: 4 * MIB + 1 });
  t.equal(log.length, 4 * MIB + 1);
  const lines = log.toString('latin1').split('\n').length;
  t.ok(Math.abs(log.length / lines - 259) < 3, `${log.length / lines} bytes a line`);
});

t.test('the share of interesting lines is what the patterns find', async (t) => {
  const { literals } = benchmarkLiterals();
  for (const interesting of [0, 0.01, 1]) {
    const log = generate({ interesting, bytes: interesting === 0.01 ? 4 * MIB : MIB });
    const scanner = createScanner({
      source: 'log',
      literals,
      onCandidate: ({ text }) => {
        if (interesting === 0) t.fail(`an ordinary line holds a literal: ${text}`);
      },
    });
    scanner.push(log);
    scanner.end();
    const share = scanner.counts.candidates / scanner.counts.lines;
    t.ok(Math.abs(share - interesting) <= interesting * 0.2, `${share} of ${interesting}`);
  }
});

t.test('an endless line is one line', async (t) => {
  t.notOk(generate({ noNewline: true }).includes('\n'));
});

t.test('sizes are read as people write them', async (t) => {
  t.equal(parseSize('1000'), 1000);
  t.equal(parseSize('64KiB'), 65_536);
  t.equal(parseSize('1GiB'), 2 ** 30);
  t.throws(() => parseSize('1GB'), /size "1GB": expected/);
});

t.test('a spread is median, least and most', async (t) => {
  t.strictSame(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  t.strictSame(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
});

t.test('the table has the fastest first, and says what is not known', async (t) => {
  const result = { version: '1', note: 'n', cpuSeconds: 0.5, peakMegabytes: 10 };
  const speed = (median: number) => ({ median, min: 1, max: 9 });
  const [, first, second] = renderTable([
    { ...result, name: 'slow', megabytesPerSecond: speed(2), cpuSeconds: null, peakMegabytes: null },
    { ...result, name: 'fast', megabytesPerSecond: speed(7) },
  ]).split('\n');
  t.match(first, /^fast +1 +7 +1-9 +0\.50 +10 +n$/);
  t.match(second, /^slow +1 +2 +1-9 +not known +not known +n$/);
});

t.test('a command is measured, and its failure told in its own words', async (t) => {
  t.ok(measure([process.execPath, '-e', '0']).seconds > 0);
  t.throws(() => measure([process.execPath, '-e', 'console.error("no such log"); process.exit(3)']), {
    message: /ended with 3: no such log/,
  });
});
