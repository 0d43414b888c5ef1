import t from 'tap';
import { matchingGroups, type Signature, signatureValue } from '../../lib/evidence/signature/signature.js';
import type {
  Frame,
  FunctionTable,
  GoroutineGroup,
  GoroutineProfile,
  Panic,
} from '../../lib/evidence/types.js';
import { cpuMs } from './cpu-time.js';

const PLACE = { source: 'x', line: 1, host: null, program: null, pid: null, at: null, text: 'head' };
const BASE = { id: 'x', title: 'x', source: 'x' };

function table(rows: readonly (readonly [string, number, number])[], more: Partial<FunctionTable> = {}) {
  const functions = rows.map(([name, flat, cum], at) => ({ name, flat, cum, line: at + 2, text: name }));
  return {
    ...PLACE,
    kind: 'functions',
    measure: 'inuse_space',
    total: 1000,
    functions,
    complete: true,
    ...more,
  } as const;
}

const frame = (name: string): Frame => ({ function: name, file: null, line: null });

function group(names: readonly string[], more: Partial<GoroutineGroup> = {}): GoroutineGroup {
  const plain = { count: 1, state: null, createdBy: null, members: [], longestMinutes: null, line: 5 };
  return { ...plain, frames: names.map(frame), ...more };
}

function dump(groups: readonly GoroutineGroup[]): GoroutineProfile {
  return {
    ...PLACE,
    kind: 'goroutines',
    form: 'dump',
    total: groups.length,
    groups,
    dropped: 0,
    modules: {},
  };
}

function panic(reason: string, names: readonly string[], more: Partial<Panic> = {}): Panic {
  const plain = { fatal: false, signal: null, lines: [], modules: {} };
  return { ...PLACE, kind: 'panic', ...plain, reason, frames: names.map(frame), ...more };
}

const heap: Signature = {
  ...BASE,
  kind: 'heap',
  programs: ['dockerd'],
  flat: ['a.keep', 'a.fill'],
  cum: ['a.keep'],
};

t.test(
  'a heap: what the functions hold themselves is summed up, or all that one of them called',
  async (t) => {
    t.match(
      signatureValue(
        heap,
        table([
          ['a.keep', 500, 500],
          ['b.other', 300, 300],
          ['a.fill', 150, 150],
        ]),
      ),
      {
        value: 65,
        bytes: 650,
        line: 2,
        text: 'a.keep',
      },
    );
    t.match(
      signatureValue(
        heap,
        table([
          ['bytes.growSlice', 800, 800],
          ['a.keep', 10, 900],
        ]),
      ),
      { value: 90, line: 3 },
    );
    t.match(
      signatureValue(heap, table([['a.fill', 5, 990]])),
      { value: 0.5 },
      'only some count with what they called',
    );
    t.match(signatureValue(heap, table([['a.keep', 5000, 9000]])), { value: 100 }, 'never more than all');
  },
);

t.test('a heap that holds nothing of it, and one that says nothing of it, are two answers', async (t) => {
  t.match(signatureValue(heap, table([['b.other', 900, 900]])), {
    value: 0,
    bytes: 0,
    line: 1,
    text: 'head',
  });
  t.match(signatureValue(heap, table([], { total: 0 })), { value: 0 });
  t.equal(signatureValue(heap, table([['a.keep', 900, 900]], { measure: 'alloc_space' })), null);
  t.equal(signatureValue(heap, table([['a.keep', 900, 900]], { program: 'kubelet' })), null);
  t.equal(signatureValue(heap, dump([])), null);
  t.match(
    signatureValue(
      { ...heap, measures: ['alloc_space'] },
      table([['a.keep', 900, 900]], { measure: 'alloc_space' }),
    ),
    {
      value: 90,
    },
  );
});

t.test('a function that is needed must have its share', async (t) => {
  const needing: Signature = { ...heap, needs: { functions: ['a.keep'], percent: 10 } };
  t.match(
    signatureValue(
      needing,
      table([
        ['a.fill', 700, 700],
        ['a.keep', 99, 99],
      ]),
    ),
    { value: 0 },
  );
  t.match(
    signatureValue(
      needing,
      table([
        ['a.fill', 700, 700],
        ['a.keep', 100, 100],
      ]),
    ),
    { value: 80 },
  );
});

const parked: Signature = {
  ...BASE,
  kind: 'goroutines',
  stacks: [{ has: ['a.Kill'], top: ['a.Kill'], lacks: ['a.Quick'], states: ['chan receive'] }],
};

t.test(
  'goroutines: all functions, none of the others, the right one innermost, the right state',
  async (t) => {
    const value = (names: readonly string[], state: string | null) =>
      signatureValue(parked, dump([group(names, { state, count: 3 })]))?.value;
    t.equal(value(['a.Kill', 'a.stop'], 'chan receive'), 3);
    t.equal(
      value(['runtime.gopark', 'runtime.chanrecv1', 'a.Kill', 'a.stop'], null),
      3,
      'a profile states no states',
    );
    t.equal(value(['a.Kill', 'a.stop'], 'select'), 0);
    t.equal(value(['a.direct', 'a.Kill'], 'chan receive'), 0);
    t.equal(value(['a.Kill', 'a.Quick'], 'chan receive'), 0);
    t.equal(value(['a.stop'], 'chan receive'), 0);
    t.equal(value([], 'chan receive'), 0);
    t.equal(value(['runtime.gopark'], null), 0);
  },
);

t.test('groups of several stacks are added up and shown by the first of them', async (t) => {
  const groups = [
    group(['b.other'], { count: 900, state: 'select' }),
    group(['a.Kill'], { count: 40, state: 'chan receive', longestMinutes: 6, line: 90 }),
    group(['a.Kill', 'a.restart'], { count: 2, state: 'chan receive', line: 120 }),
  ];
  t.strictSame(signatureValue(parked, dump(groups)), {
    value: 42,
    line: 90,
    text: '40 x [chan receive] a.Kill, up to 6 minutes',
  });
  t.equal(matchingGroups(parked, dump(groups)).length, 2);
  t.strictSame(matchingGroups(heap, dump(groups)), []);
});

const died: Signature = {
  ...BASE,
  kind: 'panic',
  programs: ['buildkitd'],
  reasons: ['send on closed channel', 'out of memory*'],
  frames: ['lib.send', 'lib.push.func*'],
  within: 2,
  lacks: ['test.Run'],
};

t.test('a panic: reason and innermost frames decide, the header alone never', async (t) => {
  const value = (reason: string, names: readonly string[], more: Partial<Panic> = {}) =>
    signatureValue(died, panic(reason, names, more))?.value;
  t.equal(value('send on closed channel', ['lib.send', 'main.main']), 1);
  t.equal(value('send on closed channel', ['runtime.chansend1', 'x.y', 'lib.push.func1.2']), 1);
  t.equal(value('out of memory: cannot allocate', ['lib.send']), 1);
  t.equal(value('send on closed channel', ['x.y', 'x.z', 'lib.send']), 0, 'too far below');
  t.equal(value('send on closed channel', []), 0);
  t.equal(value('send on closed channel!', ['lib.send']), 0);
  t.equal(value('close of closed channel', ['lib.send']), 0);
  t.equal(value('send on closed channel', ['lib.send', 'test.Run']), 0);
  t.equal(value('send on closed channel', ['lib.send'], { program: 'dockerd' }), undefined);
});

t.test('what panics again on its way out stands above the frame that died', async (t) => {
  const names = ['defer.cleanup', 'panic', 'span.End', 'panic', 'runtime.sigpanic', 'lib.send', 'main.main'];
  t.equal(signatureValue(died, panic('send on closed channel', names))?.value, 1);
});

t.test('a panic is shown by the line of its frame', async (t) => {
  const lines = [
    { line: 7, text: 'panic: send on closed channel' },
    { line: 10, text: 'example.com/lib.(*T).send(0x1)' },
  ];
  const signature: Signature = { ...died, frames: ['example.com/lib.(*T).send'] };
  const found = signatureValue(
    signature,
    panic('send on closed channel', ['example.com/lib.(*T).send'], { lines }),
  );
  t.match(found, { value: 1, line: 10, text: lines[1]?.text });
});

t.test(
  'a library that others use needs a witness: a program, a frame, a file or a line of ours',
  async (t) => {
    const shared: Signature = { ...died, witnesses: ['github.com/docker/'] };
    const value = (more: Partial<Panic>, names = ['lib.send']) =>
      signatureValue(shared, panic('send on closed channel', names, more))?.value;
    t.equal(value({}), 0);
    t.equal(value({ program: 'buildkitd' }), 1);
    t.equal(value({}, ['lib.send', 'github.com/docker/buildx/build.Build']), 1);
    t.equal(
      value({ frames: [{ ...frame('lib.send'), file: '/src/github.com/docker/cli/vendor/lib.go' }] }),
      1,
    );
    t.equal(
      value({
        lines: [{ line: 9, text: 'created by github.com/docker/buildx/commands.run in goroutine 1' }],
      }),
      1,
    );
    t.equal(value({ lines: [{ line: 9, text: 'created by example.com/app.run in goroutine 1' }] }), 0);
  },
);

t.test('hundreds of deep stacks with long names are looked at in little time', async (t) => {
  const deep = Array.from(
    { length: 256 },
    (_, i) => `example.com/a/b@v1.2.3/${'v2/'.repeat(40)}c.(*T[${'['.repeat(60)}).f${i}`,
  );
  const groups = Array.from({ length: 256 }, (_, i) => group(i % 16 === 0 ? deep : deep.slice(0, 24)));
  const took = cpuMs(() => t.equal(signatureValue(parked, dump(groups))?.value, 0));
  t.ok(took < 500, `${took} ms`);
});
