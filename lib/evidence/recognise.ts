/**
 * Tells by its first bytes what an input is: a log, or a document that must be read whole. A name never decides.
 */
import { StringDecoder } from 'node:string_decoder';
import { isMetrics } from './metrics/is-metrics.js';
import { looksLikePprof } from './pprof/pprof.js';
import { looksLikeText } from './read-texts.js';
import { looksLikeTrace } from './trace/go-trace-document.js';

export type InputKind =
  /** Goes line by line through the pipeline. */
  | 'log'
  /** A pprof protobuf. */
  | 'profile'
  /** A goroutine dump, and nothing else. */
  | 'trace'
  /** Tables, outputs of commands, configuration. */
  | 'text'
  /** The same with log lines in it. */
  | 'text-and-log'
  /** Metrics, and nothing else: the names of calls in them are no messages. */
  | 'metrics'
  /** Neither text nor a profile: still looked through as a log, and said. */
  | 'binary';

/** Bytes of the head that decide. */
export const HEAD_BYTES = 64 * 1024;

/** Lines of a head that are looked at. */
const HEAD_LINES = 2048;
const LOG_LINE =
  /^(?:<\d{1,3}>)?(?:\p{L}{3,9}\.? {1,2}\d{1,2} \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|[IWEF]\d{4} \d\d:|time="|\{"(?:log|level|ts|MESSAGE|msg|time)"|__REALTIME_TIMESTAMP=)/u;

export function recognise(head: Uint8Array): InputKind {
  if (looksLikePprof(head)) return 'profile';
  // A character that the head's end cuts in two is no garbage.
  const text = new StringDecoder('utf8').write(Buffer.from(head.buffer, head.byteOffset, head.byteLength));
  // A container may print anything: the log of one begins with a stamp, whatever comes then.
  if (text.includes('\0')) return isBinary(text) && !isLogLine(text) ? 'binary' : 'log';
  const lines = text.split('\n', HEAD_LINES).map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (looksLikeTrace(lines)) return lines.some(isLogLine) ? 'log' : 'trace';
  if (!looksLikeText(text)) return 'log';
  if (isMetrics(lines)) return 'metrics';
  return lines.some((line) => LOG_LINE.test(line.slice(0, 64))) ? 'text-and-log' : 'text';
}

/** True where a line of the head has the stamp of a log. */
export function holdsLogLine(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES)).toString(
    'utf8',
  );
  return text.split('\n', HEAD_LINES).some((line) => LOG_LINE.test(line.slice(0, 64)));
}

/** True where the line has the stamp of a log. */
export function isLogLine(line: string): boolean {
  return LOG_LINE.test(line.slice(0, 64));
}

/** Of text that is no log so much, in parts of all but NULs, cannot be decoded or printed. */
const STRANGE = 0.1;

/** A log has runs of NULs after a crash; a picture or a program has strange bytes between them. */
function isBinary(text: string): boolean {
  let strange = 0;
  let all = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0) continue;
    all += 1;
    if (code === 0xfffd || (code < 32 && (code < 9 || code > 13) && code !== 27)) strange += 1;
  }
  return strange > all * STRANGE;
}
