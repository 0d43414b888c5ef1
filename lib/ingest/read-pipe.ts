/**
 * Reads a pipe, FIFO or socket by its descriptor, which is closed at the end. It waits for data in the event
 * loop: an fs.read on an idle pipe holds a thread that cannot be interrupted, and the process could then not
 * even exit before its writer does (tail -f on a silent log). The socket reads into a ring of our own buffers,
 * which costs no allocation per chunk.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** A Linux pipe holds this much. */
const BUFFER_BYTES = 64 * 1024;
/** More than one, so that reading need not stop and start again while the consumer keeps up. */
const BUFFERS = 4;

export async function* readPipe(fd: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const ring = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(BUFFER_BYTES));
  const filled = new Array<number>(BUFFERS).fill(0);
  let oldest = 0;
  let count = 0;
  const at = (place: number) => ring[place % BUFFERS] as Buffer;

  let ended = false;
  let failure: Error | null = null;
  let wake = () => {};

  // Typed apart: Node takes `onread` for an open descriptor, too; its types know it for connections only.
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer: () => at(oldest + count),
      callback(length) {
        filled[(oldest + count) % BUFFERS] = length;
        count++;
        wake();
        // False stops reading until `resume`; the next buffer to fill is then the oldest, free by that time.
        return count < BUFFERS;
      },
    },
  };
  const socket = new Socket(options);
  socket.on('end', () => {
    ended = true;
    wake();
  });
  socket.on('error', (error) => {
    failure = error;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  socket.resume();

  try {
    while (!signal.aborted) {
      if (count > 0) {
        yield at(oldest).subarray(0, filled[oldest % BUFFERS]);
        oldest++;
        if (count-- === BUFFERS) socket.resume();
      } else if (failure !== null) {
        throw failure;
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}
