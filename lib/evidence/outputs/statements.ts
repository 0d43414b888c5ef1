/**
 * Gathers what one reader found in one document: statements with their lines, and evidence made of them. It
 * holds the cap that all readers of texts share, and counts what it drops.
 */
import type { Instant } from '../../envelope/types.js';
import type {
  Document,
  Evidence,
  EvidenceProblem,
  EvidenceReading,
  Gauge,
  ProcessLife,
  Setting,
  VersionStatement,
} from '../types.js';
import { versionNumber } from './version-number.js';
import { withoutSecrets } from './without-secrets.js';

/** Statements of one document, over all its outputs. */
const STATEMENTS_LIMIT = 1_024;
/** Problems of one document: more of the same would not help anybody. */
const PROBLEMS_LIMIT = 64;
/** Characters kept of a line that shows something. */
const TEXT_LIMIT = 1_024;
/** Characters kept of a value: a path or an endpoint is shorter. */
const VALUE_LIMIT = 512;

/** Of whom and when the statements are. */
export interface Subject {
  readonly host?: string | null;
  readonly program?: string | null;
  readonly pid?: number | null;
  readonly at?: Instant | null;
  readonly life?: ProcessLife;
}

/** One output of a command, or one file: its statements share host and time. */
export interface Output {
  /** `printed` may be no version at all: then nothing is stated. `line` is 1-based. */
  version(product: string, printed: string, line: number): void;
  setting(product: string, name: string, value: string, line: number, rank?: Setting['rank']): void;
  /** What is no number or below 0 states nothing; `signed`: a difference, which may be. */
  gauge(product: string, name: string, value: number, line: number, signed?: 'signed'): void;
  /** Ends the output: its statements become evidence about the subject. */
  end(subject: Subject): void;
}

export interface Statements {
  output(): Output;
  problem(line: number | null, reason: string): void;
  reading(): EvidenceReading;
}

/** `limit`: statements of the document, for readers that have a cap of their own. */
export function statementsOf(document: Document, limit = STATEMENTS_LIMIT): Statements {
  const { source } = document;
  const evidence: Evidence[] = [];
  const problems: EvidenceProblem[] = [];
  let stated = 0;
  let dropped = 0;
  let moreProblems = 0;

  const textAt = (line: number): string =>
    withoutSecrets((document.lines[line - 1] ?? '').slice(0, 4 * TEXT_LIMIT)).slice(0, TEXT_LIMIT);
  const room = (): boolean => {
    if (stated < limit) stated++;
    else dropped++;
    return dropped === 0;
  };

  function output(): Output {
    const versions: VersionStatement[] = [];
    const settings: Setting[] = [];
    const gauges: Gauge[] = [];
    return {
      version(product, printed, line) {
        const version = versionNumber(printed);
        if (version === null || versions.some((one) => one.product === product && one.version === version))
          return;
        if (room()) versions.push({ product, version, line, text: textAt(line) });
      },
      setting(product, name, value, line, rank) {
        if (room()) {
          settings.push({
            product,
            name,
            value: withoutSecrets(value).slice(0, VALUE_LIMIT),
            line,
            text: textAt(line),
            ...(rank !== undefined && { rank }),
          });
        }
      },
      gauge(product, name, value, line, signed) {
        if (!Number.isFinite(value) || (value < 0 && signed === undefined)) return;
        if (room()) gauges.push({ product, name, value, line, text: textAt(line) });
      },
      end({ host = null, program = null, pid = null, at = null, life }) {
        const origin = (first: { line: number; text: string } | undefined) =>
          first === undefined ? null : { source, line: first.line, host, program, pid, at, text: first.text };
        const ofVersions = origin(versions[0]);
        const ofSettings = origin(settings[0]);
        const ofGauges = origin(gauges[0]);
        if (ofVersions !== null) evidence.push({ kind: 'versions', ...ofVersions, versions: [...versions] });
        if (ofSettings !== null) evidence.push({ kind: 'settings', ...ofSettings, settings: [...settings] });
        if (ofGauges !== null) {
          const counted = { kind: 'gauges' as const, ...ofGauges, gauges: [...gauges] };
          evidence.push(life === undefined ? counted : { ...counted, life });
        }
        versions.length = settings.length = gauges.length = 0;
      },
    };
  }

  return {
    output,
    problem(line, reason) {
      if (problems.length < PROBLEMS_LIMIT) problems.push({ source, line, reason });
      else moreProblems++;
    },
    reading() {
      const all = [...problems];
      if (dropped > 0) {
        const reason = `More than ${limit} statements: ${dropped} were left out.`;
        all.push({ source, line: null, reason });
      }
      if (moreProblems > 0) all.push({ source, line: null, reason: `${moreProblems} more problems.` });
      return { evidence, problems: all };
    },
  };
}

/** Up to 64 characters of a name from the input, fit for a sentence. */
export function quoted(text: string): string {
  const short = text.length > 56 ? `${text.slice(0, 55)}…` : text;
  return JSON.stringify(short)
    .replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g, '?')
    .slice(0, 64);
}

/** A name that a host can have, else null: the field is printed before everything else. */
export function hostName(text: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(text) ? text : null;
}
