/**
 * Reads the memory of whoever is fed, as growth over its idle state: this process, where the sink is a function, or
 * a command with all it started.
 */
import { collectGarbage, growth, ownMemory, processMemory } from './process-memory.js';

/** Growth in bytes; null: not known. */
export interface Reading {
  readonly rssBytes: number | null;
  /** Buffers and JavaScript objects of this process; null for a command. */
  readonly heapBytes: number | null;
}

export interface MemoryMeter {
  /** `collected`: with the garbage collected before, where that is possible. */
  read(collected: boolean): Promise<Reading>;
  /** Highest resident memory so far, growth; null: never read. */
  peakRssBytes(): number | null;
  peakHeapBytes(): number | null;
}

function higher(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Idle is now. */
export function meterThisProcess(): MemoryMeter {
  collectGarbage();
  const idle = ownMemory();
  let peakRss: number | null = null;
  let peakHeap: number | null = null;
  function readNow(): Reading {
    const { rssBytes, heapUsedBytes, arrayBuffersBytes } = growth(idle, ownMemory());
    const heapBytes = heapUsedBytes + arrayBuffersBytes;
    peakRss = higher(peakRss, rssBytes);
    peakHeap = higher(peakHeap, heapBytes);
    return { rssBytes, heapBytes };
  }
  return {
    async read(collected) {
      const before = readNow();
      if (!collected) return before;
      collectGarbage();
      return readNow();
    },
    peakRssBytes: () => peakRss,
    peakHeapBytes: () => peakHeap,
  };
}

/** Idle is now: the process should have started up. */
export async function meterCommand(pid: number): Promise<MemoryMeter> {
  const idle = await processMemory(pid);
  let peak: number | null = null;
  return {
    async read() {
      const now = await processMemory(pid);
      if (idle === null || now === null) return { rssBytes: null, heapBytes: null };
      const rssBytes = now.rssBytes - idle.rssBytes;
      // The highest ever may be from its start-up; then it says nothing about growth.
      const since =
        now.peakRssBytes !== null && now.peakRssBytes > (idle.peakRssBytes ?? 0)
          ? now.peakRssBytes - idle.rssBytes
          : rssBytes;
      peak = higher(peak, Math.max(rssBytes, since));
      return { rssBytes, heapBytes: null };
    },
    peakRssBytes: () => peak,
    peakHeapBytes: () => null,
  };
}
