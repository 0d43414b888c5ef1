/**
 * Container ids in every spelling that daemons use, brought to plain hex. A digest, an exec id with its word
 * before it, a layer's path are not containers. Used wherever a capture may name one.
 */
import { detach } from './detach.js';
import { remembered } from './remembered.js';

export type Runtime = 'docker' | 'containerd' | 'cri-o';

export interface ContainerId {
  /** 5 to 64 lower-case hex digits; a piece of the text it was read from, to be detached where it is kept. */
  readonly id: string;
  readonly runtime: Runtime | null;
  /** Fewer than 12 digits: good for finding a container, not for naming one. */
  readonly short: boolean;
}

export interface CgroupContainer {
  readonly id: string;
  /** Pod uid with dashes (or 32 hex of a static pod), where the path states one. */
  readonly podUid: string | null;
  readonly runtime: Runtime | null;
}

const MAX_ID_TEXT = 512;
const MAX_PATH = 4096;

/** Quotes and backslashes of any depth. */
const QUOTING = '[\\\\"\'`]*';
const ID = '([0-9a-f]{5,64})';
const BARE = new RegExp(`^${QUOTING}(?:(docker|containerd|cri-?o)://)?${QUOTING}${ID}${QUOTING}$`);
/** `{Type:docker ID:…}` of older kubelets, `{"Type":"containerd","ID":"…"}` of newer ones. */
const STRUCT = new RegExp(
  `^${QUOTING}&?\\{${QUOTING}Type${QUOTING}: ?${QUOTING}([a-z-]{0,16})${QUOTING}[, ] ?` +
    `${QUOTING}ID${QUOTING}: ?${QUOTING}${ID}${QUOTING}\\}${QUOTING}$`,
);

/** Null where the text is anything but one id. */
export function normaliseContainerId(text: string): ContainerId | null {
  if (text.length > MAX_ID_TEXT) return null;
  if ((text.length === 64 || text.length === 12) && isHex(text))
    return { id: text, runtime: null, short: false };
  return quotedId(text);
}

const quotedId = remembered((text): ContainerId | null => {
  const trimmed = text.trim();
  const match = BARE.exec(trimmed) ?? STRUCT.exec(trimmed);
  if (match?.[2] === undefined) return null;
  return { id: detach(match[2]), runtime: asRuntime(match[1] ?? ''), short: match[2].length < 12 };
});

/** Nearly every id is spelled so. */
function isHex(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || (code > 0x39 && code < 0x61) || code > 0x66) return false;
  }
  return true;
}

/** The runtime that a word names, null for any other word. */
export function asRuntime(word: string): Runtime | null {
  if (word === '') return null;
  const plain = word.trim().toLowerCase();
  if (plain === 'docker' || plain === 'containerd' || plain === 'cri-o') return plain;
  if (plain === 'crio') return 'cri-o';
  return plain === 'cri-containerd' ? 'containerd' : null;
}

const SCOPE = /^(docker|cri-containerd|containerd|nerdctl|crio|libpod)-([0-9a-f]{12,64})\.scope$/;
const FULL_ID = /^[0-9a-f]{64}$/;
const POD_SEGMENT = /^(?:kubepods[-a-z]{0,32}-)?pod([0-9a-f_-]{32,36})(?:\.slice)?$/;

/**
 * The container that a cgroup path, a `.scope` unit, or a shim's or bundle's path belongs to: the innermost
 * one. Null where it names none (`crio-conmon-…` is a monitor process, `/run/containerd/s/…` a socket).
 */
export function containerOfCgroup(path: string): CgroupContainer | null {
  if (path === '' || path.length > MAX_PATH) return null;
  const segments = path
    .trim()
    .replace(/^[\\"'`]+|[\\"'`,]+$/g, '')
    .split(/[/:]/);
  let podUid: string | null = null;
  let found: { id: string; runtime: Runtime | null } | null = null;
  for (let i = segments.length - 1; i >= 0; i--) {
    found ??= containerAt(segments, i);
    podUid ??= podUidOf(segments[i] as string);
  }
  return found === null ? null : { id: found.id, podUid, runtime: found.runtime };
}

function containerAt(
  segments: readonly string[],
  at: number,
): { id: string; runtime: Runtime | null } | null {
  const segment = segments[at] as string;
  const scope = SCOPE.exec(segment);
  if (scope?.[1] !== undefined && scope[2] !== undefined) {
    return { id: scope[2], runtime: scope[1] === 'nerdctl' ? 'containerd' : asRuntime(scope[1]) };
  }
  if (!FULL_ID.test(segment)) return null;
  const parent = segments[at - 1] ?? '';
  const grandparent = segments[at - 2] ?? '';
  const runtime = runtimeAbove(parent, grandparent);
  return runtime === undefined ? null : { id: segment, runtime };
}

/** What stands above a bare id decides whether it is a container's; undefined where it is not. */
function runtimeAbove(parent: string, grandparent: string): Runtime | null | undefined {
  if (podUidOf(parent) !== null || /^kubepods[-a-z]{0,32}(?:\.slice)?$/.test(parent)) return null;
  switch (parent) {
    case 'docker':
    case 'moby':
      return 'docker';
    case 'crio':
    case 'cri-o':
      return 'cri-o';
    case 'cri-containerd':
    case 'k8s.io':
      return 'containerd';
    case 'overlay-containers':
      return null;
    case 'containers':
      if (grandparent === 'docker') return 'docker';
      return grandparent === 'io.containerd.grpc.v1.cri' ? 'containerd' : undefined;
    case 'containerd':
      // Bundles of the containerd that dockerd up to 18.06 starts itself: /var/run/docker/containerd/<id>
      return grandparent === 'docker' ? 'docker' : undefined;
    default:
      return /^ecs(?:-tasks)?$/.test(grandparent) ? 'docker' : undefined;
  }
}

function podUidOf(segment: string): string | null {
  const match = POD_SEGMENT.exec(segment);
  return match?.[1] === undefined ? null : asPodUid(match[1]);
}

/** A pod uid with dashes, or the 32 hex of a static pod; null for anything else. systemd writes `_` for `-`. */
export function asPodUid(text: string): string | null {
  return text === '' ? null : podUidIn(text);
}

const podUidIn = remembered((text): string | null => {
  if (text.length > 64) return null;
  const uid = text.trim().replaceAll('_', '-');
  return /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/.test(uid) ? detach(uid) : null;
});
