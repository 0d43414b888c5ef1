/** Small seeded generator, so that a failing property test can be run again with its seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A seed from the environment, else a new one; printed by the tests that use it. */
export function seedOf(): number {
  return Number(process.env['LEAKTRAIL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}
