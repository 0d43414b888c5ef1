/**
 * Reads what containerd serves under /v1/metrics: how much of its containers' output it has read and how much it
 * has written, and what memory it has. Of a line that has no end yet all is read and nothing written.
 */
import { headLines, plainLines } from '../outputs/plain-lines.js';
import { type Output, statementsOf } from '../outputs/statements.js';
import type { Document, EvidenceReading } from '../types.js';
import { readSample } from './metric-line.js';
import { type Scrape, scrapesOf } from './scrapes.js';

/** Name of a sample -> name of our own. */
const GAUGES: Readonly<Record<string, string>> = {
  containerd_cri_input_bytes_total: 'log-bytes-in',
  containerd_cri_output_bytes_total: 'log-bytes-out',
  go_goroutines: 'goroutines',
  go_memstats_heap_alloc_bytes: 'heap-bytes',
  process_resident_memory_bytes: 'memory-bytes',
  process_open_fds: 'fds',
};
const OTHERS = new Set([
  'containerd_build_info_total',
  'containerd_build_info',
  'containerd_cri_input_entries_total',
  'containerd_cri_output_entries_total',
  'go_info',
  'go_memstats_heap_inuse_bytes',
  'process_cpu_seconds_total',
  'process_start_time_seconds',
]);
/** The first and the latest scrapes tell what grew. */
const SCRAPES = 32;
/**
 * Bytes that a record has beside its content, at least: a time of 25 characters, ` stdout F ` and the newline. In UTC
 * it is 41; clocks of microseconds have three digits less, and what they lack times millions of records must not
 * look like memory.
 */
const RECORD_HEADER = 36;
/** Counters and heap are not read at one moment. */
const AT_ONCE = 1.02;

export function looksLikeContainerdMetrics(head: string): boolean {
  const lines = headLines(head);
  return (
    lines.some(
      (line) =>
        /^# (?:TYPE|HELP) containerd_\w/.test(line) || readSample(line)?.name.startsWith('containerd_'),
    ) ||
    // Many containers' figures stand before its own; cAdvisor's of the same name have other labels.
    (lines.some((line) => line.startsWith('# TYPE container_')) &&
      lines.some((line) => /^container_\w{1,80}\{container_id="/.test(line)))
  );
}

export function readContainerdMetrics(document: Document): EvidenceReading {
  const statements = statementsOf(document);
  const lines = plainLines(document);
  const wanted = (name: string): boolean => Object.hasOwn(GAUGES, name) || OTHERS.has(name);
  // Other programs of Go have the rest of the names, too.
  const all = scrapesOf(lines, wanted).filter(({ samples }) =>
    [...samples.keys()].some((name) => name.startsWith('containerd_')),
  );
  const scrapes = all.length <= SCRAPES ? all : [...all.slice(0, SCRAPES / 2), ...all.slice(-SCRAPES / 2)];
  if (all.length > SCRAPES) {
    const reason = `${all.length} scrapes: the first and the last ${SCRAPES / 2} were read.`;
    statements.problem(null, reason);
  }
  for (const scrape of scrapes) stateScrape(scrape, statements.output());
  return statements.reading();
}

function stateScrape({ samples, at, host }: Scrape, output: Output): void {
  const figure = (name: string): number | null => {
    const value = samples.get(name)?.value;
    return value === undefined || !Number.isFinite(value) || value < 0 ? null : value;
  };
  const build = samples.get('containerd_build_info_total') ?? samples.get('containerd_build_info');
  const version = build?.labels.get('version');
  if (build !== undefined && version !== undefined) output.version('containerd', version, build.line);
  for (const [name, { value, line }] of samples) {
    const gauge = Object.hasOwn(GAUGES, name) ? GAUGES[name] : undefined;
    if (gauge !== undefined) output.gauge('containerd', gauge, value, line);
  }
  const read = figure('containerd_cri_input_bytes_total');
  const written = figure('containerd_cri_output_bytes_total');
  const heap = figure('go_memstats_heap_alloc_bytes') ?? figure('go_memstats_heap_inuse_bytes');
  if (read !== null && written !== null) {
    const line = samples.get('containerd_cri_input_bytes_total')?.line ?? 1;
    const records = figure('containerd_cri_output_entries_total') ?? 0;
    const unwritten = read - Math.max(0, written - records * RECORD_HEADER);
    output.gauge('containerd', 'log-bytes-unwritten', unwritten, line, 'signed');
    // What a full disk made containerd drop was read and not written either, and is in no heap.
    const isHeld = unwritten > 0 && (heap === null || unwritten <= heap * AT_ONCE);
    output.gauge('containerd', 'log-bytes-held', isHeld ? unwritten : 0, line);
  }
  const started = figure('process_start_time_seconds');
  const progress = figure('process_cpu_seconds_total') ?? read;
  output.end({
    program: 'containerd',
    host,
    at,
    ...(progress !== null && { life: { startedMs: started === null ? null : started * 1000, progress } }),
  });
}
