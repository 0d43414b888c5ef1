/**
 * Walks the members of a tar archive: headers, GNU long names and PAX records, in their order. The consumer may
 * read a member's data before it asks for the next one. Where the archive is damaged or cut, the walk ends with
 * an InputError that says at which byte; the members before it stand.
 */
import { InputError } from '../input-error.js';
import type { TarCursor } from './tar-cursor.js';
import { BLOCK, isZero, readTarHeader, type TarHeader } from './tar-header.js';

export type MemberKind =
  | 'file'
  | 'directory'
  | 'hard link'
  | 'symbolic link'
  | 'device'
  | 'FIFO'
  | 'sparse'
  | 'other';

export interface TarMember {
  /** As the archive states it: hostile. */
  readonly path: string;
  readonly kind: MemberKind;
  /** Bytes of data, as stated. */
  readonly size: number;
  /** Last change, ms since the epoch, null where none is stated. */
  readonly modified: number | null;
  /** Where its data starts. */
  readonly offset: number;
}

/** Longest extended header (PAX records, a long name) that is kept; real ones are below a page. */
const EXTENDED_BYTES_LIMIT = 256 * 1024;
/** Extended headers of one member. */
const EXTENDED_HEADERS_LIMIT = 16;
const SPARSE_BLOCKS_LIMIT = 65_536;

const KINDS: Readonly<Record<string, MemberKind>> = {
  '0': 'file',
  '7': 'file',
  '1': 'hard link',
  '2': 'symbolic link',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'FIFO',
  S: 'sparse',
};

/** What extended headers say of the member that follows. */
interface Extended {
  path?: string;
  size?: number;
  seconds?: number;
  sparse?: boolean;
}

/** `name` is the archive, for the error. */
export async function* walkTar(name: string, cursor: TarCursor): AsyncGenerator<TarMember> {
  let extended: Extended = {};
  let extendedHeaders = 0;
  /** Where in the archive that is, for people. */
  let before = '';
  for (;;) {
    const start = cursor.offset;
    const block = await cursor.take(BLOCK);
    if (block.length < BLOCK) throw cut(name, start + block.length, before);
    // One block of zeros is the end; whether a second one follows makes no difference to what was in it.
    if (isZero(block)) return;
    const header = readTarHeader(block);
    if (header === null) {
      throw new InputError(name, `damaged tar: no header where one should be, at byte ${start}${before}`);
    }
    if (header.extended) await passSparseMap(name, cursor, before);
    const isMeta = 'xgLK'.includes(header.type);
    if (isMeta && ++extendedHeaders > EXTENDED_HEADERS_LIMIT) {
      throw new InputError(name, `damaged tar: headers without a member at byte ${start}${before}`);
    }
    const size = isMeta ? header.size : sizeOf(header, extended);
    const offset = cursor.offset;
    const end = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (!Number.isSafeInteger(end)) {
      throw new InputError(name, `damaged tar: impossible size at byte ${start}${before}`);
    }
    if (isMeta) {
      if (size <= EXTENDED_BYTES_LIMIT) {
        const data = await cursor.take(size);
        if (data.length < size) throw cut(name, cursor.offset, before);
        extended = { ...extended, ...readExtended(header.type, data) };
      }
    } else {
      const member = memberOf(header, extended, size, offset);
      extended = {};
      extendedHeaders = 0;
      before = `, after ${shortName(member.path)}`;
      yield member;
    }
    const left = end - cursor.offset;
    if ((await cursor.pass(left)) < left)
      throw cut(name, cursor.offset, isMeta ? before : before.replace(', after ', ', after the start of '));
  }
}

function memberOf(header: TarHeader, extended: Extended, size: number, offset: number): TarMember {
  const path = extended.path ?? header.path;
  const seconds = extended.seconds ?? header.seconds;
  const plain = header.type === '0' && path.endsWith('/') ? 'directory' : (KINDS[header.type] ?? 'other');
  return {
    path,
    kind: extended.sparse === true && plain === 'file' ? 'sparse' : plain,
    size,
    // Reproducible archives put 0 there, and a log of 1970 would be dated by it.
    modified: seconds === null || seconds <= 0 ? null : Math.round(seconds * 1000),
    offset,
  };
}

/** Links, devices and folders have no data, whatever their header claims. */
function sizeOf(header: TarHeader, extended: Extended): number {
  return '123456'.includes(header.type) ? 0 : (extended.size ?? header.size);
}

function readExtended(type: string, data: Buffer): Extended {
  if (type === 'L') return { path: data.toString('utf8').split('\0', 1)[0] ?? '' };
  // `K` names a link's target, which is never followed; `g` holds for all and states nothing we use.
  return type === 'x' ? readPax(data) : {};
}

/** Records are `LENGTH KEY=VALUE\n`, the length in bytes with itself. What is malformed ends the reading. */
function readPax(data: Buffer): Extended {
  const found: Extended = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    if (space === -1 || space - at > 10) break;
    const length = Number(data.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at + 1 || at + length > data.length) break;
    const record = data.toString('utf8', space + 1, at + length - 1);
    at += length;
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key === 'path') found.path = value;
    else if (key === 'size' && /^\d{1,16}$/.test(value)) found.size = Number(value);
    else if (key === 'mtime' && /^\d{1,12}(?:\.\d{0,12})?$/.test(value)) found.seconds = Number(value);
    else if (key.startsWith('GNU.sparse.')) found.sparse = true;
  }
  return found;
}

async function passSparseMap(name: string, cursor: TarCursor, before: string): Promise<void> {
  for (let blocks = 0; blocks < SPARSE_BLOCKS_LIMIT; blocks++) {
    const block = await cursor.take(BLOCK);
    if (block.length < BLOCK) throw cut(name, cursor.offset, before);
    if (block[504] !== 1) return;
  }
  throw new InputError(name, `damaged tar: a sparse map without an end at byte ${cursor.offset}${before}`);
}

function cut(name: string, at: number, before: string): InputError {
  return new InputError(name, `cut off: the tar archive ends at byte ${at}${before}`);
}

/** For messages: short; whoever prints it escapes it. */
function shortName(path: string): string {
  return path.length > 80 ? `${path.slice(0, 77)}...` : path;
}
