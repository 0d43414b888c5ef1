/**
 * Holds all streams of a run at the same point: when their lines are complete and still open, and when they are
 * ended. Only there can be said what all of them hold together.
 */
export interface Gates {
  /** What the source of one stream has to wait for. */
  of(index: number): { readonly beforeEnd: () => Promise<void>; readonly beforeClose: () => Promise<void> };
  /** A stream's reader has dealt with so many bytes. */
  taken(index: number, bytes: number): void;
  /** Fulfilled when every stream's reader has dealt with that many bytes, and its source waits. */
  opened(bytes: readonly number[]): Promise<void>;
  ended(bytes: readonly number[]): Promise<void>;
  releaseEnd(): void;
  releaseClose(): void;
}

interface Gate {
  readonly released: Promise<void>;
  readonly release: () => void;
  readonly waiting: Set<number>;
}

function createGate(): Gate {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { released, release, waiting: new Set() };
}

export function createGates(): Gates {
  const end = createGate();
  const close = createGate();
  const takenBytes: number[] = [];
  let check = (): void => {};

  function arrive(gate: Gate, index: number): Promise<void> {
    gate.waiting.add(index);
    check();
    return gate.released;
  }
  function reached(gate: Gate, bytes: readonly number[]): Promise<void> {
    return new Promise((resolve) => {
      check = () => {
        if (
          gate.waiting.size === bytes.length &&
          bytes.every((count, index) => (takenBytes[index] ?? 0) === count)
        )
          resolve();
      };
      check();
    });
  }
  return {
    of: (index) => ({
      beforeEnd: () => arrive(end, index),
      beforeClose: () => arrive(close, index),
    }),
    taken(index, bytes) {
      takenBytes[index] = bytes;
      check();
    },
    opened: (bytes) => reached(end, bytes),
    ended: (bytes) => reached(close, bytes),
    releaseEnd: end.release,
    releaseClose: close.release,
  };
}
