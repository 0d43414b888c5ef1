import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { createIdentities, type Identities } from '../../lib/correlate/identity.js';
import type { Captures } from '../../lib/match/types.js';
import { FIXTURES } from '../root.js';

const SANDBOX = 'a9acd5210705c3e2e95ca459d1b244883c0ba2a5ee94650cb2fa23422367e6e9';
const CONTAINER = 'fef3e1fbee146788d1557ec20204e10922eeb2607969a26d1323588cc8a7f469';
const UID = 'd6097c23-9b88-4708-93e0-226bb313e7f3';
const OTHER_UID = '8a0f8a5e-6a54-4f0e-9a3c-2f4a4b6c8d0e';
const POD = { namespace: 'kube-system', name: 'fluentd-hjj42', uid: UID };

function id(n: number): string {
  return n.toString(16).padStart(12, '0') + '5'.repeat(52);
}

function noted(lines: readonly Captures[], cap?: number): Identities {
  const identities = createIdentities(cap === undefined ? {} : { cap });
  for (const captures of lines) identities.note(captures);
  return identities;
}

/** All orders of up to five lines. */
function orders<T>(all: readonly T[]): T[][] {
  if (all.length <= 1) return [[...all]];
  return all.flatMap((one, i) => orders(all.filter((_, j) => j !== i)).map((rest) => [one, ...rest]));
}

t.test('12 digits and the 64 that begin with them are one container, whichever comes first', async (t) => {
  for (const spellings of orders([CONTAINER, CONTAINER.slice(0, 12), `docker://${CONTAINER.slice(0, 15)}`])) {
    const identities = createIdentities();
    const subjects = spellings.map((text) => identities.subject(text));
    t.equal(new Set(subjects).size, 1);
    t.equal(subjects[0]?.id, CONTAINER);
    t.equal(subjects[0]?.key, CONTAINER.slice(0, 12));
    t.equal(subjects[0]?.runtime, 'docker');
  }
});

t.test('two full ids that share their first 12 digits are two containers', async (t) => {
  const identities = createIdentities();
  const a = identities.subject(CONTAINER);
  const b = identities.subject(`${CONTAINER.slice(0, 12)}${'0'.repeat(52)}`);
  t.not(a, b);
  t.equal(identities.counts.size, 2);
  t.equal(identities.find(CONTAINER), a);
  t.equal(identities.find(CONTAINER.slice(0, 13)), a);
});

t.test('5 to 11 digits find a container but never make one', async (t) => {
  const identities = createIdentities();
  t.equal(identities.subject('fef3e'), null);
  const subject = identities.subject(CONTAINER);
  t.equal(identities.subject('fef3e'), subject);
  t.equal(identities.find('fef3e1fbee1'), subject);
  t.equal(identities.find('fef3'), null, 'four digits are no id');
  t.equal(identities.find('fef3f'), null);
  const near = identities.subject(`fef3e${'0'.repeat(59)}`);
  t.equal(identities.find('fef3e'), null, 'no longer unique');
  t.equal(identities.find('fef3e0'), near);
  t.equal(identities.counts.size, 2);
});

t.test('find never makes, and what is no id gives nothing', async (t) => {
  const identities = createIdentities();
  t.equal(identities.find(CONTAINER), null);
  t.equal(identities.subject(`sha256:${CONTAINER}`), null);
  t.equal(identities.subject('{container-id}'), null);
  t.equal(identities.counts.size, 0);
});

t.test('the published case: sandbox and container meet in their pod', async (t) => {
  const path = fileURLToPath(new URL('cases/dockerd-stuck-stop.messages.log', FIXTURES));
  const lines: Captures[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const calico = / ContainerID="([0-9a-f]{64})"/.exec(line)?.[1];
    const workload = /(?:Workload|WorkloadEndpoint)="([^"]+)"/.exec(line)?.[1];
    const stated = /Namespace:"([^"]+)".* UID:"([^"]+)".* Pod:"([^"]+)"/.exec(line);
    const kubelet = /containerID=("[^"]+"|\{[^}]+\})/.exec(line)?.[1];
    const pod = / pod="([^"]+)" podUID=(\S+) containerName="([^"]+)"/.exec(line);
    const dockerd = /msg="Container ([0-9a-f]+) failed/.exec(line)?.[1];
    if (calico !== undefined) {
      lines.push({
        sandbox: calico,
        ...(workload === undefined ? {} : { podRef: workload }),
        ...(stated === null ? {} : { namespace: stated[1], podUid: stated[2], pod: stated[3] }),
      } as Captures);
    }
    if (kubelet !== undefined) {
      const facts = pod === null ? {} : { podRef: pod[1], podUid: pod[2], containerName: pod[3] };
      lines.push({ container: kubelet, ...facts } as Captures);
    }
    if (dockerd !== undefined) lines.push({ container: dockerd });
  }
  t.equal(lines.length, 35, 'every line that names an id but two of ipam.go');
  for (const order of [lines, lines.toReversed()]) {
    const identities = noted(order);
    t.equal(identities.counts.size, 2);
    const sandbox = identities.find('a9acd5210705');
    const container = identities.find('fef3e1fbee14');
    if (sandbox === null || container === null) return t.fail('both are known');
    t.match(sandbox, { id: SANDBOX, kind: 'sandbox', node: 'ecs-prod-003' });
    t.match(container, { id: CONTAINER, kind: 'container', name: 'fluentd', runtime: 'docker' });
    t.same(identities.podOf(sandbox), POD);
    t.same(identities.podOf(container), POD);
    t.equal(identities.podKey(sandbox), identities.podKey(container));
    t.same(identities.containersNamed({ ...POD, uid: null }, 'fluentd'), [container]);
  }
});

t.test('a workload name alone joins the pod whose namespace the kubelet states, in any order', async (t) => {
  const lines: Captures[] = [
    { sandbox: SANDBOX, podRef: 'ecs--prod--003-k8s-fluentd--hjj42-eth0' },
    { container: CONTAINER, podRef: 'kube-system/fluentd-hjj42' },
    { container: `docker://${CONTAINER.slice(0, 12)}`, podUid: UID, containerName: 'fluentd' },
    { container: SANDBOX.slice(0, 12) },
  ];
  for (const order of orders(lines)) {
    const identities = noted(order);
    const [sandbox, container] = [identities.find(SANDBOX), identities.find(CONTAINER)];
    if (sandbox === null || container === null) return t.fail('both are known');
    t.same(identities.podOf(sandbox), POD);
    t.equal(identities.podKey(sandbox), `uid:${UID}`);
    t.equal(identities.podKey(container), `uid:${UID}`);
  }
});

t.test('the same pod name in two namespaces joins nothing', async (t) => {
  const identities = noted([
    { sandbox: SANDBOX, podRef: 'node1-k8s-web--0-eth0' },
    { container: CONTAINER, podRef: 'shop/web-0', podUid: UID },
    { podRef: 'test/web-0' },
  ]);
  const [sandbox, container] = [identities.find(SANDBOX), identities.find(CONTAINER)];
  if (sandbox === null || container === null) return t.fail('both are known');
  t.same(identities.podOf(sandbox), { namespace: null, name: 'web-0', uid: null });
  t.equal(identities.podKey(sandbox), `sandbox:${sandbox.key}`);
  t.equal(identities.podKey(container), `uid:${UID}`);
});

t.test('a pod that came back under its name is another pod', async (t) => {
  for (const order of orders<Captures>([
    { container: id(1), podRef: `web-0_shop(${UID})`, containerName: 'web' },
    { container: id(2), podRef: `web-0_shop(${OTHER_UID})`, containerName: 'web' },
    { container: id(3), podRef: 'shop/web-0', containerName: 'web' },
  ])) {
    const identities = noted(order);
    const keys = [1, 2, 3].map((n) => identities.podKey(identities.subject(id(n)) as never));
    t.same(keys, [`uid:${UID}`, `uid:${OTHER_UID}`, 'pod:shop/web-0']);
    const named = (uid: string | null) =>
      identities.containersNamed({ namespace: 'shop', name: 'web-0', uid }, 'web').map((s) => s.id);
    t.same(named(UID), [id(1), id(3)]);
    t.same(named(null), [id(1), id(2), id(3)]);
  }
});

t.test('a container takes its pod from its sandbox, and a sandbox from its containers', async (t) => {
  for (const order of orders<Captures>([
    { container: id(1), sandbox: id(9).slice(0, 12) },
    { sandbox: id(9), podRef: `k8s_POD_web-0_shop_${UID}_0` },
    { container: id(2), sandbox: id(9) },
    { container: id(2), containerName: 'sidecar' },
  ])) {
    const identities = noted(order);
    const subject = identities.find(id(2));
    if (subject === null) return t.fail('known');
    t.same(identities.podOf(subject), { namespace: 'shop', name: 'web-0', uid: UID });
    t.equal(subject.sandboxId, id(9));
    t.equal(identities.sandboxOf(subject)?.kind, 'sandbox');
    t.same(identities.containersNamed({ namespace: 'shop', name: 'web-0', uid: null }, 'sidecar'), [subject]);
  }
  const identities = noted([
    { container: id(1), sandbox: id(9) },
    { container: id(1), podRef: 'shop/web-0' },
    { container: id(2), sandbox: id(9) },
  ]);
  for (const n of [1, 2, 9]) t.equal(identities.podKey(identities.find(id(n)) as never), 'pod:shop/web-0');
});

t.test('without any pod, subjects of one sandbox share its key', async (t) => {
  const identities = noted([{ container: id(1), sandbox: id(9) }, { container: id(2) }]);
  t.equal(identities.podKey(identities.find(id(1)) as never), `sandbox:${id(9).slice(0, 12)}`);
  t.equal(identities.podKey(identities.find(id(9)) as never), `sandbox:${id(9).slice(0, 12)}`);
  t.equal(identities.podKey(identities.find(id(2)) as never), null);
});

t.test('contradictory statements give the same answer in any order', async (t) => {
  const lines: Captures[] = [
    { container: id(1), podRef: 'shop/web-0', containerName: 'b', runtime: 'containerd' },
    { container: id(1), podRef: 'shop/web-1', containerName: 'a', runtime: 'docker' },
    { container: id(1), sandbox: id(8) },
    { container: id(1), sandbox: id(9) },
  ];
  const answers = orders(lines).map((order) => {
    const identities = noted(order);
    const subject = identities.find(id(1));
    return JSON.stringify([subject, subject && identities.podOf(subject)]);
  });
  t.equal(new Set(answers).size, 1);
});

t.test('cgroups, scopes, docker names and pids are taken in', async (t) => {
  const identities = noted([
    { cgroup: `/kubepods/burstable/pod${UID}/${id(1)}`, pid: '4711' },
    { unit: `docker-${id(2)}.scope` },
    { container: id(3), containerName: `k8s_cart_web-0_shop_${OTHER_UID}_0` },
    { container: id(4), podRef: `k8s_POD_web-0_shop_${OTHER_UID}_0` },
    { container: id(5), cgroup: `/kubepods/burstable/pod${UID}/${id(6)}` },
    { container: id(1), pid: '<nil>' },
  ]);
  t.match(identities.find(id(1)), { pod: { uid: UID } });
  t.same([...(identities.find(id(1))?.pids ?? [])], ['4711']);
  t.match(identities.find(id(2)), { runtime: 'docker', kind: 'container' });
  t.match(identities.find(id(3)), {
    name: 'cart',
    kind: 'container',
    pod: { name: 'web-0', uid: OTHER_UID },
  });
  t.match(identities.find(id(4)), { name: null, kind: 'sandbox' });
  t.equal(identities.find(id(5))?.pod, null, "another container's cgroup says nothing of it");
  t.equal(identities.subjectOfCgroup(`/docker/${id(1)}`), identities.find(id(1)));
  t.equal(identities.subjectOfCgroup(`/system.slice/crio-conmon-${id(1)}.scope`), null);
});

t.test('pids are capped at the latest 16', async (t) => {
  const identities = createIdentities();
  for (let pid = 1; pid <= 40; pid++) identities.note({ container: id(1), pid: String(pid) });
  t.same(
    [...(identities.find(id(1))?.pids ?? [])],
    Array.from({ length: 16 }, (_, i) => String(25 + i)),
  );
});

t.test('hostile names are refused', async (t) => {
  const identities = noted([
    { container: id(1), pod: '\x1b[31mweb', namespace: '../etc', podUid: '<script>', containerName: '<b>' },
  ]);
  t.match(identities.find(id(1)), { pod: null, name: null });
});

t.test('the pod that captures state is read from whichever of them has it', async (t) => {
  const identities = createIdentities();
  t.same(identities.podRefOf({ pod: 'shop/web-0' }), { namespace: 'shop', name: 'web-0', uid: null });
  t.same(identities.podRefOf({ pod: 'web-0', namespace: 'shop' }), {
    namespace: 'shop',
    name: 'web-0',
    uid: null,
  });
  t.same(identities.podRefOf({ podUid: UID }), { namespace: null, name: null, uid: UID });
  t.same(identities.podRefOf({ pod: 'a-k8s-b-eth0' }), { namespace: null, name: 'a-k8s-b-eth0', uid: null });
  t.equal(identities.podRefOf({ container: CONTAINER }), null);
});

t.test('the same pod is recognised by what others said of it', async (t) => {
  const identities = noted([{ podRef: 'shop/web-0', podUid: UID }]);
  const byName = { namespace: 'shop', name: 'web-0', uid: null };
  const byUid = { namespace: null, name: null, uid: UID };
  t.ok(identities.samePod(byName, byUid));
  t.notOk(identities.samePod(byName, { ...byUid, uid: OTHER_UID }));
  t.notOk(identities.samePod({ ...byName, name: 'web-1' }, byUid));
});

t.test('at the cap the least recently mentioned goes, with its links', async (t) => {
  const identities = createIdentities({ cap: 4 });
  identities.note({ container: id(1), podRef: `web-0_shop(${UID})`, containerName: 'web' });
  identities.note({ sandbox: id(9), podRef: 'node1-k8s-web--0-eth0' });
  const sandbox = identities.find(id(9));
  if (sandbox === null) return t.fail('known');
  t.equal(identities.podKey(sandbox), `uid:${UID}`);
  for (const n of [2, 3, 4]) {
    identities.subject(id(n));
    identities.find(id(9));
  }
  t.same({ ...identities.counts }, { evicted: 1, size: 4 });
  t.equal(identities.find(id(1)), null);
  t.same(identities.podOf(sandbox), { namespace: null, name: 'web-0', uid: null });
  t.same(identities.containersNamed({ namespace: 'shop', name: 'web-0', uid: UID }, 'web'), []);
});

t.test('a forgotten sandbox leaves its containers without one', async (t) => {
  const identities = createIdentities({ cap: 2 });
  identities.note({ container: id(1), sandbox: id(9) });
  identities.find(id(1));
  identities.subject(id(2));
  t.equal(identities.find(id(9)), null);
  t.equal(identities.find(id(1))?.sandboxId, null);
});

t.test('fifty thousand containers stay within the cap', async (t) => {
  const identities = createIdentities({ cap: 10_000 });
  for (let n = 0; n < 50_000; n++) {
    const hash = (Math.imul(n, 2654435761) >>> 0).toString(16).padStart(8, '0');
    identities.note({ container: `${hash}${id(n)}`.slice(0, 64) });
  }
  t.same({ ...identities.counts }, { evicted: 40_000, size: 10_000 });
});

t.test('ids made up to share their first digits cost no more', async (t) => {
  const identities = createIdentities({ cap: 10_000 });
  for (let n = 0; n < 15_000; n++) {
    identities.note({
      container: `fef3e1fbee14${n.toString(16).padStart(52, '0')}`,
      podRef: 'shop/web-0',
      containerName: 'web',
    });
    identities.find('fef3e');
  }
  t.ok(identities.counts.size <= 8);
  t.ok(identities.containersNamed({ namespace: 'shop', name: 'web-0', uid: null }, 'web').length <= 8);
});
