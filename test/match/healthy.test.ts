import t from 'tap';
import { builtinMatcher, eventsOf } from './fixtures/library.js';

const matcher = await builtinMatcher();
const ID = '4dc52d08f25a7940f3e47283871df3eabf6534f59c1561d547002b8c907346f9';

/** Everyday lines, some of which hold a literal. */
const HEALTHY = [
  'Sep 30 14:50:52 node-17 systemd[1]: Started Session 3 of user root.',
  'Sep 30 14:50:52 node-17 systemd[1]: session-3.scope: Deactivated successfully.',
  'Sep 30 14:50:52 node-17 CRON[4711]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)',
  'Sep 30 14:50:52 node-17 sshd[99]: Accepted publickey for ops from 192.0.2.7 port 50022 ssh2',
  'Sep 30 14:50:52 node-17 kernel: [12345.678901] docker0: port 1(veth1a2b3c4) entered forwarding state',
  'Sep 30 14:50:52 node-17 kernel: [12345.678901] blk_update_request: I/O error, dev fd0, sector 0',
  'Sep 30 14:50:52 node-17 dockerd[1359]: time="2021-09-30T14:50:52.855630969Z" level=info msg="API listen on /var/run/docker.sock"',
  'Sep 30 14:50:52 node-17 dockerd[1359]: time="2021-09-30T14:50:52.855630969Z" level=error msg="Handler for GET /v1.40/containers/x/json returned error: No such container: x"',
  `Sep 30 14:50:52 node-17 dockerd[1359]: time="2021-09-30T14:50:52.855630969Z" level=debug msg="Calling POST /v1.40/containers/${ID}/start"`,
  `Sep 30 14:50:52 node-17 containerd[1031]: time="2021-09-30T14:50:52.855630969Z" level=info msg="StartContainer for \\"${ID}\\" returns successfully"`,
  'Sep 30 14:50:52 node-17 kubelet[3122]: I0930 14:50:52.135711    3122 kubelet.go:2117] "SyncLoop ADD" source="api" pods=["payments/ledger-worker-0"]',
  'Sep 30 14:50:52 node-17 kubelet[3122]: E0930 14:50:52.135711    3122 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"compute\\" with CrashLoopBackOff: \\"back-off 5m0s\\"" pod="payments/ledger-worker-0"',
  `Sep 30 14:50:52 node-17 kubelet[3122]: E0930 14:50:52.135711    3122 remote_runtime.go:332] "ExecSync cmd from runtime service failed" err="rpc error: code = DeadlineExceeded desc = context deadline exceeded" containerID="${ID}" cmd=["/bin/check"]`,
  'Sep 30 14:50:52 node-17 kubelet[3122]: E0930 14:50:52.135711    3122 kubelet.go:1870] "Skipping pod synchronization" err="PLEG is not healthy: pleg has yet to be successful"',
  'Sep 30 14:50:52 node-17 kubelet[3122]: I0930 14:50:52.135711    3122 kubelet_node_status.go:696] "Recording event message for node" node="node-17" event="NodeHasSufficientMemory"',
];

for (const line of HEALTHY) {
  t.test(`nothing: ${line.slice(24, 110)}`, async (t) => t.same(eventsOf(matcher, line), []));
}

const FORCE = `time="2021-09-30T14:50:52.855630969Z" level=info msg="Container ${ID} failed to exit within 10 seconds of signal 15 - using the force"`;
const HUNG = 'INFO: task java:48213 blocked for more than 120 seconds.';
const at = (tag: string, text: string) => `Sep 30 14:50:52 node-17 ${tag}: ${text}`;

const QUOTED = {
  'a shell history': at('bash[12]', FORCE),
  'a search': at('sudo[12]', `ops : TTY=pts/0 ; COMMAND=/bin/grep 'using the force' /var/log/messages`),
  'a log shipper': at('promtail[12]', FORCE),
  'a complaint about the line': at('app[12]', `cannot parse: ${FORCE}`),
  'what a container prints': at('4dc52d08f25a[12]', FORCE),
  'what a container prints, in the journal': JSON.stringify({
    __REALTIME_TIMESTAMP: '1633013452855630',
    _COMM: 'dockerd',
    SYSLOG_IDENTIFIER: 'dockerd',
    CONTAINER_NAME: 'web',
    CONTAINER_ID: '4dc52d08f25a',
    MESSAGE: FORCE,
  }),
  'the kernel, echoed': at('node-problem-detector[12]', HUNG),
  'the kernel, in the words of another program': at('myapp[12]', HUNG),
};

for (const [what, line] of Object.entries(QUOTED)) {
  t.test(`no evidence: ${what}`, async (t) => t.same(eventsOf(matcher, line), []));
}

const BELIEVED = {
  'its usual tag': at('dockerd[12]', FORCE),
  'another name of it': at('docker-current', FORCE),
  'env, which started it': at('env[2655]', FORCE),
  'an unknown tag with the full form': at('my-dockerd-wrapper[12]', FORCE),
  'no header at all': FORCE,
  'a compose prefix': `dind_1  | ${FORCE}`,
};

for (const [what, line] of Object.entries(BELIEVED)) {
  t.test(`evidence: ${what}`, async (t) => t.equal(eventsOf(matcher, line)[0]?.pattern.means, 'stop-forced'));
}
