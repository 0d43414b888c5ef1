/**
 * The life of a stuck stop: opens with the first line of a stop call, collects calls, and ends with an exit, a
 * removal, a reboot or silence. It only books what lines say; what that proves is judged by the diagnose stage.
 */
import type { Instant } from '../envelope/types.js';
import {
  failed,
  forClientFailure,
  forForced,
  forKilled,
  forNoExit,
  forRequest,
  forRuntimeFailure,
  forScope,
  forSkipped,
  forSurvived,
  KILL_WAIT_MS,
  newAttempt,
} from './attempts.js';
import { cadenceOf } from './cadence.js';
import { NO_COMPONENTS, withComponent } from './components.js';
import { secondsOf } from './go-duration.js';
import type { Subject } from './identity.js';
import { keptEvent } from './kept-event.js';
import { addProof, proofOf } from './proof.js';
import { classifyStopError } from './stop-error.js';
import type { Attempt, CorrelateLimits, StopEpisode, TimedEvent } from './types.js';
import type { Undo } from './undo.js';

/** A later exit line can be withdrawn within this time by "failed to handle the exit event" and the like. */
const WITHDRAW_MS = 60_000;
/** containerd's CRI plugin takes up to 10 s to handle an exit, or to say that it could not. */
const HANDLING_MS = 12_000;
const DEFERRED_CAP = 8;
/** The kubelet's runtimeRequestTimeout. */
const REQUEST_TIMEOUT_SECONDS = 120;
/** A lone force line without its direct-SIGKILL line this long after is a container that died of SIGKILL. */
const LONE_FORCE_MS = KILL_WAIT_MS + 5_000;

export function newStopEpisode(
  id: string,
  subject: Subject,
  ordinal: number,
  event: TimedEvent,
): StopEpisode {
  return {
    kind: 'stop',
    id,
    subject,
    ordinal,
    node: event.node,
    attempts: [],
    olderAttempts: 0,
    olderFailed: 0,
    olderSurvived: 0,
    olderNoExit: 0,
    olderDeadlines: 0,
    olderGone: 0,
    olderDebug: 0,
    firstFailureMs: null,
    first: event.at,
    firstMs: event.ms,
    last: event.at,
    lastMs: event.ms,
    assumedTime: event.assumed,
    offsetMinutes: event.offsetMinutes,
    end: null,
    tentativeExit: null,
    afterExit: [],
    disprovedExits: 0,
    goneLines: 0,
    earlierCalls: false,
    components: NO_COMPONENTS,
    maxGrace: null,
    proof: [],
    proofDropped: 0,
  };
}

/** True while a new stop line belongs to this episode and not to a new one. */
export function isOpen(episode: StopEpisode): boolean {
  return episode.end === null || episode.end.by === 'removal-asked';
}

/** Books a line of a stop call. The caller has made sure that the episode is open. */
export function bookStopLine(
  episode: StopEpisode,
  event: TimedEvent,
  limits: CorrelateLimits,
  undo: Undo,
): void {
  undo.fields(episode);
  const { pattern, captures } = event.event;
  const grace = secondsOf(captures.grace);
  const ms = event.ms;
  // What comes after the exit is the end of a call from before it, none of its own.
  const isLate = episode.end?.by === 'exit';
  const add = (): Attempt =>
    isLate ? (attempts.at(-1) ?? newAttempt(ms)) : addAttempt(episode, ms, limits, undo);
  const { attempts } = episode;
  const written = (call: Attempt): Attempt => {
    undo.fields(call);
    return call;
  };
  let attempt: Attempt;
  switch (pattern.means) {
    case 'stop-requested': {
      attempt = written(forRequest(attempts, ms, grace) ?? add());
      attempt.requested ??= ms;
      break;
    }
    case 'stop-forced':
      attempt = written(forForced(attempts, ms, grace) ?? add());
      attempt.forced = ms;
      break;
    case 'kill-sent':
      if (pattern.component === 'systemd') {
        // Only "still around" says that it did not work: at shutdown nobody is left to print an exit.
        attempt = written(forScope(attempts, ms, grace) ?? add());
        attempt.requested ??= ms;
        break;
      }
      attempt = written(forKilled(attempts, ms, grace) ?? add());
      attempt.killed = ms;
      break;
    case 'process-unkillable':
      attempt = written(forScope(attempts, ms, grace) ?? add());
      attempt.survived ??= ms;
      break;
    case 'kill-survived':
      attempt = written(forSurvived(attempts, ms, grace) ?? add());
      attempt.survived = ms;
      break;
    case 'no-exit-event':
      attempt = written(forNoExit(attempts, ms, grace) ?? add());
      attempt.noExit ??= ms;
      break;
    case 'stop-skipped': {
      attempt = written(forSkipped(attempts, ms, grace) ?? add());
      attempt.requested ??= ms;
      if (episode.olderAttempts === 0 && episode.attempts.length === 1) episode.earlierCalls = true;
      break;
    }
    case 'stop-failed':
    case 'sandbox-stop-failed':
    case 'pod-stop-failed': {
      const byClient = pattern.component === 'kubelet' || pattern.component === 'crictl';
      attempt = written(
        (byClient ? forClientFailure(attempts, ms, grace) : forRuntimeFailure(attempts, ms, grace)) ?? add(),
      );
      if (byClient) attempt.clientFailed ??= ms;
      else attempt.runtimeFailed ??= ms;
      if (classifyStopError(captures.error) === 'deadline') attempt.deadline = true;
      break;
    }
    default:
      return;
  }
  if (grace !== null) {
    attempt.grace ??= grace;
    episode.maxGrace = Math.max(episode.maxGrace ?? 0, grace);
  }
  if (failed(attempt) && episode.firstFailureMs === null) episode.firstFailureMs = ms;
  // A stop line after a mere request to remove it shows that it is still there.
  if (episode.end?.by === 'removal-asked') episode.end = null;
  if (episode.tentativeExit !== null && ms - msOf(episode.tentativeExit) <= retryWindowMs(episode)) {
    episode.tentativeExit = null;
    episode.disprovedExits++;
  }
  if (event.more > 0) countMore(episode, attempt, event.more);
  if (ms < episode.firstMs) {
    episode.first = event.at;
    episode.firstMs = ms;
  }
  if (ms >= episode.lastMs && !isLate) {
    episode.last = event.at;
    episode.lastMs = ms;
  }
  episode.components = withComponent(episode.components, pattern.component);
  episode.assumedTime ||= event.assumed;
  episode.offsetMinutes ??= event.offsetMinutes;
  if (episode.node === '') episode.node = event.node;
  addProof(episode, proofOf(event, limits), limits);
}

export function bookExit(
  episode: StopEpisode,
  event: TimedEvent,
  limits: CorrelateLimits,
  undo: Undo,
  anonymous = false,
): void {
  if (episode.end?.by === 'exit') return;
  undo.fields(episode);
  episode.end = { by: 'exit', at: event.at, anonymous };
  addProof(episode, proofOf(event, limits), limits);
}

/** The exit could not be handled, or the shim was not cleaned up: what looked like the end was none. */
export function withdrawExit(
  episode: StopEpisode,
  event: TimedEvent,
  limits: CorrelateLimits,
  undo: Undo,
): boolean {
  if (episode.end?.by !== 'exit' || event.ms - msOf(episode.end.at) > WITHDRAW_MS) return false;
  undo.fields(episode);
  undo.end(episode.afterExit, 0);
  episode.end = null;
  for (const call of episode.afterExit.splice(0)) bookStopLine(episode, call, limits, undo);
  return true;
}

/**
 * A runtime's own call right behind an exit line: no call of a stuck container, unless the runtime turns out
 * not to have handled that exit. Returns whether it was one.
 */
export function deferCall(
  episode: StopEpisode,
  event: TimedEvent,
  limits: CorrelateLimits,
  undo: Undo,
): boolean {
  const { means } = event.event.pattern;
  const isCall = means === 'stop-requested' || means === 'stop-skipped' || means === 'kill-sent';
  if (!isCall || episode.end?.by !== 'exit' || event.ms - msOf(episode.end.at) > HANDLING_MS) return false;
  if (episode.afterExit.length >= DEFERRED_CAP) return true;
  undo.end(episode.afterExit);
  episode.afterExit.push(keptEvent(event, limits));
  return true;
}

/** When the container's direct SIGKILL was sent, if it was right before `ms` and no line answered it yet. */
export function killedAt(episode: StopEpisode, ms: number): number | null {
  return killedCall(episode, ms)?.survived ?? null;
}

function killedCall(episode: StopEpisode, ms: number): Attempt | undefined {
  return episode.attempts.findLast(
    (a) => !a.gone && a.survived !== null && ms >= a.survived && ms - a.survived <= 2000,
  );
}

/** kill(2) found no process: belongs to the direct-SIGKILL line right before it. */
export function bookGone(episode: StopEpisode, event: TimedEvent, limits: CorrelateLimits, undo: Undo): void {
  const attempt = killedCall(episode, event.ms);
  if (attempt === undefined) return;
  undo.fields(episode);
  undo.fields(attempt);
  attempt.gone = true;
  attempt.debug = true;
  addProof(episode, proofOf(event, limits), limits);
}

/**
 * Two intervals: so long must no stop line follow before an exit line without an id stands. With one call the
 * interval is what the kubelet's would be: its own time-out, and the grace period.
 */
export function retryWindowMs(episode: StopEpisode): number {
  const { seconds, grace } = cadenceOf(episode.attempts);
  return 2000 * (seconds ?? REQUEST_TIMEOUT_SECONDS + 2 * (grace ?? 10));
}

/** The rest of a line that was repeated too often to be booked one by one. */
function countMore(episode: StopEpisode, like: Attempt, more: number): void {
  episode.olderAttempts += more;
  if (failed(like)) episode.olderFailed += more;
  if (like.survived !== null) episode.olderSurvived += more;
  if (like.deadline) episode.olderDeadlines += more;
}

/** A debug-level line about this container: from now on the absence of others means something. */
export function bookDebug(episode: StopEpisode, ms: number, undo: Undo): void {
  for (const attempt of episode.attempts) {
    if (attempt.debug || attempt.forced === null) continue;
    if (Math.abs(ms - attempt.forced) > KILL_WAIT_MS) continue;
    undo.fields(attempt);
    attempt.debug = true;
  }
}

/** A force line that no direct-SIGKILL line followed, and that is young enough to be what just died. */
export function isLoneForce(episode: StopEpisode, ms: number): boolean {
  const last = episode.attempts.at(-1);
  return (
    last !== undefined &&
    episode.firstFailureMs === null &&
    last.forced !== null &&
    ms >= last.forced &&
    ms - last.forced <= LONE_FORCE_MS
  );
}

function addAttempt(episode: StopEpisode, ms: number, limits: CorrelateLimits, undo: Undo): Attempt {
  const attempt = newAttempt(ms);
  // Most episodes have one: a list that has grown has room for sixteen more.
  if (episode.attempts.length === 0) {
    episode.attempts = [attempt];
    return attempt;
  }
  undo.end(episode.attempts);
  episode.attempts.push(attempt);
  if (episode.attempts.length > limits.attempts) {
    undo.removed(episode.attempts, 0);
    const old = episode.attempts.shift() as Attempt;
    if (episode.olderAttempts === 0 && old.survived !== null && old.forced === null)
      episode.earlierCalls = true;
    episode.olderAttempts++;
    if (failed(old)) episode.olderFailed++;
    if (old.survived !== null) episode.olderSurvived++;
    if (old.noExit !== null) episode.olderNoExit++;
    if (old.deadline) episode.olderDeadlines++;
    if (old.gone) episode.olderGone++;
    if (old.debug) episode.olderDebug++;
  }
  return attempt;
}

export function msOf(at: Instant): number {
  return at.ms + at.nanos / 1e6;
}
