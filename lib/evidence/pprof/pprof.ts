/**
 * Reads a pprof profile in its protobuf form, what `/debug/pprof/heap` and `/debug/pprof/goroutine` answer, already
 * decompressed. Gives a table of functions for each measure that speaks of a leak, with the figures of
 * `go tool pprof -top`, and of a goroutine profile its stacks, too. A damaged profile gives a problem and nothing else.
 */
import type { Instant } from '../../envelope/types.js';
import { modulesOf } from '../module-versions.js';
import type { Document, Evidence, EvidenceReading, Frame, Measure } from '../types.js';
import { createFunctionTotals } from './function-totals.js';
import { indexProfile, type PprofIndex } from './pprof-decode.js';
import { printQuantity } from './pprof-quantity.js';
import { walkSamples } from './pprof-samples.js';
import { PprofDamage } from './pprof-wire.js';
import { createStackGroups, UNKNOWN_FRAME } from './stack-groups.js';

export { looksLikePprof } from './looks-like-pprof.js';

const MEASURES: readonly Measure[] = [
  'inuse_space',
  'inuse_objects',
  'alloc_space',
  'alloc_objects',
  'goroutine',
];
/**
 * Frames looked at over all samples. A real profile has some hundred thousand; one byte of a sample can name a
 * location of a million inlined lines, so the size of the document is no bound.
 */
const MAX_FRAMES = 33_554_432;
/** Of one stack, inlined calls included. */
const MAX_STACK = 65_536;

/** `document.bytes` holds the profile. Problems: bytes that are none, damage with its offset, measures unknown. */
export function readPprof(document: Document): EvidenceReading {
  const { source, bytes } = document;
  const problem = (reason: string): EvidenceReading => ({
    evidence: [],
    problems: [{ source, line: null, reason }],
  });
  const other = otherFormat(bytes);
  if (other !== null) return problem(`expected a pprof profile, found ${other}`);
  try {
    return readIndexed(document, indexProfile(bytes), problem);
  } catch (error) {
    if (!(error instanceof PprofDamage)) throw error;
    return problem(
      `the pprof profile is damaged at byte ${error.offset} of ${bytes.length}: ${error.message}; nothing of it was used`,
    );
  }
}

function readIndexed(
  document: Document,
  index: PprofIndex,
  problem: (reason: string) => EvidenceReading,
): EvidenceReading {
  const columns = MEASURES.flatMap((measure) => {
    const column = index.sampleTypes.findIndex(({ type }) => type === measure);
    return column === -1 ? [] : [{ measure, column }];
  });
  if (columns.length === 0) {
    const found = index.sampleTypes.map(({ type }) => type.replace(/[^\w-]/g, '?').slice(0, 20)).slice(0, 3);
    const named = found.length === 0 ? 'no sample type' : found.join(', ');
    return problem(`expected a heap or goroutine profile, found one of ${named}`);
  }
  const program = programOf(index);
  const sums = sumSamples(index, columns, program);
  const { totals, negative } = sums;
  const at = instantOf(index.timeNanos);
  const provenance = { source: document.source, line: 1, host: null, program, pid: null, at };
  const evidence: Evidence[] = [];
  for (const [column, { measure }] of columns.entries()) {
    const total = totals.total(column);
    if (total <= 0 || negative[column] === true) continue;
    const { functions, complete } = totals.functions(column, measure, 1);
    const text = `${measure} profile: ${printQuantity(total, measure)} in ${index.samples} samples`;
    evidence.push({ ...provenance, kind: 'functions', text, measure, total, functions, complete });
  }
  const goroutines = columns.findIndex(({ measure }) => measure === 'goroutine');
  if (goroutines !== -1 && negative[goroutines] !== true && totals.total(goroutines) > 0) {
    evidence.push({
      ...provenance,
      kind: 'goroutines',
      form: 'profile',
      text: `goroutine profile: total ${totals.total(goroutines)}`,
      total: totals.total(goroutines),
      ...sums.stacks.groups(),
      modules: modulesOf(index.functions.map(({ file }) => file)),
    });
  }
  if (negative.includes(true)) {
    const { problems } = problem(
      'the pprof profile has negative values: a difference of two states, not a state',
    );
    return { evidence, problems };
  }
  return evidence.length === 0 ? problem('the pprof profile holds no samples') : { evidence, problems: [] };
}

/** Adds up the wanted columns of every sample, inlined calls as functions of their own. */
function sumSamples(
  index: PprofIndex,
  columns: readonly { readonly measure: Measure; readonly column: number }[],
  program: string | null,
) {
  const totals = createFunctionTotals(columns.length);
  const stacks = createStackGroups();
  const negative: boolean[] = columns.map(() => false);
  const goroutines = columns.findIndex(({ measure }) => measure === 'goroutine');
  // As pprof names what has no symbols.
  const unknown = totals.id(program === null ? '<unknown>' : `[${program}]`);
  const ids = index.functions.map(({ name }) => (name === '' ? unknown : totals.id(name)));
  const functionIds = index.lineFunctions.map((called) => ids[called] ?? unknown);
  const unknownFrame = stacks.frame(UNKNOWN_FRAME);
  const frameIds =
    goroutines === -1 ? [] : index.lineFunctions.map((_, line) => stacks.frame(frameOf(index, line)));
  const values = columns.map(() => 0);
  const stack: number[] = [];
  const frames: number[] = [];
  let looked = 0;

  walkSamples(index, (locations, locationCount, sampleValues, offset) => {
    let depth = 0;
    for (const [place, { column }] of columns.entries()) {
      values[place] = sampleValues[column] ?? 0;
      if ((values[place] ?? 0) < 0) negative[place] = true;
    }
    if (values.every((value) => value === 0)) return;
    for (let nth = 0; nth < locationCount; nth += 1) {
      const location = locations[nth] ?? 0;
      const first = index.lineStarts[location] ?? 0;
      const last = index.lineStarts[location + 1] ?? first;
      looked += Math.max(1, last - first);
      if (looked > MAX_FRAMES)
        throw new PprofDamage(`its stacks have more than ${MAX_FRAMES} frames`, offset);
      if (depth + last - first > MAX_STACK) {
        throw new PprofDamage(`a stack has more than ${MAX_STACK} frames`, offset);
      }
      if (first === last) {
        stack[depth] = unknown;
        frames[depth] = unknownFrame;
        depth += 1;
      }
      for (let line = first; line < last; line += 1) {
        stack[depth] = functionIds[line] ?? unknown;
        frames[depth] = frameIds[line] ?? unknownFrame;
        depth += 1;
      }
    }
    totals.add(stack, depth, values);
    if (goroutines !== -1) stacks.add(frames, depth, values[goroutines] ?? 0, 1);
  });
  return { totals, stacks, negative };
}

/** The call that a line of a location stands for. */
function frameOf(index: PprofIndex, line: number): Frame {
  const called = index.functions[index.lineFunctions[line] ?? -1];
  if (called === undefined || called.name === '') return UNKNOWN_FRAME;
  const number = index.lineNumbers[line] ?? 0;
  return { function: called.name, file: called.file || null, line: number > 0 ? number : null };
}

/** `dockerd` of `/usr/bin/dockerd (deleted)`; null where the profile names no executable. */
function programOf(index: PprofIndex): string | null {
  const file = index.mappingFiles.find((name) => name !== '' && !name.startsWith('['));
  const base =
    file
      ?.replace(/ \(deleted\)$/, '')
      .split('/')
      .at(-1) ?? '';
  return base === '' ? null : base.slice(0, 128);
}

function instantOf(nanos: bigint): Instant | null {
  if (nanos <= 0n) return null;
  return { ms: Number(nanos / 1_000_000n), nanos: Number(nanos % 1_000_000n), digits: 9 };
}

function otherFormat(bytes: Uint8Array): string | null {
  const [first, second, third, fourth] = bytes;
  if (first === undefined) return 'an empty file';
  if (first === 0x1f && second === 0x8b) return 'gzip inside: decompress it first';
  if (first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd) {
    return 'Zstandard data: decompress it first with `zstd -d`';
  }
  return null;
}
