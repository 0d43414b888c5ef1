/**
 * Lines of an ordinary Kubernetes node, as rsyslog writes them to /var/log/messages (RFC 3164).
 *
 * `ordinaryLine` gives what fills such a log: kubelet, dockerd, containerd, systemd, kernel and applications,
 * 259 bytes long on average, holding no literal of any pattern. `interestingLines` gives one container that does
 * not stop, as dockerd 19.03, containerd's shim and the kubelet tell it.
 */
import type { Random } from '../random.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const APPS = ['web', 'billing', 'search', 'ingest', 'fluentd', 'redis', 'mailer', 'gateway'] as const;
const NAMESPACES = ['default', 'kube-system', 'shop', 'monitoring', 'data'] as const;
const PATHS = ['/api/v1/users/', '/api/v2/orders/', '/static/img/', '/search?q=', '/healthz?n='] as const;

/** Where one line stands: when, on which node, and the source of its details. */
export interface LineContext {
  readonly at: Date;
  readonly node: string;
  readonly random: Random;
}

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);
const clock = (at: Date): string =>
  `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;

export function syslog({ at, node }: LineContext, tag: string, message: string): string {
  return `${MONTHS[at.getUTCMonth()]} ${`${at.getUTCDate()}`.padStart(2)} ${clock(at)} ${node} ${tag}: ${message}`;
}

export function logrus(context: LineContext, tag: string, level: string, rest: string): string {
  const nanos = `${context.random.int(1_000_000)}`.padStart(6, '0');
  const time = `${context.at.toISOString().slice(0, -1)}${nanos}Z`;
  return syslog(context, tag, `time="${time}" level=${level} ${rest}`);
}

export function klog(context: LineContext, severity: string, caller: string, rest: string): string {
  const { at, random } = context;
  const micros = `${at.getUTCMilliseconds()}`.padStart(3, '0') + `${random.int(1000)}`.padStart(3, '0');
  const stamp = `${severity}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())} ${clock(at)}.${micros}`;
  return syslog(context, 'kubelet[1402]', `${stamp}    1402 ${caller}] ${rest}`);
}

export const uuid = (r: Random): string => `${r.hex(8)}-${r.hex(4)}-4${r.hex(3)}-a${r.hex(3)}-${r.hex(12)}`;
const podOf = (r: Random): string => `${r.pick(NAMESPACES)}/${r.pick(APPS)}-${r.hex(9)}-${r.hex(5)}`;

type Template = (context: LineContext) => string;

const KUBELET: readonly Template[] = [
  (c) =>
    klog(
      c,
      'I',
      'reconciler.go:254',
      `"operationExecutor.VerifyControllerAttachedVolume started for volume \\"kube-api-access-${c.random.hex(5)}\\" ` +
        `(UniqueName: \\"kubernetes.io/projected/${uuid(c.random)}-kube-api-access\\") pod=\\"${podOf(c.random)}\\" " pod="${podOf(c.random)}"`,
    ),
  (c) =>
    klog(
      c,
      'I',
      'prober.go:116',
      `"Probe failed" probeType="Readiness" pod="${podOf(c.random)}" podUID=${uuid(c.random)} containerName="${c.random.pick(APPS)}" ` +
        'probeResult="failure" output="HTTP probe failed with statuscode: 503"',
    ),
  (c) =>
    klog(
      c,
      'I',
      'kubelet.go:2119',
      `"SyncLoop UPDATE" source="api" pods=[${podOf(c.random)} ${podOf(c.random)} ${podOf(c.random)}]`,
    ),
];

const DOCKERD: readonly Template[] = [
  (c) =>
    logrus(
      c,
      'dockerd[1359]',
      'info',
      `msg="NetworkDB stats ${c.node}(${c.random.hex(12)}) - netID:${c.random.hex(25)} leaving:false netPeers:${c.random.int(9)} ` +
        `entries:${c.random.int(99)} Queue qLen:0 netMsg/s:0"`,
    ),
  (c) =>
    logrus(
      c,
      'dockerd[1359]',
      'warning',
      `msg="Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap." ` +
        `container=${c.random.hex(64)}`,
    ),
];

const CONTAINERD: readonly Template[] = [
  (c) =>
    logrus(
      c,
      'containerd[988]',
      'info',
      `msg="CreateContainer within sandbox \\"${c.random.hex(64)}\\" for container &ContainerMetadata{Name:${c.random.pick(APPS)},Attempt:${c.random.int(4)},}"`,
    ),
  (c) =>
    logrus(
      c,
      'containerd[988]',
      'info',
      `msg="ImageUpdate event name:\\"registry.example.com/${c.random.pick(APPS)}@sha256:${c.random.hex(64)}\\" labels:{key:\\"io.cri-containerd.image\\" value:\\"managed\\"}"`,
    ),
];

const SYSTEM: readonly Template[] = [
  (c) => syslog(c, 'systemd[1]', `var-lib-docker-overlay2-${c.random.hex(64)}-merged.mount: Succeeded.`),
  (c) =>
    syslog(
      c,
      'systemd[1]',
      `run-docker-runtime\\x2drunc-moby-${c.random.hex(64)}-runc.${c.random.hex(6)}.mount: Succeeded.`,
    ),
  (c) =>
    syslog(
      c,
      `CRON[${c.random.int(32768)}]`,
      '(root) CMD (test -x /usr/sbin/anacron || run-parts --report /etc/cron.hourly)',
    ),
  (c) =>
    syslog(
      c,
      'kernel',
      `[${c.random.int(9_999_999)}.${c.random.int(999_999)}] IPv6: ADDRCONF(NETDEV_CHANGE): cali${c.random.hex(11)}: link becomes ready`,
    ),
];

const APPLICATION: readonly Template[] = [
  (c) =>
    logrus(
      c,
      `${c.random.pick(APPS)}[${c.random.int(32768)}]`,
      'info',
      `caller=handler.go:${c.random.int(900)} msg="request served" method=GET path="${c.random.pick(PATHS)}${c.random.int(1e6)}" ` +
        `status=200 bytes=${c.random.int(99999)} duration=${c.random.int(900)}.${c.random.int(999)}ms trace=${c.random.hex(32)} ` +
        `remote=10.${c.random.int(256)}.${c.random.int(256)}.${c.random.int(256)} agent="Mozilla/5.0 (X11; Linux)"`,
    ),
  (c) =>
    syslog(
      c,
      `${c.random.pick(APPS)}[${c.random.int(32768)}]`,
      `{"level":"warn","ts":${c.at.getTime() / 1000},"logger":"pool","msg":"slow query","table":"orders","rows":${c.random.int(9999)},` +
        `"elapsed_ms":${c.random.int(5000)},"trace_id":"${c.random.hex(32)}","span_id":"${c.random.hex(16)}","tenant":"${c.random.pick(NAMESPACES)}"}`,
    ),
];

// Applications talk most; the daemons share the rest. Chosen so that a line has 259 bytes on average.
const ORDINARY: readonly (readonly Template[])[] = [
  KUBELET,
  KUBELET,
  DOCKERD,
  CONTAINERD,
  SYSTEM,
  APPLICATION,
  APPLICATION,
  APPLICATION,
];

export function ordinaryLine(context: LineContext): string {
  return context.random.pick(context.random.pick(ORDINARY))(context);
}

/** One attempt to stop a container that stays: every line holds a literal. */
export function interestingLines(context: LineContext): string[] {
  const { random } = context;
  const id = random.hex(64);
  const short = id.slice(0, 12);
  const later = (seconds: number): LineContext => ({
    ...context,
    at: new Date(context.at.getTime() + seconds * 1000),
  });
  return [
    logrus(
      context,
      'dockerd[1359]',
      'info',
      `msg="Container ${id} failed to exit within 10 seconds of signal 15 - using the force"`,
    ),
    logrus(
      later(10),
      'dockerd[1359]',
      'info',
      `msg="Container ${short} failed to exit within 10 seconds of kill - trying direct SIGKILL"`,
    ),
    klog(
      later(120),
      'E',
      'remote_runtime.go:276',
      `StopContainer "${id}" from runtime service failed: rpc error: code = Unknown desc = operation timeout: context deadline exceeded`,
    ),
    logrus(later(121), 'containerd[988]', 'info', `msg="shim disconnected" id=${id}`),
  ];
}
