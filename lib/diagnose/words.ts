/** Durations in words for the sentences of a diagnosis: `22 s`, `4 min 9 s`, `3 h`, `2 d 4 h`. */
const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A gap of an incident: its times may be wrong. */
export const ASSUMED_TIME = 'year or zone of some lines assumed (no line states them; see --tz)';

/** The two largest units of a time in seconds. Days are 24 h: date arithmetic would bring in a zone's DST. */
export function inWords(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'an unknown time';
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** A host name as it may stand in a command; a placeholder for one that is not known or could be more than a name. */
export function nodeWord(node: string | null): string {
  return node !== null && /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(node) ? node : 'NODE';
}
