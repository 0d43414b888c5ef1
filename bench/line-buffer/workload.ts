/**
 * A workload with everything that its caller left out: what `simulate`, `model`, `measure` and `runReal` take may be
 * stated in part.
 */
import { CONMON_BYTES } from './conmon.js';
import { COPIER_BYTES } from './moby-copier.js';
import { READER_BYTES } from './read-line.js';
import type { Runtime, Workload } from './types.js';

/** Version that stands for a runtime where none is named. Only containerd's decides anything. */
export const DEFAULT_VERSIONS: Readonly<Record<Runtime, string>> = {
  containerd: '1.6.20',
  docker: '27.4.1',
  'cri-o': '1.30.0',
};

/** Size of the read buffer that each runtime has by itself. */
export const OWN_READER_BYTES: Readonly<Record<Runtime, number>> = {
  containerd: READER_BYTES,
  docker: COPIER_BYTES,
  'cri-o': CONMON_BYTES,
};

/** What is left out: a line of 64 MiB, ended by a newline, into containerd without a limit. */
export function workloadOf(stated: Partial<Workload> = {}): Workload {
  const runtime = stated.runtime ?? 'containerd';
  return {
    runtime,
    version: DEFAULT_VERSIONS[runtime],
    limitBytes: runtime === 'containerd' ? -1 : OWN_READER_BYTES[runtime],
    lineBytes: 64 * 1024 * 1024,
    end: 'newline',
    before: null,
    containers: 1,
    streams: 1,
    writeBytes: 64 * 1024,
    readerBytes: OWN_READER_BYTES[runtime],
    paceBytesPerSecond: null,
    seed: 1,
    ...stated,
  };
}
