import t from 'tap';
import { modulesOf } from '../../lib/evidence/module-versions.js';

t.test('names the module of a module cache by its full path and by its last element', async (t) => {
  t.strictSame(
    modulesOf([
      '/go/pkg/mod/go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace@v0.42.0/clienttrace.go',
      'github.com/!azure/azure-sdk@v1.2.3+incompatible/x.go',
    ]),
    {
      'go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace': '0.42.0',
      otelhttptrace: '0.42.0',
      'github.com/Azure/azure-sdk': '1.2.3+incompatible',
      'azure-sdk': '1.2.3+incompatible',
    },
  );
});

t.test('takes the element before a major suffix as the short name', async (t) => {
  t.equal(modulesOf(['github.com/containerd/containerd/v2@v2.0.1/core/x.go'])['containerd'], '2.0.1');
});

t.test('names a path that is cut before the module only by its last element', async (t) => {
  t.strictSame(modulesOf(['…/otelhttptrace@v0.42.0/clienttrace.go']), { otelhttptrace: '0.42.0' });
});

t.test('reads the source tree a distribution built in, and its toolchain', async (t) => {
  t.strictSame(
    modulesOf([
      '/usr/lib/go-1.19/src/runtime/proc.go',
      '/build/reproducible-path/docker.io-20.10.24+dfsg1/_build/src/google.golang.org/grpc/clientconn.go',
      '/build/containerd-1.7.32/src/github.com/containerd/containerd/pkg/cri/io/logger.go',
    ]),
    { go: '1.19', 'docker.io': '20.10.24+dfsg1', containerd: '1.7.32' },
  );
});

t.test('reads the toolchain that go fetched itself', async (t) => {
  t.strictSame(
    modulesOf(['/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.21.5.linux-amd64/src/net/http/server.go']),
    { go: '1.21.5' },
  );
});

t.test('takes no package directory with a number in it for a version', async (t) => {
  t.strictSame(
    modulesOf([
      '/go/src/github.com/x/api-1.45/file.go',
      '/go/src/github.com/docker/docker/vendor/foo-1.2/x.go',
      '/go/src/github.com/docker/docker/daemon/stop.go',
      'net/http/server.go',
      'user@vhost/x.go',
      '',
    ]),
    {},
  );
});

t.test('keeps what was seen first, holds at most 256 names, and fears no name', async (t) => {
  t.equal(modulesOf(['a.io/x@v1.0.0/f.go', 'a.io/x@v2.0.0/f.go'])['x'], '1.0.0');
  const many = Array.from({ length: 5000 }, (_, index) => `a.io/m${index}@v1.0.0/f.go`);
  t.ok(Object.keys(modulesOf(many)).length <= 257);
  const odd = modulesOf(['/go/pkg/mod/a.io/__proto__@v1.0.0/f.go']);
  t.equal(Object.getPrototypeOf(odd), Object.prototype);
  t.strictSame(modulesOf([`/${'a-1.1/'.repeat(1e5)}`]), {});
});
