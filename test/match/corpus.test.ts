import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { builtinMatcher, eventsOf, fixtures } from './fixtures/library.js';

const matcher = await builtinMatcher();

/** Pattern ids in the order of the lines, `id xN` for a run of them. */
function patternsOf(folder: string, file: string): string[] {
  const ids = eventsOf(matcher, readFileSync(join(fixtures, folder, file), 'utf8')).map(
    ({ pattern }) => pattern.id,
  );
  const runs: { id: string; count: number }[] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last?.id === id) last.count++;
    else runs.push({ id, count: 1 });
  }
  return runs.map(({ id, count }) => (count === 1 ? id : `${id} x${count}`));
}

const FORCE_1 = 'dockerd.stop.force.v1';
const FORCE_2 = 'dockerd.stop.force.v2';
const DIRECT_1 = 'dockerd.kill.direct.v1';
const DIRECT_2 = 'dockerd.kill.direct.v2';

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  '063-m-syslog-no-hostname-double-space.log': [FORCE_1, DIRECT_1, 'dockerd.process-gone.runtime'],
  '065-m-k8s-loop-two-containers-html-tail.log': [
    DIRECT_1,
    FORCE_1,
    DIRECT_1,
    FORCE_1,
    DIRECT_1,
    FORCE_1,
    DIRECT_1,
  ],
  '067-m-direct-sigkill-plus-mysqld-hung-task.log': ['kernel.task.blocked x2', FORCE_1, DIRECT_1],
  '069-m-docker24-newformat-full-escalation.log': [FORCE_2, DIRECT_2, 'dockerd.api.no-exit-event'],
  '071-m-direct-sigkill-then-exit-later.log': [
    FORCE_2,
    DIRECT_2,
    'dockerd.event.task-delete',
    'containerd.shim.disconnected',
  ],
  '072-m-hardwrapped-container-field-healthy.log': [FORCE_2, 'dockerd.event.task-delete-received'],
  '075-m-podman-caret-ansi-sigkill.log': [],
  '076-m-kubelet-dockershim-opertimeout.log': [
    FORCE_1,
    DIRECT_1,
    'kubelet.stop.v1',
    'kubelet.termination.v1',
    'kubelet.pod.kill-failed',
    'kubelet.pod.sync-failed.v1',
  ],
  '078-m-kubelet-klog-json-stop.log': ['kubelet.stop.v2', 'kubelet.termination.v2', 'kubelet.kill.failed'],
  '080-m-containerd-skip-signal-prior-stop.log': [
    'cri.stop.request',
    'cri.stop.skip-signal',
    'kubelet.kill.pod-failed',
    'kubelet.pod.sync-failed.v2',
  ],
  '082-m-containerd-unescaped-inner-quotes-reverse.log': [
    'cri.stop.failed',
    'cri.stop.kill',
    'cri.stop.signal',
  ],
  '084-m-crio-retry-loop-space-timestamp.log': [
    'crio.stop.request',
    'crio.sandbox.request',
    'crio.stop.request x2',
  ],
  '086-m-crictl-stderr-short-ids.log': [
    'kubelet.sandbox.v2',
    'crictl.stop',
    'kubelet.stop.v2',
    'crictl.stop',
  ],
  '088-m-kubelet-multiline-killpod-connection.log': ['kubelet.pod.kill-failed', 'kubelet.sandbox.dockershim'],
  '090-m-journald-export-stuck.log': [FORCE_1, DIRECT_1],
  '092-m-dind-json-file-u003c.log': [FORCE_2, DIRECT_2],
  '094-m-rsyslog-message-repeated.log': ['kubelet.stop.v2 x2'],
  '097-m-shouldrestart-healthy-stop.log': ['dockerd.event.task-delete'],
  '099-m-oom-docker-scope-then-stuck-stop.log': [
    'kernel.oom.summary',
    'kernel.oom.victim',
    'systemd.oom',
    FORCE_2,
    DIRECT_2,
  ],
  '100-m-dockerd-oom-27-4-0.log': [
    'kernel.oom.victim',
    'systemd.unit.oom',
    'systemd.unit.main-exited',
    'systemd.unit.failed',
    'systemd.unit.restarting',
    'dockerd.daemon.version',
  ],
  '107-m-pushwriter-closed-channel-dockerd-journal.log': ['systemd.unit.main-exited', 'systemd.unit.failed'],
  '117-m-pprof-dockerd28-curl-noise-generics.log': [],
  '124-m-start-cri-plugin-unlimited.log': ['containerd.daemon.version', 'cri.config.v1'],
  '126-m-docker-info-1111-noclient.log': [],
};

for (const [file, expected] of Object.entries(EXPECTED)) {
  t.test(file, async (t) => t.same(patternsOf('corpus', file), expected));
}

t.test('case A: every line that a careful reader used, in order', async (t) => {
  const loop = Array.from({ length: 7 }, () => [FORCE_1, DIRECT_1]).flat();
  t.same(patternsOf('cases', 'dockerd-stuck-stop.messages.log'), [
    'calico.link.workload x2',
    'kubelet.stop.v2',
    'kubelet.termination.v2',
    'kubelet.kill.failed',
    'kubelet.stop.v2',
    'kubelet.termination.v2',
    'kubelet.kill.failed',
    'calico.link.workload',
    'calico.link.endpoint',
    'calico.link.workload x3',
    'kubelet.removal',
    DIRECT_1,
    ...loop,
  ]);
});

t.test('case A: the sandbox is tied to its pod', async (t) => {
  const text = readFileSync(join(fixtures, 'cases', 'dockerd-stuck-stop.messages.log'), 'utf8');
  const endpoint = eventsOf(matcher, text).find(({ pattern }) => pattern.id === 'calico.link.endpoint');
  t.same(endpoint?.captures, {
    sandbox: 'a9acd5210705c3e2e95ca459d1b244883c0ba2a5ee94650cb2fa23422367e6e9',
    podRef: 'ecs--prod--003-k8s-fluentd--hjj42-eth0',
    namespace: 'kube-system',
    podUid: 'd6097c23-9b88-4708-93e0-226bb313e7f3',
    node: 'ecs-prod-003',
    pod: 'fluentd-hjj42',
  });
});

t.test('a repeated line keeps how many it stands for', async (t) => {
  const text = readFileSync(join(fixtures, 'corpus', '094-m-rsyslog-message-repeated.log'), 'utf8');
  t.same(
    eventsOf(matcher, text).map(({ record }) => record.repeat),
    [1, 3],
  );
});
