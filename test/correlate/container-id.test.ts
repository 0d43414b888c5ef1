import t from 'tap';
import { asPodUid, containerOfCgroup, normaliseContainerId } from '../../lib/correlate/container-id.js';

const ID = 'fef3e1fbee146788d1557ec20204e10922eeb2607969a26d1323588cc8a7f469';
const UID = 'd6097c23-9b88-4708-93e0-226bb313e7f3';

t.test('every spelling of an id is one id', async (t) => {
  const spellings: [string, string | null][] = [
    [ID, null],
    [`"${ID}"`, null],
    [`\\"${ID}\\"`, null],
    [`\\\\\\"${ID}\\\\\\"`, null],
    [`docker://${ID}`, 'docker'],
    [`"containerd://${ID}"`, 'containerd'],
    [`cri-o://${ID}`, 'cri-o'],
    [`{Type:docker ID:${ID}}`, 'docker'],
    [`{Type:containerd ID:${ID}}`, 'containerd'],
    [`{"Type":"containerd","ID":"${ID}"}`, 'containerd'],
    [`{"Type":"cri-o", "ID":"${ID}"}`, 'cri-o'],
    [`{\\"Type\\":\\"docker\\",\\"ID\\":\\"${ID}\\"}`, 'docker'],
    [`{\\\\\\"Type\\\\\\":\\\\\\"docker\\\\\\",\\\\\\"ID\\\\\\":\\\\\\"${ID}\\\\\\"}`, 'docker'],
  ];
  for (const [text, runtime] of spellings)
    t.same(normaliseContainerId(text), { id: ID, runtime, short: false }, text);
});

t.test('cut ids keep their length, and fewer than 12 digits are marked as short', async (t) => {
  for (const length of [5, 8, 11, 12, 13, 15, 64]) {
    const id = ID.slice(0, length);
    t.same(normaliseContainerId(id), { id, runtime: null, short: length < 12 });
  }
});

t.test('what is not a container id gives nothing', async (t) => {
  const others = [
    '',
    'fef3',
    `${ID}a`,
    ID.toUpperCase(),
    `sha256:${ID}`,
    `docker-pullable://nginx@sha256:${ID}`,
    `Container exec "${ID}"`,
    `exec ${ID}`,
    '{container-id}',
    '<_>',
    'xxxxxxxxxxxx',
    `podman:///${ID}`,
    `{Type: ID:}`,
    UID,
    'x'.repeat(100_000),
    '\\"'.repeat(50_000),
  ];
  for (const text of others) t.equal(normaliseContainerId(text), null, text.slice(0, 60));
});

t.test('a cgroup path, unit or shim path names its innermost container', async (t) => {
  const slices = '/kubepods.slice/kubepods-burstable.slice';
  const under = UID.replaceAll('-', '_');
  const slice = `kubepods-burstable-pod${under}.slice`;
  const paths: [string, string | null, string | null][] = [
    [`/system.slice/docker-${ID}.scope`, null, 'docker'],
    [`docker-${ID}.scope`, null, 'docker'],
    [`${slices}/${slice}/cri-containerd-${ID}.scope`, UID, 'containerd'],
    [`${slices}/${slice}/crio-${ID}.scope/container`, UID, 'cri-o'],
    [`/kubepods/burstable/pod${UID}/${ID}`, UID, null],
    [`/kubepods/pod0a1b2c3d4e5f60718293a4b5c6d7e8f9/${ID}`, '0a1b2c3d4e5f60718293a4b5c6d7e8f9', null],
    [`/docker/${ID}`, null, 'docker'],
    [`${slice}:cri-containerd:${ID}`, UID, 'containerd'],
    [`/machine.slice/libpod-${ID}.scope`, null, null],
    [`/run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}`, null, 'containerd'],
    [`/run/containerd/io.containerd.runtime.v2.task/moby/${ID}/log.json`, null, 'docker'],
    [`/var/run/docker/containerd/${ID}`, null, 'docker'],
    [`/var/lib/docker/containers/${ID}/mounts/shm`, null, 'docker'],
    [`/docker/${'0'.repeat(64)}/kubelet/kubepods/besteffort/pod${UID}/${ID}`, UID, null],
  ];
  for (const [path, podUid, runtime] of paths)
    t.same(containerOfCgroup(path), { id: ID, podUid, runtime }, path);
});

t.test('paths that only look like a container name none', async (t) => {
  const others = [
    `/system.slice/crio-conmon-${ID}.scope`,
    `/kubepods/pod${UID}/crio-conmon-${ID}`,
    `/run/containerd/s/${ID}`,
    `/var/lib/docker/overlay2/${ID}/merged`,
    `/var/lib/docker/vfs/dir/${ID}`,
    `/var/lib/docker/image/overlay2/imagedb/content/sha256/${ID}`,
    `/run/containerd/io.containerd.grpc.v1.cri/sandboxes/${ID}/shm`,
    `sha256:${ID}`,
    ID,
    '/system.slice/docker.service',
    `/kubepods/burstable/pod${UID}`,
    `docker-${ID}.scopes`,
    '',
    '/'.repeat(100_000),
  ];
  for (const path of others) t.equal(containerOfCgroup(path), null, path.slice(0, 80));
});

t.test('a pod uid is a uuid or 32 hex digits', async (t) => {
  t.equal(asPodUid(UID.replaceAll('-', '_')), UID);
  t.equal(asPodUid('0a1b2c3d4e5f60718293a4b5c6d7e8f9'), '0a1b2c3d4e5f60718293a4b5c6d7e8f9');
  for (const text of ['', '<nil>', UID.slice(1), `${UID}0`, UID.toUpperCase()])
    t.equal(asPodUid(text), null, text);
});
