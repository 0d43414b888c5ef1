import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createIdentities } from '../../lib/correlate/identity.js';

t.test('what is remembered of a line does not keep the line', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const identities = createIdentities();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 1000; n++) {
    const id = n.toString(16).padStart(12, '0').padEnd(64, 'a');
    const pod = `web-${n}-with-a-long-name`;
    // Flattened, as a line read from a file is.
    const line = Buffer.from(`${id} ${pod} ${'x'.repeat(65_536)}`, 'latin1').toString('latin1');
    const found = /^(\S+) (\S+) /.exec(line);
    identities.note({
      container: found?.[1] as string,
      pod: found?.[2] as string,
      namespace: 'namespace-of-it',
    });
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  t.equal(identities.counts.size, 1000);
  t.ok(grown < 8_000_000, `${grown} bytes for 1,000 containers, of 65 MB of lines`);
});
