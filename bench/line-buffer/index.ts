/**
 * The reproducer of `log-line-buffer` as a library: the simulator, the model, the real daemon, and whatever sink one
 * puts in their place; sweeps over all of them, and their reports.
 */
export {
  type BudgetQuestion,
  DEFAULT_LIMIT_BYTES,
  type FittingLimit,
  limitThatFits,
  type WorstCase,
  type WorstCaseQuestion,
  worstCase,
} from './budget.js';
export { checkWorkload, WorkloadError } from './check-workload.js';
export { type Clock, systemClock } from './clock.js';
export { type ConfigLimit, readConfigLimit } from './config-limit.js';
export { CONMON_BYTES, redirectWithConmon } from './conmon.js';
export { createGoBytesBuffer, type GoBytesBuffer } from './go-bytes-buffer.js';
export type { GoMemory } from './go-memory.js';
export { createLineSource, type LineSourceOptions, type Printed } from './line-source.js';
export { type DaemonLogOptions, daemonLog, type LoggedRun } from './log/daemon-log.js';
export { type LogFile, openLogFile } from './log-file.js';
export { type Machine, machineOf, type Needs, whyNot } from './machine.js';
export { type Measured, type MeasureOptions, measure, type Sink, type SinkEnd } from './measure.js';
export { COPIER_BYTES, copyDockerLogs, type DockerMessage, type PartialMessage } from './moby-copier.js';
export { goRules } from './model/go-rules.js';
export { model } from './model/model.js';
export type { ModelOutcome, Released } from './model/types.js';
export { createLineReader, type LineReader, type Piece, READER_BYTES, readerSize } from './read-line.js';
export { RealUnavailable, runReal } from './real/index.js';
export type { ProgramPaths } from './real/requirements.js';
export type { RealOptions, RealOutcome, RealSample } from './real/types.js';
export type { ProcessGrowth, ProcessSample } from './recorder.js';
export { type RedirectOptions, redirectLogs } from './redirect-logs.js';
export { type Advice, type AdviceQuestion, adviceOn, adviceWords } from './report/advice.js';
export type {
  Combination,
  CommandFigures,
  Figures,
  ProcessFigures,
  RealFigures,
  SimulatedFigures,
  Source,
} from './report/combination.js';
export { measuredCommand, measuredReal, modelled, simulated, workloadAsRun } from './report/combine.js';
export { csvReport } from './report/csv.js';
export { jsonReport } from './report/json.js';
export { svgReport } from './report/svg.js';
export { type TextReportOptions, textReport } from './report/text.js';
export { type SimulatedStream, type SimulateOptions, type Simulation, simulate } from './simulate.js';
export type { CommandExit } from './sink-command.js';
export type { StreamContext, StreamCounts, StreamRun } from './stream-counts.js';
export { type Axes, type Fixed, sweep } from './sweep.js';
export type * from './types.js';
export { type Era, eraOf, type FlushEra } from './versions.js';
export { DEFAULT_VERSIONS, OWN_READER_BYTES, workloadOf } from './workload.js';
