/**
 * The part of the Kubernetes Container Runtime Interface that a run needs, as data: messages with their fields'
 * numbers and types, and the calls. The numbers are the interface's own (cri-api, runtime/v1/api.proto) and are the
 * same in v1alpha2, which containerd 1.5 speaks.
 */
import type { fromJSON } from '@grpc/proto-loader';

export const CRI_VERSIONS = ['runtime.v1', 'runtime.v1alpha2'] as const;
export type CriVersion = (typeof CRI_VERSIONS)[number];

/** Field name to `number type`; `*` behind the type: repeated. Unknown fields of an answer are skipped. */
const MESSAGES = {
  VersionRequest: { version: '1 string' },
  VersionResponse: { version: '1 string', runtimeName: '2 string', runtimeVersion: '3 string' },

  ImageSpec: { image: '1 string' },
  Image: { id: '1 string' },
  ImageStatusRequest: { image: '1 ImageSpec' },
  ImageStatusResponse: { image: '1 Image' },

  NamespaceOption: { network: '1 int32', pid: '2 int32', ipc: '3 int32' },
  LinuxSandboxSecurityContext: { namespaceOptions: '1 NamespaceOption' },
  LinuxPodSandboxConfig: { cgroupParent: '1 string', securityContext: '2 LinuxSandboxSecurityContext' },
  PodSandboxMetadata: { name: '1 string', uid: '2 string', namespace: '3 string', attempt: '4 uint32' },
  DNSConfig: { servers: '1 string*', searches: '2 string*', options: '3 string*' },
  PodSandboxConfig: {
    metadata: '1 PodSandboxMetadata',
    logDirectory: '3 string',
    dnsConfig: '4 DNSConfig',
    linux: '8 LinuxPodSandboxConfig',
  },
  RunPodSandboxRequest: { config: '1 PodSandboxConfig' },
  RunPodSandboxResponse: { podSandboxId: '1 string' },

  Mount: { containerPath: '1 string', hostPath: '2 string', readonly: '3 bool' },
  LinuxContainerSecurityContext: { namespaceOptions: '3 NamespaceOption' },
  LinuxContainerConfig: { securityContext: '2 LinuxContainerSecurityContext' },
  ContainerMetadata: { name: '1 string', attempt: '2 uint32' },
  ContainerConfig: {
    metadata: '1 ContainerMetadata',
    image: '2 ImageSpec',
    command: '3 string*',
    mounts: '7 Mount*',
    logPath: '11 string',
    linux: '15 LinuxContainerConfig',
  },
  CreateContainerRequest: {
    podSandboxId: '1 string',
    config: '2 ContainerConfig',
    sandboxConfig: '3 PodSandboxConfig',
  },
  CreateContainerResponse: { containerId: '1 string' },
  StartContainerRequest: { containerId: '1 string' },
  StartContainerResponse: {},
  StopContainerRequest: { containerId: '1 string', timeout: '2 int64' },
  StopContainerResponse: {},
  ContainerStatus: { id: '1 string', state: '3 int32', exitCode: '7 int32' },
  ContainerStatusRequest: { containerId: '1 string' },
  ContainerStatusResponse: { status: '1 ContainerStatus' },
} as const;

const CALLS = {
  RuntimeService: [
    'Version',
    'RunPodSandbox',
    'CreateContainer',
    'StartContainer',
    'StopContainer',
    'ContainerStatus',
  ],
  ImageService: ['ImageStatus'],
} as const;

type Messages = typeof MESSAGES;
type Named<Type extends string> = Type extends keyof Messages
  ? Message<Type>
  : Type extends 'bool'
    ? boolean
    : Type extends 'string'
      ? string
      : number;
type Value<Field> = Field extends `${number} ${infer Type}*`
  ? readonly Named<Type>[]
  : Field extends `${number} ${infer Type}`
    ? Named<Type>
    : never;

/** A message as an object. What is not set has the protocol's default: '', 0, false, none. */
export type Message<Name extends keyof Messages> = {
  readonly [Field in keyof Messages[Name]]?: Value<Messages[Name][Field]> | undefined;
};

export type CallName = (typeof CALLS)[keyof typeof CALLS][number];
export type Request<Name extends CallName> = Message<`${Name}Request`>;
export type Response<Name extends CallName> = Message<`${Name}Response`>;

/** Of containers in `ContainerStatus`. */
export const CONTAINER_EXITED = 2;
/** Values of `NamespaceOption`. */
export const NAMESPACE = { pod: 0, container: 1, node: 2 } as const;

interface FieldDescriptor {
  type: string;
  id: number;
  rule?: 'repeated';
}
type Root = Parameters<typeof fromJSON>[0];

/** The service that a call belongs to, such as `runtime.v1.RuntimeService`. */
export function serviceOf(call: CallName, version: CriVersion): string {
  const [service] =
    Object.entries(CALLS).find(([, names]) => (names as readonly string[]).includes(call)) ?? [];
  return `${version}.${service}`;
}

/** The interface in protobuf.js's JSON form, which @grpc/proto-loader reads. */
export function criDescriptor(version: CriVersion): Root {
  const types: NonNullable<Root['nested']> = {};
  for (const [name, fields] of Object.entries(MESSAGES)) {
    types[name] = {
      fields: Object.fromEntries(
        Object.entries<string>(fields).map(([field, text]) => [field, described(text)]),
      ),
    };
  }
  for (const [service, calls] of Object.entries(CALLS)) {
    types[service] = {
      methods: Object.fromEntries(
        calls.map((call) => [
          call,
          { requestType: `${call}Request`, responseType: `${call}Response`, comment: '' },
        ]),
      ),
    };
  }
  const [outer, inner] = version.split('.') as [string, string];
  return { nested: { [outer]: { nested: { [inner]: { nested: types } } } } };
}

function described(text: string): FieldDescriptor {
  const [id, type = ''] = text.split(' ');
  return type.endsWith('*')
    ? { id: Number(id), type: type.slice(0, -1), rule: 'repeated' }
    : { id: Number(id), type };
}
