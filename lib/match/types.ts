/**
 * What the match stage takes and gives: a compiled pattern is data, an event is a record that one pattern
 * recognised, with the captures under their standard names.
 */
import type { LogRecord } from '../envelope/types.js';

/** How a pattern's line counts in a verdict. */
export type Role = 'attempt' | 'escalation' | 'failure' | 'cause' | 'resolution' | 'context' | 'look-alike';

/**
 * What a line says, whoever printed it. The correlator knows these words and no pattern ids, so that a new
 * runtime is a new YAML file. The published schema (docs/schema) explains each.
 */
export type Meaning =
  // attempt
  | 'stop-requested' // a runtime took a stop call: CRI StopContainer, CRI-O `Stopping container`, kubelet killing
  | 'stop-forced' // the grace period is over, SIGKILL follows: "using the force"
  // escalation
  | 'kill-sent' // SIGKILL sent by a CRI runtime
  | 'kill-survived' // still there 10 s after SIGKILL: "trying direct SIGKILL"
  | 'no-exit-event' // the runtime itself says that no exit event came
  | 'stop-skipped' // the stop signal is not sent again: proof of an earlier stop call
  // failure
  | 'stop-failed' // a client's or runtime's stop of a container ended in an error (capture `error`)
  | 'sandbox-stop-failed' // the same for a pod sandbox
  | 'pod-stop-failed' // the same, container known by its name and pod only
  // cause
  | 'task-blocked' // kernel hung task (pid, comm, seconds)
  | 'storage-error' // I/O error, NFS server not responding
  | 'storage-recovered' // NFS server OK
  | 'cpu-stalled' // soft lockup, RCU stall
  | 'oom-killed' // kernel killed a process (pid, comm, cgroup)
  | 'process-zombie'
  | 'process-unkillable' // systemd scope still has processes after SIGKILL; CRI-O D state
  | 'process-gone' // kill(2) found no process: decisive for a lost exit
  | 'shim-hung' // the shim does not answer
  | 'exit-lost' // the exit event came and could not be handled
  | 'events-lost' // the daemon lost containerd's event stream
  | 'signal-denied'
  // resolution
  | 'exited'
  | 'exited-anonymously' // an exit line without an id (dockerd <= 19.03)
  | 'stop-succeeded'
  | 'removed'
  // context
  | 'removal-requested'
  | 'shim-cleanup-failed' // withdraws the exit that `shim disconnected` seemed to show
  | 'stop-called' // debug level: the API call as it came in
  | 'daemon-starting'
  | 'daemon-ready'
  | 'daemon-version' // captures product, version
  | 'daemon-stopping'
  | 'daemon-stopped'
  | 'loading-started'
  | 'loading-done'
  | 'rebooted'
  | 'lines-lost' // the log says that it lost lines (count)
  | 'debug-level' // a line that only debug level prints: its neighbours' absence means something
  | 'linked' // states which pod, sandbox or name an id has
  // look-alike
  | 'network-teardown-failed'
  | 'not-found'
  | 'container-paused'
  | 'short-client-deadline' // crictl and the like: their own 2 s time-out proves nothing
  // node level
  | 'relist-unhealthy' // PLEG
  | 'runtime-timeout' // a runtime call ran into its deadline, no container named
  | 'socket-exhausted' // accept4: too many open files on docker.sock
  | 'node-not-ready'
  | 'node-ready'
  // evidence for other defects
  | 'line-limit' // longest line that a CRI runtime keeps whole (value, bytes; 0 or below: no limit)
  | 'log-write-failed' // a CRI runtime could not write what a container printed
  | 'tracer-disabled' // dockerd records no spans: no exporter is configured
  | 'tracer-failed' // dockerd has an exporter configured and could not use it
  | 'oom-invoked' // a process (comm) asked for memory and the kernel looks for a victim
  | 'unit-oom' // systemd: a process of a daemon's unit was killed for want of memory
  | 'unit-failed' // systemd: a daemon's unit failed (unit, result)
  | 'unit-main-exited' // systemd: a daemon's main process ended (unit, result, exitCode)
  | 'unit-restarting' // systemd starts a daemon again (unit, count)
  | 'files-exhausted' // a daemon ran into its limit of open files (product)
  | 'threads-exhausted' // a Go daemon dies of too many threads (product)
  | 'allocation-failed' // a Go daemon dies because the system gives it no memory (product, bytes, inUse)
  | 'exec-forced' // a process started in a container did not end at SIGTERM (container, exec)
  | 'exec-io-held' // output of an ended exec is held open by its children (exec)
  | 'health-check-failed' // a health check could not be run or did not end (container, error)
  | 'shim-leaked' // a shim did not shut down and may be left behind (container)
  | 'status-unknown' // containerd got no state of a task, no container named
  | 'oom-event'; // a CRI runtime tells of an OOM kill in a container (container)

/** Standard names of what patterns capture. All values are strings as logged. */
export type CaptureName =
  | 'container'
  | 'sandbox'
  | 'containerName'
  | 'pod'
  | 'namespace'
  | 'podUid'
  | 'podRef' // any of `ns/name`, `name_ns(uid)`, {"name":..,"namespace":..}, k8s_c_pod_ns_uid_n
  | 'cgroup'
  | 'unit'
  | 'pid'
  | 'comm'
  | 'seconds'
  | 'grace' // stop time-out as printed: `10`, `10s`, `1m0s`
  | 'signal'
  | 'error'
  | 'product'
  | 'version'
  | 'count'
  | 'node'
  | 'runtime' // docker, containerd, cri-o
  | 'exitCode'
  | 'threshold'
  | 'value' // number of a setting as printed
  | 'result' // how a unit or process ended: oom-kill, exit-code, killed
  | 'bytes' // bytes asked for
  | 'inUse' // bytes in use at that moment
  | 'rssKb' // resident memory of a killed process, kB
  | 'scope' // what was short of memory at a kill: `Out of memory`, `Memory cgroup out of memory`
  | 'commit' // commit or package version that a daemon was built from
  | 'exec'; // id of a process started by exec, never a container

export type Captures = Readonly<Partial<Record<CaptureName, string>>>;

/** A pattern as compiled from YAML: plain data, JSON-safe. */
export interface Pattern {
  /** `component.subject.variant`, the file's path below patterns/ without `.yaml`, with dots. */
  readonly id: string;
  readonly component: string;
  readonly title: string;
  readonly role: Role;
  readonly means: Meaning;
  /** A line must hold one of these to be looked at. */
  readonly literals: readonly string[];
  /** Source of a regular expression over the record's `message`, named groups are captures. */
  readonly message: string | null;
  /** Regular expressions over fields, by field name; all must match, named groups are captures. */
  readonly fields: Readonly<Record<string, string>>;
  /** Captures that are whole fields where present: capture name -> field name(s), first present wins. */
  readonly capture: Readonly<Record<string, readonly string[]>>;
  /** Captures that every line of this pattern has because of what it is: `{ product: 'docker' }`. */
  readonly constants: Captures;
  /** Where the line can come from: name of an origin in patterns/components.yaml. */
  readonly origin: string;
  /** `v1` wording (dockerd <= 20.10.9), `v2` (>= 20.10.10), or null where the wording tells nothing. */
  readonly generation: 'v1' | 'v2' | null;
  readonly versions: string | null;
  readonly source: string;
  /** True where the line is kept to 1 MiB. */
  readonly longLine: boolean;
  /** True for patterns that users bring: their expressions run in the linear-time engine only. */
  readonly linear: boolean;
}

/** Shape of a line's innermost envelope, as far as it says who can have written it. */
export type OriginForm =
  | 'logfmt'
  | 'json'
  | 'logrus-tty'
  | 'klog'
  | 'klog-json'
  | 'dmesg'
  | 'calico'
  | 'bare';

/** Who can print a line: an entry of patterns/components.yaml. */
export interface Origin {
  readonly title: string;
  /** Syslog tags and program names, compared in lower case; a `*` at the end stands for any rest. */
  readonly tags: readonly string[];
  /** systemd units, spelled as above. */
  readonly units: readonly string[];
  /** Envelope forms of its lines; empty for any. */
  readonly forms: readonly OriginForm[];
  /** Whether a tag that is neither listed nor a quoter is believed: never, where the form is not `bare`, or always. */
  readonly strangers: 'never' | 'structured' | 'always';
  /** Whether a `bare` line is believed only under one of the tags or units, or without any tag, too. */
  readonly bare: 'tagged' | 'untagged';
  /** True where a line without any tag or unit is not believed, whatever its form. */
  readonly named?: boolean;
}

/** All patterns of a run with the origins they name: plain data, JSON-safe. */
export interface PatternLibrary {
  readonly patterns: readonly Pattern[];
  readonly origins: Readonly<Record<string, Origin>>;
  /** Tags and units that quote what others print; they are never believed. */
  readonly quoters: readonly string[];
}

/** A record that a pattern recognised. Its time is resolved later, when year and zone are known. */
export interface LogEvent {
  readonly record: LogRecord;
  readonly pattern: Pattern;
  readonly captures: Captures;
}
