/**
 * A burst into a followed file: how far analyze falls behind, how soon it has caught up, and what that takes. It has
 * caught up when the incident of the very last line is told.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BurstPlan, BurstReport } from './burst-writer.js';
import { usageOf } from './process-usage.js';
import type { Scratch } from './scratch.js';
import { startAnalyze } from './start-analyze.js';

export interface BurstOptions {
  readonly name: string;
  readonly seconds: number;
  readonly megabytesPerSecond: number;
  readonly interesting: number;
  readonly rotateBytes: number | null;
  readonly seed: number;
}

export interface BurstResult {
  readonly name: string;
  readonly seconds: number;
  /** As written. */
  readonly megabytesPerSecond: number;
  readonly rotations: number;
  /** Furthest behind, as far as system calls show it. */
  readonly mostLagMegabytes: number;
  /** From the end of the burst to the incident of its last line; null where it did not come. */
  readonly catchUpSeconds: number | null;
  readonly peakMegabytes: number;
  readonly cpuSeconds: number;
  /** Incidents that were told of. */
  readonly incidents: number;
  /** Bytes written that the summary does not count; null where there was no summary. */
  readonly missingBytes: number | null;
}

const WRITER = fileURLToPath(new URL('burst-writer.js', import.meta.url));
const SAMPLE_MS = 200;
const PATIENCE_MS = 60_000;
const START_MS = 20_000;

export async function measureBurst(scratch: Scratch, options: BurstOptions): Promise<BurstResult> {
  const directory = scratch.room('burst');
  const file = join(directory, 'messages');
  const [first, last] = ['1', '2'].map((digit) => '0'.repeat(63) + digit) as [string, string];
  const begin = `${new Date().toISOString().slice(0, -1)}000+00:00 node-17 kubelet[1402]: E1121 00:00:00.000000    1402 remote_runtime.go:243] StopContainer "${first}" from runtime service failed: rpc error: code = DeadlineExceeded desc = context deadline exceeded\n`;
  writeFileSync(file, begin);
  const analyze = startAnalyze(scratch, { args: ['--follow', '--from-start', file] });
  await analyze.arrived(first, START_MS);
  const before = usageOf(analyze.pid);
  const plan: BurstPlan = {
    file,
    seconds: options.seconds,
    perSecond: options.megabytesPerSecond * 1e6,
    interesting: options.interesting,
    rotateBytes: options.rotateBytes,
    seed: options.seed,
    last,
    report: join(directory, 'report.json'),
  };
  const writer = scratch.own(spawn(process.execPath, [WRITER, JSON.stringify(plan)], { stdio: 'inherit' }));
  let mostLag = 0;
  const sampling = setInterval(() => {
    if (writer.pid === undefined || writer.exitCode !== null) return;
    try {
      const wrote = Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${writer.pid}/io`, 'utf8'))?.[1] ?? 0);
      mostLag = Math.max(mostLag, wrote - (usageOf(analyze.pid).readBytes - before.readBytes));
    } catch {
      // The writer has just ended.
    }
  }, SAMPLE_MS);
  const [code] = (await once(writer, 'exit')) as [number | null];
  clearInterval(sampling);
  if (code !== 0) throw new Error(`the writer ended with ${code}`);
  const report = JSON.parse(readFileSync(plan.report, 'utf8')) as BurstReport;
  const arrived = await analyze.arrived(last, PATIENCE_MS).catch(() => null);
  const after = usageOf(analyze.pid);
  const summary = await analyze.stop().catch(() => null);
  return {
    name: options.name,
    seconds: report.seconds,
    megabytesPerSecond: report.bytes / 1e6 / report.seconds,
    rotations: report.rotations,
    mostLagMegabytes: mostLag / 1e6,
    catchUpSeconds: arrived === null ? null : Number(arrived - BigInt(report.ended)) / 1e9,
    peakMegabytes: after.peakBytes / 1e6,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    incidents: analyze.arrivals.size,
    missingBytes: summary === null ? null : report.bytes + begin.length - summary.bytes,
  };
}
