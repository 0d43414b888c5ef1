/**
 * Calls a containerd over its CRI socket. @grpc/grpc-js and @grpc/proto-loader are optional dependencies and are
 * loaded here only, when a real run begins.
 */
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import {
  type CallName,
  CRI_VERSIONS,
  type CriVersion,
  criDescriptor,
  type Request,
  type Response,
  serviceOf,
} from './cri-messages.js';
import { RealUnavailable } from './requirements.js';

export interface CriClient {
  /**
   * Rejects with the call's name and the daemon's message, after `seconds` (60 by default) at the latest, and with
   * the reason of the client's signal on abort: the daemon is told that the call is off.
   */
  readonly call: <Name extends CallName>(
    name: Name,
    request: Request<Name>,
    seconds?: number,
  ) => Promise<Response<Name>>;
  readonly version: CriVersion;
  readonly close: () => void;
}

interface Grpc {
  readonly grpc: typeof import('@grpc/grpc-js');
  readonly loader: typeof import('@grpc/proto-loader');
}

/** Throws `RealUnavailable` where the optional packages are not installed. */
export async function loadGrpc(): Promise<Grpc> {
  try {
    const [grpc, loader] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
    return { grpc, loader };
  } catch (error) {
    throw new RealUnavailable(
      `the packages that speak to containerd cannot be loaded (${(error as Error).message}): npm install @grpc/grpc-js @grpc/proto-loader`,
    );
  }
}

/** Of each call its path, and how its messages become bytes and back. */
export function criMethods(
  loader: Grpc['loader'],
  version: CriVersion,
): (call: CallName) => MethodDefinition<object, object> {
  const definition = loader.fromJSON(criDescriptor(version), { longs: Number, defaults: true });
  return (call) => {
    const method = (definition[serviceOf(call, version)] as ServiceDefinition | undefined)?.[call];
    if (method === undefined) throw new Error(`the CRI description lacks ${call}`);
    return method;
  };
}

const UNIMPLEMENTED = 12;

/**
 * Finds out which version of the interface the daemon speaks. Rejects while the socket does not answer. The signal
 * ends every call that is under way, then and later.
 */
export async function connectCri(socket: string, signal: AbortSignal): Promise<CriClient> {
  const { grpc, loader } = await loadGrpc();
  const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  const callOf = (version: CriVersion): CriClient['call'] => {
    const methodOf = criMethods(loader, version);
    return (name, request, seconds = 60) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const { path, requestSerialize, responseDeserialize } = methodOf(name);
        const deadline = Date.now() + seconds * 1000;
        const under = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          { deadline },
          (error, answer) => {
            signal.removeEventListener('abort', cancel);
            if (error === null) resolve(answer as Response<typeof name>);
            else if (signal.aborted) reject(signal.reason);
            else reject(Object.assign(new Error(`${name}: ${error.details}`), { code: error.code }));
          },
        );
        const cancel = (): void => under.cancel();
        signal.addEventListener('abort', cancel, { once: true });
      });
  };
  const close = (): void => client.close();
  try {
    for (const version of CRI_VERSIONS) {
      const call = callOf(version);
      try {
        await call('Version', {}, 2);
        return { call, version, close };
      } catch (error) {
        if ((error as { code?: number }).code !== UNIMPLEMENTED) throw error;
      }
    }
    throw new Error('containerd answers neither CRI v1 nor v1alpha2: is its cri plugin disabled or failing?');
  } catch (error) {
    close();
    throw error;
  }
}
