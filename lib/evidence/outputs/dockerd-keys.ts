/**
 * The keys that dockerd knows in daemon.json, from 1.10 to 29, each with the kind of its value. dockerd does not
 * start with any other key, so that they tell its file from all other JSON.
 */
import { asObject, type JsonObject, type JsonValue } from './json-objects.js';

type Kind = 'boolean' | 'number' | 'string' | 'list' | 'object' | 'any';

const KEYS: Readonly<Record<Kind, string>> = {
  boolean: `allow-direct-routing debug disable-legacy-registry enable-cors experimental icc init ip-forward
    ip-forward-no-drop ip-masq ip6tables iptables ipv6 live-restore no-new-privileges raw-logs rootless
    selinux-enabled tls tlsverify userland-proxy`,
  number: `cpu-rt-period cpu-rt-runtime default-network-mtu max-concurrent-downloads max-concurrent-uploads
    max-download-attempts mtu network-control-plane-mtu network-diagnostic-port oom-score-adjust shutdown-timeout`,
  string: `api-cors-header bip bip6 bridge bridge-accept-fwmark cgroup-parent cluster-advertise cluster-store
    config-file containerd containerd-namespace containerd-plugin-namespace data-root default-cgroupns-mode
    default-gateway default-gateway-v6 default-init default-ipc-mode default-runtime exec-root firewall-backend
    fixed-cidr fixed-cidr-v6 graph group http-proxy https-proxy init-path ip log-driver log-format log-level
    metrics-addr min-api-version no-proxy pidfile registry-mirror resolv-conf seccomp-profile storage-driver
    swarm-default-advertise-addr tlscacert tlscert tlskey userland-proxy-path userns-remap`,
  list: `allow-nondistributable-artifacts authorization-plugins cdi-spec-dirs default-address-pools dns dns-opts
    dns-search exec-opts host-gateway-ips hosts insecure-registries labels node-generic-resources registry-mirrors
    storage-opts`,
  object: `builder cluster-store-opts default-network-opts default-ulimits features log-opts proxies runtimes`,
  any: `default-shm-size dns-opt exec-opt host-gateway-ip storage-opt`,
};

/** Words that others use for keys, too: alone they show nothing. */
const COMMON = new Set(
  'bridge builder containerd debug dns experimental features graph group hosts init ip ipv6 labels mtu proxies runtimes tls'.split(
    ' ',
  ),
);

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries(KEYS).flatMap(([kind, names]) =>
    names.split(/\s+/).map((name): [string, Kind] => [name, kind as Kind]),
  ),
);

function kindOf(value: JsonValue | undefined): Kind {
  if (Array.isArray(value)) return 'list';
  if (asObject(value) !== null) return 'object';
  return typeof value === 'boolean' || typeof value === 'number' ? (typeof value as Kind) : 'string';
}

export interface Knowledge {
  /** Keys that are dockerd's, with values that can be. */
  readonly known: readonly string[];
  /** Of these the ones that nobody else has. */
  readonly own: readonly string[];
  readonly unknown: readonly string[];
}

/** Looks at the keys of the outermost object. */
export function dockerdKeysOf(value: JsonObject): Knowledge {
  const known: string[] = [];
  const unknown: string[] = [];
  for (const key of Object.keys(value).slice(0, 512)) {
    const kind = KINDS.get(key);
    const fits = kind === 'any' || (kind !== undefined && kind === kindOf(value[key]));
    (fits ? known : unknown).push(key);
  }
  return { known, unknown, own: known.filter((key) => !COMMON.has(key)) };
}

/** True where the text of a broken object assigns a key that only dockerd has. */
export function namesDockerdKey(text: string): boolean {
  for (const found of text.matchAll(/(?:^|[{,\s])"?([a-z][a-z0-9-]{1,40})"\s{0,8}:/g)) {
    const key = found[1] ?? '';
    if (KINDS.has(key) && !COMMON.has(key) && key.includes('-')) return true;
  }
  return false;
}
