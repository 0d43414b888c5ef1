import { Writable } from 'node:stream';
import t from 'tap';
import { createOutput } from '../../lib/cli/output.js';

t.test('a slow reader is waited for, and only then', async (t) => {
  let finish = () => {};
  const slow = new Writable({
    highWaterMark: 4,
    write(_chunk, _encoding, done) {
      finish = done;
    },
  });
  const output = createOutput(slow);
  output.write('ab');
  t.equal(output.drained(), undefined);
  finish();
  output.write('more than the mark');
  const drained = output.drained();
  t.ok(drained instanceof Promise);
  t.equal(output.drained(), drained, 'one wait for all');
  finish();
  await drained;
  t.equal(output.drained(), undefined);
});

t.test('a reader that goes away breaks the output once; waits end, writing does nothing', async (t) => {
  const written: string[] = [];
  const gone = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      setImmediate(() => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })));
    },
  });
  const output = createOutput(gone);
  let told = 0;
  output.onBroken(() => told++);
  output.write('one');
  await output.drained();
  t.equal(output.broken, 'EPIPE');
  t.equal(told, 1);
  output.write('two');
  await output.flushed();
  t.same(written, ['one']);
});

t.test('flushed waits until everything is out', async (t) => {
  let out = '';
  const later = new Writable({
    write(chunk, _encoding, done) {
      setImmediate(() => {
        out += chunk;
        done();
      });
    },
  });
  const output = createOutput(later);
  output.write('a');
  output.write('b');
  await output.flushed();
  t.equal(out, 'ab');
});
