/**
 * The envelope stage: a candidate line in, log records out, nearly always one. Use `createEnvelopeParser`
 * for a stream of lines; it puts cut lines together and counts what it did not recognise. Nothing in here
 * throws, whatever the line holds.
 */
import type { CandidateLine } from '../scan/types.js';
import { newDraft } from './draft.js';
import { peelJournalExport } from './journal-export.js';
import {
  newPartialMemory,
  type PartialLimits,
  type PartialMemory,
  partialLines,
  type Reading,
} from './partial-lines.js';
import { startsPayload } from './payload.js';
import { peelLikeHead, peelProgram, peelTransports } from './peel.js';
import { decodeMail } from './prefixes.js';
import { startsRecord } from './starts-record.js';
import { joinTail } from './tail.js';
import type { LogRecord } from './types.js';
import { stripAnsi, withoutReturns } from './unescape.js';
import { readUsualLine } from './usual-line.js';

/** Records that one line can hold: lines glued together by lost newlines. */
const MAX_GLUED = 16;

export interface EnvelopeParserOptions {
  /** Bytes held of one line that docker or the CRI cut into pieces. Default 65,536. */
  readonly partialBytes?: number;
  /** Such unfinished lines held at once, over all sources and streams. Default 256. */
  readonly partialLines?: number;
}

export interface EnvelopeCounts {
  /** Lines in which no envelope was recognised; those let through behind the header of a stack are not counted. */
  readonly unknownEnvelopes: number;
  /** Pieces of cut lines that were put behind an earlier one. */
  readonly joinedPartials: number;
  /** Bytes of such pieces beyond `partialBytes`. */
  readonly droppedPartialBytes: number;
}

/** Pieces of cut lines that wait for their rest, and what was counted. Plain data. */
export interface EnvelopeMemory {
  readonly pieces: PartialMemory;
  readonly counts: { -readonly [name in keyof EnvelopeCounts]: number };
}

export function newEnvelopeMemory(): EnvelopeMemory {
  return {
    pieces: newPartialMemory(),
    counts: { unknownEnvelopes: 0, joinedPartials: 0, droppedPartialBytes: 0 },
  };
}

export interface EnvelopeParser {
  /** Records that are complete with this line. None for a piece of a line whose rest may still come. */
  parse(candidate: CandidateLine): readonly LogRecord[];
  /** Records of unfinished lines, of one source or of all. Call it when a source ends or has gone quiet. */
  flush(source?: string): readonly LogRecord[];
  readonly counts: EnvelopeCounts;
}

type Piece = ReturnType<typeof peelTransports>['partial'];

/** The line with its first transports off. */
function begin(candidate: CandidateLine): { reading: Reading; partial: Piece } {
  const draft = newDraft();
  const { text } = candidate;
  const line = stripAnsi(withoutReturns(text).replace(/^\ufeff/, ''));
  const block = peelJournalExport(candidate);
  if (block !== null) draft.apply(block);
  const { rest, partial } = peelTransports(
    draft,
    block === null ? line : stripAnsi(block.rest),
    candidate.block,
  );
  return { reading: { candidate, draft, rest, text }, partial };
}

/** The line with its tail, where the tail is not the rest of a journal's block. */
function withTail(reading: Reading, rest: string): string {
  const { candidate, draft } = reading;
  if (candidate.tail.length === 0 || draft.envelopes[0] === 'journal-export') return rest;
  const head = [...draft.envelopes];
  const lines = candidate.tail.map((line) => peelLikeHead(stripAnsi(withoutReturns(line)), head));
  // Dots and blanks may stand before a logfmt line.
  const quotes = startsPayload(rest.slice(0, 512).replace(/^[. ]+/, ''), 0);
  return joinTail(rest, lines, quotes, candidate.text.length);
}

function finish(reading: Reading, isPiece: boolean): LogRecord[] {
  let { draft } = reading;
  const { candidate, text } = reading;
  // A piece stopped at the envelope that cut it; what is inside comes off only now that it is whole.
  const inner = isPiece ? peelWhole(reading) : reading.rest;
  let rest: string | null = decodeMail(withTail(reading, inner));
  const records: LogRecord[] = [];
  while (rest !== null) {
    const next = draft.fork();
    const last: boolean = records.length === MAX_GLUED - 1;
    const peeled: { message: string; glued: string | null } = peelProgram(draft, rest, candidate.block);
    records.push(draft.record(candidate, text, last && peeled.glued !== null ? rest : peeled.message));
    rest = last ? null : peeled.glued;
    draft = next;
  }
  return records;
}

/** Takes off the transports inside of a piece's own. */
function peelWhole(reading: Reading): string {
  const { block } = reading.candidate;
  let outer = peelTransports(reading.draft, reading.rest, block);
  // A cut line inside a cut line: there is nothing to wait for in the inner one.
  while (outer.partial !== null) outer = peelTransports(reading.draft, outer.rest, block);
  return outer.rest;
}

/** Reads one line on its own and from all sides; pieces of cut lines stay pieces. */
export function parseRecord(candidate: CandidateLine): LogRecord[] {
  const { reading, partial } = begin(candidate);
  return finish(reading, partial !== null);
}

export function createEnvelopeParser(
  options: EnvelopeParserOptions = {},
  memory: EnvelopeMemory = newEnvelopeMemory(),
): EnvelopeParser {
  const { counts } = memory;
  const limits: PartialLimits = { bytes: options.partialBytes ?? 65_536, lines: options.partialLines ?? 256 };
  const pieces = partialLines(limits, counts, memory.pieces);

  function count(records: readonly LogRecord[], inBlock = false): readonly LogRecord[] {
    if (inBlock) return records;
    for (const record of records) if (record.envelopes[0] === 'plain') counts.unknownEnvelopes++;
    return records;
  }

  return {
    counts,
    parse(candidate) {
      const late = pieces.expire(candidate.source, candidate.line).flatMap((held) => finish(held, true));
      const usual = readUsualLine(candidate);
      if (usual !== null) return late.length === 0 ? [usual] : [...count(late), usual];
      const { reading, partial } = begin(candidate);
      const now =
        partial === null
          ? finish(reading, false)
          : pieces
              .offer(reading, partial.stream, partial.more, startsRecord(reading.rest))
              .flatMap((whole) => finish(whole, true));
      return count(late.length === 0 ? now : [...late, ...now], candidate.block);
    },
    flush(source) {
      return count(pieces.flush(source).flatMap((held) => finish(held, true)));
    },
  };
}
