/** A compressed text that several ask for at once: each gets what stands before the place that it asked for. */
import * as files from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import {
  createPackedTexts,
  type PackedText,
  type PackedTexts,
} from '../../lib/ingest/follow/packed-texts.js';
import { Postponed } from '../../lib/ingest/follow/view.js';

const TEXT = Buffer.from(Array.from({ length: 30_000 }, (_, at) => `line ${at} ${Math.sin(at)}\n`).join(''));
const LOOKS = 20;

async function packedText(t: Test): Promise<{ path: string; text: PackedText; packed: PackedTexts }> {
  const path = join(t.testdir(), 'log.1.gz');
  files.writeFileSync(path, gzipSync(TEXT, { level: 1 }));
  const { signal } = new AbortController();
  const packed = createPackedTexts({ open: nodeFollowFs.open, signal, bytesAtOnce: TEXT.length / 4 });
  t.teardown(() => packed.close());
  const file = await nodeFollowFs.open(path);
  const text = await packed.read(await file.status(), file);
  await file.close();
  return { path, text, packed };
}

/** One look. False where it was put off. */
async function unpack(packed: PackedTexts, path: string, text: PackedText, at: number): Promise<boolean> {
  packed.allow();
  packed.begin(0);
  try {
    await packed.unpack(path, text, [at]);
    return true;
  } catch (error) {
    if (error instanceof Postponed) return false;
    throw error;
  }
}

t.test('a place that is asked for while it is decompressed for another one', async (t) => {
  const { packed, path, text } = await packedText(t);
  t.notOk(await unpack(packed, path, text, 300_001));
  let looks = 1;
  while (looks < LOOKS && !(await unpack(packed, path, text, 500_001))) looks++;
  for (const at of [300_001, 500_001])
    t.same(Buffer.from(text.marks.get(at) ?? []), TEXT.subarray(at - 64, at), `what stands before ${at}`);
  t.equal(packed.ordinal(), 2);
});

t.test('for a place behind its end, at its end or at its start it is decompressed once', async (t) => {
  for (const at of [0, TEXT.length, TEXT.length + 1]) {
    const { packed, path, text } = await packedText(t);
    t.notOk(await unpack(packed, path, text, 300_001));
    let looks = 1;
    while (looks < LOOKS && !(await unpack(packed, path, text, at))) looks++;
    t.equal(packed.ordinal(), 1);
    t.equal(text.end?.length, TEXT.length);
  }
});

t.test('places that were asked for long ago are forgotten', async (t) => {
  const { packed, path, text } = await packedText(t);
  packed.allow();
  packed.begin(-2000);
  for (let round = 1; round <= 8; round++) {
    const wanted = Array.from({ length: 64 }, (_, at) => 64 * (64 * round + at));
    await packed.unpack(path, text, wanted);
    t.ok(text.marks.size <= 256, `${text.marks.size} of ${64 * round} places are known`);
    t.ok(wanted.every((at) => TEXT.subarray(at - 64, at).equals(text.marks.get(at) ?? Buffer.alloc(0))));
  }
});
