/**
 * How much of a bundle is looked at, read and unpacked. A support archive may be hostile, or merely huge: each
 * limit that is met is said in the summary with its figure.
 */
export interface BundleLimits {
  /** Members whose names are looked at. */
  readonly members: number;
  /** Members that are read. */
  readonly read: number;
  /** Bytes of one member that is unpacked to disk. */
  readonly memberBytes: number;
  /** Bytes unpacked to disk of one archive. */
  readonly unpackedBytes: number;
  /** A hand-made bundle of at most so many files is read whole, whatever their names. */
  readonly smallFiles: number;
  /** Bytes of a file that is read only because its bundle is small. */
  readonly smallFileBytes: number;
  /** Bytes of all such files that are unpacked before their number is known. */
  readonly smallUnpackedBytes: number;
  /** Beyond `expansionFloor` bytes, compressed input that grows by more than this is taken for a bomb. */
  readonly expansion: number;
  readonly expansionFloor: number;
}

export const BUNDLE_LIMITS: BundleLimits = {
  members: 100_000,
  read: 2_000,
  memberBytes: 1024 * 1024 * 1024,
  unpackedBytes: 1024 * 1024 * 1024,
  smallFiles: 200,
  smallFileBytes: 64 * 1024 * 1024,
  smallUnpackedBytes: 256 * 1024 * 1024,
  expansion: 200,
  expansionFloor: 64 * 1024 * 1024,
};
