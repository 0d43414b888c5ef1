/**
 * Which container's output a log file holds, by its path: `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log`, or the
 * kubelet's link `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`. The records themselves name nobody.
 */

export interface LogFileOwner {
  readonly namespace: string;
  readonly pod: string;
  /** Null where the name has none. */
  readonly uid: string | null;
  readonly container: string;
}

/** The uid is whatever the caller of the CRI chose: the kubelet a UUID or a hash, crictl what its file says. */
const PODS =
  /(?:^|\/)([a-z0-9-]{1,63})_([a-z0-9.-]{1,253})_([A-Za-z0-9.-]{1,128})\/([a-z0-9-]{1,63})\/[^/]{1,128}$/;
const LINK = /(?:^|\/)([a-z0-9.-]{1,253})_([a-z0-9-]{1,63})_([a-z0-9-]{1,63})-[0-9a-f]{64}\.log[^/]{0,64}$/;

/** Null for a file that was copied under another name. */
export function logFileOwner(name: string): LogFileOwner | null {
  const path = name.slice(-1_024);
  const [, namespace = '', pod = '', uid = '', container = ''] = PODS.exec(path) ?? [];
  if (pod !== '') return { namespace, pod, uid, container };
  const [, linked = '', of = '', its = ''] = LINK.exec(path) ?? [];
  return linked === '' ? null : { namespace: of, pod: linked, uid: null, container: its };
}
