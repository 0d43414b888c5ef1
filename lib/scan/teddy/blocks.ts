/** Blocks of the search's memory, lent to whoever reads: what stands there is searched without being copied. */
export interface Blocks {
  /** An ordinary one where all are lent. */
  take(): Buffer;
  /** Nobody reads into it any more. */
  give(block: Buffer): void;
}

export function createBlocks(blocks: readonly Buffer[]): Blocks {
  const free = [...blocks];
  const own = new Set(blocks);
  const bytes = blocks[0]?.length ?? 0;
  return {
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(bytes),
    give(block) {
      if (own.has(block) && !free.includes(block)) free.push(block);
    },
  };
}
