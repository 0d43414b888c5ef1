/**
 * The bytes of a state file: a line of JSON that `head -n 1 FILE | jq` shows, then the memory as `v8.serialize`
 * writes it, which Node documents as a format that later versions read. A checksum over all of it stands at the
 * end of the line.
 */
import { createHash } from 'node:crypto';
import { setImmediate as otherWork } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import type { Checkpoint, RestoredCheckpoint } from './types.js';

/** Of the file's own form. The first line's type and checksum keep their place in every later one. */
export const SCHEMA = 1;

/** Bytes of a state file, header and memory together. */
export const MAX_STATE_BYTES = 256 * 1024 * 1024;

const TYPE = 'leaktrail-state';
const START = `{"type":"${TYPE}",`;
const CHECKSUM = /,"sha256":"([0-9a-f]{64})"\}$/;
const NEWLINE = 10;
/** That it adds to the line, with the newline. */
const CHECKSUM_BYTES = 77;
/** Hashed at a time, which takes 1 ms. */
const HASHED_BYTES = 512 * 1024;

/** What the state is written by. */
export interface StateVersions {
  /** Layout of `memory`: raised whenever an older one can no longer be gone on with. */
  readonly memorySchema: number;
  /** Version of the program. */
  readonly program: string;
}

export interface EncodedState {
  readonly header: Buffer;
  readonly memory: Buffer;
}

/**
 * The checkpoint is copied when this returns; the rest of the work is done in small parts. Rejects with an Error where
 * it would exceed the cap, and with what `v8.serialize` throws for what it cannot hold.
 */
export async function encodeState(
  checkpoint: Checkpoint,
  versions: StateVersions,
  written: Date,
): Promise<EncodedState> {
  const { memory: given } = checkpoint;
  const memory = Buffer.isBuffer(given) ? given : serialize(given);
  const unsigned = JSON.stringify({
    type: TYPE,
    schema: SCHEMA,
    memorySchema: versions.memorySchema,
    program: versions.program,
    written: written.toISOString(),
    sources: checkpoint.sources,
    incidents: checkpoint.incidents,
    output: checkpoint.output,
    told: checkpoint.told,
    memoryBytes: memory.length,
  });
  const bytes = Buffer.byteLength(unsigned) + CHECKSUM_BYTES + memory.length;
  if (bytes > MAX_STATE_BYTES)
    throw new Error(`the state would be ${bytes} bytes, more than the ${MAX_STATE_BYTES} that are kept`);
  const hash = createHash('sha256').update(unsigned);
  for (let at = 0; at < memory.length; at += HASHED_BYTES) {
    if (at > 0) await otherWork();
    hash.update(memory.subarray(at, at + HASHED_BYTES));
  }
  const header = Buffer.from(`${unsigned.slice(0, -1)},"sha256":"${hash.digest('hex')}"}\n`);
  return { header, memory };
}

export type DecodedState =
  | { readonly kind: 'whole'; readonly checkpoint: RestoredCheckpoint; readonly notice: string | null }
  /** `ours`: it begins as a state file does, or as one that the disk lost the start of. */
  | { readonly kind: 'damaged'; readonly reason: string; readonly ours: boolean }
  /** Whole, but of a later version of the program. */
  | { readonly kind: 'newer'; readonly program: string };

export function decodeState(file: Buffer, memorySchema: number): DecodedState {
  // After a power cut a file may be there with its length and without its text: empty, or zeros.
  const ours =
    file.length === 0 || file[0] === 0 || file.subarray(0, START.length).equals(Buffer.from(START));
  const damaged = (reason: string): DecodedState => ({ kind: 'damaged', reason, ours });
  if (file.length === 0) return damaged('it is empty');
  const end = file.indexOf(NEWLINE);
  if (end === -1) return damaged('its first line is cut');
  const line = file.subarray(0, end).toString();
  const memory = file.subarray(end + 1);
  const [signed = '', sha256] = CHECKSUM.exec(line) ?? [];
  if (sha256 === undefined) return damaged('its first line is not that of a state file');
  const unsigned = `${line.slice(0, -signed.length)}}`;
  const header = parseHeader(unsigned);
  if (header === null) return damaged('its first line is not that of a state file');
  if (memory.length !== header.memoryBytes)
    return damaged(`${memory.length} bytes stand behind its first line, ${header.memoryBytes} were written`);
  if (createHash('sha256').update(unsigned).update(memory).digest('hex') !== sha256)
    return damaged('its checksum does not match');

  if (header.schema > SCHEMA || header.memorySchema > memorySchema)
    return { kind: 'newer', program: header.program };
  const { sources, incidents, output, told, written } = header;
  const restored = { sources, incidents, output, told, written };
  const dropped = (why: string): DecodedState => ({
    kind: 'whole',
    checkpoint: { ...restored, memory: undefined },
    notice: `its memory is ${why}: incidents begin anew; positions are kept`,
  });
  if (header.memorySchema < memorySchema) return dropped(`that of leaktrail ${header.program}`);
  try {
    return { kind: 'whole', checkpoint: { ...restored, memory: deserialize(memory) }, notice: null };
  } catch {
    // The checksum holds, so it is what was written: by a Node whose format this one does not know yet.
    return dropped(`of a Node that this one (${process.version}) cannot read`);
  }
}

type Header = Omit<RestoredCheckpoint, 'memory'> & {
  readonly schema: number;
  readonly memorySchema: number;
  readonly program: string;
  readonly memoryBytes: number;
};

function parseHeader(text: string): Header | null {
  try {
    const header = JSON.parse(text) as (Header & { readonly type: string }) | null;
    if (header?.type !== TYPE || !Array.isArray(header.sources)) return null;
    const numbers = [header.schema, header.memorySchema, header.memoryBytes];
    return numbers.every(Number.isSafeInteger) ? header : null;
  } catch {
    return null;
  }
}
