/**
 * Finds panics and goroutine dumps in a log. The lines of each speaker (source, host, tag, process) go to a reader
 * of their own, so that two traces printed at the same time both come out whole. What is held is bounded: speakers
 * by number, each by text, and a speaker that has nothing under way is forgotten.
 */
import type { Instant, LogRecord } from '../../envelope/types.js';
import { unescapeQuoted } from '../../envelope/unescape.js';
import type { EvidenceProblem } from '../types.js';
import {
  createTraceReader,
  newReaderMemory,
  type ReaderMemory,
  type Trace,
  type TraceReader,
  type TraceReaderOptions,
} from './go-trace.js';
import { programOfTag } from './go-trace-program.js';

export interface TraceGathererOptions {
  /** `record`: the one that the trace begins with, or one of its first. */
  readonly onEvidence: (evidence: Trace, record: LogRecord) => void;
  /** Told what was left out, and why. */
  readonly onProblem?: (problem: EvidenceProblem) => void;
  /** Time of a record; asked as it comes in. Default: none, and `at` is null. */
  readonly timeOf?: (record: LogRecord) => Instant | null;
}

export interface TraceGatherer {
  /** Records of a source in their order; of several sources in any. */
  push(record: LogRecord): void;
  /** What was begun is complete: of one source, or of all. */
  flush(source?: string): void;
  /** The same for speakers that have said nothing since the last call: for a live log, every second or so. */
  quiet(): void;
}

/** Speakers with a trace under way. */
const MAX_SPEAKERS = 256;
/** Characters of one trace that are looked at; its goroutines beyond them are counted. */
const MAX_TEXT = 2 * 1024 * 1024;
/** Records held of a speaker, to tell which one a trace began with. */
const MAX_HEADS = 8;

/** Something that a trace can begin with. */
const BEGINS =
  /goroutine \d|goroutine stack dump|panic: |fatal error: |panic serving |SIG[A-Z]{3,5}: |runtime: /;

/** What is known of a speaker that has a trace under way. */
interface Speaker {
  readonly about: Pick<TraceReaderOptions, 'source' | 'host' | 'pid' | 'program' | 'fallbackProgram'>;
  readonly trace: ReaderMemory;
  /** The end of a message of several lines: it may be torn in the middle of one. */
  rest: { readonly text: string; readonly line: number } | null;
  heads: LogRecord[];
  quiet: boolean;
}

/** Traces under way. Plain data. */
export interface TracesMemory {
  /** The one that spoke last is the last. */
  readonly speakers: Map<string, Speaker>;
  /** The last record of several lines. */
  last: { readonly source: string; readonly line: number; readonly key: string } | null;
}

export function newTracesMemory(): TracesMemory {
  return { speakers: new Map(), last: null };
}

export function createTraceGatherer(
  options: TraceGathererOptions,
  memory: TracesMemory = newTracesMemory(),
): TraceGatherer {
  const { timeOf } = options;
  const { speakers } = memory;
  const readers = new WeakMap<Speaker, TraceReader>();

  function readerOf(speaker: Speaker): TraceReader {
    let reader = readers.get(speaker);
    if (reader === undefined) {
      reader = createTraceReader({ ...speaker.about, maxText: MAX_TEXT }, speaker.trace);
      readers.set(speaker, reader);
    }
    return reader;
  }

  function give(speaker: Speaker, current: LogRecord | null): void {
    const { evidence, problems } = readerOf(speaker).take();
    for (const trace of evidence as readonly Trace[]) {
      const record = speaker.heads.find(({ line }) => line === trace.line) ?? speaker.heads[0] ?? current;
      if (record !== null) options.onEvidence(trace, record);
    }
    for (const problem of problems) options.onProblem?.(problem);
    speaker.heads = current === null ? [] : [current];
  }

  /** Hands a text on, but for the last line of several. */
  function read(speaker: Speaker, record: LogRecord, text: string): void {
    const { line, text: shown } = record;
    const at = timeOf?.(record) ?? null;
    const end = text.lastIndexOf('\n');
    readerOf(speaker).push({ line, text: text.slice(0, end < 0 ? undefined : end), shown, at });
    if (end >= 0) speaker.rest = { text: text.slice(end + 1), line };
  }

  function readRest(speaker: Speaker): void {
    if (speaker.rest !== null) readerOf(speaker).push(speaker.rest);
  }

  /**
   * True where the record is the rest of a message that was wrapped in the file: a line without any envelope right
   * below it, its newlines still escaped.
   */
  function goesOn(record: LogRecord): boolean {
    const { source, line, message, envelopes } = record;
    const { last } = memory;
    if (last === null || envelopes[0] !== 'plain' || last.source !== source || last.line !== line - 1)
      return false;
    const speaker = speakers.get(last.key);
    if (speaker?.rest == null || !message.includes('\\n')) return false;
    const text = speaker.rest.text + unescapeQuoted(message).replace(/"[^"\n]{0,256}$/, '');
    memory.last = { ...last, line };
    speaker.rest = null;
    read(speaker, record, text);
    return true;
  }

  function end(key: string, speaker: Speaker): void {
    speakers.delete(key);
    readRest(speaker);
    readerOf(speaker).finish();
    give(speaker, null);
  }

  function start(key: string, record: LogRecord): Speaker {
    const { source, host, tag, pid, unit } = record;
    const about = {
      source,
      host,
      pid,
      program: programOfTag(tag, unit),
      fallbackProgram: tag === 'docker' ? 'dockerd' : (tag?.slice(0, 64) ?? null),
    };
    const speaker: Speaker = { about, trace: newReaderMemory(), rest: null, heads: [], quiet: false };
    speakers.set(key, speaker);
    if (speakers.size > MAX_SPEAKERS) {
      const [oldest] = speakers;
      if (oldest !== undefined) {
        const reason = `more than ${MAX_SPEAKERS} processes print stacks at once: the rest of one was not read`;
        options.onProblem?.({ source: oldest[0].split('\0', 1)[0] ?? '', line: null, reason });
        end(...oldest);
      }
    }
    return speaker;
  }

  return {
    push(record) {
      // What a container prints says nothing about the daemons of its host.
      if (record.containerOutput) return;
      const begins = BEGINS.test(record.message.slice(0, 4096));
      if (!begins && speakers.size === 0) return;
      if (goesOn(record)) return;
      const key = keyOf(record);
      let speaker = speakers.get(key);
      if (speaker === undefined) {
        if (!begins) return;
        speaker = start(key, record);
      } else {
        speakers.delete(key);
        speakers.set(key, speaker);
      }
      speaker.quiet = false;
      if (begins && speaker.heads.push(record) > MAX_HEADS) speaker.heads.splice(-2, 1);
      const reader = readerOf(speaker);
      readRest(speaker);
      speaker.rest = null;
      read(speaker, record, record.message);
      memory.last = speaker.rest === null ? null : { source: record.source, line: record.line, key };
      if (reader.ready) give(speaker, record);
      if (!reader.open && speaker.rest === null) speakers.delete(key);
    },
    flush(source) {
      for (const [key, speaker] of [...speakers])
        if (source === undefined || key.startsWith(`${source}\0`)) end(key, speaker);
    },
    quiet() {
      for (const [key, speaker] of [...speakers]) {
        if (speaker.quiet) end(key, speaker);
        else speaker.quiet = true;
      }
    },
  };
}

function keyOf(record: LogRecord): string {
  const { source, host, tag, pid, envelopes } = record;
  const service = envelopes.includes('ci-prefix') ? serviceOf(record.text) : '';
  return `${source}\0${host ?? ''}\0${tag ?? ''}\0${pid ?? ''}\0${service}`;
}

/** A build's step, a pod or a service of compose, where one stands in front of the line. */
const SERVICE =
  /^(?:\d{4}-\d\d-\d\dT[\d:.]{8,20}Z )?(#\d{1,6} |\[pod\/[^\s\]]{1,255}\]|pod\/\S{1,255} \S{1,255} |[\w.-]{1,128} {0,64}\|)/;

function serviceOf(text: string): string {
  return SERVICE.exec(text.slice(0, 600))?.[1]?.trim() ?? '';
}
