/**
 * The line in which containerd says at its start how its CRI plugin is configured: the only place of its log
 * where the limit stands. 1.x prints a Go struct inside the message, 2.x JSON in a field of its own.
 */
import { compareVersions } from '../../../lib/diagnose/version-number.js';

/** What stands behind `level=info `. The limit as configured, -1 for none. */
export function configFields(version: string, limitBytes: number): string {
  const limit = limitBytes > 0 ? limitBytes : Math.min(limitBytes, 0);
  if (compareVersions(version, '2.0') < 0) return `msg="Start cri plugin with config ${goStruct(limit)}"`;
  // The tag of the JSON field was renamed in 2.1 (containerd commit 7f9ca1dcb).
  const name = compareVersions(version, '2.1') >= 0 ? 'maxContainerLogLineSize' : 'maxContainerLogSize';
  return `msg="starting cri plugin" config=${JSON.stringify(JSON.stringify(runtimeConfig(name, limit)))}`;
}

/** Fields and order of 1.6.20. */
function goStruct(limit: number): string {
  const unset = `{Type: Path: Engine: PodAnnotations:[] ContainerAnnotations:[] Root: Options:map[] ${RUNTIME_REST}}`;
  const containerd = [
    'Snapshotter:overlayfs DefaultRuntimeName:runc',
    `DefaultRuntime:${unset} UntrustedWorkloadRuntime:${unset}`,
    'Runtimes:map[runc:{Type:io.containerd.runc.v2 Path: Engine: PodAnnotations:[] ContainerAnnotations:[] Root:',
    'Options:map[BinaryName: CriuImagePath: CriuPath: CriuWorkPath: IoGid:0 IoUid:0 NoNewKeyring:false',
    `NoPivotRoot:false Root: ShimCgroup: SystemdCgroup:false] ${RUNTIME_REST}}]`,
    'NoPivot:false DisableSnapshotAnnotations:true DiscardUnpackedLayers:false IgnoreRdtNotEnabledErrors:false',
  ].join(' ');
  const plugin = [
    `ContainerdConfig:{${containerd}}`,
    'CniConfig:{NetworkPluginBinDir:/opt/cni/bin NetworkPluginConfDir:/etc/cni/net.d NetworkPluginMaxConfNum:1',
    'NetworkPluginConfTemplate: IPPreference:}',
    'Registry:{ConfigPath: Mirrors:map[] Configs:map[] Auths:map[] Headers:map[]}',
    'ImageDecryption:{KeyModel:node} DisableTCPService:true StreamServerAddress:127.0.0.1 StreamServerPort:0',
    'StreamIdleTimeout:4h0m0s EnableSelinux:false SelinuxCategoryRange:1024',
    'SandboxImage:registry.k8s.io/pause:3.6 StatsCollectPeriod:10 SystemdCgroup:false EnableTLSStreaming:false',
    `X509KeyPairStreaming:{TLSCertFile: TLSKeyFile:} MaxContainerLogLineSize:${limit} DisableCgroup:false`,
    'DisableApparmor:false RestrictOOMScoreAdj:false MaxConcurrentDownloads:3 DisableProcMount:false',
    'UnsetSeccompProfile: TolerateMissingHugetlbController:true DisableHugetlbController:true',
    'DeviceOwnershipFromSecurityContext:false IgnoreImageDefinedVolumes:false NetNSMountsUnderStateDir:false',
    'EnableUnprivilegedPorts:false EnableUnprivilegedICMP:false',
  ].join(' ');
  return [
    `{PluginConfig:{${plugin}}`,
    'ContainerdRootDir:/var/lib/containerd ContainerdEndpoint:/run/containerd/containerd.sock',
    'RootDir:/var/lib/containerd/io.containerd.grpc.v1.cri',
    'StateDir:/run/containerd/io.containerd.grpc.v1.cri}',
  ].join(' ');
}

const RUNTIME_REST =
  'PrivilegedWithoutHostDevices:false BaseRuntimeSpec: NetworkPluginConfDir: NetworkPluginMaxConfNum:0';

/** Fields and order of 2.1.4. */
function runtimeConfig(limitName: string, limit: number): unknown {
  return {
    containerd: {
      defaultRuntimeName: 'runc',
      runtimes: {
        runc: {
          runtimeType: 'io.containerd.runc.v2',
          runtimePath: '',
          PodAnnotations: null,
          ContainerAnnotations: null,
          options: { BinaryName: '', CriuImagePath: '', CriuWorkPath: '', SystemdCgroup: false },
          privileged_without_host_devices: false,
          baseRuntimeSpec: '',
          snapshotter: '',
          sandboxer: 'podsandbox',
          io_type: '',
        },
      },
      ignoreBlockIONotEnabledErrors: false,
      ignoreRdtNotEnabledErrors: false,
    },
    cni: { binDir: '', binDirs: ['/opt/cni/bin'], confDir: '/etc/cni/net.d', maxConfNum: 1 },
    enableSelinux: false,
    selinuxCategoryRange: 1024,
    [limitName]: limit,
    disableApparmor: false,
    restrictOOMScoreAdj: false,
    tolerateMissingHugetlbController: true,
    disableHugetlbController: true,
    enableUnprivilegedPorts: true,
    enableUnprivilegedICMP: true,
    enableCDI: true,
    drainExecSyncIOTimeout: '0s',
    containerdRootDir: '/var/lib/containerd',
    containerdEndpoint: '/run/containerd/containerd.sock',
    rootDir: '/var/lib/containerd/io.containerd.grpc.v1.cri',
    stateDir: '/run/containerd/io.containerd.grpc.v1.cri',
  };
}
