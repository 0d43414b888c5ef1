import t from 'tap';
import { createGoBytesBuffer } from '../../bench/line-buffer/go-bytes-buffer.js';
import { roundUpSize } from '../../bench/line-buffer/model/size-classes.js';
import { text } from './printed.js';

t.test('it grows as bytes.Buffer does', async (t) => {
  // Capacities of the real one, go1.19: 40 bytes of head, then pieces of 4096.
  const buffer = createGoBytesBuffer(19, roundUpSize);
  const capacities = new Set<number>();
  buffer.write(text(40));
  capacities.add(buffer.capacity);
  for (let i = 0; i < 256; i++) {
    buffer.write(text(4096));
    capacities.add(buffer.capacity);
  }
  t.strictSame([...capacities], [64, 4864, 9728, 20480, 40960, 81920, 163840, 327680, 655360, 1310720]);
  // Before: twice as much and what comes, to the byte.
  const older = createGoBytesBuffer(18, roundUpSize);
  older.write(text(40));
  older.write(text(4096));
  t.equal(older.capacity, 2 * 64 + 4096);
  older.write(text(4096));
  t.equal(older.capacity, 2 * (2 * 64 + 4096) + 4096);
});

t.test('a first write of more than 64 bytes is rounded up', async (t) => {
  const buffer = createGoBytesBuffer(19, roundUpSize);
  buffer.write(text(65));
  t.equal(buffer.capacity, 80);
});

t.test('a reset keeps the memory, and the content is what was written since', async (t) => {
  const growths: (readonly [number, number])[] = [];
  const buffer = createGoBytesBuffer(19, roundUpSize, (...capacities) => growths.push(capacities));
  buffer.write(Buffer.from('first'));
  buffer.write(text(100));
  buffer.reset();
  t.match(buffer, { length: 0, capacity: 128 });
  buffer.write(Buffer.from('sec'));
  buffer.write(Buffer.from('ond'));
  t.equal(String(buffer.bytes()), 'second');
  t.strictSame(growths, [
    [0, 64],
    [64, 128],
  ]);
});
