import t from 'tap';
import { type Fixed, sweep } from '../../bench/line-buffer/sweep.js';
import { workload } from './combinations.js';

const fixed: Fixed = { ...workload(), readerBytes: null };
const axes = { runtimes: ['containerd'], versions: ['1.6.20'], limits: [16_384, -1], lines: [1, 2] } as const;

const short = (workloads: ReturnType<typeof sweep>) =>
  workloads.map((each) => [each.runtime, each.version, each.limitBytes, each.lineBytes]);

t.test('every combination once: lines turn fastest, then limits, then versions', async (t) => {
  t.same(short(sweep({ ...axes, versions: ['1.4.13', '2.1.4'] }, fixed)), [
    ['containerd', '1.4.13', 16_384, 1],
    ['containerd', '1.4.13', 16_384, 2],
    ['containerd', '1.4.13', -1, 1],
    ['containerd', '1.4.13', -1, 2],
    ['containerd', '2.1.4', 16_384, 1],
    ['containerd', '2.1.4', 16_384, 2],
    ['containerd', '2.1.4', -1, 1],
    ['containerd', '2.1.4', -1, 2],
  ]);
});

t.test('runtimes that have no limit to set come once a line, in an order of their own', async (t) => {
  const runtimes = ['cri-o', 'docker'] as const;
  t.same(short(sweep({ ...axes, runtimes, lines: [5] }, fixed)), [
    ['docker', '27.4.1', 16_384, 5],
    ['cri-o', '1.30.0', 8192, 5],
  ]);
});

t.test('a read buffer that is asked for is that of all', async (t) => {
  const [first, ...rest] = sweep(
    { ...axes, runtimes: ['containerd', 'docker'] },
    { ...fixed, readerBytes: 512 },
  );
  t.equal(first?.readerBytes, 512);
  t.ok(rest.every(({ readerBytes }) => readerBytes === 512));
});
