import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createRandom } from '../../bench/random.js';
import { createTraceReader, KEEPS_ARGUMENTS } from '../../lib/evidence/trace/go-trace.js';
import { looksLikeTrace, readTraceDocument } from '../../lib/evidence/trace/go-trace-document.js';
import type { EvidenceReading, GoroutineProfile, Panic } from '../../lib/evidence/types.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { mutate } from './mutate.js';

const PROFILES = 'test/fixtures/profiles';

function read(text: string, source = 'dump.txt'): EvidenceReading {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  return readTraceDocument({ source, bytes: new Uint8Array(0), lines });
}

function profile(text: string, source?: string): GoroutineProfile {
  const found = read(text, source).evidence.filter((item) => item.kind === 'goroutines');
  if (found.length !== 1) throw new Error(`${found.length} dumps, expected one`);
  return found[0] as GoroutineProfile;
}

function panic(text: string): Panic {
  const found = read(text).evidence.filter((item) => item.kind === 'panic');
  if (found.length !== 1) throw new Error(`${found.length} panics, expected one`);
  return found[0] as Panic;
}

const fixture = (name: string): string => readFileSync(`${PROFILES}/${name}`, 'utf8');

/** What a dump says, without lines and addresses. */
function essence({ groups, total, program }: GoroutineProfile): unknown {
  const shown = groups.map(({ count, state, frames, createdBy, longestMinutes }) => ({
    count,
    state,
    createdBy,
    longestMinutes,
    frames: frames.map((frame) => `${frame.function} ${frame.file}:${frame.line}`),
  }));
  return { total, program, groups: shown };
}

const DUMPS = {
  'containerd-redirectlogs-unlimited-open.goroutine.debug2.txt': [44, 'containerd'],
  'dockerd-19.03.15-stuck-start.goroutine.debug2.txt': [40, 'dockerd'],
  'dockerd-19.03.15-stuck-middle.goroutine.debug2.txt': [63, 'dockerd'],
  'dockerd-19.03.15-stuck-end.goroutine.debug2.txt': [87, 'dockerd'],
  'dockerd-stuck-freeze-abort.goroutine.debug2.txt': [40, 'dockerd'],
  'dockerd-stuck-freeze-abort.sigusr1-goroutine-stacks.log': [38, 'dockerd'],
} as const;

t.test('every goroutine of a real dump is counted, with its program', async (t) => {
  for (const [name, [total, program]] of Object.entries(DUMPS)) {
    const dump = profile(fixture(name));
    t.match(dump, {
      total,
      program,
      form: 'dump',
      dropped: 0,
      line: 1,
      text: /^goroutine \d+ \[running\]:$/,
    });
    t.equal(
      dump.groups.reduce((sum, { count }) => sum + count, 0),
      total,
      name,
    );
    t.ok(
      dump.groups.every(({ frames }) => frames.every(({ file, line }) => file !== null && (line ?? 0) > 0)),
      'every frame has its place',
    );
    t.ok(looksLikeTrace(fixture(name).split('\n')), name);
    t.strictSame(read(fixture(name)).problems, []);
  }
});

t.test('a young stop call and a leaked one wait on different lines', async (t) => {
  const { groups } = profile(fixture('dockerd-19.03.15-stuck-middle.goroutine.debug2.txt'));
  const stops = groups.filter(({ frames }) => frames.some((f) => f.function.endsWith('.containerStop')));
  t.strictSame(
    stops.map(({ count, state, frames }) => [
      count,
      state,
      frames[0]?.function.split('.').at(-1),
      frames[0]?.line,
    ]),
    [
      [11, 'chan receive', 'Kill', 161],
      [1, 'chan receive', 'killProcessDirectly', 343],
    ],
  );
  const [leaked] = stops;
  t.equal(leaked?.longestMinutes, 2);
  t.equal(leaked?.members.length, 11);
  const containers = new Set(
    leaked?.members.map(
      ({ args }) => args['github.com/docker/docker/daemon.(*Daemon).containerStop']?.split(', ')[1],
    ),
  );
  t.strictSame([...containers], ['0xc00055c240'], 'one container');
  t.ok(leaked?.members.some(({ waitMinutes }) => waitMinutes === null || waitMinutes <= 1));
});

t.test('arguments are kept of the functions that tell about a container, and of no other', async (t) => {
  const { groups } = profile(fixture('dockerd-19.03.15-stuck-end.goroutine.debug2.txt'));
  const names = groups.flatMap(({ members }) => members.flatMap(({ args }) => Object.keys(args)));
  t.ok(names.length > 48);
  for (const name of new Set(names)) {
    const last = name.slice(name.indexOf('.', name.lastIndexOf('/')) + 1);
    t.ok(KEEPS_ARGUMENTS.has(last), name);
  }
});

const GO_DUMPS: Readonly<Record<string, string>> = {
  'Go 1.4': `goroutine 16 [chan receive, 7 minutes]:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(0xc208048000, 0x7fff5a, 0x40, 0x0, 0x0)
	/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6
created by net/http.(*Server).Serve
	/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'Go 1.6 with frame pointers': `goroutine 16 [chan receive, 7 minutes, locked to thread]:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(0xc208048000, 0x7fff5a, 0x40, 0x0, 0x0, ...)
	/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6 fp=0xc8233e2dea sp=0xc8231714f9
created by net/http.(*Server).Serve
	/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'Go 1.18': `goroutine 16 [chan receive, 7 minutes]:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(0x0?, {0xc000a0e17, 0x40}, _, {{}, 0x1, ...})
	/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6
created by net/http.(*Server).Serve in goroutine 44
	/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'Go 1.23': `goroutine 16 gp=0xc000002380 m=nil [chan receive, 7 minutes]:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(...)
	/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6 fp=0xc8233e2dea sp=0xc8231714f9 pc=0x46f5c1
created by net/http.(*Server).Serve in goroutine 44
	/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'Go 1.25 with labels and a bubble': `goroutine 16 gp=0xc000002380 m=4 mp=0xc000080008 [chan receive (durable), 7 minutes, synctest bubble 3, locked to thread] {"req": "a]b"}:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(0x1)
	/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6
created by net/http.(*Server).Serve in goroutine 44
	/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'no indentation': `goroutine 16 [chan receive, 7 minutes]:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(0xc208048000)
/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6
created by net/http.(*Server).Serve
/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'tabs as rsyslog writes them': `goroutine 16 [chan receive, 7 minutes]:
github.com/docker/docker/daemon.(*Daemon).ContainerStop(0xc208048000)
#011/go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6
created by net/http.(*Server).Serve
#011/usr/local/go/src/net/http/server.go:1751 +0x35e`,
  'blank lines where none belong': `

goroutine 16 [chan receive, 7 minutes]:

github.com/docker/docker/daemon.(*Daemon).ContainerStop(0xc208048000)

        /go/src/github.com/docker/docker/daemon/stop.go:11 +0x3e6

created by net/http.(*Server).Serve

        /usr/local/go/src/net/http/server.go:1751 +0x35e
`,
};

t.test('the same goroutine in the dialects of Go, and as transports deform it', async (t) => {
  for (const [dialect, text] of Object.entries(GO_DUMPS)) {
    for (const ends of ['\n', '\r\n']) {
      const dump = profile(text.replaceAll('\n', ends));
      t.strictSame(
        essence(dump),
        {
          total: 1,
          program: 'dockerd',
          groups: [
            {
              count: 1,
              state: 'chan receive',
              createdBy: 'net/http.(*Server).Serve',
              longestMinutes: 7,
              frames: [
                'github.com/docker/docker/daemon.(*Daemon).ContainerStop /go/src/github.com/docker/docker/daemon/stop.go:11',
              ],
            },
          ],
        },
        dialect,
      );
      t.equal(dump.groups[0]?.members[0]?.id, 16);
    }
  }
});

t.test('goroutines are one group whatever their arguments, and two where state or line differ', async (t) => {
  const stack = (id: number, state: string, line: number): string =>
    `goroutine ${id} [${state}]:\nmain.wait(0x${id})\n\t/src/main.go:${line} +0x1\n`;
  const text = [
    stack(1, 'select, 3 minutes', 5),
    stack(2, 'select', 5),
    stack(3, 'select, 9 minutes', 5),
    stack(4, 'sleep', 5),
    stack(5, 'select', 6),
  ].join('\n');
  const { groups } = profile(text);
  t.strictSame(
    groups.map(({ count, longestMinutes, line, members }) => [
      count,
      longestMinutes,
      line,
      members.map((m) => m.id),
    ]),
    [
      [3, 9, 1, [1, 2, 3]],
      [1, null, 13, [4]],
      [1, null, 17, [5]],
    ],
  );
  t.strictSame(
    groups[0]?.members.map(({ waitMinutes }) => waitMinutes),
    [3, null, 9],
  );
});

t.test('elided frames, stacks of other threads, registers and trailers are no frames', async (t) => {
  const dump = profile(`SIGQUIT: quit
PC=0x46f5c1 m=0 sigcode=0

goroutine 0 gp=0x5a0d40 m=0 mp=0x5a1800 [idle]:
runtime.futex(0x5a1940, 0x80, 0x0, 0x0, 0x0, 0x0)
	/usr/local/go/src/runtime/sys_linux_amd64.s:557 +0x21 fp=0x7ffe sp=0x7ffd pc=0x46f5c1

goroutine 5 [running]:
	goroutine running on other thread; stack unavailable
created by main.main in goroutine 1
	/src/main.go:9 +0x2

goroutine 6 [select]:
main.deep(0x1)
	/src/main.go:5 +0x1
...23 frames elided...
main.low()
	/src/main.go:7 +0x1
...additional frames elided...
created by main.main
	/src/main.go:10 +0x2

rax    0xca
rip    0x46f5c1
rflags 0x286
cs     0x33
exit status 2`);
  t.equal(dump.total, 3);
  t.equal(dump.text, 'SIGQUIT: quit');
  t.strictSame(
    dump.groups.map(({ state, frames, createdBy }) => [state, frames.map((f) => f.function), createdBy]),
    [
      ['idle', ['runtime.futex'], null],
      ['running', [], 'main.main'],
      ['select', ['main.deep', 'main.low'], 'main.main'],
    ],
  );
});

t.test('a file that two dumps were appended to gives two', async (t) => {
  const one = fixture('dockerd-19.03.15-stuck-start.goroutine.debug2.txt');
  const two = fixture('dockerd-19.03.15-stuck-end.goroutine.debug2.txt');
  for (const between of ['', '\n', '\n\n']) {
    const { evidence } = read(`${one}${between}${two}`);
    t.strictSame(
      evidence.map((item) => item.kind === 'goroutines' && item.total),
      [40, 87],
    );
    t.equal(evidence[1]?.line, one.split('\n').length + between.length);
  }
});

t.test('a dump is dated by the name that dockerd gives its file', async (t) => {
  const text = fixture('dockerd-stuck-freeze-abort.sigusr1-goroutine-stacks.log');
  const at = (name: string) => profile(text, name).at?.ms ?? null;
  t.equal(at('/var/run/docker/goroutine-stacks-2023-05-08T170141Z.log'), Date.UTC(2023, 4, 8, 17, 1, 41));
  t.equal(at('goroutine-stacks-2023-05-08T170141+0800.log'), Date.UTC(2023, 4, 8, 9, 1, 41));
  t.equal(at('dump.log'), null);
});

t.test('a dump that was logged as one message, its newlines escaped once or more', async (t) => {
  const dump = fixture('dockerd-19.03.15-stuck-middle.goroutine.debug2.txt');
  let text = `=== BEGIN goroutine stack dump ===\n${dump}\n=== END goroutine stack dump ===`;
  for (let level = 0; level <= 3; level += 1) {
    const found = profile(text);
    t.strictSame(
      (essence(found) as { groups: unknown }).groups,
      (essence(profile(dump)) as { groups: unknown }).groups,
      `level ${level}`,
    );
    text = JSON.stringify(text).slice(1, -1);
  }
});

const BODY = `goroutine 412 [running]:
example.com/a/b.(*T).end(0xc000329505, {0x21812c9, 0xc})
	/src/b/t.go:231 +0x7ae
main.main()
	/src/main.go:3 +0x1
exit status 2`;
const FRAMES = [
  { function: 'example.com/a/b.(*T).end', file: '/src/b/t.go', line: 231 },
  { function: 'main.main', file: '/src/main.go', line: 3 },
];

t.test('panics and fatal errors, by what they were printed with', async (t) => {
  const cases: readonly (readonly [string, Partial<Panic>])[] = [
    ['panic: send on closed channel\n\n', { reason: 'send on closed channel', fatal: false, signal: null }],
    [
      'panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0xd8b44c]\n\n',
      {
        reason: 'runtime error: invalid memory address or nil pointer dereference',
        signal: { name: 'SIGSEGV', address: '0x18' },
      },
    ],
    [
      'panic: runtime error: x\n[signal 0xb code=0x1 addr=0x18 pc=0xd8b]\n\n',
      { reason: 'runtime error: x', signal: { name: 'SIGSEGV', address: '0x18' } },
    ],
    ['panic: a [recovered]\n\tpanic: b\n\n', { reason: 'a' }],
    ['panic: a\npanic: b\n\n', { reason: 'a' }],
    ['panic: a [recovered, repanicked]\n\n', { reason: 'a' }],
    ['panic: first\nsecond key="value"\n\tthird: 3\n\n', { reason: 'first' }],
    ['fatal error: concurrent map writes\n\n', { reason: 'concurrent map writes', fatal: true }],
    [
      'runtime: out of memory: cannot allocate 1937014784-byte block (19464192 in use)\nfatal error: out of memory\n\nruntime stack:\nruntime.throw({0x1, 0x2})\n\t/go/panic.go:1 +0x1\n\n',
      { reason: 'out of memory', fatal: true },
    ],
    [
      'SIGSEGV: segmentation violation\nPC=0x7f m=3 sigcode=1 addr=0x8\n\n',
      {
        reason: 'SIGSEGV: segmentation violation',
        fatal: true,
        signal: { name: 'SIGSEGV', address: '0x8' },
      },
    ],
    [
      '2024/02/09 16:31:13 http: panic serving 10.0.0.1:50412: runtime error: index out of range\n',
      { reason: 'http: panic serving: runtime error: index out of range', fatal: false },
    ],
    ['http2: panic serving @: boom: x\n', { reason: 'http: panic serving: boom: x' }],
  ];
  for (const [head, expected] of cases) {
    const found = panic(`${head}${BODY}`);
    t.match(found, { ...expected, frames: FRAMES }, head.slice(0, 60));
    t.equal(found.lines.at(-1)?.text, '\t/src/main.go:3 +0x1');
    t.ok(found.lines.length <= 24);
  }
  const memory = panic(`${cases[8]?.[0]}${BODY}`);
  t.match(
    memory.lines[0]?.text,
    /cannot allocate 1937014784-byte block/,
    'what the runtime said before is proof',
  );
});

t.test('a panic that prints all goroutines is a dump, too', async (t) => {
  const text = `panic: boom\n\n${BODY.replace('\nexit status 2', '')}\n\ngoroutine 1 [select]:\nmain.wait()\n\t/src/w.go:1 +0x1\n`;
  t.match(read(text).evidence, [
    { kind: 'panic', reason: 'boom', frames: FRAMES, line: 1 },
    { kind: 'goroutines', total: 2, line: 1 },
  ]);
});

t.test(
  'a header without goroutines says nothing, nor does a stack that a program prints of itself',
  async (t) => {
    const empty = (text: string): void => {
      t.strictSame(read(text).evidence, [], text.slice(0, 40));
    };
    empty('panic: send on closed channel\n');
    empty(`panic: boom\n${'some text\n'.repeat(65)}${BODY}`);
    empty('goroutine 5 [select]:\n');
    empty('goroutine 7 is waiting\nmain.f(0x1)\n\t/a.go:5 +0x1');
    empty(BODY);
    empty('level=error msg="recovered panic: boom"\nall is well\n');
  },
);

t.test('behind 64 lines a panic is forgotten, within them it is not', async (t) => {
  t.equal(panic(`panic: boom\n${'some text\n'.repeat(60)}${BODY}`).reason, 'boom');
});

t.test('a later panic replaces one that had no goroutines', async (t) => {
  t.equal(panic(`panic: talk\nx\ny\npanic: real\n\n${BODY}`).reason, 'real');
});

t.test('text of others between the lines is tolerated, and ends the trace where it goes on', async (t) => {
  const lines = `panic: boom\n\n${BODY}`.split('\n');
  const noisy = lines.flatMap((line) => [line, '#3 ERROR: pushing: unexpected EOF', '##[error]x']).join('\n');
  t.match(panic(noisy).frames, FRAMES);
  const { evidence } = read(
    `panic: one\n\n${BODY}\n${'all is well\n'.repeat(9)}main.late(0x1)\n\t/late.go:1 +0x1\n`,
  );
  t.match(evidence, [{ reason: 'one', frames: FRAMES }]);
  t.equal((evidence[0] as Panic).frames.length, 2);
});

t.test('a prefix that every line has comes off, and its words are not taken for frames', async (t) => {
  const prefixes = [
    () => 'messages-',
    (n: number) => `app.log-${n}-`,
    (n: number) => `${n}${n % 3 === 0 ? ':' : '-'}`,
    () => '    ',
    () => 'stderr: ',
    (n: number) => `build\tRun docker buildx\t2024-02-09T16:31:${10 + n}.1361175Z `,
    () => '[app] ',
  ];
  for (const prefix of prefixes) {
    const text = `panic: boom\n\n${BODY}`
      .split('\n')
      .map((line, n) => (prefix(n) + line).trimEnd())
      .join('\n');
    const found = panic(text);
    t.match(found, { reason: 'boom', frames: FRAMES }, JSON.stringify(prefix(7)));
    t.equal(found.frames.length, 2);
    t.equal(found.text, `${prefix(0)}panic: boom`);
  }
});

t.test('wrapped at any width of a terminal, no frame appears that was not there', async (t) => {
  for (const name of [
    'dockerd-19.03.15-stuck-middle.goroutine.debug2.txt',
    'dockerd-stuck-freeze-abort.goroutine.debug2.txt',
  ]) {
    const text = fixture(name);
    const whole = profile(text);
    const known = new Set(whole.groups.flatMap(({ frames }) => frames.map(({ function: f }) => f)));
    const places = new Set(
      whole.groups.flatMap(({ frames }) => frames.map((f) => `${f.function} ${f.file}:${f.line}`)),
    );
    for (const width of [60, 79, 80, 81, 100, 120, 132, 160, 200]) {
      const wrapped = text
        .split('\n')
        .flatMap((line) => (line === '' ? [''] : (line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])))
        .join('\n');
      const found = profile(wrapped);
      const frames = found.groups.flatMap((group) => group.frames);
      t.equal(found.total, whole.total);
      t.strictSame(
        frames.map((f) => f.function).filter((f) => !known.has(f)),
        [],
        `width ${width}: functions`,
      );
      const wrong = frames.filter((f) => f.file !== null && !places.has(`${f.function} ${f.file}:${f.line}`));
      t.strictSame(wrong, [], `width ${width}: places`);
      const kept = found.groups.reduce((sum, { frames: f, count }) => sum + f.length * count, 0);
      const all = whole.groups.reduce((sum, { frames: f, count }) => sum + f.length * count, 0);
      t.ok(kept >= all * 0.95, `width ${width}: ${kept} of ${all} frames`);
    }
  }
});

t.test('caps are kept and counted', async (t) => {
  const stack = (id: number, name: string): string =>
    `goroutine ${id} [select]:\n${name}()\n\t/src/main.go:1 +0x1\n\n`;
  t.test('stacks', async (t) => {
    const text = Array.from({ length: 5000 }, (_, i) => stack(i + 1, `main.f${i}`)).join('');
    const { evidence, problems } = read(text);
    t.match(evidence, [{ total: 5000, dropped: 904 }]);
    t.equal((evidence[0] as GoroutineProfile).groups.length, 4096);
    t.match(problems, [{ line: 1, reason: '904 of 5000 goroutines were only counted' }]);
  });
  t.test('members', async (t) => {
    const dump = profile(Array.from({ length: 6000 }, (_, i) => stack(i + 1, `main.f${i % 2}`)).join(''));
    t.strictSame(
      dump.groups.map(({ count }) => count),
      [3000, 3000],
    );
    t.equal(dump.groups[0]?.members.length, 2048);
  });
  t.test('frames', async (t) => {
    const frames = Array.from({ length: 700 }, (_, i) => `main.f${i}(0x1)\n\t/src/main.go:${i + 1} +0x1\n`);
    const { evidence, problems } = read(`goroutine 1 [select]:\n${frames.join('')}`);
    const [group] = (evidence[0] as GoroutineProfile).groups;
    t.equal(group?.frames.length, 512);
    t.equal(group?.frames[0]?.function, 'main.f0');
    t.equal(group?.frames.at(-1)?.function, 'main.f699');
    t.match(problems, [{ reason: /1 goroutines have more than 512 frames/ }]);
  });
  t.test('frames of a panic', async (t) => {
    const frames = Array.from({ length: 300 }, (_, i) => `main.f${i}(0x1)\n\t/src/main.go:${i + 1} +0x1\n`);
    t.equal(panic(`panic: x\n\ngoroutine 1 [running]:\n${frames.join('')}`).frames.length, 128);
  });
  t.test('traces', async (t) => {
    const { evidence, problems } = read(`panic: x\n\n${BODY}\n`.repeat(80));
    t.equal(evidence.length, 64);
    t.match(problems, [{ reason: /^16 more/ }]);
  });
  t.test('text of one trace', async (t) => {
    const reader = createTraceReader({ source: 'x', maxText: 10_000 });
    for (let i = 1; i <= 1000; i += 1)
      for (const text of stack(i, 'main.f').split('\n')) reader.push({ line: i, text });
    t.match(reader.end(), {
      evidence: [{ total: 1000 }],
      problems: [{ reason: /of 1000 goroutines were only counted/ }],
    });
  });
});

t.test('a dump of 10,000 goroutines takes seconds and little memory', async (t) => {
  const blocks = fixture('dockerd-19.03.15-stuck-end.goroutine.debug2.txt')
    .split('\n\n')
    .slice(1)
    .map((block) => block.trimEnd().split('\n').slice(1));
  const reader = createTraceReader({ source: 'huge.txt' });
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  const began = process.cpuUsage();
  let line = 0;
  for (let id = 1; id <= 10_000; id += 1) {
    reader.push({ line: ++line, text: `goroutine ${id} [chan receive, ${id % 60} minutes]:` });
    // Addresses differ, as they do in a real dump.
    for (const text of blocks[id % blocks.length] ?? [])
      reader.push({ line: ++line, text: text.replace('0xc000', `0xc${(id % 4096).toString(16)}`) });
    reader.push({ line: ++line, text: '' });
  }
  const { evidence, problems } = reader.end();
  // Of the processor: other tests run beside this one.
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  t.match(evidence, [{ total: 10_000, dropped: 0 }]);
  t.strictSame(problems, []);
  t.ok(seconds < 2.5, `${seconds.toFixed(1)} s`);
  t.ok(megabytes < 40, `${megabytes.toFixed(0)} MB`);
});

t.test('a log is no dump', async (t) => {
  for (const folder of ['captures', 'corpus', 'cases'])
    for (const name of readdirSync(`test/fixtures/${folder}`))
      if (!name.startsWith('115-'))
        t.notOk(
          looksLikeTrace(
            readFileSync(`test/fixtures/${folder}/${name}`, 'utf8').slice(0, 65_536).split('\n'),
          ),
          name,
        );
  t.ok(looksLikeTrace(['', 'SIGQUIT: quit', 'PC=0x46f5c1 m=0 sigcode=0']));
  t.ok(
    looksLikeTrace([
      'HTTP/1.1 200 OK',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'goroutine 5 [select]:',
    ]),
  );
  t.notOk(looksLikeTrace(['goroutine profile: total 40']));
  t.notOk(looksLikeTrace(['panic: send on closed channel', '', 'goroutine 1 [running]:']));
  t.notOk(looksLikeTrace([]));
});

t.test('damaged dumps are read without an error, in bounded time', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  const names = [...Object.keys(DUMPS).map((name) => `profiles/${name}`)];
  for (const file of readdirSync('test/fixtures/corpus'))
    if (/^(102|105|107|109|111|114|115)-/.test(file)) names.push(`corpus/${file}`);
  const inputs = names.map((name) => readFileSync(`test/fixtures/${name}`).subarray(0, 12_000));
  let slowest = 0;
  for (let turn = 0; turn < 120; turn += 1) {
    const text = mutate(inputs[turn % inputs.length] ?? Buffer.alloc(0), random).toString('latin1');
    const began = performance.now();
    const { evidence } = read(text);
    slowest = Math.max(slowest, performance.now() - began);
    for (const item of evidence) {
      if (item.kind !== 'goroutines') continue;
      const counted = item.groups.reduce((sum, { count }) => sum + count, 0);
      if (counted + item.dropped !== item.total)
        t.fail(`turn ${turn}: ${counted} + ${item.dropped} of ${item.total}`);
    }
  }
  t.ok(slowest < 2000, `slowest ${slowest.toFixed(0)} ms`);
});

t.test('hostile lines take linear time', async (t) => {
  const random = createRandom(1);
  const hostile = [
    `goroutine 1 [${'a'.repeat(60_000)}`,
    `goroutine 1 [select]${' {'.repeat(30_000)}:`,
    `${'a.'.repeat(30_000)}(${'0x,'.repeat(1000)})`,
    `${'('.repeat(60_000)})`,
    `/x${'/y'.repeat(30_000)}.go:1`,
    `${':1'.repeat(30_000)}`,
    `panic: ${'[recovered] '.repeat(5000)}`,
    `[signal ${'addr=0x1'.repeat(8000)}`,
    `created by ${'a/'.repeat(30_000)}b.c`,
    `http: panic serving ${': '.repeat(30_000)}`,
    `x${' panic: '.repeat(8000)}`,
    `${' '.repeat(60_000)}x`,
    `${'#011'.repeat(15_000)}x`,
    `\\n${'goroutine 1 [\\n'.repeat(4000)}`,
    '{"'.repeat(30_000),
    `${'a'.repeat(39)}/b.c${'d'.repeat(8000)}`,
  ];
  const began = process.cpuUsage();
  const lines = Array.from({ length: 200 }, () =>
    random.pick([...hostile, 'goroutine 5 [select]:', 'panic: x', 'main.f()']),
  );
  read(lines.join('\n'));
  const { user, system } = process.cpuUsage(began);
  t.ok(user + system < 1.7e6, `${(user + system) / 1e6} s for ${lines.join('').length / 1e6} MB`);
});
