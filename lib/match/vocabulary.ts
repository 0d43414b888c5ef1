/**
 * The words that patterns are written in, as lists that exist at run time. Used to check pattern files and to
 * hold the published schema against the types. The types are the source: a word missing here does not compile.
 */
import type { CaptureName, Meaning, OriginForm, Role } from './types.js';

/** Every role once, in the order of types.ts. */
export const ROLES = keysOf<Role>()({
  attempt: true,
  escalation: true,
  failure: true,
  cause: true,
  resolution: true,
  context: true,
  'look-alike': true,
});

/** Every meaning with the role it belongs to: a pattern's role follows from what it means. */
export const MEANING_ROLES: Readonly<Record<Meaning, Role>> = {
  'stop-requested': 'attempt',
  'stop-forced': 'attempt',
  'kill-sent': 'escalation',
  'kill-survived': 'escalation',
  'no-exit-event': 'escalation',
  'stop-skipped': 'escalation',
  'stop-failed': 'failure',
  'sandbox-stop-failed': 'failure',
  'pod-stop-failed': 'failure',
  'task-blocked': 'cause',
  'storage-error': 'cause',
  'storage-recovered': 'cause',
  'cpu-stalled': 'cause',
  'oom-killed': 'cause',
  'process-zombie': 'cause',
  'process-unkillable': 'cause',
  'process-gone': 'cause',
  'shim-hung': 'cause',
  'exit-lost': 'cause',
  'events-lost': 'cause',
  'signal-denied': 'cause',
  exited: 'resolution',
  'exited-anonymously': 'resolution',
  'stop-succeeded': 'resolution',
  removed: 'resolution',
  'removal-requested': 'context',
  'shim-cleanup-failed': 'context',
  'stop-called': 'context',
  'daemon-starting': 'context',
  'daemon-ready': 'context',
  'daemon-version': 'context',
  'daemon-stopping': 'context',
  'daemon-stopped': 'context',
  'loading-started': 'context',
  'loading-done': 'context',
  rebooted: 'context',
  'lines-lost': 'context',
  'debug-level': 'context',
  linked: 'context',
  'network-teardown-failed': 'look-alike',
  'not-found': 'look-alike',
  'container-paused': 'look-alike',
  'short-client-deadline': 'look-alike',
  'relist-unhealthy': 'failure',
  'runtime-timeout': 'failure',
  'socket-exhausted': 'escalation',
  'node-not-ready': 'failure',
  'node-ready': 'context',
};

export const MEANINGS = Object.keys(MEANING_ROLES) as readonly Meaning[];

export const CAPTURE_NAMES = keysOf<CaptureName>()({
  container: true,
  sandbox: true,
  containerName: true,
  pod: true,
  namespace: true,
  podUid: true,
  podRef: true,
  cgroup: true,
  unit: true,
  pid: true,
  comm: true,
  seconds: true,
  grace: true,
  signal: true,
  error: true,
  product: true,
  version: true,
  count: true,
  node: true,
  runtime: true,
  exitCode: true,
  threshold: true,
});

export const ORIGIN_FORMS = keysOf<OriginForm>()({
  logfmt: true,
  json: true,
  'logrus-tty': true,
  klog: true,
  'klog-json': true,
  dmesg: true,
  calico: true,
  bare: true,
});

/** Order of keys in a pattern file, so that any neighbour serves as a model. */
export const PATTERN_KEYS = [
  'id',
  'title',
  'component',
  'role',
  'means',
  'literals',
  'message',
  'fields',
  'capture',
  'constants',
  'origin',
  'generation',
  'versions',
  'longLine',
  'source',
  'note',
  'samples',
  'nearMisses',
] as const;

/** All keys of a union as a list; the object literal makes the compiler check that none is missing. */
function keysOf<Name extends string>() {
  return (names: Readonly<Record<Name, true>>): readonly Name[] => Object.keys(names) as Name[];
}
