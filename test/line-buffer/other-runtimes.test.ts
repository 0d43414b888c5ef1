import t from 'tap';
import { redirectWithConmon } from '../../bench/line-buffer/conmon.js';
import { dockerJsonRecord } from '../../bench/line-buffer/docker-json.js';
import { copyDockerLogs, type DockerMessage } from '../../bench/line-buffer/moby-copier.js';
import { chunked, context, inShort, keepLog, TIME, text } from './printed.js';

const KiB = 1024;
const input = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

t.test('docker', async (t) => {
  interface Copied {
    readonly records: readonly string[];
    readonly messages: readonly DockerMessage[];
    readonly counts: object;
  }
  async function copy(bytes: Buffer, sizes: readonly number[] = [65536]): Promise<Copied> {
    const log = keepLog();
    const messages: DockerMessage[] = [];
    const run = copyDockerLogs(
      chunked(bytes, sizes),
      { onMessage: (message) => messages.push(message) },
      context(log),
    );
    await run.done;
    return { records: log.records.map(String), messages, counts: run.counts };
  }

  t.test('a short line is one record', async (t) => {
    const { records, messages } = await copy(Buffer.from('hello\n\n'));
    t.strictSame(records, [
      `{"log":"hello\\n","stream":"stdout","time":"${TIME}"}\n`,
      `{"log":"\\n","stream":"stdout","time":"${TIME}"}\n`,
    ]);
    t.match(messages, [{ partial: null }, { partial: null }]);
  });

  t.test('a line over 16 KiB goes out in parts at once; only the last has a newline', async (t) => {
    for (const sizes of [[65536], [1000], [16 * KiB], [16 * KiB - 1, 1]]) {
      const { records, messages, counts } = await copy(input(text(40 * KiB), '\nnext\n'), sizes);
      const logs = records.map((record) => (JSON.parse(record) as { log: string }).log);
      t.equal(logs.join(''), `${text(40 * KiB)}\nnext\n`);
      t.strictSame(
        logs.map((log) => log.length),
        [16 * KiB, 16 * KiB, 8 * KiB + 1, 5],
      );
      t.match(messages, [
        { partial: { id: 1, ordinal: 1, last: false } },
        { partial: { id: 1, ordinal: 2, last: false } },
        { partial: { id: 1, ordinal: 3, last: true } },
        { partial: null },
      ]);
      t.match(counts, { partialRecords: 2, fullRecords: 2, splitEntries: 2, heldBytes: 0 });
    }
  });

  t.test('a line of exactly 16 KiB is a part and an empty last one', async (t) => {
    const { records, messages } = await copy(input(text(16 * KiB), '\n'));
    t.strictSame(
      records.map((record) => (JSON.parse(record) as { log: string }).log.length),
      [16 * KiB, 1],
    );
    t.match(messages.at(-1), { line: Buffer.alloc(0), partial: { ordinal: 2, last: true } });
  });

  t.test('an open line at the end is a part that no last one follows', async (t) => {
    const { records, messages } = await copy(Buffer.from('a\r\nopen'));
    t.strictSame(
      records.map((record) => (JSON.parse(record) as { log: string }).log),
      ['a\r\n', 'open'],
    );
    t.match(messages.at(-1), { partial: { id: 1, ordinal: 1, last: false } });
  });

  t.test('never more than the buffer is held', async (t) => {
    const { counts } = await copy(text(100 * KiB));
    t.match(counts, { peakBytes: 4 * KiB, heldBytes: 0 });
  });

  t.test(
    'what JSON, HTML or JavaScript could trip over is escaped, and what is no UTF-8 replaced',
    async (t) => {
      const log = (bytes: Buffer): string => String(dockerJsonRecord(bytes, 'stderr', TIME));
      const around = (content: string): string => `{"log":"${content}","stream":"stderr","time":"${TIME}"}\n`;
      t.equal(
        log(Buffer.from('"\\<>&\t\x1b\r\n')),
        around('\\"\\\\\\u003c\\u003e\\u0026\\u0009\\u001b\\r\\n'),
      );
      t.equal(log(Buffer.from('é漢😀\u2028\u2029\ufffd\n')), around('é漢😀\\u2028\\u2029\ufffd\\n'));
      t.equal(
        log(Buffer.from([0xff, 0x41, 0xe6, 0xbc])),
        around('\\ufffdA\\ufffd\\ufffd'),
        'cut off: each byte',
      );
      t.equal(log(Buffer.from([0xed, 0xa0, 0x80])), around('\\ufffd\\ufffd\\ufffd'), 'half of a pair');
      t.equal(log(Buffer.from([0xc0, 0xaf])), around('\\ufffd\\ufffd'), 'longer than needed');
    },
  );
});

t.test('cri-o', async (t) => {
  const CONMON_TIME = '2026-01-02T03:04:05.123456789+00:00';
  async function redirect(
    bytes: Buffer,
    sizes: readonly number[],
  ): Promise<{ records: readonly string[]; counts: object }> {
    const log = keepLog();
    const run = redirectWithConmon(chunked(bytes, sizes), {}, context(log));
    await run.done;
    const head = `${CONMON_TIME} stdout `;
    const records = log.records.map((record) => {
      const line = String(record);
      return line.startsWith(head) && line.endsWith('\n')
        ? line.slice(head.length, -1)
        : `no record: ${line}`;
    });
    return { records, counts: run.counts };
  }

  t.test('what a read of 8 KiB brings is written at once', async (t) => {
    const { records, counts } = await redirect(input(text(20_000), '\nnext\n'), [65536]);
    t.equal(inShort(records), 'P8192*2 F3616 F4');
    t.match(counts, { partialRecords: 2, fullRecords: 2, heldBytes: 0, retainedBytes: 0, peakBytes: 8192 });
  });

  t.test('a read does not reach over two writes', async (t) => {
    t.strictSame((await redirect(Buffer.from('abcdef\n'), [3])).records, ['P abc', 'P def', 'F ']);
  });

  t.test('a CR stays, and an open line at the end has no full record', async (t) => {
    t.strictSame((await redirect(Buffer.from('a\r\nopen'), [100])).records, ['F a\r', 'P open']);
  });

  t.test('a line that ends with the read is full', async (t) => {
    t.equal(
      inShort((await redirect(input(text(8191), '\n', text(8192), '\n'), [65536])).records),
      'F8191 P8192 F0',
    );
  });
});
