/**
 * Stop time-outs as the daemons print them: a bare number of seconds, or a Go duration such as `1m0s`.
 */

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** Seconds of `10`, `10s`, `1m30s`, `500ms`; null for anything else and for negative ones (they mean "for ever"). */
export function secondsOf(text: string | undefined): number | null {
  if (text === undefined || text.length === 0 || text.length > 32) return null;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  let total = 0;
  let rest = text;
  while (rest.length > 0) {
    const part = /^(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/.exec(rest);
    if (part === null) return null;
    total += Number(part[1]) * (UNIT_SECONDS[part[2] ?? ''] ?? 0);
    rest = rest.slice(part[0].length);
  }
  return total;
}
