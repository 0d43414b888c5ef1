/**
 * Reads a heap profile in the text form of `/debug/pprof/heap?debug=1`. Gives the same tables as the protobuf form:
 * what is held and what was ever allocated, in bytes and objects. The records hold samples, so each is scaled to
 * what it stands for.
 */
import type { Instant } from '../../envelope/types.js';
import type { Document, Evidence, EvidenceProblem, EvidenceReading, Measure } from '../types.js';
import { createFunctionTotals, type FunctionTotals } from './function-totals.js';
import { pastedLine } from './pasted-line.js';
import { printQuantity } from './pprof-quantity.js';
import { recordedFrame } from './recorded-stack.js';
import { MAX_DEPTH } from './stack-groups.js';

const MAX_PROFILES = 256;
const COUNTS = '(\\d{1,15}): {1,4}(\\d{1,16}) {1,4}\\[ {0,4}(\\d{1,15}): {1,4}(\\d{1,16})\\] {1,4}@';
const HEADER = new RegExp(`^heap profile: {1,4}${COUNTS} (heap(?:_v2|z_v2)?)/(\\d{1,12})$`);
const RECORD = new RegExp(`^${COUNTS}(?: 0x|$)`);
const TRAILER = /^# (?:runtime\.MemStats|Alloc = \d)/;
const LAST_GC = /^# LastGC = (\d{10,20})$/;

const BEGINS = /^[>\s]{0,16}heap profile: {1,4}\d{1,15}: {1,4}\d{1,16} {1,4}\[/m;

/** Order of a record's values below. */
const MEASURES: readonly Measure[] = ['inuse_objects', 'inuse_space', 'alloc_objects', 'alloc_space'];

interface OpenProfile {
  readonly line: number;
  readonly text: string;
  readonly rate: number;
  /** As the header states them, unscaled: objects and bytes held, objects and bytes allocated. */
  readonly stated: readonly number[];
  readonly read: number[];
  readonly totals: FunctionTotals;
  record: { values: readonly number[]; stack: number[] } | null;
  /** The records are over, the figures of the runtime follow. */
  inTrailer: boolean;
}

/** Whether the head of an input, as text, has the beginning of a heap profile in it. */
export function looksLikeHeapText(head: string): boolean {
  return BEGINS.test(head);
}

/**
 * Problems: records missing between header and end. The text names no program. Its time is that of the last garbage
 * collection, which is what a heap profile shows; null where the trailer with it is missing.
 */
export function readHeapText(document: Document): EvidenceReading {
  const evidence: Evidence[] = [];
  const problems: EvidenceProblem[] = [];
  let profiles = 0;
  let profile: OpenProfile | null = null;

  const close = (at: Instant | null): void => {
    if (profile === null) return;
    finishRecord(profile);
    const finished = tablesOf(document.source, profile, at);
    evidence.push(...finished.evidence);
    problems.push(...finished.problems);
    profile = null;
  };

  for (const [index, whole] of document.lines.entries()) {
    const text = pastedLine(whole);
    const header = text.startsWith('heap profile:') ? HEADER.exec(text) : null;
    if (header !== null) {
      close(null);
      profiles += 1;
      if (profiles <= MAX_PROFILES) profile = openProfile(header, index + 1, text);
      continue;
    }
    if (profile === null || text === '') continue;
    if (TRAILER.test(text)) profile.inTrailer = true;
    const lastCollection = profile.inTrailer ? LAST_GC.exec(text) : null;
    if (lastCollection !== null) close(instantOf(lastCollection[1] ?? ''));
    else if (!profile.inTrailer) readLine(profile, text);
  }
  close(null);
  if (profiles > MAX_PROFILES) {
    const reason = `more than ${MAX_PROFILES} heap profiles in one document; ${profiles - MAX_PROFILES} were left out`;
    problems.push({ source: document.source, line: null, reason });
  }
  return { evidence, problems };
}

function openProfile(header: RegExpExecArray, line: number, text: string): OpenProfile {
  const number = Number(header[6]);
  return {
    line,
    text: text.slice(0, 1024),
    // Go writes twice its MemProfileRate behind `heap/`, tcmalloc the rate itself behind `heap_v2/`.
    rate: header[5] === 'heap' ? number / 2 : number,
    stated: header.slice(1, 5).map(Number),
    read: [0, 0, 0, 0],
    totals: createFunctionTotals(MEASURES.length),
    record: null,
    inTrailer: false,
  };
}

function readLine(profile: OpenProfile, text: string): void {
  if (text.startsWith('#')) {
    const frame = recordedFrame(text);
    const { record } = profile;
    if (frame !== null && record !== null && record.stack.length < MAX_DEPTH) {
      record.stack.push(profile.totals.id(frame.function));
    }
    return;
  }
  // Anything else ends the record, so that frames of another profile below are not taken for its own.
  finishRecord(profile);
  const match = RECORD.exec(text);
  if (match === null) return;
  const [heldObjects = 0, heldBytes = 0, objects = 0, bytes = 0] = match.slice(1, 5).map(Number);
  for (const [place, value] of [heldObjects, heldBytes, objects, bytes].entries()) {
    profile.read[place] = (profile.read[place] ?? 0) + value;
  }
  const values = [...scaled(heldObjects, heldBytes, profile.rate), ...scaled(objects, bytes, profile.rate)];
  profile.record = { values, stack: [] };
}

function finishRecord(profile: OpenProfile): void {
  const { record } = profile;
  if (record === null) return;
  if (record.stack.length === 0) record.stack.push(profile.totals.id('<unknown>'));
  profile.totals.add(record.stack, record.stack.length, record.values);
  profile.record = null;
}

/**
 * What a sampled record stands for. An allocation of s bytes is sampled with the probability 1 - e^(-s / rate): the
 * same as scaleHeapSample of Go's runtime/pprof/protomem.go and of pprof's profile/legacy_profile.go.
 */
function scaled(count: number, size: number, rate: number): readonly [objects: number, bytes: number] {
  if (count === 0 || size === 0) return [0, 0];
  if (rate <= 1) return [count, size];
  const scale = 1 / -Math.expm1(-size / count / rate);
  return [Math.trunc(count * scale), Math.trunc(size * scale)];
}

/** Nanoseconds since the epoch; 0 before the first collection. */
function instantOf(nanos: string): Instant | null {
  const ms = Number(nanos.slice(0, -6));
  // 9999-12-31: beyond it no date can be printed.
  return ms > 0 && ms < 253_402_300_800_000 ? { ms, nanos: Number(nanos.slice(-6)), digits: 9 } : null;
}

function tablesOf(source: string, profile: OpenProfile, at: Instant | null): EvidenceReading {
  const { line, text, totals } = profile;
  const whole = profile.stated.every((stated, place) => (profile.read[place] ?? 0) >= stated);
  const evidence: Evidence[] = [];
  for (const [column, measure] of MEASURES.entries()) {
    const total = totals.total(column);
    if (total === 0) continue;
    const { functions, complete } = totals.functions(column, measure, line);
    evidence.push({
      kind: 'functions',
      source,
      line,
      host: null,
      program: null,
      pid: null,
      at,
      text,
      measure,
      total,
      functions,
      complete: complete && whole,
    });
  }
  if (whole) return { evidence, problems: [] };
  const [stated, read] = [profile.stated[1] ?? 0, profile.read[1] ?? 0].map((bytes) =>
    printQuantity(bytes, 'inuse_space'),
  );
  const reason = `the heap profile ends early: its header states ${stated} in use, its records hold ${read}`;
  return { evidence, problems: [{ source, line, reason }] };
}
