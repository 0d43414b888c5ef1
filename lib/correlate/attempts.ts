/**
 * Which stop call a line belongs to. dockerd, the CRI runtime and the kubelet each print their own lines about
 * one call; calls overlap when a client gives up and comes back before the daemon has finished.
 */
import { callStart } from './cadence.js';
import type { Attempt } from './types.js';

/** dockerd waits this long between SIGKILL and "trying direct SIGKILL"; every version and platform but Windows. */
export const KILL_WAIT_MS = 10_000;
/** Slack around a known distance between two lines of one call: a busy daemon prints late. */
const SLACK_MS = 5_000;
/** The kubelet's runtimeRequestTimeout, added to the grace period: its call ends then. Default 2 min. */
const REQUEST_TIMEOUT_MS = 120_000;
/** systemd gives a scope 90 s for each signal; the call that led to it came before that. */
const SCOPE_MS = 600_000;

export function newAttempt(first: number): Attempt {
  return {
    first,
    grace: null,
    requested: null,
    forced: null,
    killed: null,
    survived: null,
    noExit: null,
    runtimeFailed: null,
    clientFailed: null,
    networkFailed: null,
    deadline: false,
    gone: false,
    debug: false,
    shortDeadline: false,
  };
}

type Find = (attempts: readonly Attempt[], ms: number, grace: number | null) => Attempt | null;

/** The request line of a runtime joins the kubelet's "Killing container", which a preStop hook may precede by the grace period. */
export const forRequest: Find = (attempts, ms) =>
  newest(
    attempts,
    (a) => a.requested !== null && ms - a.requested <= SLACK_MS + (a.grace ?? 0) * 1000 && untouched(a),
  );

/** "Skipping the sending of signal" comes right behind the request line of its call. */
export const forSkipped: Find = (attempts, ms) =>
  newest(attempts, (a) => a.requested !== null && Math.abs(ms - a.requested) <= SLACK_MS);

export const forForced: Find = (attempts, ms, grace) =>
  newest(
    attempts,
    (a) =>
      a.forced === null &&
      a.survived === null &&
      a.requested !== null &&
      a.requested <= ms &&
      (grace === null
        ? ms - a.requested <= 2 * REQUEST_TIMEOUT_MS
        : Math.abs(ms - a.requested - grace * 1000) <= SLACK_MS ||
          // A preStop hook uses up part of the grace period before the runtime is asked.
          (a.grace !== null && ms - a.requested <= a.grace * 1000 + SLACK_MS)),
  );

/** The force line 10 s before; of several the one whose distance is nearest to 10 s. */
export const forSurvived: Find = (attempts, ms) => {
  let best: Attempt | null = null;
  let bestOff = Number.POSITIVE_INFINITY;
  for (const attempt of attempts) {
    if (attempt.forced === null || attempt.survived !== null) continue;
    const off = Math.abs(ms - attempt.forced - KILL_WAIT_MS);
    if (off <= 2 * SLACK_MS && ms > attempt.forced && off < bestOff) {
      best = attempt;
      bestOff = off;
    }
  }
  return best;
};

export const forKilled: Find = (attempts, ms) =>
  newest(
    attempts,
    (a) => a.requested !== null && a.requested <= ms && a.killed === null && a.runtimeFailed === null,
  );

/** systemd kills what is left in a container's scope: a step of the call that is under way, none of its own. */
export const forScope: Find = (attempts, ms) =>
  newest(attempts, (a) => a.first <= ms && ms - a.first <= SCOPE_MS);

/** dockerd >= 20.10.10 gives up 2 to 4 s after the direct SIGKILL; several lines say so at once. */
export const forNoExit: Find = (attempts, ms) =>
  newest(attempts, (a) => a.noExit !== null && Math.abs(ms - a.noExit) <= 1000) ??
  oldest(
    attempts,
    (a) => a.noExit === null && a.survived !== null && ms >= a.survived && ms - a.survived <= 3 * SLACK_MS,
  ) ??
  newest(
    attempts,
    (a) => a.noExit === null && a.forced !== null && ms >= a.forced && ms - a.forced <= 6 * SLACK_MS,
  );

export const forRuntimeFailure: Find = (attempts, ms) =>
  newest(attempts, (a) => a.runtimeFailed !== null && Math.abs(ms - a.runtimeFailed) <= 1000) ??
  newest(
    attempts,
    (a) => a.runtimeFailed === null && (a.requested !== null || a.killed !== null) && a.first <= ms,
  );

/**
 * A client's failure: the kubelet prints up to four lines about one, within seconds of each other; the call
 * itself began up to grace + 2 min before. Where calls overlap it is the one whose time-out ends just now.
 */
export const forClientFailure: Find = (attempts, ms, grace) => {
  const told = newest(attempts, (a) => a.clientFailed !== null && Math.abs(ms - a.clientFailed) <= SLACK_MS);
  if (told !== null) return told;
  const waits = (a: Attempt): boolean =>
    a.clientFailed === null &&
    a.first <= ms + 1000 &&
    ms - a.first <= (a.grace ?? 30) * 1000 + REQUEST_TIMEOUT_MS + 6 * SLACK_MS;
  return newest(attempts, (a) => waits(a) && isTimeoutOf(a, ms, grace)) ?? newest(attempts, waits);
};

/** The CRI client waits for the stop time-out and 2 min, dockershim for the longer of the two. */
function isTimeoutOf(attempt: Attempt, ms: number, grace: number | null): boolean {
  const waited = ms - callStart(attempt);
  const graceMs = (attempt.grace ?? grace ?? 0) * 1000;
  return [graceMs + REQUEST_TIMEOUT_MS, Math.max(graceMs, REQUEST_TIMEOUT_MS)].some(
    (timeout) => Math.abs(waited - timeout) <= SLACK_MS,
  );
}

/** Has this call failed in a way that proves something, whatever came after. */
export function failed(attempt: Attempt): boolean {
  return attempt.survived !== null || attempt.noExit !== null || (attempt.deadline && !attempt.shortDeadline);
}

function untouched(a: Attempt): boolean {
  return a.forced === null && a.killed === null && a.runtimeFailed === null && a.clientFailed === null;
}

function newest(attempts: readonly Attempt[], fits: (a: Attempt) => boolean): Attempt | null {
  for (let i = attempts.length - 1; i >= 0; i--) {
    const attempt = attempts[i] as Attempt;
    if (fits(attempt)) return attempt;
  }
  return null;
}

function oldest(attempts: readonly Attempt[], fits: (a: Attempt) => boolean): Attempt | null {
  return attempts.find(fits) ?? null;
}
