/** What systemd and containerd say beside the daemon's own lines, in verdicts that do not rest on them. */
import t from 'tap';
import { outcomeOfText } from '../analyze/run.js';

const id = 'a'.repeat(12) + '1'.repeat(52);
const start = Date.parse('2021-06-01T08:00:00Z');
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString().replace('Z', '000Z');
const head = (seconds: number): string => `${at(seconds).replace('Z', '+00:00')} node-1 `;
const dockerd = (seconds: number, msg: string): string =>
  `${head(seconds)}dockerd[9]: time="${at(seconds)}" level=info msg="${msg}"`;
const containerd = (seconds: number, msg: string, rest: string): string =>
  `${head(seconds)}containerd[8]: time="${at(seconds)}" level=error msg="${msg}" ${rest}`;
const systemd = (seconds: number, text: string): string => `${head(seconds)}systemd[1]: ${text}`;
const call = (seconds: number): string[] => [
  dockerd(seconds, `Container ${id} failed to exit within 10 seconds of signal 15 - using the force`),
  dockerd(
    seconds + 10,
    `Container ${id.slice(0, 12)} failed to exit within 10 seconds of kill - trying direct SIGKILL`,
  ),
];
const goroutines = async (lines: readonly string[]) => {
  const { incidents } = await outcomeOfText(lines.join('\n'));
  return incidents.find(({ defect }) => defect === 'stuck-stop')?.leak?.goroutines.max;
};

t.test(
  'a restart of dockerd resets what its calls left behind, one of another daemon does not',
  async (t) => {
    const restart = (unit: string) => [
      ...[0, 150, 300].flatMap(call),
      systemd(400, `${unit}: Scheduled restart job, restart counter is at 1.`),
      ...[450, 600].flatMap(call),
    ];
    t.equal(await goroutines(restart('kubelet.service')), 10);
    t.equal(await goroutines(restart('docker.service')), 4);
    t.equal(await goroutines(restart('snap.docker.dockerd.service')), 4);
  },
);

t.test('a daemon that died while it loaded its containers does not hang in it', async (t) => {
  const lines = (unit: string) => [
    dockerd(0, 'Loading containers: start.'),
    systemd(20, `${unit}: Main process exited, code=exited, status=1/FAILURE`),
    systemd(400, `${unit}: Failed with result 'exit-code'.`),
    systemd(500, 'docker.service: Scheduled restart job, restart counter is at 1.'),
  ];
  const hangs = async (unit: string) =>
    (await outcomeOfText(lines(unit).join('\n'), {})).incidents.some(
      ({ defect }) => defect === 'runtime-unresponsive',
    );
  t.equal(await hangs('docker.service'), false);
  t.equal(await hangs('kubelet.service'), true);
});

t.test('a shim that may be left behind is the cause of a stop that fails', async (t) => {
  const { incidents } = await outcomeOfText(
    [
      ...[0, 150].flatMap(call),
      containerd(
        170,
        'failed to shutdown shim task and the shim might be leaked',
        `error="context deadline exceeded" id=${id} namespace=moby`,
      ),
    ].join('\n'),
  );
  const stuck = incidents.find(({ defect }) => defect === 'stuck-stop');
  t.match(stuck, { rootCause: 'shim-hung', rootCauseBasis: 'named' });
});
