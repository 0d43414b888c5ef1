import * as loader from '@grpc/proto-loader';
import t from 'tap';
import { criMethods } from '../../bench/line-buffer/real/cri-client.js';
import {
  type CallName,
  CRI_VERSIONS,
  NAMESPACE,
  serviceOf,
} from '../../bench/line-buffer/real/cri-messages.js';

const methodOf = criMethods(loader, 'runtime.v1');

t.test('a request is the bytes that the interface states', async (t) => {
  // By hand: field 1, length 3; field 2, varint 300.
  t.equal(
    methodOf('StopContainer').requestSerialize({ containerId: 'abc', timeout: 300 }).toString('hex'),
    '0a0361626310ac02',
  );
  t.equal(
    methodOf('ImageStatus')
      .requestSerialize({ image: { image: 'a:1' } })
      .toString('hex'),
    '0a050a03613a31',
    'a message within a message',
  );
  t.equal(methodOf('Version').requestSerialize({}).length, 0, 'what is not set takes no byte');
});

t.test('a sandbox request lands in the fields of the interface', async (t) => {
  const bytes = methodOf('RunPodSandbox').requestSerialize({
    config: {
      linux: { cgroupParent: '/x', securityContext: { namespaceOptions: { network: NAMESPACE.node } } },
    },
  });
  // config 1 > linux 8 > (cgroup_parent 1, security_context 2 > namespace_options 1 > network 1 = NODE 2)
  t.equal(bytes.toString('hex'), '0a0c420a0a022f7812040a020802');
});

t.test('a sandbox with options for its resolver', async (t) => {
  const bytes = methodOf('RunPodSandbox').requestSerialize({ config: { dnsConfig: { options: ['a:1'] } } });
  // config 1 > dns_config 4 > options 3
  t.equal(bytes.toString('hex'), '0a0722051a03613a31');
});

t.test('an answer with fields that we do not know is read', async (t) => {
  const read = methodOf('Version').responseDeserialize;
  // version, runtime_name, runtime_version, and runtime_api_version that is not described here.
  const answer = Buffer.from('0a0130120163' + '1a05312e362e30' + '22027631', 'hex');
  t.match(read(answer), { version: '0', runtimeName: 'c', runtimeVersion: '1.6.0' });
  t.match(methodOf('ContainerStatus').responseDeserialize(Buffer.from('0a0718023809' + '920100', 'hex')), {
    status: { state: 2, exitCode: 9, id: '' },
  });
  t.match(methodOf('ImageStatus').responseDeserialize(Buffer.alloc(0)), { image: null }, 'no such image');
});

t.test('what is written is read back the same', async (t) => {
  const request = {
    podSandboxId: 'p',
    config: {
      metadata: { name: 'writer-0', attempt: 0 },
      image: { image: 'leaktrail.invalid/busybox:1' },
      command: ['sh', '-c', 'cat; wait'],
      mounts: [{ containerPath: '/feed', hostPath: '/x', readonly: true }],
      logPath: 'writer-0.log',
      linux: { securityContext: { namespaceOptions: { network: 2, pid: 1, ipc: 0 } } },
    },
  };
  const { requestSerialize, requestDeserialize } = methodOf('CreateContainer');
  t.match(requestDeserialize(requestSerialize(request)), request);
});

t.test('both versions of the interface have every call, under their own path', async (t) => {
  const calls: CallName[] = [
    'Version',
    'RunPodSandbox',
    'CreateContainer',
    'StartContainer',
    'StopContainer',
  ];
  for (const version of CRI_VERSIONS) {
    for (const call of calls) {
      t.equal(criMethods(loader, version)(call).path, `/${version}.RuntimeService/${call}`);
    }
  }
  t.equal(serviceOf('ImageStatus', 'runtime.v1'), 'runtime.v1.ImageService');
});
