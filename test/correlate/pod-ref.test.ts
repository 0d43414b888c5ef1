import t from 'tap';
import { type PodRef, parsePodRef } from '../../lib/correlate/pod-ref.js';

const UID = 'd6097c23-9b88-4708-93e0-226bb313e7f3';

function ref(facts: Partial<PodRef>): PodRef {
  return { namespace: null, name: null, uid: null, containerName: null, kind: null, node: null, ...facts };
}

t.test('every spelling of a pod is read', async (t) => {
  const web = { namespace: 'shop', name: 'web-0' };
  const spellings: [string, Partial<PodRef>][] = [
    ['kube-system/fluentd-hjj42', { namespace: 'kube-system', name: 'fluentd-hjj42' }],
    ['"shop/web-0"', web],
    [`web-0_shop(${UID})`, { ...web, uid: UID }],
    ['{"name":"web-0","namespace":"shop"}', web],
    ['{\\"namespace\\":\\"shop\\",\\"name\\":\\"web-0\\"}', web],
    [`&PodSandboxMetadata{Name:web-0,Uid:${UID},Namespace:shop,Attempt:0,}`, { ...web, uid: UID }],
    [`k8s_cart_web-0_shop_${UID}_0`, { ...web, uid: UID, containerName: 'cart', kind: 'container' }],
    [`/k8s_cart_web-0_shop_${UID}_12`, { ...web, uid: UID, containerName: 'cart', kind: 'container' }],
    [`k8s_POD_web-0_shop_${UID}_1`, { ...web, uid: UID, kind: 'sandbox' }],
    [`k8s_POD.6059dfa2_web-0_shop_${UID}_4af20c11`, { ...web, uid: UID, kind: 'sandbox' }],
    ['ecs--prod--003-k8s-fluentd--hjj42-eth0', { node: 'ecs-prod-003', name: 'fluentd-hjj42' }],
    ['node1-k8s-web-eth0', { node: 'node1', name: 'web' }],
    ['shop_a/web_0', { namespace: 'shop_a', name: 'web_0' }],
  ];
  for (const [text, facts] of spellings) t.same(parsePodRef(text), ref(facts), text);
});

t.test('a reference that wrapping broke gives only what is whole', async (t) => {
  t.same(parsePodRef('-1/datacenter1-dc-0"'), ref({ name: 'datacenter1-dc-0' }));
  t.equal(parsePodRef('kube-system/'), null);
  t.equal(parsePodRef('kube-system/fluentd-'), null);
});

t.test('what is no pod gives nothing, or no garbage', async (t) => {
  const others = [
    '',
    'fluentd-hjj42',
    '/',
    'a/b/c',
    '<nil>',
    'http://registry.example/x',
    'Shop/Web',
    '\u001b[31mx/\u001b[0my',
    'shop/web 0',
    `web-0_shop(${UID}`,
    'web-0_shop(not-a-uid)',
    `k8s_cart_web-0_shop_${UID}`,
    `k8s_PODS_web-0_shop_${UID}_0`,
    `k8s_cart_web_0_shop_${UID}_0`,
    'node1-k8s-web',
    'node1-k8s-my-web-eth0',
    'node1-cni-web-eth0',
    '{}',
    '{"name":"","namespace":"shop"}',
    '{"name":"-web","namespace":"shop"}',
    `shop/${'a'.repeat(254)}`,
    'a/'.repeat(100_000),
  ];
  for (const text of others) t.equal(parsePodRef(text), null, JSON.stringify(text.slice(0, 60)));
});

t.test('random bytes never throw and never give what is no name', async (t) => {
  const seed = Number(process.env['SEED'] ?? 20230501);
  t.comment(`seed ${seed}`);
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const pieces = [
    '/',
    '_',
    '--',
    '-',
    'k8s',
    '(',
    ')',
    '{',
    '}',
    'name:',
    '"',
    '\\',
    'a',
    'Z',
    '\0',
    '\x1b',
    ' ',
    UID,
  ];
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: next(14) }, () => pieces[next(pieces.length)]).join('');
    const found = parsePodRef(text);
    for (const value of [found?.name, found?.namespace, found?.node, found?.containerName]) {
      if (value != null && !/^[a-z0-9][a-z0-9._-]*$/.test(value))
        t.fail(`${JSON.stringify(text)} gave ${value}`);
    }
  }
  t.pass('20,000 texts');
});
