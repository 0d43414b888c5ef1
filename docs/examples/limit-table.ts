import { formatSize, lineBuffer, parseLimit, parseSize } from 'leaktrail/bench';

const lineBytes = parseSize('256MiB');
for (const limit of ['16KiB', '1MiB', '-1']) {
  const { heldBytes, peakRssBytes, retainedBytes } = lineBuffer.model({
    version: '1.7.24',
    limitBytes: parseLimit(limit),
    lineBytes,
  });
  console.log(limit.padEnd(6), ...[heldBytes, peakRssBytes, retainedBytes].map(formatSize));
}

const { limitBytes } = lineBuffer.limitThatFits({
  budgetBytes: parseSize('512MiB'),
  containers: 110,
  streams: 2,
  version: '1.7.24',
});
console.log('110 containers in 512 MiB:', limitBytes === null ? 'no limit fits' : formatSize(limitBytes));
