import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openInputs } from '../../lib/ingest/open-inputs.js';
import type { Source } from '../../lib/ingest/types.js';

const BYTES = 300_000;

function lender() {
  const memory = new ArrayBuffer(4 * 65_536);
  const free: Buffer[] = Array.from({ length: 4 }, (_, i) => Buffer.from(memory, i * 65_536, 65_536));
  const lent: Buffer[] = [];
  return {
    memory,
    lent,
    take(): Buffer {
      const block = free.pop();
      if (block === undefined) throw new Error('nothing left to lend');
      lent.push(block);
      return block;
    },
    give(block: Buffer): void {
      lent.splice(lent.indexOf(block), 1);
      free.push(block);
    },
  };
}

async function sourceOf(path: string): Promise<Source> {
  const source = (await openInputs([path])).groups[0]?.sources[0];
  if (source === undefined) throw new Error(`no source for ${path}`);
  return source;
}

const fileIn = (dir: string, content: Buffer): string => {
  const path = join(dir, 'log');
  writeFileSync(path, content);
  return path;
};

t.test('a file is read into the memory that is lent, which is given back', async (t) => {
  const content = Buffer.from(Array.from({ length: BYTES }, (_, i) => i % 251));
  const blocks = lender();
  const read: Buffer[] = [];
  const source = await sourceOf(fileIn(t.testdir({}), content));
  for await (const piece of source.read(new AbortController().signal, blocks)) {
    t.equal(piece.buffer, blocks.memory);
    read.push(Buffer.from(piece));
  }
  t.ok(Buffer.concat(read).equals(content));
  t.strictSame(blocks.lent, []);
});

t.test('it is given back where reading ends early', async (t) => {
  const blocks = lender();
  const source = await sourceOf(fileIn(t.testdir({}), Buffer.alloc(BYTES, 'x\n')));
  for await (const piece of source.read(new AbortController().signal, blocks)) {
    t.equal(piece.length, 65_536);
    t.equal(blocks.lent.length, 2, 'the next piece is read meanwhile');
    break;
  }
  t.strictSame(blocks.lent, []);
});

t.test('what is decompressed stands elsewhere', async (t) => {
  const blocks = lender();
  const content = Buffer.alloc(BYTES, 'a line\n');
  const source = await sourceOf(fileIn(t.testdir({}), gzipSync(content)));
  const read: Buffer[] = [];
  for await (const piece of source.read(new AbortController().signal, blocks)) {
    t.not(piece.buffer, blocks.memory);
    read.push(Buffer.from(piece));
  }
  t.ok(Buffer.concat(read).equals(content));
  t.strictSame(blocks.lent, []);
});
