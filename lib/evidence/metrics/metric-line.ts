/**
 * One line of Prometheus' text format or of OpenMetrics: `name{label="value"} 1.5e+07 1700000000000`. Read by hand
 * for the few names that matter, because a scrape of containerd has thousands of lines of others.
 */

export interface Sample {
  /** File that grep names before the line, else empty. */
  readonly file: string;
  readonly name: string;
  /** Escapes undone; a label that stands twice has its first value. */
  readonly labels: ReadonlyMap<string, string>;
  /** May be NaN or infinite. */
  readonly value: number;
  /** Behind the value, as printed: milliseconds, in OpenMetrics seconds; null where there is none. */
  readonly timestamp: number | null;
}

/** Characters of a line with a sample. */
const LINE_LIMIT = 4_096;
/** With what grep puts before a line: `/tmp/metrics.txt:12:`. */
const SAMPLE =
  /^(?:([\w./-]{1,256}):(?:\d{1,9}:)?)?([a-z_][a-z0-9_]{0,127})(\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\})?[ \t]+([+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|Inf|NaN))(?:[ \t]+(-?\d{1,19}(?:\.\d{1,9})?))?(?:[ \t]+#.*)?[ \t]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '\\': '\\', '"': '"' };

/** Null for a line that is none, a comment among them. */
export function readSample(text: string): Sample | null {
  if (text.length > LINE_LIMIT) return null;
  const [, file = '', name, labels = '', value = '', timestamp] = SAMPLE.exec(text) ?? [];
  if (name === undefined) return null;
  return {
    file,
    name,
    labels: labelsOf(labels),
    value: numberOf(value),
    timestamp: timestamp === undefined ? null : Number(timestamp),
  };
}

function labelsOf(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  if (text === '') return labels;
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) {
    if (!labels.has(name))
      labels.set(
        name,
        value.replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char),
      );
  }
  return labels;
}

function numberOf(text: string): number {
  if (text.endsWith('Inf')) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
