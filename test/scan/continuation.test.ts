import { readFileSync } from 'node:fs';
import t from 'tap';
import { createScanner } from '../../lib/scan/scanner.js';
import { scan } from './scan.js';

const FORCE = '- using the force';
const settings = { literals: [FORCE, 'StopContainer', 'shim disconnected'] };
const tails = (input: string, more = {}): (readonly string[])[] =>
  scan(input, { ...settings, ...more }).candidates.map(({ tail }) => tail);

t.test('indented lines belong to the candidate before them', async (t) => {
  t.strictSame(tails(`${FORCE}\n one\r\n\ttwo\n \nthree\n four\n`), [[' one', '\ttwo', ' ']]);
});

t.test('indented lines behind an ordinary line belong to nothing', async (t) => {
  t.strictSame(tails(`x\n y\n${FORCE}`), [[]]);
});

t.test('a hard-wrapped id belongs to the candidate before it', async (t) => {
  t.strictSame(tails(`${FORCE} container=47d1e217\n05ab790bc8c4\r\nABC\n05ab790g\n`), [
    ['05ab790bc8c4', 'ABC'],
  ]);
  const corpus = readFileSync('test/fixtures/corpus/072-m-hardwrapped-container-field-healthy.log');
  t.match(scan(corpus, settings).candidates, [
    {
      line: 1,
      text: /container=47d1e217$/,
      tail: ['05ab790bc8c47385aa706bf325f51075d4f0cdfbd181487515ec81a5'],
    },
  ]);
});

t.test('an empty line ends the tail', async (t) => {
  t.strictSame(tails(`${FORCE}\n\n one\n`), [[]]);
});

t.test('a continuation line with a literal speaks for itself', async (t) => {
  t.strictSame(tails(`${FORCE}\n one\n shim disconnected\n two\n`), [[' one'], [' two']]);
});

t.test('a klog value of several lines is kept to its end, with what it holds', async (t) => {
  const input = [
    'E0304 "StopContainer from runtime service failed" err=<',
    '\trpc error: code = Unknown',
    'shim disconnected',
    ' > containerID="73fe"',
    'shim disconnected',
  ].join('\n');
  t.strictSame(tails(input), [
    ['\trpc error: code = Unknown', 'shim disconnected', ' > containerID="73fe"'],
    [],
  ]);
  t.strictSame(tails(input.replaceAll('\n', '\r\n')), tails(input));
});

t.test('a klog value can follow another, and start in the tail', async (t) => {
  t.strictSame(tails(`${FORCE}\n a=<\nb\n > c=<\nd\n > e\nz\n`), [[' a=<', 'b', ' > c=<', 'd', ' > e']]);
});

t.test('a klog value whose end is missing swallows no candidate', async (t) => {
  t.strictSame(tails(`${FORCE} err=<\n\tone\nshim disconnected\n`), [['\tone'], []]);
  t.strictSame(tails(`${FORCE} err=<\n${'shim disconnected\n'.repeat(64)} >\n`).length, 65);
});

t.test('the end of a line that was cut is not known, so it opens nothing', async (t) => {
  const limits = { lineBytes: FORCE.length + 2, longLineBytes: 100 };
  t.strictSame(tails(`${FORCE}=<rest\nx\n >\n`, { limits }), [[]]);
});

t.test('a tail ends at its limit of lines', async (t) => {
  t.strictSame(tails(`${FORCE}\n${' x\n'.repeat(100)}`)[0]?.length, 64);
  t.strictSame(tails(`${FORCE}=<\n${'x\n'.repeat(63)} >\n y\n`)[0]?.length, 64);
  t.strictSame(tails(`${FORCE}\n 1\n 2\n 3\n`, { limits: { tailLines: 2 } }), [[' 1', ' 2']]);
  t.strictSame(tails(`${FORCE}\n 1\n`, { limits: { tailLines: 0 } }), [[]]);
});

t.test('a tail ends in front of the line that exceeds its limit of bytes', async (t) => {
  t.strictSame(tails(`${FORCE}\n 1\n 2\n 3\n`, { limits: { tailBytes: 5 } }), [[' 1', ' 2']]);
  t.strictSame(tails(`${FORCE}\n 1\n 2\n 3\n`, { limits: { tailBytes: 4 } }), [[' 1']]);
  t.strictSame(tails(`${FORCE}=<\nx\n >\n`, { limits: { tailBytes: 3 } }), [[]]);
});

t.test('a candidate is given out as soon as the line behind it shows its end', async (t) => {
  const seen: string[] = [];
  const scanner = createScanner({ ...settings, source: 'test', onCandidate: ({ text }) => seen.push(text) });
  scanner.push(Buffer.from(`${FORCE}\n tail\n`));
  t.strictSame(seen, []);
  scanner.push(Buffer.from('next'));
  t.strictSame(seen, []);
  scanner.push(Buffer.from('\n'));
  t.strictSame(seen, [FORCE]);
});
