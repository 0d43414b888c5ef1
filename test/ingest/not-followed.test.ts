/** What a glob finds beside the logs: told by content, by name only while there is too little of it. */

import { createHash } from 'node:crypto';
import t from 'tap';
import { TELLING_BYTES, whyNotFollowed } from '../../lib/ingest/not-followed.js';

const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x09, 0x00]);
const BZIP2 = Buffer.from([0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26]);
const LZ4 = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x00]);
const TEXT = Buffer.from('Nov 21 10:00:00');

t.test('compressed copies, and how to read them, whatever they are called', async (t) => {
  const cases: [Buffer, RegExp][] = [
    [XZ, /^is xz: it is not followed; xz -dc FILE \| analyze reads it$/],
    [ZSTD, /^is zstd: .*zstd -dc FILE/],
    [BZIP2, /^is bzip2: .*bzip2 -dc FILE/],
    [LZ4, /^is lz4: .*lz4 -dc FILE/],
    [Buffer.from('PK\x03\x04\x14\0\0\0'), /^is a zip archive: .*unzip -p FILE/],
    [Buffer.from('LPKSHHRH'), /^is a binary journal: .*analyze --journal --file FILE/],
    [Buffer.from([0xff, 0xfe, 0x4e, 0x00]), /^is UTF-16: .*iconv/],
  ];
  for (const [head, words] of cases) t.match(whyNotFollowed('/var/log/messages.1', head), words);
});

t.test('by its name while it has few bytes: it is being written', async (t) => {
  t.match(whyNotFollowed('/var/log/messages-20261121.xz', Buffer.alloc(0)), /^is named \.xz: .*xz -dc FILE/);
  t.match(whyNotFollowed('/var/log/messages.1.zst', ZSTD.subarray(0, 3)), /zstd -dc/);
  t.match(whyNotFollowed('/var/log/messages.1.bz2', BZIP2.subarray(0, 2)), /bzip2 -dc/);
});

t.test('a text is followed, also one with such a name', async (t) => {
  t.equal(whyNotFollowed('/var/log/messages', TEXT), null);
  t.equal(whyNotFollowed('/var/log/messages', Buffer.alloc(0)), null);
  t.equal(whyNotFollowed('/var/log/app.zip', TEXT), null);
  t.equal(whyNotFollowed('/var/log/messages.1.gz', Buffer.from([0x1f, 0x8b])), null, 'gzip is read');
});

/** A record of wtmp as glibc writes it on x86-64: type, pid, line, id, user, host, and times. */
function wtmpRecord(): Buffer {
  const record = Buffer.alloc(384);
  record.writeInt16LE(2, 0);
  record.write('~', 8);
  record.write('~~', 40);
  record.write('reboot', 44);
  record.write('5.10.0-8-amd64', 76);
  record.writeInt32LE(1_763_700_000, 340);
  return record;
}

t.test('a file that is no text is told by its beginning', async (t) => {
  const wtmp = Buffer.concat([wtmpRecord(), wtmpRecord()]).subarray(0, TELLING_BYTES);
  const random = createHash('sha512').update('any').digest();
  const image = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(8), random]);
  const program = Buffer.alloc(TELLING_BYTES);
  program.write('\x7fELF\x02\x01\x01', 'latin1');
  program.fill(0x90, 256);
  for (const head of [wtmp, image, program])
    t.match(whyNotFollowed('/var/log/wtmp', head), /^is no text: it is not followed$/);
});

t.test('a text with strange bytes in it is followed', async (t) => {
  const line = 'Nov 21 10:00:00 node1 dockerd[77]: Container failed to exit within 10 seconds of signal 15\n';
  const hole = Buffer.alloc(400);
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 24]);
  const texts: readonly Buffer[] = [
    Buffer.concat([hole, Buffer.from(line)]),
    Buffer.alloc(TELLING_BYTES),
    // The zeros that a crash leaves where the last lines were to stand.
    Buffer.concat([Buffer.from(line), hole]),
    Buffer.from(`\x1b[32m${line}`),
    // Each line of an attached container behind its header.
    Buffer.concat(Array.from({ length: 9 }, () => [header, Buffer.from('what a container prints\n')]).flat()),
    // GBK, where most bytes of a message are above 127.
    Buffer.from(`${line.slice(0, 34)}${'\xb4\xed\xce\xf3'.repeat(40)}\n`, 'latin1'),
    Buffer.from([1, 2, 3]),
  ];
  for (const [at, head] of texts.entries()) t.equal(whyNotFollowed('/var/log/app', head), null, `${at}`);
});
