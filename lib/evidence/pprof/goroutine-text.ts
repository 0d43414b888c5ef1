/**
 * Reads a goroutine profile in the text form of `/debug/pprof/goroutine?debug=1`: stacks with how many goroutines
 * have each, without waits and arguments. Gives those stacks, and a table of functions. File paths in it often show
 * which version runs.
 */

import { modulesOf } from '../module-versions.js';
import type { Document, Evidence, EvidenceProblem, EvidenceReading, Frame } from '../types.js';
import { createFunctionTotals, type FunctionTotals } from './function-totals.js';
import { pastedLine } from './pasted-line.js';
import { recordedFrame } from './recorded-stack.js';
import { createStackGroups, MAX_DEPTH, type StackGroups, UNKNOWN_FRAME } from './stack-groups.js';

const MAX_PROFILES = 256;
/** Distinct paths that versions are looked for in. */
const MAX_FILES = 16_384;
const HEADER = /^goroutine profile: total (\d{1,12})$/;
const BEGINS = /^[>\s]{0,16}goroutine profile: total \d{1,12}\s{0,4}$/m;
const RECORD = /^(\d{1,12}) @(?: 0x|$)/;
/** Where debug=1 of another kind begins, its records look alike. */
const OTHER_PROFILE = /^(?:heap|threadcreate|block|mutex|allocs|[\w./-]{1,80}) profile: /;

interface OpenProfile {
  readonly line: number;
  readonly text: string;
  readonly stated: number;
  read: number;
  readonly totals: FunctionTotals;
  readonly stacks: StackGroups;
  readonly files: Set<string>;
  record: { count: number; line: number; frames: Frame[] } | null;
}

/** Whether the head of an input, as text, has the beginning of a goroutine profile in it. */
export function looksLikeGoroutineText(head: string): boolean {
  return BEGINS.test(head);
}

/** Problems: stacks missing between the header's total and the end. The text states neither program nor time. */
export function readGoroutineText(document: Document): EvidenceReading {
  const evidence: Evidence[] = [];
  const problems: EvidenceProblem[] = [];
  let profiles = 0;
  let profile: OpenProfile | null = null;

  const close = (): void => {
    if (profile === null) return;
    finishRecord(profile);
    const finished = evidenceOf(document.source, profile);
    evidence.push(...finished.evidence);
    problems.push(...finished.problems);
    profile = null;
  };

  for (const [index, whole] of document.lines.entries()) {
    const text = pastedLine(whole);
    const header = text.startsWith('goroutine profile:') ? HEADER.exec(text) : null;
    if (header !== null) {
      close();
      profiles += 1;
      if (profiles <= MAX_PROFILES) profile = openProfile(Number(header[1]), index + 1, text);
      continue;
    }
    if (profile === null || text === '') continue;
    if (OTHER_PROFILE.test(text)) close();
    else readLine(profile, text, index + 1);
  }
  close();
  if (profiles > MAX_PROFILES) {
    const reason = `more than ${MAX_PROFILES} goroutine profiles in one document; ${profiles - MAX_PROFILES} were left out`;
    problems.push({ source: document.source, line: null, reason });
  }
  return { evidence, problems };
}

function openProfile(stated: number, line: number, text: string): OpenProfile {
  return {
    line,
    text,
    stated,
    read: 0,
    totals: createFunctionTotals(1),
    stacks: createStackGroups(),
    files: new Set(),
    record: null,
  };
}

function readLine(profile: OpenProfile, text: string, line: number): void {
  if (text.startsWith('#')) {
    const { record } = profile;
    const frame = record === null ? null : recordedFrame(text);
    if (frame !== null && record !== null && record.frames.length < MAX_DEPTH) record.frames.push(frame);
    return;
  }
  finishRecord(profile);
  const match = RECORD.exec(text);
  if (match !== null) profile.record = { count: Number(match[1]), line, frames: [] };
}

function finishRecord(profile: OpenProfile): void {
  const { record } = profile;
  if (record === null) return;
  profile.record = null;
  const { count, frames } = record;
  if (frames.length === 0) frames.push(UNKNOWN_FRAME);
  profile.read += count;
  const ids = frames.map((frame) => profile.totals.id(frame.function));
  profile.totals.add(ids, ids.length, [count]);
  profile.stacks.add(frames.map(profile.stacks.frame), frames.length, count, record.line);
  for (const { file } of frames) {
    if (file !== null && profile.files.size < MAX_FILES) profile.files.add(file);
  }
}

function evidenceOf(source: string, profile: OpenProfile): EvidenceReading {
  const { line, text, stated, read } = profile;
  const problems: EvidenceProblem[] = [];
  if (read < stated) {
    const reason = `the goroutine profile ends early: its header states ${stated} goroutines, its stacks hold ${read}`;
    problems.push({ source, line, reason });
  }
  if (read === 0) return { evidence: [], problems };
  const total = Math.max(stated, read);
  const { groups, dropped } = profile.stacks.groups();
  const { functions, complete } = profile.totals.functions(0, 'goroutine', line);
  const provenance = { source, line, host: null, program: null, pid: null, at: null, text };
  return {
    evidence: [
      {
        ...provenance,
        kind: 'functions',
        measure: 'goroutine',
        total,
        functions,
        complete: complete && read >= stated,
      },
      {
        ...provenance,
        kind: 'goroutines',
        form: 'profile',
        total,
        groups,
        dropped: dropped + total - read,
        modules: modulesOf(profile.files),
      },
    ],
    problems,
  };
}
