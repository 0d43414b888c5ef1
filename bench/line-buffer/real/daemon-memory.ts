/**
 * What the private containerd takes and counts: resident memory from /proc, heap from its debug socket,
 * counters from its metrics endpoint. The heap contains garbage until a collection, which the socket can force.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { get, type RequestOptions } from 'node:http';

export interface ResidentMemory {
  readonly rssBytes: number;
  /** Highest since the start, or since `resetPeak`. */
  readonly highestBytes: number;
}

export async function residentMemory(pid: number): Promise<ResidentMemory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { rssBytes: kilobytes('VmRSS') * 1024, highestBytes: kilobytes('VmHWM') * 1024 };
}

/** Makes the kernel count the highest resident memory anew. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/**
 * Live heap and what is not collected yet. Asked over the debug socket, because each answer of the metrics endpoint
 * costs the daemon a megabyte of garbage, and this is asked ten times a second.
 */
export async function heapBytes(debugSocket: string, signal: AbortSignal): Promise<number> {
  const answer = await body({ socketPath: debugSocket, path: '/debug/vars', signal });
  return (JSON.parse(answer) as { memstats: { HeapAlloc: number } }).memstats.HeapAlloc;
}

/** Live heap, after two collections: the first one can find a cycle under way that began before. */
export async function liveHeapBytes(debugSocket: string, signal: AbortSignal): Promise<number> {
  for (let turn = 0; turn < 2; turn += 1) {
    await body({ socketPath: debugSocket, path: '/debug/pprof/heap?gc=1', signal });
  }
  return heapBytes(debugSocket, signal);
}

/** What containerd says of its log readers, since its start; null: this version does not count (before 1.6.9). */
export interface LogCounters {
  /** Bytes of content taken from the containers, and written to log files. */
  readonly inputBytes: number | null;
  readonly outputBytes: number | null;
  /** P records that the limit made. */
  readonly splitEntries: number | null;
}

export async function logCounters(metricsAddress: string, signal: AbortSignal): Promise<LogCounters> {
  const [host, port] = metricsAddress.split(':');
  return countersIn(await body({ host, port, path: '/v1/metrics', signal }));
}

/** Reads the text of containerd's metrics. */
export function countersIn(text: string): LogCounters {
  const counter = (name: string): number | null => {
    const value = new RegExp(`^containerd_cri_${name}_total (\\S+)$`, 'm').exec(text)?.[1];
    return value === undefined ? null : Number(value);
  };
  return {
    inputBytes: counter('input_bytes'),
    outputBytes: counter('output_bytes'),
    splitEntries: counter('split_entries'),
  };
}

function body(from: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ ...from, timeout: 30_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('latin1'));
        else reject(new Error(`containerd answered ${answer.statusCode} where metrics were expected`));
      });
    });
    request.on('timeout', () => request.destroy(new Error('containerd did not answer within 30 s')));
    request.on('error', reject);
  });
}
