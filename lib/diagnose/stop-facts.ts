/**
 * Turns a stop episode into the facts that the rules of `stuck-stop` compare: how many calls failed and how,
 * for how long there was no exit, what the cadence says.
 */

import { failed, KILL_WAIT_MS } from '../correlate/attempts.js';
import { cadenceOf, callStart } from '../correlate/cadence.js';
import type { NodeFacts } from '../correlate/node-facts.js';
import { msOf, retryWindowMs } from '../correlate/stop-episodes.js';
import type { Attempt, NamedCause, StopEpisode } from '../correlate/types.js';
import type { Defect } from './defect.js';
import type { Facts } from './rules.js';
import type { Runtime } from './versions.js';

/** A retry loop comes back within this time. */
const RETRY_SOON_MS = 300_000;

export interface StopFacts {
  readonly facts: Facts;
  readonly attempts: number;
  readonly intervalSeconds: number | null;
  readonly callers: 1 | 2;
  /** Seconds that one returning call takes (stop time-out + 10), null where no line states the time-out. */
  readonly callSeconds: number | null;
  /** False while a long stop time-out, stated by a line, still explains everything. */
  readonly graceIsOver: boolean;
  readonly exitMs: number | null;
  /** How long the log goes on after the last SIGKILL that was outlived, seconds; null where there is none. */
  readonly watchedSeconds: number | null;
  /** Calls of the daemon's present life: a restart drops what the earlier ones held. */
  readonly callsSinceRestart: number;
  readonly hungSinceRestart: number;
}

export interface StopContext {
  readonly defect: Defect;
  readonly facts: NodeFacts;
  readonly runtime: Runtime;
  /** Causes that lines name for the container, near enough to count. */
  readonly causes: readonly NamedCause[];
  /** How far the node's log has got, float ms. */
  readonly nowMs: number;
  /** The input has ended: nothing that is not there will come. */
  readonly ended: boolean;
}

export function stopFacts(episode: StopEpisode, context: StopContext): StopFacts {
  const { parameters } = context.defect;
  const slowDeathMs = (parameters['slowDeathSeconds'] ?? 60) * 1000;
  const exitMs = exitOf(episode, context.nowMs, context.ended);
  const until = exitMs ?? context.nowMs;

  const outlived = (at: number): boolean => {
    if (exitMs !== null) return exitMs - at > slowDeathMs;
    return context.ended || context.nowMs - at >= slowDeathMs;
  };
  let survivedKills = episode.olderSurvived;
  let lastSurvived: number | null = null;
  let deadlines = episode.olderDeadlines;
  let noExitEvents = episode.olderNoExit;
  let goneCalls = episode.olderGone;
  let debugCalls = episode.olderDebug;
  let failedCalls = episode.olderFailed;
  let firstFailure = episode.olderFailed > 0 ? episode.firstFailureMs : null;
  const failedAt = (at: number): void => {
    if (firstFailure === null || at < firstFailure) firstFailure = at;
  };
  const restart = lastRestart(episode, context.facts, until);
  let callsSinceRestart = restart <= episode.firstMs ? episode.olderAttempts : 0;
  let hungSinceRestart = restart <= episode.firstMs ? episode.olderFailed : 0;

  // From 20.10.10 on the daemon says "did not receive an exit event" 14 s after its first SIGKILL: a slow death
  // has that line, too. One call that was more than that makes the others count.
  const isMore = (call: Attempt): boolean => {
    const at = killOutlived(call) ?? call.noExit;
    return at !== null && at <= until && outlived(at);
  };
  const counts = episode.olderFailed > 0 || episode.attempts.some(isMore);
  for (const call of episode.attempts) {
    const killWaited = killOutlived(call);
    const survived = counts && killWaited !== null && killWaited <= until;
    const deadline = call.deadline && !call.shortDeadline;
    const noExit = counts && call.noExit !== null;
    if (survived) {
      lastSurvived = killWaited;
      survivedKills++;
      failedAt(killWaited);
    }
    if (deadline) {
      deadlines++;
      failedAt(call.clientFailed ?? call.runtimeFailed ?? call.first);
    }
    if (noExit) {
      noExitEvents++;
      failedAt(call.noExit ?? call.first);
    }
    if (survived || deadline || noExit) failedCalls++;
    if (call.gone) goneCalls++;
    if (call.debug) debugCalls++;
    const hung = call.survived !== null || deadline;
    if (call.first >= restart) {
      callsSinceRestart++;
      if (hung && !call.gone) hungSinceRestart++;
    }
  }

  const cadence = cadenceOf(episode.attempts);
  const byDockerd = episode.attempts.some((a) => a.forced !== null || a.survived !== null);
  const callSeconds = cadence.grace === null || !byDockerd ? null : cadence.grace + KILL_WAIT_MS / 1000;
  const attempts = episode.olderAttempts + episode.attempts.length;
  const eventsLostBefore = context.facts.troubles
    .of(episode.node)
    .filter(
      (t) => t.trouble === 'events-lost' && t.ms <= episode.firstMs && episode.firstMs - t.ms <= 86_400_000,
    ).length;

  return {
    facts: {
      attempts,
      failedCalls,
      survivedKills,
      deadlines,
      noExitEvents,
      goneCalls,
      goneLines: episode.goneLines,
      debugCalls,
      unansweredCalls:
        exitMs === null ? callsInWindow(episode, (parameters['retryWindowSeconds'] ?? 3600) * 1000) : 0,
      secondsStuck: firstFailure === null ? null : (until - firstFailure) / 1000,
      causeNamed: context.causes.length,
      exitLost: context.causes.filter((c) => c.cause === 'exit-lost').length,
      generation: context.runtime.generation,
      secondsBeyondCall:
        cadence.seconds === null || callSeconds === null ? null : cadence.seconds - callSeconds,
      eventsLostBefore,
    },
    attempts,
    intervalSeconds: cadence.seconds,
    callers: cadence.callers,
    callSeconds,
    graceIsOver: graceIsOver(episode, until, parameters),
    exitMs,
    watchedSeconds: lastSurvived === null ? null : (until - lastSurvived) / 1000,
    callsSinceRestart,
    hungSinceRestart,
  };
}

/** When it exited, as far as is known; an exit line without an id counts once no stop line followed it. */
export function exitOf(episode: StopEpisode, nowMs: number, ended: boolean): number | null {
  if (episode.end?.by === 'exit') return msOf(episode.end.at);
  if (episode.end !== null || episode.tentativeExit === null) return null;
  const at = msOf(episode.tentativeExit);
  const quiet = nowMs - at > retryWindowMs(episode);
  // At the end of the input it is believed, unless earlier ones turned out to be other containers' exits.
  return quiet || (ended && episode.disprovedExits === 0) ? at : null;
}

/** When a call had outlived SIGKILL by 10 s: dockerd says so, a CRI runtime only says when it sent it. */
function killOutlived(call: Attempt): number | null {
  if (call.survived !== null) return call.survived;
  return call.killed === null ? null : call.killed + KILL_WAIT_MS;
}

/**
 * Calls of the last window that no exit answered. A force line with neither a direct SIGKILL nor another call
 * soon after it is a container that died of SIGKILL: a nightly restart of an application that ignores SIGTERM.
 */
function callsInWindow(episode: StopEpisode, windowMs: number): number {
  const { attempts } = episode;
  const last = attempts.at(-1);
  if (last === undefined) return 0;
  return attempts.filter((call, i) => {
    const next = attempts[i + 1];
    const diedOfIt =
      call.forced !== null && !failed(call) && next !== undefined && next.first - call.first > RETRY_SOON_MS;
    return last.first - call.first <= windowMs && !diedOfIt && call.networkFailed === null;
  }).length;
}

function graceIsOver(episode: StopEpisode, until: number, parameters: Defect['parameters']): boolean {
  const grace = episode.maxGrace;
  const long = parameters['longGraceSeconds'] ?? 60;
  if (grace === null || grace <= long) return true;
  // A long time-out excuses its own call, not a later one with a short time-out.
  if (episode.attempts.some((call) => failed(call) && call.grace !== null && call.grace <= long)) return true;
  const first = episode.attempts[0];
  const began = first === undefined ? episode.firstMs : Math.min(episode.firstMs, callStart(first));
  return until - began >= (2 * grace + (parameters['longGraceExtraSeconds'] ?? 120)) * 1000;
}

/** When dockerd last started within the episode, or long before it. */
function lastRestart(episode: StopEpisode, facts: NodeFacts, until: number): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const mark of facts.restarts.of(episode.node)) {
    if (mark.product === 'dockerd' && mark.ms > episode.firstMs && mark.ms <= until)
      last = Math.max(last, mark.ms);
  }
  return last;
}
