/** Lines of a Go stack: each one comes out of its envelope as it was printed, and is taken for nothing else. */
import t from 'tap';
import { readFileLine, readFunctionLine } from '../../lib/envelope/go-frame.js';
import { createEnvelopeParser, parseRecord } from '../../lib/envelope/parse.js';
import { startsTrace } from '../../lib/envelope/starts-trace.js';
import type { LogRecord } from '../../lib/envelope/types.js';

const LINES = [
  'panic: runtime error: invalid memory address or nil pointer dereference',
  'panic: close: bad "x" key="value" level=error msg="y" time="2026"',
  'panic: main.E{Code:7, Text:"a: b"}',
  'fatal error: all goroutines are asleep - deadlock!',
  '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x11e7f95]',
  '[signal 0xb code=0x1 addr=0x18 pc=0x5d]',
  '',
  'goroutine 91820 [chan receive, 3 minutes]:',
  'goroutine 1 gp=0xc000002380 m=nil [running, locked to thread]:',
  'github.com/containerd/containerd/remotes/docker.(*pushWriter).setPipe(...)',
  'golang.org/x/sync-more/errgroup.(*Group).Go.func1(0x1, {0xc0?, _})',
  '\t/root/rpmbuild/BUILD/src/pusher.go:375 +0xb0',
  '        /root/rpmbuild/BUILD/src/pusher.go:375 +0xb0 fp=0xc8233e2dea sp=0xc8231714f9 pc=0x1',
  'net/http/h2_bundle.go:10096 +0x1ee',
  'panic(0x121c464, 0xc826e69e06)',
  'created by golang.org/x/sync/errgroup.(*Group).Go in goroutine 1',
  '...23 frames elided...',
  'rax    0xca',
];

const ENVELOPES: Readonly<
  Record<string, readonly [prefix: string, host: string | null, tag: string | null]>
> = {
  plain: ['', null, null],
  rfc3164: ['Mar 03 18:22:07 reg1 dockerd[2210]: ', 'reg1', 'dockerd'],
  'rfc3164 with priority': ['<30>Mar  3 18:22:07 reg1 dockerd[2210]: ', 'reg1', 'dockerd'],
  'no host': ['Mar  3 18:22:07 dockerd[2210]: ', null, 'dockerd'],
  'no tag': ['Mar  3 18:22:07 ', null, null],
  rfc5424: ['<30>1 2026-03-03T18:22:07.5Z reg1 dockerd 2210 - - ', 'reg1', 'dockerd'],
  iso: ['2026-03-03T18:22:07.917925+01:00 reg1 dockerd[2210]: ', 'reg1', 'dockerd'],
  'short-full': ['Tue 2026-03-03 18:22:07 UTC reg1 dockerd[2210]: ', 'reg1', 'dockerd'],
  'short-unix': ['1772561100.123456 reg1 dockerd[2210]: ', 'reg1', 'dockerd'],
  GitHub: ['2026-03-03T18:22:07.1236709Z ', null, null],
  GitLab: ['2026-03-03T18:22:07.123670Z 01E ', null, null],
  'GitLab, going on': ['2026-03-03T18:22:07.123670Z 01O+', null, null],
  'buildx progress': ['#12 0.345 ', null, null],
  'buildx without seconds': ['#12 ', null, null],
  both: ['2026-03-03T18:22:07.1236709Z #12 0.345 ', null, null],
  compose: ['dind-1  | ', null, null],
  'compose, named': ['dind  | ', null, null],
  kubectl: ['[pod/dind-x7/daemon] ', null, null],
  quoting: ['> ', null, null],
  CRI: ['2026-03-03T18:22:07.381123456Z stderr F ', null, null],
  'docker logs -t': ['2026-03-03T18:22:07.381123456Z ', null, null],
};

function only(text: string, block?: true): LogRecord {
  const records = parseRecord({
    source: 's',
    line: 1,
    offset: 0,
    text,
    cutBytes: 0,
    tail: [],
    ...(block && { block }),
  });
  if (records.length !== 1 || records[0] === undefined) throw new Error(`${records.length} records: ${text}`);
  return records[0];
}

t.test('every line comes out of every envelope as it was printed', async (t) => {
  for (const [name, [prefix, host, tag]] of Object.entries(ENVELOPES)) {
    for (const line of LINES) {
      const record = only(prefix + line, true);
      // Some headers take blanks in front of the text; nobody needs them.
      t.equal(record.message.trim(), line.trim(), name);
      t.strictSame([record.host, record.tag], [host, tag], `${name}: ${line}`);
      t.strictSame(Object.keys(record.fields), [], `${name}: ${line}`);
      t.equal(record.level, null);
      const trimmed = only((prefix + line).trimEnd(), true);
      t.equal(trimmed.message.trim(), line.trim(), `${name}: blanks at the end lost`);
    }
  }
});

t.test('tabs as rsyslog writes them, and lines inside JSON', async (t) => {
  const line = '\t/root/rpmbuild/BUILD/src/pusher.go:375 +0xb0';
  t.equal(
    only('Mar 03 18:22:07 reg1 dockerd[2210]: #011/root/rpmbuild/BUILD/src/pusher.go:375 +0xb0', true)
      .message,
    line,
  );
  const journal = { MESSAGE: line, _HOSTNAME: 'reg1', SYSLOG_IDENTIFIER: 'dockerd', _PID: '7' };
  t.match(only(JSON.stringify(journal), true), { message: line, host: 'reg1', tag: 'dockerd', pid: 7 });
  const file = { log: `${line}\n`, stream: 'stderr', time: '2026-03-03T18:22:07.381123456Z' };
  t.equal(only(JSON.stringify(file), true).message, line);
});

t.test(
  'a prefix comes off in front of a stack without a block, too, but never a part of a name',
  async (t) => {
    t.equal(only('dind  | panic: send on closed channel').message, 'panic: send on closed channel');
    t.equal(only('#12 goroutine 1 [running]:').message, 'goroutine 1 [running]:');
    for (const name of ['golang.org/x/sync-more/errgroup.Go(0x1)', 'messages-net/http.(*conn).serve(0x1)'])
      for (const block of [undefined, true] as const) t.equal(only(name, block).message, name);
    t.equal(only('> all is well').message, '> all is well');
    t.equal(only('#12 all is well').message, '#12 all is well');
  },
);

t.test('log lines between the frames are read as ever', async (t) => {
  const line = 'time="2026-03-03T18:22:07.5Z" level=error msg="Handler for POST returned error" id=7';
  for (const [prefix] of Object.values(ENVELOPES)) {
    const record = only(prefix + line, true);
    t.match(
      record,
      { message: 'Handler for POST returned error', level: 'error', fields: { id: '7' } },
      prefix,
    );
  }
});

t.test('lines of a block are not counted as unknown', async (t) => {
  const parser = createEnvelopeParser();
  const candidate = { source: 's', line: 1, offset: 0, text: 'main.f(0x1)', cutBytes: 0, tail: [] };
  parser.parse({ ...candidate, block: true });
  t.equal(parser.counts.unknownEnvelopes, 0);
  parser.parse(candidate);
  t.equal(parser.counts.unknownEnvelopes, 1);
});

t.test('a message of a mebibyte is unescaped whole, in little time', async (t) => {
  const dump = 'goroutine 1 [select]:\nmain.f(0x1)\n\t/src/"main".go:5 +0x1\n\n'.repeat(16_000);
  const text = `time="2017-04-14T19:03:04.976233956Z" level=info msg=${JSON.stringify(dump)} id=7`;
  t.ok(text.length > 1_000_000);
  const began = performance.now();
  const record = only(`Apr 14 19:03:04 mgr1 dockerd[1134]: ${text}`, true);
  t.ok(performance.now() - began < 1000, `${(performance.now() - began).toFixed(0)} ms`);
  t.ok(record.message === dump);
  t.equal(record.fields['id'], '7');
  const cut = only(text.slice(0, 1_000_000), true);
  t.ok(
    dump.startsWith(cut.message.slice(0, -2)) && cut.message.length > 800_000,
    'cut off, what is there is read',
  );
});

t.test('ordinary text is no line of a stack', async (t) => {
  for (const text of [
    '',
    'all is well',
    'Container failed to exit (timeout)',
    'goroutines: 5',
    'see main.go:5 for more',
    'main.go:5: undefined: x',
    'error at /src/main.go:5: x',
    '12:30:05',
    'http://example.com:80',
    'f(x)',
    'a.b(c)',
    'a b.c(0x1)',
    'time="x" f.g(0x1)',
    '10.0.0.1:2375',
    'panicked: x',
    'kernel panic',
  ])
    t.notOk(startsTrace(text), text);
});

t.test('frames', async (t) => {
  const functions: Record<string, string | null> = {
    'main.main()': 'main.main',
    'slices.Grow[...](0x1, {0x2})': 'slices.Grow[...]',
    'main.(*T[...]).f(0x1)': 'main.(*T[...]).f',
    'gopkg.in/yaml%2ev3.(*Decoder).Decode(0x0?)': 'gopkg.in/yaml%2ev3.(*Decoder).Decode',
    'type:.eq.main.T(0x1, 0x2)': 'type:.eq.main.T',
    'main.glob..func1.2-fm(...)': 'main.glob..func1.2-fm',
    'runtime.goexit({})': 'runtime.goexit',
    'panic({0x1, 0x2})': 'panic',
    '_cgoexp_1a2b3c(0x1)': '_cgoexp_1a2b3c',
    'main(0x1)': null,
    'main.f(x)': null,
    'main.f(0x1': null,
    '/src/main.f(0x1)': null,
    'a/b(0x1)': null,
  };
  for (const [text, name] of Object.entries(functions))
    t.equal(readFunctionLine(text)?.name ?? null, name, text);
  t.strictSame(readFileLine('C:/Users/a b/main.go:12 +0x1'), { file: 'C:/Users/a b/main.go', line: 12 });
  t.strictSame(readFileLine('<autogenerated>:1 +0x1'), { file: '<autogenerated>', line: 1 });
  t.equal(readFileLine('/src/main.go:12 +0xzz'), null);
  t.equal(readFileLine('/src/main.go:'), null);
  t.equal(readFileLine('/src/main.rs:12'), null);
});
