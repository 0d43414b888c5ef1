import t from 'tap';
import {
  functionMatcher,
  isRuntimeFrame,
  readFunctionName,
} from '../../lib/evidence/signature/function-name.js';

function plain(printed: string): string {
  return readFunctionName(printed).name;
}

t.test('one function has one name, however its module was brought in', async (t) => {
  const name = 'github.com/a/b.(*T).f';
  t.equal(plain('github.com/a/b.(*T).f'), name);
  t.equal(plain('github.com/a/b.(*T).f (inline)'), name);
  t.equal(plain('github.com/docker/docker/vendor/github.com/a/b.(*T).f'), name);
  t.equal(plain('vendor/github.com/a/b.(*T).f'), name);
  t.equal(plain('x/vendor/y/vendor/github.com/a/b.(*T).f'), name);
  t.equal(plain('github.com/a@v1.2.3/b.(*T).f'), name);
  t.equal(plain('github.com/a/b@v1.2.3-0.20240101.(*T).f'), name);
  t.equal(plain('github.com/a/v2/b.(*T).f'), name);
  t.equal(plain('github.com/a/b/v12.(*T).f'), name);
});

t.test('type parameters do not count, whatever stands in them', async (t) => {
  t.equal(plain('slices.Grow[go.shape.[]uint8,go.shape.uint8]'), 'slices.Grow');
  t.equal(plain('slices.Grow[...] (inline)'), 'slices.Grow');
  t.equal(plain('github.com/a/b.(*Q[go.shape.struct { x/y.Z; V [4]int }]).Push'), 'github.com/a/b.(*Q).Push');
  t.equal(plain('a.f['), 'a.f');
  t.equal(plain('a.f]]'), 'a.f]]');
});

t.test('packages that moved are found at their first place', async (t) => {
  t.equal(
    plain('github.com/moby/moby/v2/daemon.(*Daemon).Kill'),
    'github.com/docker/docker/daemon.(*Daemon).Kill',
  );
  t.equal(
    plain('github.com/moby/moby/v2/daemon/container.(*State).Wait.func1'),
    'github.com/docker/docker/container.(*State).Wait.func1',
  );
  t.equal(
    plain('github.com/containerd/containerd/v2/internal/cri/io.redirectLogs'),
    'github.com/containerd/containerd/pkg/cri/io.redirectLogs',
  );
  t.equal(
    plain('github.com/containerd/cri/pkg/server/io.redirectLogs'),
    'github.com/containerd/containerd/pkg/cri/io.redirectLogs',
  );
  t.equal(
    plain('github.com/containerd/containerd/v2/core/remotes/docker.(*pushWriter).Commit'),
    'github.com/containerd/containerd/remotes/docker.(*pushWriter).Commit',
  );
});

t.test('a name ends where it says, unless a star stands for the rest', async (t) => {
  const exact = functionMatcher('github.com/a/b.f');
  t.ok(exact(readFunctionName('github.com/a/b.f')));
  t.notOk(exact(readFunctionName('github.com/a/b.f.func1')), 'a closure is another function');
  t.notOk(exact(readFunctionName('github.com/a/b.f-fm')));
  t.notOk(exact(readFunctionName('github.com/evil/github.com/a/b.f')));
  const any = functionMatcher('github.com/a/b.f*');
  t.ok(any(readFunctionName('github.com/a/b.f.func1.2')));
  t.ok(any(readFunctionName('github.com/a/b@v1.0.0.f')));
  t.notOk(any(readFunctionName('github.com/a/b.g')));
});

t.test('type parameters can be asked for', async (t) => {
  const attributes = functionMatcher('slices.Grow[attribute.KeyValue]');
  t.ok(
    attributes(
      readFunctionName(
        'slices.Grow[go.shape.[]go.opentelemetry.io/otel/attribute.KeyValue,go.shape.struct {}]',
      ),
    ),
  );
  t.notOk(attributes(readFunctionName('slices.Grow[go.shape.[]uint8,go.shape.uint8]')));
  t.notOk(attributes(readFunctionName('slices.Grow[...]')), 'left out is not known');
});

t.test('frames of the runtime are told from those of the program', async (t) => {
  for (const name of [
    'panic',
    'runtime.gopark',
    'runtime/debug.Stack',
    'internal/runtime/maps.fatal',
    'sync.runtime_Semacquire',
    'internal/sync.runtime_SemacquireMutex',
    'internal/poll.runtime_pollWait',
  ])
    t.ok(isRuntimeFrame(name), name);
  for (const name of ['sync.(*Mutex).Lock', 'main.panic', 'runtimes.f', 'github.com/a/runtime.f'])
    t.notOk(isRuntimeFrame(name), name);
});

t.test('hostile names take no time and throw nothing', async (t) => {
  const before = process.hrtime.bigint();
  for (const name of [
    '['.repeat(100_000),
    ']'.repeat(100_000),
    '/'.repeat(100_000),
    '/vendor/'.repeat(20_000),
    'a@v'.repeat(50_000),
    '/v1'.repeat(50_000),
  ]) {
    const read = readFunctionName(name);
    t.ok(read.name.length + read.parameters.length <= 4096);
  }
  t.ok(process.hrtime.bigint() - before < 500_000_000n);
});
