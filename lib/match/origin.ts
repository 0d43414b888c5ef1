/**
 * Decides whether a record can come from the component that a pattern is about. A line that merely quotes a
 * daemon's message (a shell history, a log shipper's complaint, a container's own output) is no evidence.
 */
import type { EnvelopeName, LogRecord } from '../envelope/types.js';
import type { Origin, OriginForm } from './types.js';

export type Believes = (record: LogRecord) => boolean;

const FORMS: Readonly<Partial<Record<EnvelopeName, OriginForm>>> = {
  logfmt: 'logfmt',
  json: 'json',
  'logrus-tty': 'logrus-tty',
  klog: 'klog',
  'klog-json': 'klog-json',
  dmesg: 'dmesg',
  calico: 'calico',
};

/** Form of the innermost envelope; `bare` where the program printed plain text or the head of its line is lost. */
export function formOf(envelopes: LogRecord['envelopes']): OriginForm {
  const innermost = envelopes.at(-1);
  return (innermost === undefined ? undefined : FORMS[innermost]) ?? 'bare';
}

/** Tags and units whose standing is remembered; a log that invents more is looked up each time. */
const REMEMBERED_NAMES = 1_000;

type Standing = 'listed' | 'quoter' | 'stranger';

/** Builds the test for one origin. `quoters` are names that are never believed. */
export function believer(origin: Origin, quoters: readonly string[]): Believes {
  const isListed = nameTest([...origin.tags, ...origin.units]);
  const isQuoter = nameTest(quoters);
  const forms: ReadonlySet<OriginForm> | null = origin.forms.length === 0 ? null : new Set(origin.forms);
  const remembered = new Map<string, Standing>();
  function standing(name: string): Standing {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const lower = name.toLowerCase();
    const found = isQuoter(lower) ? 'quoter' : isListed(lower) ? 'listed' : 'stranger';
    if (remembered.size < REMEMBERED_NAMES) remembered.set(name, found);
    return found;
  }
  return ({ containerOutput, tag, unit, envelopes }) => {
    if (containerOutput) return false;
    const form = formOf(envelopes);
    if (forms !== null && !forms.has(form)) return false;
    const byTag = tag === null ? null : standing(tag);
    const byUnit = unit === null ? null : standing(unit);
    if (byTag === 'quoter' || byUnit === 'quoter') return false;
    if (byTag === 'listed' || byUnit === 'listed') return true;
    if (origin.strangers === 'always') return true;
    const nameless = byTag === null && byUnit === null;
    if (nameless && origin.named === true) return false;
    if (form === 'bare') return nameless && origin.bare === 'untagged';
    return nameless || origin.strangers === 'structured';
  };
}

/** A unit is compared with and without its `.service`. */
function nameTest(names: readonly string[]): (name: string) => boolean {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const name of names) {
    if (name.endsWith('*')) prefixes.push(name.slice(0, -1).toLowerCase());
    else exact.add(name.toLowerCase());
  }
  return (name) =>
    exact.has(name) ||
    (name.endsWith('.service') && exact.has(name.slice(0, -'.service'.length))) ||
    prefixes.some((prefix) => name.startsWith(prefix));
}
