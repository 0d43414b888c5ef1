/** Which algorithm and which Go a version of containerd stands for. */
import t from 'tap';
import { eraOf } from '../../bench/line-buffer/versions.js';

const KNOWN: readonly (readonly [version: string, flush: string, goMinor: number])[] = [
  ['1.1.2', 'join', 10],
  ['1.2.13', 'join', 12],
  ['1.3.0', 'join', 12],
  ['1.4.3', 'join', 13],
  ['1.4.13', 'join', 16],
  ['1.5.0', 'line-buffer', 16],
  ['1.5.0-rc.1', 'line-buffer', 16],
  ['1.6.5', 'line-buffer', 17],
  ['1.6.10', 'line-buffer', 18],
  ['v1.6.20', 'line-buffer', 19],
  ['1.6.20~ds1', 'line-buffer', 19],
  ['1.6.20~ds1-1+b1', 'line-buffer', 19],
  ['1.6.26', 'line-buffer', 20],
  ['1.7.13-0ubuntu1', 'line-buffer', 20],
  ['1.7.19', 'line-buffer', 21],
  ['1.7.23', 'line-buffer', 22],
  ['1.7.28-1', 'line-buffer', 23],
  ['2.0.0', 'line-buffer', 23],
  ['2.1.4', 'line-buffer', 24],
  ['2.3', 'line-buffer', 26],
  ['2.9.1', 'line-buffer', 26],
];

for (const [version, flush, goMinor] of KNOWN)
  t.test(`containerd ${version} is ${flush}, built with go1.${goMinor}`, async (t) => {
    t.same(eraOf(version), { flush, goMinor });
  });

t.test('a version without its patch is the newest of its line', async (t) => {
  t.same(eraOf('1.6'), eraOf('1.6.99'));
  t.same(eraOf('1.4'), eraOf('1.4.13'));
});

t.test('a version that holds no line is refused with the reason', async (t) => {
  for (const version of ['1.0.3', '1.1.0', 'v1.1.1', '0.2.9'])
    t.throws(() => eraOf(version), { message: /1\.1\.2 or later, found .*: before it output was written/ });
});

t.test('a version that cannot be read is refused with what one looks like', async (t) => {
  for (const version of ['', 'latest', '1', '1.6.x', 'containerd 1.6.20', '-1.6.20', '1.6.20 1.7'])
    t.throws(() => eraOf(version), { name: 'RangeError', message: /expected one of containerd such as/ });
  t.throws(() => eraOf('3.0.0'), { message: /to 2\.x, found 3\.0\.0/ });
});
