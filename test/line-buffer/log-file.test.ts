import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { conmonTime, recordHead, rfc3339Nano } from '../../bench/line-buffer/cri-record.js';
import { openLogFile } from '../../bench/line-buffer/log-file.js';

const second = BigInt(Date.parse('2026-01-02T03:04:05Z')) * 1_000_000n;

t.test('a time stamp has no trailing zeros, as Go prints it', async (t) => {
  t.equal(rfc3339Nano(second + 123_456_789n), '2026-01-02T03:04:05.123456789Z');
  t.equal(rfc3339Nano(second + 120_000_000n), '2026-01-02T03:04:05.12Z');
  t.equal(rfc3339Nano(second + 1n), '2026-01-02T03:04:05.000000001Z');
  t.equal(rfc3339Nano(second), '2026-01-02T03:04:05Z');
  t.equal(conmonTime(second + 120_000_000n), '2026-01-02T03:04:05.120000000+00:00');
  t.equal(String(recordHead(rfc3339Nano(second), 'stderr', 'P')), '2026-01-02T03:04:05Z stderr P ');
});

t.test('records of two writers follow each other whole, whatever their sizes', async (t) => {
  const path = join(t.testdir(), '0.log');
  const log = await openLogFile(path);
  const write = async (letter: string, sizes: readonly number[]): Promise<void> => {
    for (const size of sizes) await log.append(Buffer.from(`${letter.repeat(size)}\n`));
  };
  const sizes = [1, 300_000, 5, 100_000, 200_000, 0, 262_143, 262_144, 9, 2_000_000, 3];
  await Promise.all([write('a', sizes), write('b', sizes.toReversed())]);
  await log.close();
  const lines = readFileSync(path, 'latin1').split('\n');
  t.equal(lines.pop(), '');
  t.equal(log.bytes, readFileSync(path).length);
  const of = (letter: string): number[] =>
    lines.filter((line) => line === '' || line[0] === letter).map((line) => line.length);
  t.ok(lines.every((line) => line === '' || line === line.charAt(0).repeat(line.length)));
  t.strictSame(
    of('a').filter((size) => size > 0),
    sizes.filter((size) => size > 0),
  );
  t.strictSame(
    of('b').filter((size) => size > 0),
    sizes.toReversed().filter((size) => size > 0),
  );
});

t.test('memory of a record is free again when it was taken', async (t) => {
  const path = join(t.testdir(), '0.log');
  const log = await openLogFile(path);
  for (const size of [10, 1_000_000]) {
    const record = Buffer.alloc(size, 'x');
    await log.append(record);
    record.fill('y');
  }
  await log.close();
  t.notOk(readFileSync(path, 'latin1').includes('y'));
});

t.test('a closed file takes nothing more, and may be closed again', async (t) => {
  const path = join(t.testdir(), '0.log');
  const log = await openLogFile(path);
  await log.append(Buffer.from('after\n'));
  await log.close();
  await log.close();
  t.equal(readFileSync(path, 'latin1'), 'after\n');
  t.equal(log.bytes, 6);
  await t.rejects(log.append(Buffer.from('late')) ?? Promise.resolve(), /0\.log, found the file is closed/);
});

t.test('what cannot be written is an error that says what to do', async (t) => {
  const missing = join(t.testdir(), 'no', '0.log');
  await t.rejects(openLogFile(missing), new RegExp(`${missing}, found ENOENT.*check the directory`));
  if (!existsSync('/dev/full')) return;
  const log = await openLogFile('/dev/full');
  await t.rejects(log.append(Buffer.alloc(1_000_000)) ?? Promise.resolve(), /ENOSPC.*; free space there/);
  await t.rejects(log.append(Buffer.from('x')) ?? Promise.resolve(), /ENOSPC/, 'it stays so');
  await t.rejects(log.close(), /ENOSPC/);
});

t.test('an aborted file is closed without writing on', async (t) => {
  const path = join(t.testdir(), '0.log');
  const stop = new AbortController();
  const log = await openLogFile(path, stop.signal);
  await log.append(Buffer.from('gathered\n'));
  stop.abort();
  await log.close();
  t.equal(readFileSync(path, 'latin1'), '');
});
