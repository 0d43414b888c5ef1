/** Calls over a socket, to a server in this process that answers some of them and never the others. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import * as loader from '@grpc/proto-loader';
import t, { type Test } from 'tap';
import { connectCri, criMethods } from '../../bench/line-buffer/real/cri-client.js';
import type { CallName, CriVersion } from '../../bench/line-buffer/real/cri-messages.js';

interface Daemon {
  readonly socket: string;
  /** Resolves when a call that is never answered has come in, with a promise of its being called off. */
  readonly asked: Promise<{ readonly cancelled: Promise<unknown> }>;
}

async function daemon(t: Test, version: CriVersion): Promise<Daemon> {
  const methodOf = criMethods(loader, version);
  const methods = (['Version', 'RunPodSandbox', 'StartContainer'] as const).map(
    (name: CallName) => [name, methodOf(name)] as const,
  );
  const server = new grpc.Server();
  // Below the system's temporary directory, for the path of a socket has 107 bytes at most.
  const directory = await mkdtemp(join(tmpdir(), 'cri-'));
  const socket = join(directory, 'socket');
  const asked = new Promise<{ cancelled: Promise<unknown> }>((resolve) => {
    server.addService(Object.fromEntries(methods), {
      Version: (_: unknown, answer: grpc.sendUnaryData<object>) => answer(null, { runtimeName: 'fake' }),
      RunPodSandbox: (call: grpc.ServerUnaryCall<object, object>) =>
        resolve({ cancelled: once(call, 'cancelled') }),
      StartContainer: (_: unknown, answer: grpc.sendUnaryData<object>) =>
        answer({ code: grpc.status.NOT_FOUND, details: 'no such container' }),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  t.teardown(async () => {
    server.forceShutdown();
    await rm(directory, { recursive: true });
  });
  return { socket, asked };
}

t.test('an abort ends the call that is under way, here and at the daemon, and all later ones', async (t) => {
  const { socket, asked } = await daemon(t, 'runtime.v1');
  const controller = new AbortController();
  const cri = await connectCri(socket, controller.signal);
  const ended = cri.call('RunPodSandbox', {}).catch((error) => error);
  const { cancelled } = await asked;
  const reason = new Error('enough');
  controller.abort(reason);
  t.equal(await ended, reason);
  await cancelled;
  t.equal(await cri.call('Version', {}).catch((error) => error), reason);
  cri.close();
});

t.test('the version that the daemon speaks is found out, and an error names its call', async (t) => {
  for (const version of ['runtime.v1', 'runtime.v1alpha2'] as const) {
    const { socket } = await daemon(t, version);
    const cri = await connectCri(socket, new AbortController().signal);
    t.equal(cri.version, version);
    await t.rejects(cri.call('StartContainer', { containerId: 'x' }), {
      message: 'StartContainer: no such container',
      code: grpc.status.NOT_FOUND,
    });
    cri.close();
  }
});
