/** Which of several stated versions decides whether the program that died has a defect. */
import t from 'tap';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { judgeProducts } from '../../lib/diagnose/product-verdict.js';

const defects = await loadDefects();

function judge(id: string, versions: Readonly<Record<string, string>>, program: string | null, facts = {}) {
  const defect = [...defects.values()].find((each) => each.id === id);
  if (defect === undefined) throw new Error(`no defect ${id}`);
  return judgeProducts(defect, versions, program, facts);
}

t.test('the version of another program says nothing of the one that died', async (t) => {
  for (const dockerd of ['27.5.1', '28.5.2']) {
    t.match(judge('http-trace-panic', { dockerd }, 'buildkitd'), {
      affected: 'unknown',
      version: null,
      reason: 'no version of buildkit is shown',
    });
  }
  t.match(judge('http-trace-panic', { dockerd: '28.5.2', buildkit: '0.18.2' }, 'buildkitd'), {
    affected: 'yes',
    version: 'buildkit 0.18.2',
  });
  t.match(judge('http-trace-panic', { buildx: '0.20.0' }, 'dockerd'), { affected: 'unknown' });
});

t.test('a program without a rule of its own is told as such', async (t) => {
  t.match(judge('trace-hook-panic', { dockerd: '28.5.2', buildx: '0.30.0' }, 'dockerd'), {
    affected: 'unknown',
    reason: 'no range is known for dockerd',
  });
  t.match(judge('trace-hook-panic', { otelhttptrace: '0.61.0' }, 'dockerd'), { affected: 'yes' });
});

t.test('where nothing says what died: libraries, then buildx, never a daemon beside it', async (t) => {
  t.match(judge('http-trace-panic', { dockerd: '28.5.2' }, null), {
    affected: 'unknown',
    version: null,
    reason: 'dockerd 28.5.2 is stated, and nothing says that it is what died',
  });
  t.match(judge('http-trace-panic', { dockerd: '28.5.2', buildx: '0.12.0' }, null), {
    affected: 'yes',
    version: 'buildx 0.12.0',
  });
  t.match(judge('http-trace-panic', { buildx: '0.20.1', otelhttptrace: '0.45.0' }, null), {
    affected: 'yes',
    version: 'otelhttptrace 0.45.0',
    contradiction: null,
  });
  t.match(judge('http-trace-panic', {}, null).reason, /^no line shows which version of buildx, /);
});

t.test('the library in the stack is what ran, and the contradiction is told', async (t) => {
  const verdict = judge('http-trace-panic', { dockerd: '28.5.2', otelhttptrace: '0.45.0' }, 'dockerd');
  t.match(verdict, { affected: 'yes', version: 'otelhttptrace 0.45.0' });
  t.match(verdict.contradiction, /contradict.*otelhttptrace < 0\.56\.0.*dockerd >= 28\.0\.0/);
  t.notOk('dockerd' in verdict.fix, 'nobody is sent back to 28.0.0');
  t.equal(
    judge('http-trace-panic', { dockerd: '27.5.1', otelhttptrace: '0.45.0' }, 'dockerd').contradiction,
    null,
  );
});

t.test('the major version in the path of a module is not another module', async (t) => {
  const v2 = 'github.com/containerd/containerd/v2';
  t.match(judge('push-writer-panic', { [v2]: '2.0.0' }, null), { affected: 'no', predates: false });
  t.match(judge('push-commit-panic', { [v2]: '2.0.2' }, null), { affected: 'yes', version: `${v2} 2.0.2` });
  const path = 'go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace';
  t.match(judge('http-trace-panic', { [path]: '0.45.0' }, null), { affected: 'yes' });
  t.match(judge('push-writer-panic', { containerd: '1.7.7' }, null), { affected: 'unknown', version: null });
});

t.test('what is older than the defect has no fix and needs none', async (t) => {
  t.match(judge('http-trace-panic', { dockerd: '20.10.24' }, 'dockerd'), { affected: 'no', predates: true });
  t.match(judge('push-writer-panic', { 'github.com/containerd/containerd': '1.6.8' }, null), {
    affected: 'no',
    predates: true,
  });
  t.match(judge('http-trace-panic', { dockerd: '28.5.2' }, 'dockerd'), { affected: 'no', predates: false });
});

t.test('the fix is never older than what runs', async (t) => {
  t.same(judge('otel-span-leak', { dockerd: '28.4.0' }, 'dockerd').fix, {});
  t.same(judge('otel-span-leak', { dockerd: '28.4.0' }, 'dockerd', { exporterConfigured: 1 }).fix, {});
  t.same(judge('otel-span-leak', { dockerd: '27.4.0' }, 'dockerd').fix, { dockerd: '27.4.1' });
});

t.test('every version that has a defect is before the one to go to', async (t) => {
  const writes = { mediaTypeWrites: 1 };
  t.match(judge('imagetools-map-panic', { buildx: '0.30.0' }, 'buildx', writes), {
    affected: 'yes',
    fix: { buildx: '0.30.1' },
  });
  t.match(judge('imagetools-map-panic', { buildx: '0.30.1' }, 'buildx', writes), { affected: 'no' });
  const unclear = judge('imagetools-map-panic', { buildx: '0.20.0' }, 'buildx');
  t.match(unclear, { affected: 'unknown' });
  t.notMatch(unclear.reason, /mediaTypeWrites/, 'no name of a fact');
});
