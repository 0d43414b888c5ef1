/** What the summary calls a piece of evidence. */
import t from 'tap';
import { describe } from '../../lib/evidence/describe.js';
import type { FunctionTable, Measure } from '../../lib/evidence/types.js';

function table(measure: Measure, text: string): FunctionTable {
  return {
    kind: 'functions',
    source: 'x',
    line: 1,
    host: null,
    program: 'dockerd',
    pid: null,
    at: null,
    text,
    measure,
    total: 3_000_000,
    functions: [],
    complete: true,
  };
}

t.test('a profile of processor time has no bytes', async (t) => {
  t.equal(describe(table('other', 'Type: cpu')), 'profile of dockerd, neither of memory nor of goroutines');
});

t.test('objects are told where nothing beside them tells the bytes', async (t) => {
  t.equal(
    describe(table('inuse_objects', 'Type: inuse_objects')),
    'heap profile of dockerd, 3000000 objects',
  );
  t.equal(describe(table('inuse_objects', 'inuse_objects profile: 3 in 2 samples')), null);
  t.equal(describe(table('inuse_space', 'Type: inuse_space')), 'heap profile of dockerd, 3 MiB');
});
