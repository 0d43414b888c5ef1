/**
 * Connects a source to a sink, and says when the sink is done with it and how much it has not yet taken.
 */
import type { Readable, Writable } from 'node:stream';
import { pipeline, finished as whenFinished } from 'node:stream/promises';
import type { CommandExit, CommandSink } from './sink-command.js';

export interface AttachedSink {
  /** Fulfilled when the sink is done, whether or not its input has ended; rejects when it fails. */
  readonly done: Promise<CommandExit | null>;
  /** Bytes that were sent and not taken. What lies in a pipe of the system counts as taken: it cannot be seen. */
  readonly unread: () => number;
  /** The sink has no memory left to be read once it is done. */
  readonly isGone: boolean;
}

/** Whoever closes a stream before its end has had enough: that is no failure. */
function unlessClosed(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return null;
  throw error;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

export function attachFunction(source: Readable, sink: (input: Readable) => unknown): AttachedSink {
  async function run(): Promise<null> {
    const result = sink(source);
    if (isThenable(result)) await result;
    else await whenFinished(source, { writable: false }).catch(unlessClosed);
    return null;
  }
  return { done: run(), unread: () => source.readableLength, isGone: false };
}

export function attachWritable(source: Readable, sink: Writable): AttachedSink {
  // A transform whose output nobody reads would stop for that reason alone.
  if ('resume' in sink && typeof sink.resume === 'function') sink.resume();
  return {
    done: pipeline(source, sink).then(() => null, unlessClosed),
    unread: () => source.readableLength + sink.writableLength,
    isGone: false,
  };
}

export function attachCommand(source: Readable, command: CommandSink): AttachedSink {
  // EPIPE and the like: the command has closed its input. How it ended says more.
  pipeline(source, command.input).catch(() => {});
  return {
    done: command.exited,
    unread: () => source.readableLength + command.input.writableLength,
    isGone: true,
  };
}
