/**
 * Tells whether a text is a line of a Go panic or goroutine dump. Asked where a line stands behind the head of
 * one: there what is in front of such a text is an envelope, however little it looks like one.
 */
import { readFileLine, readFunctionLine } from './go-frame.js';

/** Lines that no frame is: headers, registers, and what the runtime says between stacks. */
const HEAD =
  /^(?:goroutine \d{1,19} |panic: |fatal error: |created by \S|\[signal |\[originating from |runtime stack:|SIG[A-Z0-9]{2,8}: |PC=0x|r(?:ax|bx|cx|dx|di|si|bp|sp|ip|flags|\d{1,2}) +0x|\.{3}(?:additional|\d{1,9}) frames elided|http2?: panic serving |=== (?:BEGIN|END) goroutine stack dump)/;

/** The text without blanks around it and without the tab that rsyslog writes as `#011`. */
export function withoutIndent(text: string): string {
  let start = 0;
  for (;;) {
    const code = text.charCodeAt(start);
    if (code === 0x20 || code === 0x09) start++;
    else if (code === 0x23 && text.startsWith('#011', start)) start += 4;
    else break;
  }
  return text.slice(start).trimEnd();
}

export function startsTrace(text: string): boolean {
  const line = withoutIndent(text.slice(0, 8192));
  return HEAD.test(line) || readFileLine(line) !== null || readFunctionLine(line) !== null;
}
