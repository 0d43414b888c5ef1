/**
 * Reads what containerd serves under /v1/metrics: how much of its containers' output it has read and how much it
 * has written, and what memory it has. Of a line that has no end yet all is read and nothing written.
 */
import { headLines, plainLines } from '../outputs/plain-lines.js';
import { type Statements, statementsOf } from '../outputs/statements.js';
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
/** Of one process: the first and the latest scrapes tell what grew. */
const SCRAPES = 32;
/** Processes of one document, those that show most. */
const PROCESSES = 128;
/** Of all its processes. */
const ALL_SCRAPES = 1_024;
const STATEMENTS = 16_384;
/** Newline, and the return or zero byte that may stand behind it. */
const ENDS = new Set([0x0a, 0x0d, 0]);
/**
 * Bytes that a record has beside its content, at least: a time of 25 characters, ` stdout F ` and the newline. In UTC
 * it is 41; clocks of microseconds have three digits less, and what they lack times millions of records must not
 * look like memory.
 */
const RECORD_HEADER = 36;
/** Counters and heap are not read at one moment. */
const AT_ONCE = 1.02;
/** Of the heap of a containerd that holds lines, they are most; a busy one's disk was full at some time. */
const MOST_OF_HEAP = 0.5;

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
  const statements = statementsOf(document, STATEMENTS);
  const lines = plainLines(document);
  const wanted = (name: string): boolean => Object.hasOwn(GAUGES, name) || OTHERS.has(name);
  // Of a line that was cut within its number less is left, and with it a healthy node looks like a sick one.
  const isCut = document.bytes.length > 0 && !ENDS.has(document.bytes.at(-1) ?? 0);
  const read = scrapesOf(isCut ? lines.slice(0, document.lines.length - 1) : lines, wanted);
  if (read.dropped > 0)
    statements.problem(
      null,
      `Too many processes in one text: ${read.dropped} samples of others were left out.`,
    );
  const processes = new Map<string, Scrape[]>();
  for (const scrape of read.scrapes) {
    // Other programs of Go have the rest of the names, too.
    if (![...scrape.samples.keys()].some((name) => name.startsWith('containerd_'))) continue;
    const process = processes.get(scrape.series);
    if (process === undefined) processes.set(scrape.series, [scrape]);
    else process.push(scrape);
  }
  const kept = [...processes.values()]
    .toSorted((a, b) => mostUnwritten(b) - mostUnwritten(a) || 0)
    .slice(0, PROCESSES);
  if (kept.length < processes.size) {
    const reason = `${processes.size} processes: the ${PROCESSES} that have read most without writing it were looked at.`;
    statements.problem(null, reason);
  }
  const each = Math.min(SCRAPES, 2 * Math.floor(ALL_SCRAPES / kept.length / 2));
  const left = new Map<string, Set<Scrape>>();
  for (const all of kept) {
    const scrapes = all.length <= each ? all : [...all.slice(0, each / 2), ...all.slice(-each / 2)];
    left.set(all[0]?.series ?? '', new Set(scrapes));
    if (all.length > each)
      statements.problem(null, `${all.length} scrapes: the first and the last ${each / 2} were read.`);
  }
  for (const scrape of read.scrapes) {
    if (left.get(scrape.series)?.has(scrape) === true) stateScrape(scrape, statements);
  }
  return statements.reading();
}

/** Null where it is no number of bytes, or beyond what can be counted. */
function figureOf({ samples }: Scrape, name: string): number | null {
  const value = samples.get(name)?.value;
  return value === undefined || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER) ? null : value;
}

/** Bytes read from containers that are in no record. */
function unwrittenIn(scrape: Scrape): number | null {
  const read = figureOf(scrape, 'containerd_cri_input_bytes_total');
  const written = figureOf(scrape, 'containerd_cri_output_bytes_total');
  if (read === null || written === null) return null;
  const records = figureOf(scrape, 'containerd_cri_output_entries_total') ?? 0;
  return read - Math.max(0, written - records * RECORD_HEADER);
}

function mostUnwritten(scrapes: readonly Scrape[]): number {
  return scrapes.reduce((most, scrape) => Math.max(most, unwrittenIn(scrape) ?? 0), -1);
}

function stateScrape(scrape: Scrape, statements: Statements): void {
  const { samples, at, host, series } = scrape;
  const output = statements.output();
  const build = samples.get('containerd_build_info_total') ?? samples.get('containerd_build_info');
  const version = build?.labels.get('version');
  if (build !== undefined && version !== undefined) output.version('containerd', version, build.line);
  for (const [name, { value, line }] of samples) {
    if (Number.isFinite(value) && value > Number.MAX_SAFE_INTEGER) {
      statements.problem(
        line,
        `${name} is beyond 2^53: ${value} is no figure of a daemon, and was left out.`,
      );
      continue;
    }
    const gauge = Object.hasOwn(GAUGES, name) ? GAUGES[name] : undefined;
    if (gauge !== undefined) output.gauge('containerd', gauge, value, line);
  }
  const read = figureOf(scrape, 'containerd_cri_input_bytes_total');
  const heap =
    figureOf(scrape, 'go_memstats_heap_alloc_bytes') ?? figureOf(scrape, 'go_memstats_heap_inuse_bytes');
  const unwritten = unwrittenIn(scrape);
  if (unwritten !== null) {
    const line = samples.get('containerd_cri_input_bytes_total')?.line ?? 1;
    output.gauge('containerd', 'log-bytes-unwritten', unwritten, line, 'signed');
    // What a full disk made containerd drop was read and not written either, and is in no heap.
    const isHeld = heap !== null && unwritten <= heap * AT_ONCE && unwritten >= heap * MOST_OF_HEAP;
    if (heap === null) output.gauge('containerd', 'log-bytes-unplaced', Math.max(0, unwritten), line);
    else output.gauge('containerd', 'log-bytes-held', isHeld && unwritten > 0 ? unwritten : 0, line);
  }
  const started = figureOf(scrape, 'process_start_time_seconds');
  const progress = figureOf(scrape, 'process_cpu_seconds_total') ?? read;
  output.end({
    program: 'containerd',
    host,
    at,
    ...(progress !== null && {
      life: { startedMs: started === null ? null : started * 1000, progress, series },
    }),
  });
}
