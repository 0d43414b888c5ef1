/**
 * Pod names in every spelling that daemons use: `ns/name`, `name_ns(uid)`, JSON, Docker's `k8s_…` names,
 * Calico's workload names. The text comes from logs, so nothing is passed on that could not be a name.
 */
import { asPodUid } from './container-id.js';
import { detach } from './detach.js';
import { remembered } from './remembered.js';

/** What is known of a pod. Names are not unique over time: a StatefulSet's pods come back under theirs. */
export interface PodFacts {
  readonly namespace: string | null;
  readonly name: string | null;
  readonly uid: string | null;
}

export interface PodRef extends PodFacts {
  /** Name of the container within the pod, where the spelling has it; null for the sandbox. */
  readonly containerName: string | null;
  /** What the spelling names beside the pod, null where it names the pod only. */
  readonly kind: 'container' | 'sandbox' | null;
  readonly node: string | null;
}

const MAX_TEXT = 2048;
/** DNS-1123 subdomain; `_` occurs in names that other orchestrators gave. */
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/;
const LABEL = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

/** A pod's, container's or node's name, null for what cannot be one. */
export function asName(text: string | null | undefined): string | null {
  return text == null ? null : nameOf(text);
}

const nameOf = remembered((text) => (text.length <= 253 && NAME.test(text) ? detach(text) : null));

export function asNamespace(text: string | null | undefined): string | null {
  return text == null ? null : namespaceOf(text);
}

const namespaceOf = remembered((text) => (text.length <= 63 && LABEL.test(text) ? detach(text) : null));

/** Null where the text has none of the known spellings, or nothing of it could be a name. */
export const parsePodRef = remembered((text): PodRef | null => {
  if (text.length > MAX_TEXT) return null;
  const plain = text.trim().replace(/^[\\"'`]+|[\\"'`]+$/g, '');
  if (plain.startsWith('{') || plain.startsWith('&')) return fromObject(plain);
  if (/^\/?k8s_/.test(plain)) return fromDockerName(plain);
  if (plain.endsWith(')')) return fromUidSuffix(plain);
  return plain.includes('/') ? fromSlash(plain) : fromWorkload(plain);
});

function pod(facts: Partial<PodRef>): PodRef | null {
  const { namespace = null, name = null, uid = null, containerName = null, kind = null, node = null } = facts;
  return name === null && uid === null ? null : { namespace, name, uid, containerName, kind, node };
}

/** `{"name":"web-0","namespace":"shop"}` at any depth of escaping, `&PodSandboxMetadata{Name:…,Namespace:…}`. */
function fromObject(text: string): PodRef | null {
  const bare = text.replace(/[\\"]/g, '');
  const value = (key: RegExp) => key.exec(bare)?.[1] ?? null;
  const uid = value(/[{, ]uid: ?([0-9a-f-]{32,36})(?![^,} ])/i);
  return pod({
    namespace: asNamespace(value(/[{, ]namespace: ?([^,} ]{1,253})/i)),
    name: asName(value(/[{, ]name: ?([^,} ]{1,253})/i)),
    uid: uid === null ? null : asPodUid(uid),
  });
}

/** Docker's name of what the kubelet made: `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`. */
function fromDockerName(text: string): PodRef | null {
  const parts = text.replace(/^\//, '').split('_');
  if (parts.length !== 6) return null;
  const [, container = '', podName, namespace, uid = ''] = parts;
  // Kubelets up to 1.5 put a hash behind the container's name.
  const containerName = asName(container.replace(/\.[0-9a-f]{1,8}$/, ''));
  const name = asName(podName);
  if (name === null || (containerName === null && !container.startsWith('POD'))) return null;
  const isSandbox = /^POD(?:\.[0-9a-f]{1,8})?$/.test(container);
  if (!isSandbox && containerName === null) return null;
  return pod({
    name,
    namespace: asNamespace(namespace),
    uid: asPodUid(uid),
    containerName: isSandbox ? null : containerName,
    kind: isSandbox ? 'sandbox' : 'container',
  });
}

/** `web-0_shop(8a0f8a5e-…)`, as kubelets up to 1.20 print it. */
function fromUidSuffix(text: string): PodRef | null {
  const match = /^([^_()/ ]{1,253})_([^_()/ ]{1,63})\(([0-9a-f-]{32,36})\)$/.exec(text);
  const uid = match === null ? null : asPodUid(match[3] ?? '');
  const name = asName(match?.[1]);
  return name === null || uid === null ? null : pod({ name, namespace: asNamespace(match?.[2]), uid });
}

/** `shop/web-0`. Where wrapping has cut the namespace off, the name still holds. */
function fromSlash(text: string): PodRef | null {
  const parts = text.split('/');
  const name = asName(parts[1]);
  return parts.length !== 2 || name === null ? null : pod({ name, namespace: asNamespace(parts[0]) });
}

/** Calico's `<node>-k8s-<pod>-<interface>`, a dash within a part written twice; the namespace is not in it. */
function fromWorkload(text: string): PodRef | null {
  const parts = text.replaceAll('--', '\0').split('-');
  if (parts.length !== 4 || parts[1] !== 'k8s') return null;
  const [node, , podName, link] = parts.map((part) => part.replaceAll('\0', '-'));
  const name = asName(podName);
  return name === null || asName(link) === null ? null : pod({ name, node: asName(node) });
}
