import t from 'tap';
import { CONMON_BYTES } from '../../bench/line-buffer/conmon.js';
import { COPIER_BYTES } from '../../bench/line-buffer/moby-copier.js';
import { READER_BYTES as CONTAINERD_BYTES } from '../../bench/line-buffer/read-line.js';
import { type Fixed, READER_BYTES, sweep } from '../../bench/line-buffer/sweep.js';
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

t.test('the read buffers are those of the simulated readers', async (t) => {
  t.same(READER_BYTES, { containerd: CONTAINERD_BYTES, docker: COPIER_BYTES, 'cri-o': CONMON_BYTES });
});
