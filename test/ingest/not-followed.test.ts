/** What a glob finds beside the logs: told by content, by name only while there is too little of it. */
import t from 'tap';
import { whyNotFollowed } from '../../lib/ingest/not-followed.js';

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
