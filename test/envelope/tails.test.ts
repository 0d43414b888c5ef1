import t from 'tap';
import { createEnvelopeParser } from '../../lib/envelope/parse.js';
import { candidate, fixtureLines, record } from './candidate.js';

t.test('an id that a terminal wrapped is put together', async (t) => {
  const [head, tail] = fixtureLines('corpus/072-m-hardwrapped-container-field-healthy.log');
  t.equal(
    record(head ?? '', tail ?? '').fields.container,
    '47d1e21705ab790bc8c47385aa706bf325f51075d4f0cdfbd181487515ec81a5',
  );
  const klog =
    'E0930 14:50:52.135711    3122 f.go:7] "Failed" containerID={"Type":"containerd","ID":"5aa5d66d2c';
  t.equal(
    record(klog, 'cdb271caa294..."} pod="a/b"').fields.containerID,
    '{"Type":"containerd","ID":"5aa5d66d2ccdb271caa294..."}',
  );
});

t.test('a goroutine dump cut by a pager is put together without a blank', async (t) => {
  const [head, tail] = fixtureLines('corpus/114-m-dockerd-dump-escaped-single-line.log');
  const got = record(head ?? '', tail ?? '');
  t.match(got.message, '\n\t/usr/local/go/src/runtime/asm_amd64.s:1998 +0x1\n');
  t.match(got.message, /^=== BEGIN goroutine stack dump ===\n/);
});

t.test('a mail wraps at blanks: the sentence is whole again', async (t) => {
  const kernel = record(
    '[  605.337319] INFO: task btrfs-transacti:420 blocked for more than ',
    '120 seconds.',
  );
  t.equal(kernel.message, 'INFO: task btrfs-transacti:420 blocked for more than 120 seconds.');
  const wrapped = record('time="2017-01-01T00:00:00Z" level=info msg="Container', 'failed to exit"');
  t.equal(wrapped.message, 'Container failed to exit');
});

t.test('quoted-printable and quoting are undone where the line clearly is a mail', async (t) => {
  const got = record(
    '> Jun  8 09:34:35 node1 dockerd: time=3D"2018-06-08T09:34:35Z" level=3Dinfo msg=3D"Container',
    '> abc failed t=',
    '> o exit within 10 seconds"',
  );
  t.strictSame(
    [got.tag, got.level, got.message],
    ['dockerd', 'info', 'Container abc failed to exit within 10 seconds'],
  );
  t.equal(record('May  1 10:00:00 n x[1]: a=3D b').message, 'a=3D b');
});

t.test('a stack trace keeps its lines, without the header of each', async (t) => {
  const [panic, ...frames] = fixtureLines('corpus/107-m-pushwriter-closed-channel-dockerd-journal.log');
  const got = record(panic ?? '', ...frames.slice(0, 4));
  t.match(
    got.message,
    /^panic: send on closed channel\n\ngoroutine 91820 \[running\]:\ngithub\.com\/containerd.*setPipe\(\.\.\.\)\n {8}\/root/,
  );
});

const ID = '47d1e21705ab790bc8c47385aa706bf325f51075d4f0cdfbd181487515ec81a5';
const FORCE = `time="2024-04-21T10:00:11.63Z" level=info msg="Container failed to exit" container=${ID}`;
const cri = (flag: string, text: string, stream = 'stdout') =>
  `2024-04-21T10:00:11.630299144Z ${stream} ${flag} ${text}`;

t.test('CRI pieces of one line are joined, per stream', async (t) => {
  const parser = createEnvelopeParser();
  const at = (line: number, text: string) => parser.parse(candidate(text, [], { line }));
  t.strictSame(at(1, cri('P', FORCE.slice(0, -40))), []);
  t.strictSame(at(2, cri('P', 'E0930 other', 'stderr')), []);
  const [whole, ...more] = at(3, cri('F', FORCE.slice(-40)));
  t.strictSame(
    [whole?.message, whole?.fields.container, whole?.line, more],
    ['Container failed to exit', ID, 1, []],
  );
  t.strictSame(
    parser.flush().map((one) => one.message),
    ['E0930 other'],
    'what is left is given at the end',
  );
  t.strictSame(parser.flush(), []);
  t.equal(parser.counts.joinedPartials, 1);
});

t.test('docker json-file pieces are joined', async (t) => {
  const parser = createEnvelopeParser();
  const piece = (log: string) => JSON.stringify({ log, stream: 'stderr', time: '2024-04-21T10:00:11Z' });
  t.strictSame(parser.parse(candidate(piece(FORCE.slice(0, 90)), [], { line: 7 })), []);
  const [whole] = parser.parse(candidate(piece(`${FORCE.slice(90)}\n`), [], { line: 8 }));
  t.strictSame([whole?.fields.container, whole?.line], [ID, 7]);
});

t.test('a piece is not joined to another line, another source, or one far away', async (t) => {
  const parser = createEnvelopeParser();
  const give = (text: string, line: number, source = 'a') =>
    parser.parse(candidate(text, [], { line, source })).map((one) => [one.source, one.line, one.message]);
  t.strictSame(give(cri('P', 'first'), 1), []);
  t.strictSame(give(cri('F', 'other'), 2, 'b'), [['b', 2, 'other']]);
  t.strictSame(give(cri('F', FORCE), 3), [
    ['a', 1, 'first'],
    ['a', 3, 'Container failed to exit'],
  ]);
  t.strictSame(give(cri('P', 'second'), 4), []);
  t.strictSame(give('plain line far away', 40), [
    ['a', 4, 'second'],
    ['a', 40, 'plain line far away'],
  ]);
  t.strictSame(give(cri('P', 'third'), 41), []);
  t.strictSame(parser.flush('b'), []);
  t.equal(parser.flush('a').length, 1);
});

t.test('held pieces have a cap in bytes and in number, and both are kept', async (t) => {
  const parser = createEnvelopeParser({ partialBytes: 100, partialLines: 3 });
  parser.parse(candidate(cri('P', 'x'.repeat(80)), [], { line: 1 }));
  parser.parse(candidate(cri('P', 'y'.repeat(80)), [], { line: 2 }));
  const [whole] = parser.parse(candidate(cri('F', 'z'.repeat(80)), [], { line: 3 }));
  t.equal(whole?.message, 'x'.repeat(80) + 'y'.repeat(20));
  t.equal(parser.counts.droppedPartialBytes, 140);
  const out = [1, 2, 3, 4, 5].flatMap((n) =>
    parser.parse(candidate(cri('P', `piece ${n}`), [], { source: `s${n}` })),
  );
  t.strictSame(
    out.map((one) => one.message),
    ['piece 1', 'piece 2'],
    'the oldest goes first',
  );
  t.equal(parser.flush().length, 3);
});

t.test('lines without any envelope are counted, others are not', async (t) => {
  const parser = createEnvelopeParser();
  for (const line of ['some text', 'May  1 10:00:00 n x[1]: text', FORCE, 'panic: send on closed channel'])
    parser.parse(candidate(line));
  t.equal(parser.counts.unknownEnvelopes, 2);
  t.match(record('some text\r'), {
    envelopes: ['plain'],
    message: 'some text',
    tag: null,
    text: 'some text\r',
  });
});
