import t from 'tap';
import { classifyStopError } from '../../lib/correlate/stop-error.js';

t.test('only the own deadline of a stop call is a failure to stop', async (t) => {
  const cases: [string, ReturnType<typeof classifyStopError>][] = [
    ['rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'deadline'],
    ['rpc error: code = Unknown desc = operation timeout: context deadline exceeded', 'deadline'],
    ['timeout reached after 30 seconds waiting for container process to exit', 'deadline'],
    ['rpc error: code = Canceled desc = context canceled', 'restart'],
    ['rpc error: code = Unavailable desc = error reading from server: EOF', 'restart'],
    ['rpc error: code = Unavailable desc = context deadline exceeded', 'restart'],
    ['rpc error: code = 14 desc = grpc: the connection is unavailable', 'restart'],
    ['ttrpc: closed: unknown', 'restart'],
    ['rpc error: code = NotFound desc = an error occurred when try to find container', 'not-found'],
    ['Error response from daemon: No such container: 4dc52d08f25a', 'not-found'],
    ['unable to signal init: permission denied', 'denied'],
    [
      'failed to destroy network for sandbox "82de": plugin type="calico" failed (delete): context deadline exceeded',
      'network',
    ],
    ['etcdserver: request timed out, context deadline exceeded', 'other'],
    ['', 'other'],
  ];
  for (const [error, kind] of cases) t.equal(classifyStopError(error), kind, error);
});
