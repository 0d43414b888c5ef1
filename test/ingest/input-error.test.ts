/** Why something could not be read or written, in words: no codes that one has to look up at night. */
import { constants, createGunzip } from 'node:zlib';
import t from 'tap';
import { InputError, reasonOf } from '../../lib/ingest/input-error.js';

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: as Node words it, write`), { code });
}

t.test('errors of the system are said in words', async (t) => {
  t.equal(reasonOf(failure('ENOSPC')), 'the disk is full');
  t.equal(reasonOf(failure('EROFS')), 'the file system is read-only');
  t.equal(reasonOf(failure('ETXTBSY')), 'text file is busy', 'also those without words of ours');
  t.equal(reasonOf({ code: 'EDQUOT' }), 'the quota is used up', 'a code alone is enough');
});

t.test('others as they are', async (t) => {
  t.equal(reasonOf(new InputError('log', 'is xz')), 'is xz');
  t.equal(reasonOf(new Error('what happened')), 'what happened');
  t.equal(reasonOf(failure('ERR_STREAM_DESTROYED')), 'ERR_STREAM_DESTROYED: as Node words it, write');
  t.equal(reasonOf('a word'), 'a word');
  t.equal(reasonOf(null), 'null');
  const zlib = await new Promise<NodeJS.ErrnoException>((resolve) => {
    const stream = createGunzip();
    stream.on('error', resolve);
    stream.end('no gzip');
  });
  t.equal(zlib.errno, constants.Z_DATA_ERROR, 'the number of which means something else to the system');
  t.match(reasonOf(zlib), /header/);
});
