/**
 * leaktrail as a library: `analyze` for the whole way from bytes to incidents, and each stage by its name.
 * Importing it does nothing but define.
 */
export type { RunMemory } from './analysis/memory.js';
export {
  type Analysis,
  type AnalyzeOptions,
  type AnalyzeSource,
  analyze,
  analyzeReports,
  createAnalysis,
  type SavedRun,
} from './analyze.js';
export { type Booking, type BookingOptions, createBooking } from './correlate/booking.js';
export {
  type Correlator,
  type CorrelatorMemory,
  createCorrelator,
  newCorrelatorMemory,
} from './correlate/correlate.js';
export { type CorrelateOptions, correlateEvents, type EpisodeBatch } from './correlate/correlate-events.js';
export { createHistory, type History } from './correlate/history.js';
export { createIdentities, type Identities } from './correlate/identity.js';
export { createOrder, type Order } from './correlate/order.js';
export { createRewindable, type Rewindable } from './correlate/rewind.js';
export { type CorrelateLimits, DEFAULT_LIMITS, type Episode } from './correlate/types.js';
export type { Defect } from './diagnose/defect.js';
export { createDiagnoser, type Diagnoser, isReportable } from './diagnose/diagnose.js';
export { type DiagnoseOptions, diagnoseEpisodes } from './diagnose/diagnose-episodes.js';
export { loadDefects } from './diagnose/load-defects.js';
export type * from './diagnose/types.js';
export { type Clock, createClock } from './envelope/clock.js';
export { createEnvelopeParser, type EnvelopeParser } from './envelope/parse.js';
export type { Instant, LogRecord, Stamp } from './envelope/types.js';
export { followFiles } from './ingest/follow/follow-files.js';
export type {
  FollowedName,
  FollowedPiece,
  FollowedSource,
  FollowOptions,
  KnownFiles,
  LinePosition,
  SavedSource,
} from './ingest/follow/types.js';
export { fromStream, type Inputs, openInputs } from './ingest/index.js';
export { followJournal, type JournalOptions } from './ingest/journal/index.js';
export { readInputs } from './ingest/read-inputs.js';
export { loadPatterns } from './match/load.js';
export { createMatcher, type Matcher } from './match/match.js';
export type { LogEvent, Pattern } from './match/types.js';
export { createNdjsonReporter } from './report/ndjson.js';
export { createTextReporter } from './report/text.js';
export { scanCandidates } from './scan/scan-candidates.js';
export { createScanner } from './scan/scanner.js';
export type { CandidateLine, ScanLimits, Scanner, ScannerOptions } from './scan/types.js';
