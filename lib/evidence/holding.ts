/**
 * Brings evidence to whoever books it, small and at the right moment: profiles and dumps as digests; of named
 * files at the end, when the zones of their lines and the hosts of their bundles are known, of a stream at once.
 */
import type { Instant, LogRecord } from '../envelope/types.js';
import { type Digest, digestOf } from './signature/digest.js';
import type { Signature } from './signature/signature.js';
import type { Evidence, Gauges, Settings, Versions } from './types.js';

/** Evidence as it is booked. */
export type Bookable = Versions | Settings | Gauges | { readonly kind: 'digest'; readonly digest: Digest };

export interface HoldingOptions {
  readonly signatures: readonly Signature[];
  /** `node`: host that it is of, '' where nothing tells. */
  readonly book: (item: Bookable, node: string) => void;
  /** Null where the record states no time that can be resolved. */
  readonly timeOf: (record: LogRecord) => { readonly at: Instant; readonly assumed: boolean } | null;
  /** The only host that the logs of a bundle name, null where they name none or several. */
  readonly hostOf: (bundle: string) => string | null;
  readonly live: boolean;
}

export interface Holding {
  /** Of a document; `host`: that it or its bundle states, `bundle`: name of that, both null where there is none. */
  document(evidence: Evidence, host: string | null, bundle: string | null): void;
  /** Of lines of a log. */
  trace(evidence: Evidence, record: LogRecord): void;
  end(): void;
}

/** Held of named files; what comes beyond is booked as it comes. */
const HELD = 8192;

/** `record`: that states its time, null where it does so itself. */
interface Held {
  readonly item: Bookable;
  readonly record: LogRecord | null;
  readonly nodeOf: () => string;
}

export function createHolding(options: HoldingOptions): Holding {
  const { book, timeOf, hostOf, live, signatures } = options;
  /** Empty in a live run, which books at once: there is nothing in it that another run would have to know. */
  let held: Held[] = [];
  const atTheEnd = (one: Held): void => {
    if (live || held.length >= HELD) give(one);
    else held.push(one);
  };
  function give({ item, record, nodeOf }: Held): void {
    book(record === null ? item : dated(item, timeOf(record)), nodeOf());
  }
  return {
    document(evidence, host, bundle) {
      const item = bookable(evidence, signatures);
      const nodeOf = () => host ?? (bundle === null ? null : hostOf(bundle)) ?? '';
      atTheEnd({ item, record: null, nodeOf });
    },
    trace(evidence, record) {
      const item = bookable(evidence, signatures);
      atTheEnd({ item, record, nodeOf: () => evidence.host ?? '' });
    },
    end() {
      // The order in which files are named says nothing.
      for (const one of held.toSorted(inOrder)) give(one);
      held = [];
    },
  };
}

function bookable(evidence: Evidence, signatures: readonly Signature[]): Bookable {
  switch (evidence.kind) {
    case 'functions':
    case 'goroutines':
    case 'panic':
      return { kind: 'digest', digest: digestOf(evidence, signatures) };
    default:
      return evidence;
  }
}

/** By time, then by source: what states no time comes last. */
function inOrder(a: Held, b: Held): number {
  const [first, second] = [originOf(a), originOf(b)];
  return (
    (first.at?.ms ?? Number.POSITIVE_INFINITY) - (second.at?.ms ?? Number.POSITIVE_INFINITY) ||
    (first.source < second.source ? -1 : first.source > second.source ? 1 : first.line - second.line)
  );
}

function originOf({ item }: Held): {
  readonly at: Instant | null;
  readonly source: string;
  readonly line: number;
} {
  return item.kind === 'digest' ? item.digest : item;
}

function dated(item: Bookable, time: { readonly at: Instant; readonly assumed: boolean } | null): Bookable {
  if (time === null || item.kind !== 'digest') return item;
  const { at, assumed } = time;
  return { kind: 'digest', digest: { ...item.digest, at, ms: at.ms + at.nanos / 1e6, timeAssumed: assumed } };
}
