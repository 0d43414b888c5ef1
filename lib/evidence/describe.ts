/**
 * Says in a few words what a piece of evidence is, so that a reader sees what was understood. Null for the tables
 * of a profile that say the same in objects.
 */
import type { Evidence, FunctionTable, Measure } from './types.js';

const MEASURES: Readonly<Record<Measure, string>> = {
  inuse_space: 'heap profile',
  inuse_objects: 'heap profile',
  alloc_space: 'profile of all allocations',
  alloc_objects: 'profile of all allocations',
  goroutine: 'goroutine profile',
  other: 'profile',
};

export function describe(evidence: Evidence): string | null {
  const of = evidence.program === null ? '' : ` of ${evidence.program}`;
  switch (evidence.kind) {
    case 'functions':
      if (isToldInBytes(evidence)) return null;
      // What the figures of any other profile count is not known here.
      if (evidence.measure === 'other') return `profile${of}, neither of memory nor of goroutines`;
      return `${MEASURES[evidence.measure]}${of}, ${amount(evidence.total, evidence.measure)}${mostIn(evidence)}`;
    case 'goroutines':
      return `${evidence.form === 'dump' ? 'goroutine dump' : 'goroutine profile'}${of}, ${evidence.total} goroutines`;
    case 'panic':
      return `${evidence.fatal ? 'fatal error' : 'panic'}${of}: ${evidence.reason.slice(0, 120)}`;
    case 'versions':
      return `versions: ${evidence.versions
        .slice(0, 6)
        .map(({ product, version }) => `${product} ${version}`)
        .join(', ')}`;
    case 'settings':
      return `settings of ${[...new Set(evidence.settings.map(({ product }) => product))].join(', ')}: ${evidence.settings
        .slice(0, 4)
        .map(({ name, value }) => `${name} ${value === '' ? '(none)' : value}`)
        .join(', ')}`;
    case 'gauges':
      return `figures of ${[...new Set(evidence.gauges.map(({ product }) => product))].join(', ')}: ${evidence.gauges
        .slice(0, 4)
        .map(({ name, value }) => `${figure(name, value)} ${name}`)
        .join(', ')}`;
  }
}

/** The other tables of one profile say in bytes what this one says in objects; a printed one stands alone. */
function isToldInBytes({ measure, text }: FunctionTable): boolean {
  return measure.endsWith('_objects') && text.includes(' profile: ');
}

function amount(total: number, measure: Measure): string {
  if (measure === 'goroutine') return `${total} goroutines`;
  if (measure.endsWith('_objects')) return `${total} objects`;
  return bytes(total);
}

function figure(name: string, value: number): string {
  return name.includes('bytes') && Math.abs(value) >= 1024 ? bytes(value) : `${value}`;
}

function bytes(value: number): string {
  return Math.abs(value) >= 1024 * 1024
    ? `${Math.round(value / 1024 / 1024)} MiB`
    : `${Math.round(value / 1024)} KiB`;
}

/** A third of a large heap in one place is worth a look, whether or not a known defect explains it. */
const WORTH_NAMING = { bytes: 64 * 1024 * 1024, share: 1 / 3 };

function mostIn({ functions, total, measure }: FunctionTable): string {
  const [most] = functions;
  if (measure !== 'inuse_space' || most === undefined || total < WORTH_NAMING.bytes) return '';
  if (most.flat < total * WORTH_NAMING.share) return '';
  return `, ${Math.round((100 * most.flat) / total)} % of it in ${most.name.slice(0, 160)}`;
}
