/**
 * Tells where a program's own format begins. Headers ask it so as not to take `time="…"` for a host, and
 * prefixes (`> `, `web_1 | `) so as to be taken off only in front of something that is a log line.
 */
import { peelCalico } from './calico.js';
import { peelKlog } from './klog.js';
import { startsLogfmt } from './logfmt.js';

/** Characters looked at: enough for any header, and a bound for how often a long text is looked through. */
const LOOK_AHEAD = 512;

/** True where logfmt, klog, JSON, Calico, a kernel time or a terminal's logrus starts at `at`. */
export function startsPayload(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  // `{"`: JSON.
  if (code === 0x7b) return text[at + 1] === '"';
  // `[12345.678901] ` or `[Thu Oct  9 …]`.
  if (code === 0x5b) return /^\[ {0,8}\d{1,10}\.\d{3,9}\] /.test(text.slice(at, at + 32));
  const head = text.slice(at, at + LOOK_AHEAD);
  if (code === 0x49 || code === 0x57 || code === 0x45 || code === 0x46) {
    if (peelKlog(head) !== null) return true;
  }
  if (code >= 0x30 && code <= 0x39) return peelCalico(head) !== null;
  if (/^(?:TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[/.test(head)) return true;
  return startsLogfmt(head, 0);
}
