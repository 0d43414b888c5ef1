/**
 * What the error text of a failed stop call says. A deadline is the container's fault; a lost connection is
 * a restarted runtime, "not found" a container that is gone already, and a CNI error a healthy stop.
 */
import { remembered } from './remembered.js';
import type { StopErrorKind } from './types.js';

const NETWORK =
  /failed to destroy network|failed to teardown pod|plugin type=\\*"[^"\\]+\\*"(?: name=\\*"[^"\\]*\\*")? failed \(delete\)|networkPlugin cni failed/;
/** Codes first: `code = Unavailable desc = ... context deadline exceeded` is a restart. */
const RESTART =
  /code = (?:Canceled|Unavailable|Aborted|14\b|1\b)|context canceled|is cancelled|ttrpc: closed|transport is closing|connection is unavailable|connection refused|connection reset|error reading from server: EOF|: EOF\b|connection closed|client connection is closing/;
const NOT_FOUND =
  /code = NotFound|No such container|container (?:\*"?[0-9a-f]{12,64}\*"? )?(?:not found|does not exist)/;
const DENIED = /unable to signal init: permission denied|operation not permitted|permission denied/;
/** A deadline of somebody else: the API server, etcd, a registry. */
const FOREIGN = /etcdserver|failed to pull|pulling image|PullImage|Client\.Timeout exceeded/;
const DEADLINE =
  /DeadlineExceeded|operation timeout|context deadline exceeded|stop timeout|timeout reached after/;

const NAMED = /for \\*"[^"\\]{0,253}\\*"/g;

export function classifyStopError(text: string | undefined): StopErrorKind {
  return text === undefined || text === '' ? 'other' : kindOf(text);
}

const kindOf = remembered((text): StopErrorKind => {
  // A container may be called `etcd`: what it is called says nothing of the error.
  const error = text.replace(NAMED, '');
  if (NETWORK.test(error)) return 'network';
  if (RESTART.test(error)) return 'restart';
  if (FOREIGN.test(error)) return 'other';
  if (DEADLINE.test(error)) return 'deadline';
  if (NOT_FOUND.test(error)) return 'not-found';
  if (DENIED.test(error)) return 'denied';
  return 'other';
});
