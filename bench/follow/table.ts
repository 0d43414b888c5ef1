/** What following costs, as the tables that people read. */
import { alignTable } from './align-table.js';
import type { BurstResult } from './burst.js';
import type { IdleResult } from './idle.js';

export function renderBursts(results: readonly BurstResult[]): string {
  return alignTable(
    [
      'burst',
      'MB/s',
      's',
      'rotations',
      'most lag MB',
      'caught up after s',
      'peak RSS MB',
      'CPU s',
      'incidents',
      'bytes missing',
    ],
    results.map((result) => [
      result.name,
      String(Math.round(result.megabytesPerSecond)),
      String(Math.round(result.seconds)),
      String(result.rotations),
      String(Math.round(result.mostLagMegabytes)),
      result.catchUpSeconds === null ? 'never' : result.catchUpSeconds.toFixed(2),
      String(Math.round(result.peakMegabytes)),
      result.cpuSeconds.toFixed(1),
      String(result.incidents),
      result.missingBytes === null ? 'not known' : String(result.missingBytes),
    ]),
  );
}

export function renderIdle(results: readonly IdleResult[]): string {
  return alignTable(
    ['followed', 'files', 's', 'start s', 'CPU', 'RSS MB', 'peak RSS MB', 'wake-up ms'],
    results.map((result) => [
      result.name,
      String(result.files),
      String(Math.round(result.seconds)),
      result.startSeconds.toFixed(1),
      `${(result.cpuShare * 100).toFixed(2)} %`,
      String(Math.round(result.residentMegabytes)),
      String(Math.round(result.peakMegabytes)),
      result.wakeUpMilliseconds.toFixed(0),
    ]),
  );
}
