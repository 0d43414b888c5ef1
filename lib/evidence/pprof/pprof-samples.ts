/**
 * Walks the samples of a pprof profile whose functions and locations are known. The reader of profiles adds up what
 * it is shown. Apart from the index because samples are by far the most of a profile and are looked at one by one,
 * without an object for each.
 */
import { type PprofIndex, PROFILE } from './pprof-decode.js';
import {
  bounded,
  LENGTH,
  newField,
  nextField,
  PprofDamage,
  readId,
  readInt,
  VARINT,
  type WireReader,
} from './pprof-wire.js';

/** Addresses of one stack; Go records 128. */
const MAX_STACK = 16_384;
const MAX_VALUES = 64;

/**
 * Visits every sample: places of its locations (innermost first, the first `depth` of the array, which is used anew
 * each time) and its values, as many as there are sample types. Throws `PprofDamage`.
 */
export function walkSamples(
  index: PprofIndex,
  visit: (locations: readonly number[], depth: number, values: readonly number[], offset: number) => void,
): void {
  const { bytes } = index;
  const reader: WireReader = { bytes, at: 0, end: bytes.length };
  const field = newField();
  const inner = newField();
  const locations: number[] = [];
  const values: number[] = [];
  for (;;) {
    const at = reader.at;
    if (!nextField(reader, field)) break;
    if (field.number !== PROFILE.sample) continue;
    let depth = 0;
    let valueCount = 0;
    const sample: WireReader = { bytes, at: field.start, end: field.end };
    for (;;) {
      const innerAt = sample.at;
      if (!nextField(sample, inner)) break;
      if (inner.number !== 1 && inner.number !== 2) continue;
      if (inner.wire !== LENGTH && inner.wire !== VARINT) {
        throw new PprofDamage('a sample has a field of the wrong type', innerAt);
      }
      // Packed or one by one: protobuf allows both for a list of numbers.
      const list: WireReader = { bytes, at: inner.start, end: inner.end };
      while (list.at < list.end) {
        const numberAt = list.at;
        if (inner.number === 1) {
          const place = index.locations.get(readId(list));
          if (place === undefined)
            throw new PprofDamage('a sample names a location that is not there', numberAt);
          locations[depth] = place;
          depth += 1;
          bounded(depth, MAX_STACK, 'addresses in one stack', at);
        } else {
          values[valueCount] = readInt(list);
          valueCount += 1;
          bounded(valueCount, MAX_VALUES, 'values in one sample', at);
        }
      }
    }
    if (valueCount !== index.sampleTypes.length) {
      throw new PprofDamage(
        `a sample has ${valueCount} values where the profile has ${index.sampleTypes.length} sample types`,
        at,
      );
    }
    visit(locations, depth, values, at);
  }
}
