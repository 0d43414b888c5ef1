import type { Readable } from 'node:stream';
import { lineBuffer, parseSize } from 'leaktrail/bench';

/** A reader that waits for a newline, as many do. */
async function byLines(input: Readable): Promise<void> {
  let held = Buffer.alloc(0);
  for await (const chunk of input) {
    held = Buffer.concat([held, chunk]);
    held = held.subarray(held.lastIndexOf('\n') + 1);
  }
}

const lineBytes = parseSize('8MiB');
const { heldBytes, end } = await lineBuffer.measure(byLines, { lineBytes });
const share = (heldBytes ?? 0) < lineBytes ? 'a part of' : 'all of';
console.log(`byLines ${end.message}; while the line was open it held ${share} it`);
