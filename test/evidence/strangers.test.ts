/** Whose panic it is where the library that died is used far beyond container tools, and who carries whom. */
import t from 'tap';
import { runsAs } from '../../lib/evidence/signature/embedded.js';
import { isStrangers } from '../../lib/evidence/signature/strangers.js';
import type { Frame, Panic } from '../../lib/evidence/types.js';

const TRACER =
  'go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace.(*clientTracer).end';
const INSIDE = 'go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace/clienttrace.go';

function died(frames: readonly (readonly [string, string | null])[], program: string | null = null): Panic {
  return {
    kind: 'panic',
    source: 'x',
    line: 1,
    host: null,
    program,
    pid: null,
    at: null,
    text: '',
    reason: 'runtime error: invalid memory address or nil pointer dereference',
    fatal: false,
    signal: null,
    frames: frames.map(([name, file]): Frame => ({ function: name, file, line: null })),
    lines: [],
    modules: {},
  };
}

t.test("another program's own code makes it that program's", async (t) => {
  t.ok(isStrangers(died([[TRACER, `/app/vendor/${INSIDE}`]])));
  t.ok(isStrangers(died([[TRACER, `github.com/acme/pay/vendor/${INSIDE}`]])));
  t.ok(
    isStrangers(
      died([
        [TRACER, null],
        ['main.(*PaymentClient).Charge', '/app/payment/client.go'],
      ]),
    ),
  );
  t.ok(
    isStrangers(
      died([
        [TRACER, null],
        ['main.(*PaymentClient).Charge', null],
      ]),
    ),
  );
  t.ok(
    isStrangers(
      died([
        [TRACER, null],
        ['main.main', '/app/main.go'],
      ]),
    ),
  );
  t.ok(isStrangers(died([[TRACER, `/app/vendor/${INSIDE}`]], 'payments')));
});

t.test('a stack that shows nobody, or one of ours, is not', async (t) => {
  t.notOk(isStrangers(died([[TRACER, `${INSIDE.replace('/clienttrace', '@v0.45.0/clienttrace')}`]])));
  t.notOk(
    isStrangers(
      died([
        [TRACER, null],
        ['main.main', null],
      ]),
    ),
  );
  t.notOk(isStrangers(died([[TRACER, `/src/vendor/${INSIDE}`]])), 'where BuildKit is built');
  t.notOk(isStrangers(died([[TRACER, `/go/src/github.com/docker/docker/vendor/${INSIDE}`]])));
  t.notOk(isStrangers(died([['x', '/usr/local/go/src/vendor/golang.org/x/net/http2/hpack/encode.go']])));
  t.notOk(isStrangers(died([[TRACER, `/app/vendor/${INSIDE}`]], 'dockerd')));
  t.notOk(
    isStrangers(
      died([
        [TRACER, `/app/vendor/${INSIDE}`],
        ['github.com/containerd/containerd/remotes/docker.dockerPusher.push', null],
      ]),
    ),
    'a program that pushes with the library of containerd',
  );
});

t.test('k3s and rke2 carry containerd and kubelet', async (t) => {
  for (const program of ['k3s', 'k3s-server', 'rke2']) {
    t.ok(runsAs(program, 'containerd'));
    t.ok(runsAs(program, 'kubelet'));
    t.notOk(runsAs(program, 'dockerd'));
  }
  t.ok(runsAs('dockerd', 'dockerd'));
  t.notOk(runsAs('containerd', 'k3s'));
});
