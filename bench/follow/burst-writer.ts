/**
 * Writes a log at a given rate in bytes: `burst-writer.js PLAN`, the plan as JSON. Most of it is a store of ordinary
 * lines written over and over with the time of day put right in them; lines that hold a literal are made anew and
 * stand among them, so that each container is another one. The last line of all decides an incident.
 */
import { closeSync, openSync, renameSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom, type Random } from '../random.js';
import { interestingLines, ordinaryLine } from '../throughput/node-log.js';

export interface BurstPlan {
  readonly file: string;
  readonly seconds: number;
  /** Bytes. */
  readonly perSecond: number;
  /** Share of lines that hold a literal. */
  readonly interesting: number;
  /** The file is renamed at this size and begun anew; null for never. */
  readonly rotateBytes: number | null;
  readonly seed: number;
  /** Id of the container that the last line is about. */
  readonly last: string;
  /** File for what was written. */
  readonly report: string;
}

export interface BurstReport {
  readonly bytes: number;
  readonly lines: number;
  readonly rotations: number;
  readonly seconds: number;
  /** When the last line was written, ns of the monotonic clock as decimal text. */
  readonly ended: string;
}

const STORE_BYTES = 8 << 20;
const PIECE_BYTES = 1 << 19;
const NODE = 'node-17';
/** Room on the disk that is left to others. */
const SPARE_BYTES = 4e9;
const pause = new Int32Array(new SharedArrayBuffer(4));

interface Store {
  /** Pieces of whole lines. */
  readonly pieces: readonly Buffer[];
  readonly linesPerPiece: number;
  /** Puts the time of day into all of them. */
  setClock(at: Date): void;
}

export function createStore(random: Random, at: Date, bytes = STORE_BYTES, pieceBytes = PIECE_BYTES): Store {
  const before = at.toISOString().slice(11, 19);
  const pieces: Buffer[] = [];
  let lines = 0;
  for (let made = 0; made < bytes; ) {
    const some: string[] = [];
    for (let size = 0; size < pieceBytes; lines += 1) {
      const line = `${ordinaryLine({ at, node: NODE, random })}\n`;
      some.push(line);
      size += line.length;
    }
    const piece = Buffer.from(some.join(''), 'latin1');
    pieces.push(piece);
    made += piece.length;
  }
  const places = pieces.map((piece) => {
    const found: number[] = [];
    for (let i = piece.indexOf(before); i >= 0; i = piece.indexOf(before, i + before.length)) found.push(i);
    return found;
  });
  let shown = before;
  return {
    pieces,
    linesPerPiece: lines / pieces.length,
    setClock(now) {
      const clock = now.toISOString().slice(11, 19);
      if (clock === shown) return;
      shown = clock;
      const text = Buffer.from(clock, 'latin1');
      for (const [i, piece] of pieces.entries()) for (const place of places[i] ?? []) text.copy(piece, place);
    },
  };
}

export function runBurst(plan: BurstPlan): BurstReport {
  const random = createRandom(plan.seed);
  const store = createStore(random, new Date());
  const room = statfsSync(dirname(plan.file));
  if (room.bavail * room.bsize < plan.seconds * plan.perSecond + SPARE_BYTES)
    throw new Error(`${plan.file}: too little room on its disk for the burst`);
  const perPiece = store.linesPerPiece * plan.interesting;
  let waiting: string[] = [];
  let owed = 0;
  let file = openSync(plan.file, 'a');
  let inFile = 0;
  let [bytes, lines, rotations] = [0, 0, 0];
  const append = (buffer: Buffer): void => {
    for (let at = 0; at < buffer.length; ) at += writeSync(file, buffer, at);
    bytes += buffer.length;
    inFile += buffer.length;
  };
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  for (let piece = 0; elapsed() < plan.seconds; piece += 1) {
    const ahead = bytes / plan.perSecond - elapsed();
    if (ahead > 0) Atomics.wait(pause, 0, 0, ahead * 1000);
    const at = new Date();
    store.setClock(at);
    const ordinary = store.pieces[piece % store.pieces.length] as Buffer;
    append(ordinary);
    owed += perPiece;
    const some: string[] = [];
    for (; owed >= 1; owed -= 1) {
      if (waiting.length === 0) waiting = interestingLines({ at, node: NODE, random });
      some.push(`${waiting.shift() ?? ''}\n`);
    }
    if (some.length > 0) append(Buffer.from(some.join(''), 'latin1'));
    lines += store.linesPerPiece + some.length;
    if (plan.rotateBytes !== null && inFile >= plan.rotateBytes) {
      rotations += 1;
      closeSync(file);
      for (let copy = rotations; copy > 1; copy -= 1)
        renameSync(`${plan.file}.${copy - 1}`, `${plan.file}.${copy}`);
      renameSync(plan.file, `${plan.file}.1`);
      file = openSync(plan.file, 'a');
      inFile = 0;
    }
  }
  const seconds = elapsed();
  const at = new Date().toISOString();
  const ended = process.hrtime.bigint();
  append(
    Buffer.from(
      `${at.slice(0, -1)}000+00:00 ${NODE} containerd[988]: time="${at}" level=error msg="StopContainer for \\"${plan.last}\\" failed" ` +
        `error="rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container \\"${plan.last}\\" to be killed: ` +
        `wait container \\"${plan.last}\\": context deadline exceeded"\n`,
      'latin1',
    ),
  );
  closeSync(file);
  return { bytes, lines: Math.round(lines) + 1, rotations, seconds, ended: String(ended) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const plan = JSON.parse(process.argv[2] ?? '') as BurstPlan;
  writeFileSync(plan.report, JSON.stringify(runBurst(plan)));
}
