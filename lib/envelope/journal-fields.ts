/**
 * What journald's fields say about a record, whichever way they were written: JSON, or the export format.
 * Names come in capitals from journald itself and partly in lower case from Vector.
 */
import { processId } from './key-values.js';
import type { Peeled } from './peeled.js';
import { anyStamp } from './stamp.js';

export type JournalField = (...names: readonly string[]) => string | null;

/** The journal's part of a record. The message is the caller's business. */
export function journalPeel(
  name: 'journal-json' | 'journal-export',
  message: string,
  field: JournalField,
): Peeled {
  const time = field('__REALTIME_TIMESTAMP', '_SOURCE_REALTIME_TIMESTAMP', 'timestamp', '@timestamp', 'time');
  return {
    name,
    kind: 'outer',
    rest: message,
    time: time === null ? null : anyStamp(time),
    host: field('_HOSTNAME', 'host', 'hostname'),
    tag: field('SYSLOG_IDENTIFIER', '_COMM'),
    pid: processId(field('_PID', 'SYSLOG_PID') ?? ''),
    unit: field('_SYSTEMD_UNIT', 'systemd_unit'),
    // The journald log driver of docker and podman sets them; dockerd's own lines have none.
    containerOutput: field('CONTAINER_ID', 'CONTAINER_ID_FULL', 'CONTAINER_NAME') !== null,
  };
}
