/**
 * One search for a set of literals: a memory, the tables in it, and blocks that bytes are read into so that they are
 * searched where they stand. All sources of a run use the same one.
 */
import type { StopLiteral } from '../stop-lines.js';
import { type Blocks, createBlocks } from './blocks.js';
import { type CompiledFingerprints, compiledFingerprints, teddyModule } from './compiled.js';
import { chooseFingerprints, type Fingerprint } from './fingerprints.js';
import { createPlaces, type SamplePlaces } from './sample-places.js';
import { MOST_LITERALS, PAGE_BYTES, type TableAddresses, tableBytes, writeTables } from './tables.js';
import { type Global, type Memory, webAssembly } from './web-assembly.js';

/** Bytes of another memory are copied here to be searched: as many as a scan takes at once, and more. */
const DESK_BYTES = 128 * 1024;
/** The filter looks at so many bytes behind the end, whatever they are. */
const SLACK_BYTES = 64;
const BLOCKS = 8;
const BLOCK_BYTES = 256 * 1024;
/** What is spent on literals that are not built in: a start with 200 of them takes less than 50 ms more. */
const EFFORT = { choices: 4, rounds: 1 } as const;

/** What the module exports. Addresses are bytes; see assembly/teddy.ts. */
interface Exports extends TableAddresses {
  readonly LINES: Global;
  readonly MOST_LINES: Global;
  readonly reached: Global;
  findLines(from: number, to: number): number;
  countNewlines(from: number, to: number): number;
}

export interface Teddy {
  /** All of its memory. */
  readonly bytes: Buffer;
  readonly blocks: Blocks;
  /** Address of room for bytes of another memory, and how many. */
  readonly desk: number;
  readonly deskBytes: number;
  /** Pairs: address of the first byte of a line, and the kinds of literals that it holds. */
  readonly lines: Uint32Array;
  /** Writes the lines of [from, to) that hold a literal into `lines`, in order, and gives their number. */
  findLines(from: number, to: number): number;
  /** Where the last search has stopped: at the end of a line where `lines` was full, else at its `to`. */
  reached(): number;
  countNewlines(from: number, to: number): number;
  /** Whose lines the last search has written. */
  user: object | null;
}

/** Every source has its own scanner, and all look for the same. Null for what cannot be made. */
const made = new Map<string, Teddy | null>();
/** A process that changes its patterns again and again has one search for each change. */
const MADE = 4;

/** Null where SIMD or room for it is missing, or for too many literals. Throws where the package was not built. */
export function teddyFor(literals: readonly StopLiteral[]): Teddy | null {
  const key = JSON.stringify(literals);
  const known = made.get(key);
  if (known !== undefined) return known;
  const teddy = createTeddy(literals);
  if (made.size >= MADE) made.clear();
  made.set(key, teddy);
  return teddy;
}

function createTeddy(stops: readonly StopLiteral[]): Teddy | null {
  const module = teddyModule();
  if (module === null || webAssembly === undefined || stops.length > MOST_LITERALS) return null;
  const literals = stops.map(({ literal }) => literal);
  const needles = literals.map((literal) => Buffer.from(literal));
  const desk = PAGE_BYTES + tableBytes(needles);
  const blocks = desk + DESK_BYTES + SLACK_BYTES;
  const pages = Math.ceil((blocks + BLOCKS * BLOCK_BYTES + SLACK_BYTES) / PAGE_BYTES);
  const memory = memoryOf(webAssembly, pages);
  if (memory === null) return null;
  const bytes = Buffer.from(memory.buffer);
  const exports = new webAssembly.Instance(module, { env: { memory } }).exports as Exports;
  const { findLines, countNewlines, reached, LINES, MOST_LINES } = exports;
  const kinds = stops.map(({ kind }) => kind);
  writeTables(bytes, exports, needles, kinds, fingerprintsOf(literals, needles));
  return {
    bytes,
    blocks: createBlocks(
      Array.from({ length: BLOCKS }, (_, i) =>
        bytes.subarray(blocks + i * BLOCK_BYTES, blocks + (i + 1) * BLOCK_BYTES),
      ),
    ),
    desk,
    deskBytes: DESK_BYTES,
    lines: new Uint32Array(memory.buffer, LINES.value, 2 * MOST_LINES.value),
    findLines: (from, to) => findLines(from, to),
    reached: () => reached.value,
    countNewlines: (from, to) => countNewlines(from, to),
    user: null,
  };
}

/**
 * It never grows: that would take the blocks away from those who read into them. Null where the address space of a
 * process is limited (`ulimit -v`, systemd's LimitAS): V8 sets ten gigabytes of it aside for a memory of any size.
 */
function memoryOf(api: NonNullable<typeof webAssembly>, pages: number): Memory | null {
  try {
    return new api.Memory({ initial: pages, maximum: pages });
  } catch {
    return null;
  }
}

/** Read with the first search. */
let compiled: CompiledFingerprints | undefined;
/** Made for the first literals that are not built in. */
let places: SamplePlaces | undefined;

function fingerprintsOf(literals: readonly string[], needles: readonly Buffer[]): readonly Fingerprint[] {
  compiled ??= compiledFingerprints();
  const { ofLiteral, sample } = compiled;
  // A user's literal may be the name of what every object has.
  const known = literals.map((literal) =>
    Object.hasOwn(ofLiteral, literal) ? ofLiteral[literal] : undefined,
  );
  if (known.every((fingerprint) => fingerprint !== undefined)) return known;
  places ??= createPlaces(Buffer.from(sample, 'base64'));
  return chooseFingerprints(needles, places, known, EFFORT);
}
