import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createRandom } from '../../bench/random.js';
import { parseRecord } from '../../lib/envelope/parse.js';
import type { Trace } from '../../lib/evidence/trace/go-trace.js';
import { createTraceGatherer } from '../../lib/evidence/trace/trace-gatherer.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { differs } from '../differs.js';
import { type Gathered, gather } from './gather.js';
import { mutate } from './mutate.js';

const corpus = (number: string): string => {
  const name = readdirSync('test/fixtures/corpus').find((file) => file.startsWith(`${number}-`)) ?? '';
  return readFileSync(`test/fixtures/corpus/${name}`, 'utf8');
};
const DUMP = readFileSync(
  'test/fixtures/profiles/dockerd-19.03.15-stuck-middle.goroutine.debug2.txt',
  'utf8',
);
const PANIC = `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x11e7f95]

goroutine 91820 [running]:
go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace.(*clientTracer).end(0xc005c1da40, {0x23169ef, 0xc})
	/src/vendor/go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace/clienttrace.go:231 +0x7ae
net/http.http2traceGotConn(0xc000520d8c?, 0xc0009cf7a1, 0x0)
	/usr/local/go/src/net/http/h2_bundle.go:10096 +0x1ee
created by golang.org/x/sync/errgroup.(*Group).Go in goroutine 1
	/src/vendor/golang.org/x/sync/errgroup/errgroup.go:55 +0x8d`;

const PLAIN_PANIC = gather(PANIC);
const PLAIN_DUMP = gather(DUMP);
/** Some of its goroutines, one of them in a stop call. */
const EXCERPT = DUMP.split('\n\n').slice(33, 39).join('\n\n');
const PLAIN_EXCERPT = gather(EXCERPT);

const two = (n: number): string => String(n).padStart(2, '0');
const clock = (i: number): string => `18:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}`;
const json = (value: unknown): string => JSON.stringify(value);

/** A line of a trace as it stands in a log. */
const ENVELOPES: Readonly<Record<string, (line: string, i: number) => string>> = {
  raw: (line) => line,
  rfc3164: (line, i) => `Mar 03 ${clock(i)} reg1 dockerd[2210]: ${line}`,
  'rfc3164, tabs as octal': (line, i) =>
    `Mar  3 ${clock(i)} reg1 dockerd[2210]: ${line.replaceAll('\t', '#011')}`,
  'rfc3164, tabs as blanks': (line, i) =>
    `Mar  3 ${clock(i)} reg1 dockerd[2210]: ${line.replaceAll('\t', '        ')}`,
  'rfc3164, no host': (line, i) => `Mar  3 ${clock(i)} dockerd[2210]: ${line}`,
  'rfc3164, no tag': (line, i) => `Mar  3 ${clock(i)} ${line}`,
  'rfc3164, blanks at the end lost': (line, i) => `Mar 03 ${clock(i)} reg1 dockerd[2210]: ${line}`.trimEnd(),
  rfc5424: (line, i) => `<30>1 2026-03-03T${clock(i)}.5Z reg1 dockerd 2210 - - ${line}`,
  'journal short-precise': (line, i) => `Mar 03 ${clock(i)}.${100_000 + i} reg1 dockerd[2210]: ${line}`,
  'journal short-full': (line, i) => `Tue 2026-03-03 ${clock(i)} UTC reg1 dockerd[2210]: ${line}`,
  'journal short-unix': (line, i) => `${1772561100 + i}.123456 reg1 dockerd[2210]: ${line}`,
  'journal short-iso': (line, i) => `2026-03-03T${clock(i)}+0100 reg1 dockerd[2210]: ${line}`,
  'iso of rsyslog': (line, i) => `2026-03-03T${clock(i)}.917925+01:00 reg1 dockerd[2210]: ${line}`,
  'journal json': (line, i) =>
    json({
      __REALTIME_TIMESTAMP: String(1772561100000000 + i),
      _HOSTNAME: 'reg1',
      SYSLOG_IDENTIFIER: 'dockerd',
      _PID: '2210',
      MESSAGE: line,
    }),
  'journal export': (line, i) =>
    `__CURSOR=s=1;i=${i}\n__REALTIME_TIMESTAMP=${1772561100000000 + i}\n_HOSTNAME=reg1\nSYSLOG_IDENTIFIER=dockerd\n_PID=2210\n_TRANSPORT=stdout\nMESSAGE=${line}\n`,
  'journal export, message first': (line, i) =>
    `__CURSOR=s=1;i=${i}\nMESSAGE=${line}\n__REALTIME_TIMESTAMP=${1772561100000000 + i}\n_HOSTNAME=reg1\nSYSLOG_IDENTIFIER=dockerd\n_PID=2210\n`,
  'GitHub Actions': (line, i) => `2026-03-03T${clock(i)}.1236709Z ${line}`,
  'GitHub Actions, downloaded': (line, i) =>
    `build\tRun docker buildx\t2026-03-03T${clock(i)}.1236709Z ${line}`,
  GitLab: (line, i) => `2026-03-03T${clock(i)}.123670Z 01E ${line}`,
  'GitLab, later lines': (line, i) => `2026-03-03T${clock(i)}.123670Z 01${i % 2 === 0 ? 'O ' : 'O+'}${line}`,
  'buildx progress': (line, i) => `#12 ${i}.345 ${line}`,
  'buildx progress without seconds': (line) => `#12 ${line}`,
  'buildx progress on GitHub': (line, i) => `2026-03-03T${clock(i)}.1236709Z #12 ${i}.345 ${line}`,
  'compose, numbered': (line) => `dind-1  | ${line}`,
  'compose, named': (line) => `dind  | ${line}`,
  kubectl: (line) => `[pod/dind-x7/daemon] ${line}`,
  'kubectl with times': (line, i) => `[pod/dind-x7/daemon] 2026-03-03T${clock(i)}.123456789Z ${line}`,
  stern: (line) => `pod/dind-x7 daemon ${line}`,
  CRI: (line, i) => `2026-03-03T${clock(i)}.381123456Z stderr F ${line}`,
  'docker json-file': (line, i) =>
    json({ log: `${line}\n`, stream: 'stderr', time: `2026-03-03T${clock(i)}.381123456Z` }),
  'docker logs -t': (line, i) => `2026-03-03T${clock(i)}.381123456Z ${line}`,
  'mail quoting': (line) => `> ${line}`,
  'grep with a file': (line) => `messages-${line}`,
  'grep with lines': (line, i) => `${i + 1}-${line}`,
  colours: (line) => `\x1b[31m${line}\x1b[0m`,
  CRLF: (line) => `${line}\r`,
};

const wrap = (text: string, envelope: (line: string, i: number) => string): string =>
  `${text.split('\n').map(envelope).join('\n')}\n`;

function essence(trace: Trace | undefined): unknown {
  if (trace?.kind === 'panic') {
    const { reason, signal, frames, fatal } = trace;
    return { reason, signal, frames, fatal };
  }
  return {
    total: trace?.total,
    groups: trace?.groups.map(({ line, members, ...group }) => ({
      ...group,
      members: members.map((m) => m.waitMinutes),
    })),
  };
}

const essences = ({ traces }: Gathered): unknown => traces.map(essence);

t.test('a panic and a dump say the same in every envelope', async (t) => {
  t.match(PLAIN_PANIC.panics, [{ signal: { name: 'SIGSEGV', address: '0x18' }, frames: { length: 2 } }]);
  t.match(PLAIN_DUMP.dumps, [{ total: 63, program: 'dockerd' }]);
  t.match(PLAIN_EXCERPT.dumps, [{ total: 6, program: 'dockerd' }]);
  for (const [name, envelope] of Object.entries(ENVELOPES)) {
    const found = gather(wrap(PANIC, envelope));
    const dump = gather(wrap(EXCERPT, envelope));
    if (differs(t, essences(found), essences(PLAIN_PANIC), `${name}: panic`)) return;
    if (differs(t, essences(dump), essences(PLAIN_EXCERPT), `${name}: dump`)) return;
    if (found.unknownEnvelopes > 0) t.fail(`${name}: ${found.unknownEnvelopes} envelopes are not known`);
  }
});

t.test('the same where patterns know some of its lines, and in pieces of any size', async (t) => {
  const literals = ['panic: runtime error', 'clienttrace.go', 'containerStop', 'goroutine 297'];
  for (const [name, envelope] of Object.entries(ENVELOPES)) {
    const panic = gather(wrap(PANIC, envelope), literals);
    const dump = gather(wrap(EXCERPT, envelope), literals, 333);
    if (differs(t, essences(panic), essences(PLAIN_PANIC), `${name}: panic`)) return;
    if (differs(t, essences(dump), essences(PLAIN_EXCERPT), `${name}: dump`)) return;
  }
  t.ok(Object.keys(ENVELOPES).length > 30);
});

t.test('who spoke and when comes from the envelope', async (t) => {
  const header = { host: 'reg1', program: 'dockerd', pid: 2210, source: 'test.log', line: 3 };
  const { panics, records } = gather(`x\ny\n${wrap(PANIC, ENVELOPES['iso of rsyslog'] as never)}`);
  t.match(panics, [{ ...header, at: { ms: Date.UTC(2026, 2, 3, 17, 0, 0, 917) } }]);
  t.match(records, [{ line: 3, message: /^panic: / }]);
  t.match(panics[0]?.lines[0], {
    line: 3,
    text: /^2026-03-03T18:00:00.917925\+01:00 reg1 dockerd\[2210\]: panic: /,
  });
  for (const [tag, program] of Object.entries({
    'docker-current': 'dockerd',
    docker: 'dockerd',
    containerd: 'containerd',
    buildkitd: 'buildkitd',
    'docker-buildx': 'docker-buildx',
    kubelet: 'kubelet',
    app: 'app',
  }))
    t.equal(
      gather(wrap(PANIC, (line) => `Mar 03 18:22:07 h ${tag}[7]: ${line}`)).panics[0]?.program,
      program,
    );
});

t.test('frames tell the program where the log does not', async (t) => {
  const by = (line: string): string | null | undefined =>
    gather(
      `${PANIC}\n\t/x/main.go:1 +0x1\n`.replace('created by golang.org/x/sync/errgroup.(*Group).Go', line),
    ).panics[0]?.program;
  t.equal(by('created by github.com/docker/buildx/commands.runCreate.func3'), 'docker-buildx');
  t.equal(
    by('main.main()\n\t/root/rpmbuild/BUILD/src/engine/cmd/dockerd/docker.go:97 +0x1\ncreated by x/y.Z'),
    'dockerd',
  );
  t.equal(by('main.main()\n\t/src/cmd/buildkitd/main.go:97 +0x1\ncreated by x/y.Z'), null);
  t.equal(
    by('main.main()\n\t/src/github.com/moby/buildkit/cmd/buildkitd/main.go:97 +0x1\ncreated by x/y.Z'),
    'buildkitd',
  );
  t.equal(by('created by github.com/acme/tool.Run'), null);
});

t.test('the published excerpts', async (t) => {
  t.match(gather(corpus('102')).traces, [
    {
      kind: 'panic',
      line: 3,
      program: 'docker-buildx',
      reason: 'runtime error: invalid memory address or nil pointer dereference',
      signal: { name: 'SIGSEGV', address: '0x20' },
      frames: [
        { function: /\(\*clientTracer\)\.end$/ },
        { function: /gotConn$/ },
        { function: /http2traceGotConn$/ },
      ],
      modules: { otelhttptrace: '0.42.0' },
    },
  ]);
  t.match(gather(corpus('105')).traces, [{ program: null, frames: [{ function: /got100Continue$/ }, {}] }]);
  t.match(gather(corpus('107')).traces, [
    {
      host: 'reg1',
      program: 'dockerd',
      pid: 2210,
      reason: 'send on closed channel',
      frames: [
        { function: 'github.com/containerd/containerd/remotes/docker.(*pushWriter).setPipe', line: 375 },
        { function: /push\.func1$/, line: 281 },
      ],
    },
  ]);
  // The header has lost its envelope: nothing says that it is of the same process.
  t.strictSame(gather(corpus('109')).traces, []);
  t.match(gather(corpus('111')).traces, [
    { program: 'docker', reason: 'send on closed channel', line: 4, frames: { length: 1 } },
  ]);
  t.match(gather(corpus('114')).traces, [
    {
      kind: 'goroutines',
      total: 4,
      host: 'mgr1',
      program: 'dockerd',
      at: { ms: Date.UTC(2017, 3, 14, 19, 3, 4, 976) },
    },
  ]);
  t.match(gather(corpus('115')).traces, [
    {
      total: 1,
      program: 'containerd',
      groups: [{ longestMinutes: 1391, state: 'select' }],
      modules: { containerd: '1.7.32' },
    },
  ]);
});

t.test('two that are printed at the same time come out whole', async (t) => {
  const random = createRandom(7);
  const speakers = [
    (line: string, i: number) => `Mar 03 ${clock(i)} reg1 dockerd[2210]: ${line}`,
    (line: string, i: number) => `Mar 03 ${clock(i)} reg1 dockerd[2211]: ${line}`,
    (line: string, i: number) => `Mar 03 ${clock(i)} reg2 dockerd[2210]: ${line}`,
    (line: string, i: number) => `Mar 03 ${clock(i)} reg1 buildkitd[9]: ${line}`,
    (line: string, i: number) => `dind-1  | ${i < 0 ? '' : line}`,
    (line: string, i: number) => `other-1  | ${i < 0 ? '' : line}`,
    (line: string, i: number) => `#7 ${i}.100 ${line}`,
    (line: string, i: number) => `#8 ${i}.100 ${line}`,
  ];
  const queues = speakers.map((speaker, n) => (n % 2 === 0 ? PANIC : DUMP).split('\n').map(speaker));
  const lines: string[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const queue = random.pick(queues.filter((each) => each.length > 0));
    lines.push(...queue.splice(0, 1 + random.int(3)));
  }
  const { panics, dumps } = gather(lines.join('\n'));
  const [panic] = PLAIN_PANIC.panics;
  const [dump] = PLAIN_DUMP.dumps;
  t.equal(panics.length, 4);
  t.equal(dumps.length, 4);
  for (const found of panics) t.strictSame(essence(found), essence(panic));
  for (const found of dumps) t.strictSame(essence(found), essence(dump));
});

t.test('what the process says afterwards ends the trace, and belongs to none', async (t) => {
  const seen: string[] = [];
  const gatherer = createTraceGatherer({ onEvidence: (trace) => seen.push(trace.kind) });
  const push = (text: string, line: number): void => {
    for (const record of parseRecord({
      source: 's',
      offset: 0,
      line,
      text,
      cutBytes: 0,
      tail: [],
      block: true,
    }))
      gatherer.push(record);
  };
  const lines = [...PANIC.split('\n'), 'exit status 2', ...Array.from({ length: 9 }, () => 'all is well')];
  for (const [i, line] of lines.entries()) {
    push(`Mar 03 18:22:07 reg1 dockerd[2210]: ${line}`, i + 1);
    push(
      'Mar 03 18:22:07 reg1 systemd[1]: docker.service: Main process exited, code=exited, status=2',
      i + 1,
    );
    t.equal(seen.length, i === lines.length - 1 ? 1 : 0, line);
  }
  gatherer.flush();
  t.strictSame(seen, ['panic']);
});

t.test('a live trace is complete when its speaker was quiet from one call to the next', async (t) => {
  const seen: Trace[] = [];
  const gatherer = createTraceGatherer({ onEvidence: (trace) => seen.push(trace) });
  const [first = '', ...rest] = PANIC.split('\n');
  const push = (line: string): void => {
    for (const record of parseRecord({ source: 's', offset: 0, line: 1, text: line, cutBytes: 0, tail: [] }))
      gatherer.push(record);
  };
  push(first);
  gatherer.quiet();
  for (const line of rest) push(line);
  gatherer.quiet();
  t.strictSame(seen, []);
  gatherer.quiet();
  t.match(seen, [{ kind: 'panic', frames: { length: 2 } }]);
});

t.test('one source is flushed without the others', async (t) => {
  const seen: string[] = [];
  const gatherer = createTraceGatherer({ onEvidence: ({ source }) => seen.push(source) });
  for (const source of ['a.log', 'b.log'])
    for (const [i, text] of PANIC.split('\n').entries())
      for (const record of parseRecord({
        source,
        offset: 0,
        line: i,
        text,
        cutBytes: 0,
        tail: [],
        block: true,
      }))
        gatherer.push(record);
  gatherer.flush('b.log');
  t.strictSame(seen, ['b.log']);
  gatherer.flush();
  t.strictSame(seen, ['b.log', 'a.log']);
});

t.test('speakers and text are capped, and what is left out is told', async (t) => {
  const heads = Array.from({ length: 300 }, (_, i) => `Mar 03 18:22:07 h app[${i}]: panic: boom`);
  const stacks = Array.from({ length: 300 }, (_, i) => [
    `Mar 03 18:22:07 h app[${i}]: goroutine 1 [running]:`,
    `Mar 03 18:22:07 h app[${i}]: main.main()`,
  ]).flat();
  const crowded = gather([...heads, ...stacks].join('\n'));
  t.equal(crowded.problems.length > 0, true);
  t.match(crowded.problems[0], { source: 'test.log', reason: /^more than 256 processes/ });
  // Long paths fill the 2 MiB of text that are looked at sooner than many goroutines.
  const long = Array.from(
    { length: 4500 },
    (_, i) => `goroutine ${i + 1} [select]:\nmain.f(0x1)\n\t/go/src/${'deep/'.repeat(90)}file.go:1 +0x1\n`,
  ).join('\n');
  const { dumps, problems } = gather(long);
  t.match(dumps, [{ total: 4500 }]);
  t.match(problems, [{ reason: /goroutines were only counted$/ }]);
});

t.test("a container's own output is no evidence", async (t) => {
  t.strictSame(gather(wrap(PANIC, (line) => `Mar 03 18:22:07 h e593ab6439fe[8721]: ${line}`)).traces, []);
});

t.test('a dump of a mebibyte in one message is read', async (t) => {
  const dump = `=== BEGIN goroutine stack dump ===\n${DUMP.repeat(14)}`
    .slice(0, 900_000)
    .replaceAll('goroutine 388', 'goroutine 99388');
  const line = `Apr 14 19:03:04 mgr1 dockerd[1134]: time="2017-04-14T19:03:04.976233956Z" level=info msg=${json(dump)}\n`;
  t.ok(line.length > 900_000 && line.length < 1_048_576, `${line.length}`);
  const began = performance.now();
  const { dumps, problems } = gather(line);
  t.ok(performance.now() - began < 5000);
  t.ok(dumps.length >= 1 && dumps.every(({ program, host }) => program === 'dockerd' && host === 'mgr1'));
  const total = dumps.reduce((sum, each) => sum + each.total, 0);
  t.ok(total > 700, `${total} goroutines`);
  t.strictSame(problems, []);
});

t.test('captured logs hold the dumps that were asked for while they ran, and no others', async (t) => {
  for (const folder of ['captures', 'scenarios']) {
    for (const name of readdirSync(`test/fixtures/${folder}`).filter((file) => file.endsWith('.log'))) {
      const { traces } = gather(readFileSync(`test/fixtures/${folder}/${name}`));
      const asked = /^(?:cri-stop-stuck-resolved)\.(?!journal-json)/.test(name);
      if (asked) t.match(traces, [{ kind: 'goroutines', program: 'containerd', total: 41 }], name);
      else t.strictSame(traces, [], name);
    }
  }
});

t.test('damaged logs are read without an error', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  const logs = Object.values(ENVELOPES).map((envelope) =>
    Buffer.from(wrap(`${PANIC}\n\n${DUMP.slice(0, 4000)}`, envelope)),
  );
  let slowest = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    const log = mutate(logs[turn % logs.length] ?? Buffer.alloc(0), random);
    const began = performance.now();
    const { traces } = gather(log, turn % 2 === 0 ? ['clienttrace.go'] : [], 1 + Math.floor(random() * 5000));
    slowest = Math.max(slowest, performance.now() - began);
    for (const trace of traces) if (trace.line < 1 || trace.text.length > 1024) t.fail(`turn ${turn}`);
  }
  t.ok(slowest < 2000, `slowest ${slowest.toFixed(0)} ms`);
});
