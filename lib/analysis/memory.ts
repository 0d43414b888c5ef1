/**
 * Everything that a run remembers, as plain data: what a checkpoint holds beside the positions of the sources. A
 * run that is given it goes on as if it had never stopped.
 */
import type { AssumedDatesMemory } from '../correlate/assumed-dates.js';
import type { BookingMemory } from '../correlate/booking.js';
import { type HistoryMemory, newHistoryMemory } from '../correlate/history.js';
import { newOrderMemory, type OrderMemory } from '../correlate/order.js';
import { newRewindMemory, type RewindMemory } from '../correlate/rewind.js';
import type { ShownMemory } from '../diagnose/diagnose-episodes.js';
import { type ClockMemory, newClockMemory } from '../envelope/clock.js';
import { type EnvelopeMemory, newEnvelopeMemory } from '../envelope/parse.js';
import { newSamplerMemory, type SamplerMemory } from '../envelope/sampler.js';
import { type DocumentsMemory, newDocumentsMemory } from '../evidence/documents.js';
import { type LongRecordsMemory, newLongRecordsMemory } from '../evidence/log-file/long-records.js';
import { newTracesMemory, type TracesMemory } from '../evidence/trace/trace-gatherer.js';
import type { InputProblem } from '../ingest/types.js';
import { newScanningMemory, type ScanningMemory } from '../scan/scan-candidates.js';

/** To be raised with every change that an older memory does not fit. */
export const MEMORY_SCHEMA = 2;

export interface RunMemory {
  readonly scanning: ScanningMemory;
  readonly parser: EnvelopeMemory;
  readonly sampler: SamplerMemory;
  readonly clock: ClockMemory;
  readonly traces: TracesMemory;
  readonly longRecords: LongRecordsMemory;
  readonly documents: DocumentsMemory;
  readonly order: OrderMemory;
  readonly correlator: RewindMemory;
  readonly booking: BookingMemory;
  readonly history: HistoryMemory;
  readonly dates: AssumedDatesMemory;
  readonly shown: ShownMemory;
  readonly counts: RunCounts;
}

export interface RunCounts {
  events: number;
  /** What could not be opened, read or decompressed. */
  readonly problems: InputProblem[];
  /** What was lost of followed sources; `moreLosses` beyond those named. */
  readonly losses: InputProblem[];
  moreLosses: number;
  /** Bytes of followed sources that are known to be lost, and how often nobody knows how many. */
  lostBytes: number;
  unknownLosses: number;
  /** Ended incidents that were told and are not remembered any more. */
  forgotten: number;
}

export function newRunMemory(): RunMemory {
  return {
    scanning: newScanningMemory(),
    parser: newEnvelopeMemory(),
    sampler: newSamplerMemory(),
    clock: newClockMemory(),
    traces: newTracesMemory(),
    longRecords: newLongRecordsMemory(),
    documents: newDocumentsMemory(),
    order: newOrderMemory(),
    correlator: newRewindMemory(),
    booking: new Map(),
    history: newHistoryMemory(),
    dates: { first: null },
    shown: new Map(),
    counts: {
      events: 0,
      problems: [],
      losses: [],
      moreLosses: 0,
      lostBytes: 0,
      unknownLosses: 0,
      forgotten: 0,
    },
  };
}
