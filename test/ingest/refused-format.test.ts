/** A log in a form that is not read is refused with the command that reads it, whatever its file is called. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decompress } from '../../lib/ingest/decompress.js';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import { gather } from './gather.js';

const FORMATS: Readonly<Record<string, { readonly magic: string; readonly command: string }>> = {
  'a binary journal': { magic: 'LPKSHHRH', command: 'journalctl -o export --file FILE | analyze' },
  xz: { magic: '\xfd7zXZ\0', command: 'xz -dc FILE | analyze' },
  lzma: { magic: ']\0\0\x80\0', command: 'xz -dc FILE | analyze' },
  zstd: { magic: '\x28\xb5\x2f\xfd', command: 'zstd -dc FILE | analyze' },
  bzip2: { magic: 'BZh91AY&SY', command: 'bzip2 -dc FILE | analyze' },
  lz4: { magic: '\x04"M\x18', command: 'lz4 -dc FILE | analyze' },
  lzop: { magic: '\x89LZO\0\r\n\x1a\n', command: 'lzop -dc FILE | analyze' },
  lzip: { magic: 'LZIP\x01', command: 'lzip -dc FILE | analyze' },
  'compress (.Z)': { magic: '\x1f\x9d\x90', command: 'gzip -dc FILE | analyze' },
  'a zip archive': { magic: 'PK\x03\x04\x14', command: 'unzip -p FILE | analyze' },
  'a 7z archive': { magic: "7z\xbc\xaf'\x1c", command: '7z x -so FILE | analyze' },
  'a rar archive': { magic: 'Rar!\x1a\x07\x01', command: 'unrar p -inul FILE | analyze' },
  'UTF-16': { magic: '\xff\xfeN\0', command: 'iconv -f UTF-16 -t UTF-8 FILE | analyze' },
};

t.test('a named file is a problem that says what it is, what was expected, and what to do', async (t) => {
  const dir = t.testdir({});
  for (const [format, { command, magic }] of Object.entries(FORMATS)) {
    writeFileSync(join(dir, 'messages'), Buffer.from(`${magic}${'\0rest\n'.repeat(20)}`, 'latin1'));
    const source = (await openInputs([join(dir, 'messages')])).groups[0]?.sources[0];
    if (source === undefined) throw new Error('no source');
    t.same(await gather(source), {
      bytes: Buffer.alloc(0),
      problem: `is ${format}, expected text or gzip: convert it first (${command})`,
    });
  }
});

t.test('a pipe gives its first bytes one by one: it is told all the same, and a text is not', async (t) => {
  const read = async (content: string): Promise<string> => {
    const bytes = [...Buffer.from(content, 'latin1')].map((byte) => Buffer.from([byte]));
    const open = async function* () {
      yield* bytes;
    };
    let text = '';
    const pieces = decompress('stdin', open, null, new AbortController().signal);
    for await (const piece of pieces) text += Buffer.from(piece).toString('latin1');
    return text;
  };
  await t.rejects(read('PK\x03\x04\x14\0'), { message: /a zip archive.*unzip -p/ });
  await t.rejects(read('LPKSHHRH\0'), { message: /journalctl -o export/ });
  for (const text of ['LPK', 'PK is no zip\n', 'Rare\n', '7z\n', 'L\nines\n', '])\n', '', 'B'])
    t.equal(await read(text), text);
});
