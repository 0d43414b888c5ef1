/**
 * One spelling per log level, lower case. logrus writes `warning` in text and `WARN` on a terminal, zap
 * `warn`, Calico `WARNING`, klog one letter; everything behind the envelopes sees `warning`.
 */

const LEVELS: Readonly<Record<string, string>> = {
  trac: 'trace',
  debu: 'debug',
  i: 'info',
  information: 'info',
  w: 'warning',
  warn: 'warning',
  e: 'error',
  err: 'error',
  erro: 'error',
  f: 'fatal',
  fata: 'fatal',
  pani: 'panic',
  crit: 'critical',
};

/** Longest level that is kept: a level is a word, and hostile text is not. */
const LONGEST = 16;

export function levelName(text: string): string | null {
  const word = text.trim().toLowerCase();
  if (word === '' || word.length > LONGEST) return null;
  return Object.hasOwn(LEVELS, word) ? (LEVELS[word] ?? null) : word;
}
