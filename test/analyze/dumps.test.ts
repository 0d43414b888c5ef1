/** Goroutine dumps of dockerd: which stacks are stop calls, which hang, which incident they are told with. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { outcomeOf, outcomeOfText } from './run.js';

const D = 'github.com/docker/docker/daemon.(*Daemon)';
const STATE = 'github.com/docker/docker/container.(*State)';
const CTX = '{0x1bb6a98, 0xc000b6f1d0}';

interface Stack {
  readonly state: string;
  readonly minutes?: number;
  /** Innermost first, with arguments. */
  readonly frames: readonly string[];
}

const MAIN: Stack = {
  state: 'chan receive',
  minutes: 5774,
  frames: ['main.(*DaemonCli).start(0xc00077d620)'],
};

function dump(...stacks: readonly Stack[]): string {
  const text = [MAIN, ...stacks].map(({ state, minutes, frames }, at) =>
    [
      `goroutine ${at + 1} [${state}${minutes === undefined ? '' : `, ${minutes} minutes`}]:`,
      ...frames.flatMap((frame) => [frame, '\t/go/src/github.com/docker/docker/daemon/x.go:83 +0x1a5']),
      'created by net/http.(*Server).Serve',
      '\t/usr/local/go/src/net/http/server.go:2928 +0x386',
    ].join('\n'),
  );
  return `${text.join('\n\n')}\n`;
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

const timed = (minutes: number | null) => (minutes === null ? {} : { minutes });
const HANDLER = `${D}.ContainerStop(0xc0000a8000, 0xc001a8e0f7, 0x40, 0xc000f10a50)`;

const inKill = (minutes: number | null, container = '0xc00055c240'): Stack => ({
  state: 'chan receive',
  ...timed(minutes),
  frames: [
    `${D}.Kill(0xc0000a8000, ${container})`,
    `${D}.containerStop(0xc0000a8000, ${container}, 0xa, 0x0, 0x0)`,
    HANDLER,
  ],
});
const inGrace = (minutes: number | null, seconds = '0xa', container = '0xc00055c240'): Stack => ({
  state: 'chan receive',
  ...timed(minutes),
  frames: [`${D}.containerStop(0xc0000a8000, ${container}, ${seconds}, 0x0, 0x0)`, HANDLER],
});
const LOCK = ['sync.(*Mutex).lockSlow(0xc000c1e000)', 'sync.(*Mutex).Lock(...)'];
const atLock = (minutes: number | null, ...behind: string[]): Stack => ({
  state: 'sync.Mutex.Lock',
  ...timed(minutes),
  frames: [...LOCK, ...behind],
});
const stopAtLock = (minutes: number | null): Stack =>
  atLock(minutes, `${STATE}.IsRunning(0xc000c1e000)`, HANDLER);
const inspect = (minutes: number | null): Stack =>
  atLock(minutes, `${D}.ContainerInspectCurrent(0xc0001f2000, ${CTX}, {0xc00083aa27, 0x40}, 0x0)`);
const ps = (minutes: number | null): Stack =>
  atLock(minutes, `${D}.reducePsContainer(0xc820372000, 0xc820496d20, 0xc820e149c0)`);
const holder = (minutes: number): Stack => ({
  state: 'select',
  minutes,
  frames: [
    `google.golang.org/grpc.(*ClientConn).Invoke(0xc0004b4800, ${CTX})`,
    `${D}.killWithSignal(0xc0001f2000, 0xc000d1e000, 0xf)`,
    `${D}.containerStop(0xc0001f2000, ${CTX}, 0xc000d1e000)`,
    HANDLER,
  ],
});

async function incidentsOfText(text: string): Promise<readonly Incident[]> {
  return (await outcomeOfText(text)).incidents.filter(({ defect }) => defect === 'stuck-stop');
}

async function only(t: Test, text: string): Promise<Incident> {
  const incidents = await incidentsOfText(text);
  t.equal(incidents.length, 1, 'one incident');
  return incidents[0] as Incident;
}

/** Analyses files with these names and contents. */
async function incidentsOf(t: Test, contents: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), 'leaktrail-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const names = Object.entries(contents).map(([name, text]) => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  });
  return (await outcomeOf(names)).incidents.filter(({ defect }) => defect === 'stuck-stop');
}

const VERSION_24 = readFileSync(
  'test/fixtures/cases/dockerd-stuck-stop.docker-version.txt',
  'utf8',
).replaceAll('19.03.15', '24.0.7');

const exactly = (count: number) => ({ min: count, max: count });

t.test('calls of ps and inspect at a lock are no stop calls', async (t) => {
  t.same(await incidentsOfText(dump(...times(50, (i) => inspect(200 - i)))), []);
  t.same(await incidentsOfText(dump(...times(30, () => ps(5)))), []);
  t.same(await incidentsOfText(dump(...times(3, () => ps(null)))), []);
});

t.test(
  'the call that holds the lock counts with those that wait for it; ps and inspect are told',
  async (t) => {
    const incident = await only(
      t,
      dump(holder(214), ...times(5, (i) => stopAtLock(200 - i)), ...times(20, () => inspect(150))),
    );
    t.match(incident, { certainty: 'confirmed', attempts: 6, affected: 'yes', fix: {}, fixNote: null });
    t.match(incident.affectedBasis, /every dockerd/);
    t.same(incident.leak?.goroutines, exactly(6));
    t.same(incident.leak?.fds, exactly(6));
    const why = incident.why.join(' ');
    t.match(why, /containerd does not answer/);
    t.match(why, /20 calls of ps and inspect wait behind them/);
    t.match(why, /one container/);
  },
);

t.test('containerd is blamed only where a frame shows a call to it', async (t) => {
  const incident = await only(t, dump(...times(5, (i) => stopAtLock(200 - i))));
  t.match(incident, { certainty: 'confirmed', attempts: 5 });
  t.notMatch(incident.why.join(' '), /containerd/);
});

t.test('kill, restart and rm at the lock count, too', async (t) => {
  const handlers = ['ContainerKill', 'containerRestart', 'ContainerRm'].map((name) =>
    atLock(30, `${STATE}.IsRunning(0xc000c1e000)`, `${D}.${name}(0xc0000a8000, 0xc001a8e0f7)`),
  );
  t.match(await only(t, dump(...handlers)), { attempts: 3, certainty: 'confirmed' });
  const layer = atLock(
    30,
    'github.com/docker/docker/layer.(*layerStore).x(0xc0)',
    `${D}.ContainerRm(0xc0, 0xc1)`,
  );
  t.same(await incidentsOfText(dump(...times(3, () => layer))), [], 'a lock of the storage');
});

t.test('a version does not deny what waits at a lock', async (t) => {
  const incidents = await incidentsOf(t, {
    'dump.txt': dump(holder(214), ...times(5, () => stopAtLock(200))),
    'version.txt': VERSION_24,
  });
  t.match(incidents, [{ affected: 'yes', fix: {}, leak: { fds: exactly(6) } }]);
});

t.test('a wait longer than its own stop time-out hangs', async (t) => {
  const incident = await only(t, dump(...times(6, (i) => inGrace(45 - 2 * i))));
  t.match(incident, { certainty: 'confirmed', mechanism: 'hung-call', affected: 'yes', attempts: 6 });
  t.same(incident.leak?.goroutines, exactly(12));
  t.match(incident.why.join(' '), /long after their stop time-out/);
  t.same(await incidentsOfText(dump(inGrace(10, '0xe10'))), [], 'an hour was asked for');
  t.same(await incidentsOfText(dump(inGrace(9000, '0xffffffffffffffff'))), [], 'no end was asked for');
  const unstated = (minutes: number): Stack => ({
    ...inGrace(minutes),
    frames: [`${D}.containerStop(...)`, HANDLER],
  });
  t.same(await incidentsOfText(dump(unstated(59))), [], 'not stated, within an hour');
  t.match(await only(t, dump(unstated(90))), { attempts: 1, certainty: 'confirmed' });
});

t.test('short waits of several containers are no leak, many of one are', async (t) => {
  const drained = await only(t, dump(...times(7, (i) => inKill(null, `0xc00055c${i}40`))));
  t.match(drained, { certainty: 'likely', leak: null, affected: 'unknown' });
  t.match(await only(t, dump(...times(4, () => inKill(null)))), {
    certainty: 'confirmed',
    leak: { fds: exactly(4) },
  });
  const unnamed = { ...inKill(null), frames: [`${D}.Kill(...)`, `${D}.containerStop(...)`] };
  t.match(await only(t, dump(...times(7, () => unnamed))), { certainty: 'likely', leak: null });
  t.match(await only(t, dump(...times(8, () => unnamed))), { certainty: 'confirmed' });
});

t.test('the minutes of one kind of wait say nothing of another', async (t) => {
  const incident = await only(t, dump(inKill(null), inGrace(3, '0xe10', '0xc00055d240')));
  t.match(incident, { certainty: 'likely', leak: null });
  t.same(await incidentsOfText(dump(inGrace(10, '0xe10'), inspect(null), inspect(null))), []);
});

t.test('a minute in Kill outweighs a later version, and the contradiction is told', async (t) => {
  const [incident] = await incidentsOf(t, {
    'dump.txt': dump(...times(3, (i) => inKill(100 - i))),
    'version.txt': VERSION_24,
  });
  t.match(incident, { affected: 'yes', certainty: 'confirmed', leak: { fds: exactly(3) } });
  t.match(incident?.why.join(' '), /states dockerd 24\.0\.7, which has no such wait/);
});

t.test('a dockerd that shuts down stops its containers itself', async (t) => {
  const shutdown = times(12, () => ({
    ...inKill(3),
    frames: [
      ...inKill(3).frames.slice(0, 2),
      `${D}.shutdownContainer(0xc0000a8000, 0xc00055c240, 0x0, 0x0)`,
      `${D}.Shutdown.func2(0xc00055c240)`,
    ],
  }));
  t.same(await incidentsOfText(dump(...shutdown)), []);
});

const DUMP_AT = (hour: string) => `goroutine-stacks-2021-03-10T${hour}0304Z.log`;

t.test('calls that a later dump does not show are resolved, once', async (t) => {
  const incidents = await incidentsOf(t, {
    [DUMP_AT('09')]: dump(...times(4, (i) => inKill(20 - i))),
    [DUMP_AT('10')]: dump(...times(9, (i) => inKill(80 - i))),
    [DUMP_AT('11')]: dump(),
  });
  t.match(incidents, [
    {
      state: 'resolved',
      attempts: 9,
      endedAt: '2021-03-10T11:03:04.000Z',
      leak: { goroutines: exactly(0), fds: exactly(0) },
    },
  ]);
  t.match(incidents[0]?.why.join(' '), /later dump.* shows none/);
});

t.test('a dump without a time that shows an ordinary call keeps nothing open', async (t) => {
  const incidents = await incidentsOf(t, {
    [DUMP_AT('10')]: dump(...times(9, (i) => inKill(80 - i))),
    [DUMP_AT('11')]: dump(),
    'dump.txt': dump(inGrace(null)),
  });
  t.match(incidents, [{ state: 'resolved', endedAt: '2021-03-10T11:03:04.000Z', leak: { fds: exactly(0) } }]);
});

const ID = '3b8d5b2b6001e4642c3cea9eabc272024e8b6cc6e6adc32141439f3db845541a';
const OTHER = '7c8d5b2b6001e4642c3cea9eabc272024e8b6cc6e6adc32141439f3db845541a';

function line(time: string, message: string): string {
  return `Mar 10 ${time} node-7 dockerd[1134]: time="2021-03-10T${time}.913831129Z" level=info msg="${message}"`;
}

function call(minute: string, id = ID): string[] {
  const failed = (of: string, then: string) =>
    `Container ${id} failed to exit within 10 seconds of ${of} - ${then}`;
  return [
    line(`${minute}:04`, failed('signal 15', 'using the force')),
    line(`${minute}:14`, failed('kill', 'trying direct SIGKILL')),
  ];
}

const text = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

t.test('a start of dockerd after the dump frees what its calls held', async (t) => {
  const incidents = await incidentsOf(t, {
    [DUMP_AT('10')]: dump(...times(9, (i) => inKill(80 - i))),
    'dockerd.log': text(
      line('10:10:00', 'Starting up'),
      line('10:10:03', 'Daemon has completed initialization'),
    ),
  });
  t.match(incidents, [{ state: 'ended', endedBy: 'dockerd was started again', leak: { fds: exactly(0) } }]);
  t.match(incidents[0]?.why.join(' '), /started again at 2021-03-10T10:10:00/);
});

t.test('a dump after the last call of the log that shows none: nothing is held', async (t) => {
  const log = text(...call('08:58'), ...call('09:00'));
  const [gone, ...more] = await incidentsOf(t, { 'dockerd.log': log, [DUMP_AT('11')]: dump() });
  t.same(more, []);
  t.match(gone, { attempts: 2, leak: { goroutines: exactly(0), fds: exactly(0) } });
  t.match(gone?.why.join(' '), /shows no stop call/);
  const [held] = await incidentsOf(t, {
    'dockerd.log': log,
    'goroutine-stacks-2021-03-10T080304Z.log': dump(),
  });
  t.ok((held?.leak?.fds.max ?? 0) > 0, 'a dump before the calls says nothing of them');
});

t.test('a dump is told with the one container that is still open, not with one that ended', async (t) => {
  const exit = `Mar 10 08:42:10 node-7 dockerd[1134]: time="2021-03-10T08:42:10.913831129Z" level=info msg="ignoring event" container=${OTHER} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`;
  const calls = dump(...times(24, (i) => inKill(100 - i)));
  const incidents = await incidentsOf(t, {
    'dockerd.log': text(...call('08:40', OTHER), exit, ...call('08:58')),
    [DUMP_AT('09')]: calls,
  });
  const of = (id: string) => incidents.find(({ containers }) => containers[0]?.id === id);
  t.same(of(ID)?.leak?.fds, exactly(24));
  t.notOk(of(OTHER)?.rules.includes('dump-shows-it'));
  t.equal(of(OTHER)?.leak?.fds.max, 1);
  t.equal(incidents.length, 2, 'and not a third time on its own');
});

t.test('with two open containers it is told on its own', async (t) => {
  const incidents = await incidentsOf(t, {
    'dockerd.log': text(...call('08:40', OTHER), ...call('08:58')),
    [DUMP_AT('09')]: dump(...times(24, (i) => inKill(100 - i))),
  });
  t.match(
    incidents.filter(({ containers }) => containers.length === 0),
    [{ leak: { fds: exactly(24) } }],
  );
  t.equal(incidents.length, 3);
});
