/**
 * Undoes what transports and formats do to quotes and control characters: Go's `%q`, HTML entities,
 * quoted-printable, terminal colours, rsyslog's octal. Each is one linear pass; unknown escapes stay as they
 * are, because a chopped or hand-edited line is more common than a valid one.
 */

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
};

/** One level of Go or JSON string escapes. */
export function unescapeQuoted(text: string): string {
  let at = text.indexOf('\\');
  if (at < 0) return text;
  let out = '';
  let from = 0;
  while (at >= 0 && at + 1 < text.length) {
    const kind = text[at + 1] ?? '';
    let piece = SIMPLE[kind];
    let end = at + 2;
    const width = kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : 0;
    if (width > 0) {
      const hex = text.slice(end, end + width);
      const code = hex.length === width && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : -1;
      if (code >= 0 && code <= 0x10ffff) {
        // Go writes a byte that is not UTF-8 as \xNN; as a character it would be a made-up one.
        piece =
          kind === 'x' && code > 0x7f
            ? '\ufffd'
            : kind === 'U'
              ? String.fromCodePoint(code)
              : String.fromCharCode(code);
        end += width;
      }
    }
    if (piece !== undefined) {
      out += text.slice(from, at) + piece;
      from = end;
    }
    at = text.indexOf('\\', piece === undefined ? at + 1 : end);
  }
  return out + text.slice(from);
}

/** `\"`, `\\\"` and deeper become plain quotes: texts are compared with patterns that know only those. */
export function plainQuotes(text: string): string {
  if (!text.includes('\\"')) return text;
  let out = '';
  let from = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) {
      run++;
    } else {
      if (code === 0x22 && run > 0) {
        out += text.slice(from, i - run);
        from = i;
      }
      run = 0;
    }
  }
  return out + text.slice(from);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&#x22;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#x27;': "'",
  '&lt;': '<',
  '&#60;': '<',
  '&gt;': '>',
  '&#62;': '>',
  '&amp;': '&',
  '&#38;': '&',
};

/** One level of the entities that a web page makes of a log line. */
export function unescapeHtml(text: string): string {
  return text.replace(/&#?[a-z0-9]{2,4};/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Without the `\r` that Windows tools leave; a search from the end, as `\r` in the middle can be many. */
export function withoutReturns(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x0d) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** `=3D` and the like. Bytes above ASCII become one character each. */
export function unescapeQuotedPrintable(text: string): string {
  return text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * Colours and cursor moves, as real ESC bytes, as caret text `^[[33m`, and as rsyslog's `#033[33m`. The
 * parameters are capped: nobody prints more, and an endless one must not be scanned again and again.
 */
export function stripAnsi(text: string): string {
  if (!text.includes('\x1b') && !text.includes('^[[') && !text.includes('#033[')) return text;
  return text.replace(/(?:\x1b|\^\[|#033)\[[0-9;?]{0,16}[A-Za-z]/g, '');
}

/** rsyslog and syslog-ng write control characters as `#` and three octal digits. */
export function unescapeOctal(text: string): string {
  if (!text.includes('#01')) return text;
  return text.replace(/#01([125])/g, (_, last: string) => (last === '1' ? '\t' : last === '2' ? '\n' : '\r'));
}
