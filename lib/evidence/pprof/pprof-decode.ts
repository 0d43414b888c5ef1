/**
 * Decodes a pprof profile (profile.proto) into what a table of functions needs, every reference checked. The reader
 * of profiles calls it, then walks the samples (pprof-samples.ts). Own instead of a package: pprof-format takes 20 s
 * for a varint of 200 kB and an object per empty message, accepts lengths past the end, and gives no offset.
 */
import {
  bounded,
  expectWire,
  type Field,
  LENGTH,
  newField,
  nextField,
  PprofDamage,
  readBigInt,
  readId,
  readInt,
  VARINT,
  type WireReader,
} from './pprof-wire.js';

/** A large Go binary has some 50,000 of each; the caps bound the memory of a profile made to hurt. */
const MAX_STRINGS = 1_048_576;
const MAX_FUNCTIONS = 262_144;
const MAX_LOCATIONS = 262_144;
const MAX_LINES = 1_048_576;
const MAX_MAPPINGS = 65_536;
const MAX_SAMPLE_TYPES = 64;
/** Bytes of a name or path that are kept. */
const MAX_STRING = 4096;

/** Numbers of the fields of a profile. */
export const PROFILE = {
  sampleType: 1,
  sample: 2,
  mapping: 3,
  location: 4,
  function: 5,
  string: 6,
  timeNanos: 9,
} as const;

export interface PprofIndex {
  readonly bytes: Uint8Array;
  /** `inuse_space` and its unit `bytes`, in the order of every sample's values. */
  readonly sampleTypes: readonly { readonly type: string; readonly unit: string }[];
  /** Of every mapping, the executable first as pprof writes them. */
  readonly mappingFiles: readonly string[];
  readonly timeNanos: bigint;
  readonly functions: readonly { readonly name: string; readonly file: string }[];
  /** Place of a location in `lineStarts`, by its id. */
  readonly locations: ReadonlyMap<number, number>;
  /** Lines of location `n` are `lineStarts[n]` up to `lineStarts[n + 1]`, innermost inlined call first. */
  readonly lineStarts: readonly number[];
  /** Index into `functions`, -1 for an address without a name. */
  readonly lineFunctions: readonly number[];
  readonly lineNumbers: readonly number[];
  readonly samples: number;
}

/** Throws `PprofDamage` for whatever is not a sound profile. */
export function indexProfile(bytes: Uint8Array): PprofIndex {
  const reader: WireReader = { bytes, at: 0, end: bytes.length };
  const field = newField();
  const strings: number[] = [];
  const types: { type: number; unit: number; at: number }[] = [];
  const mappings: { file: number; at: number }[] = [];
  const functions: { name: number; file: number; at: number }[] = [];
  const functionIds = new Map<number, number>();
  const locations = new Map<number, number>();
  const lineStarts: number[] = [0];
  const lineFunctionIds: number[] = [];
  const lineNumbers: number[] = [];
  let samples = 0;
  let timeNanos = 0n;

  for (;;) {
    const at = reader.at;
    if (!nextField(reader, field)) break;
    switch (field.number) {
      case PROFILE.sampleType: {
        const [type = 0, unit = 0] = numbersOf(bytes, field, [1, 2], 'a sample type');
        bounded(types.push({ type, unit, at }), MAX_SAMPLE_TYPES, 'sample types', at);
        break;
      }
      case PROFILE.sample:
        expectWire(field, LENGTH, 'a sample', at);
        samples += 1;
        break;
      case PROFILE.mapping: {
        const [file = 0] = numbersOf(bytes, field, [5], 'a mapping');
        bounded(mappings.push({ file, at }), MAX_MAPPINGS, 'mappings', at);
        break;
      }
      case PROFILE.function: {
        const [id = 0, name = 0, file = 0] = numbersOf(bytes, field, [1, 2, 4], 'a function');
        if (id === 0) throw new PprofDamage('a function has no id', at);
        if (functionIds.has(id)) throw new PprofDamage('two functions have the same id', at);
        functionIds.set(id, functions.push({ name, file, at }) - 1);
        bounded(functions.length, MAX_FUNCTIONS, 'functions', at);
        break;
      }
      case PROFILE.location: {
        const id = readLocation(bytes, field, at, lineFunctionIds, lineNumbers);
        if (locations.has(id)) throw new PprofDamage('two locations have the same id', at);
        locations.set(id, locations.size);
        bounded(locations.size, MAX_LOCATIONS, 'locations', at);
        lineStarts.push(lineFunctionIds.length);
        break;
      }
      case PROFILE.string:
        expectWire(field, LENGTH, 'a string', at);
        strings.push(field.start, field.end);
        bounded(strings.length / 2, MAX_STRINGS, 'strings', at);
        break;
      case PROFILE.timeNanos:
        expectWire(field, VARINT, 'the time', at);
        timeNanos = readBigInt({ bytes, at: field.start, end: field.end });
        break;
    }
  }

  const text = stringTable(bytes, strings);
  return {
    bytes,
    sampleTypes: types.map(({ type, unit, at }) => ({ type: text(type, at), unit: text(unit, at) })),
    mappingFiles: mappings.map(({ file, at }) => text(file, at)),
    timeNanos,
    functions: functions.map(({ name, file, at }) => ({ name: text(name, at), file: text(file, at) })),
    locations,
    lineStarts,
    lineFunctions: lineFunctionIds.map((id) => {
      if (id === 0) return -1;
      const index = functionIds.get(id);
      if (index === undefined)
        throw new PprofDamage('a location names a function that is not there', bytes.length);
      return index;
    }),
    lineNumbers,
    samples,
  };
}

/** The fields of these numbers as varints, the last of each; undefined where absent. */
function numbersOf(
  bytes: Uint8Array,
  outer: Field,
  numbers: readonly number[],
  what: string,
): (number | undefined)[] {
  expectWire(outer, LENGTH, what, outer.start);
  const reader: WireReader = { bytes, at: outer.start, end: outer.end };
  const field = newField();
  const found: (number | undefined)[] = numbers.map(() => undefined);
  for (;;) {
    const at = reader.at;
    if (!nextField(reader, field)) return found;
    const place = numbers.indexOf(field.number);
    if (place === -1) continue;
    expectWire(field, VARINT, `a field of ${what}`, at);
    found[place] = readId({ bytes, at: field.start, end: field.end });
  }
}

/** Its id; pushes a function id and a line number for each of its lines. */
function readLocation(
  bytes: Uint8Array,
  outer: Field,
  at: number,
  functionIds: number[],
  lineNumbers: number[],
): number {
  const [id = 0] = numbersOf(bytes, outer, [1], 'a location');
  if (id === 0) throw new PprofDamage('a location has no id', at);
  const reader: WireReader = { bytes, at: outer.start, end: outer.end };
  const field = newField();
  while (nextField(reader, field)) {
    if (field.number !== 4) continue;
    expectWire(field, LENGTH, 'a line', field.start);
    const line: WireReader = { bytes, at: field.start, end: field.end };
    const inner = newField();
    let functionId = 0;
    let number = 0;
    while (nextField(line, inner)) {
      if (inner.number !== 1 && inner.number !== 2) continue;
      expectWire(inner, VARINT, 'a field of a line', inner.start);
      const value: WireReader = { bytes, at: inner.start, end: inner.end };
      if (inner.number === 1) functionId = readId(value);
      else number = readInt(value);
    }
    bounded(functionIds.push(functionId), MAX_LINES, 'lines', at);
    lineNumbers.push(number);
  }
  return id;
}

/** Decodes a string at its first use: most of a profile's strings are never asked for. */
function stringTable(bytes: Uint8Array, bounds: readonly number[]): (index: number, at: number) => string {
  if (bounds[0] !== bounds[1]) throw new PprofDamage('the first string is not empty', bounds[0] ?? 0);
  const decoder = new TextDecoder();
  const decoded = new Map<number, string>();
  return (index, at) => {
    const known = decoded.get(index);
    if (known !== undefined) return known;
    const [start, end] = [bounds[index * 2], bounds[index * 2 + 1]];
    if (start === undefined || end === undefined) {
      throw new PprofDamage(`string ${index} is asked for and there are ${bounds.length / 2}`, at);
    }
    const text = decoder.decode(bytes.subarray(start, Math.min(end, start + MAX_STRING)));
    decoded.set(index, text);
    return text;
  };
}
