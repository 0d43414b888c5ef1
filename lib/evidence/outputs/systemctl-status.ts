/**
 * `systemctl status` of a daemon: since when it runs, how much memory and how many tasks its unit has, and its
 * command line. The log lines at its end are a log's business.
 */
import { flagSettings, productOfCommand, shellWords } from './daemon-flags.js';
import type { Output } from './statements.js';
import { productOfUnit, programOf, stateFlags } from './units.js';
import { systemdTime } from './zoned-time.js';

/** `●` and its kin, `*` without UTF-8, nothing in the oldest. */
const HEADER = /^\s*(?:[●○×↻*•] )?([A-Za-z0-9][\w.@-]{0,80}\.service)(?: - .*|\s*)$/;
const ROW =
  /^\s*(Loaded|Active|Main PID|Tasks|Memory|CPU|CGroup|Docs|Drop-In|Process|TriggeredBy|Status|IO|IP): (.*)$/;
/** `├─1538 dockerd --host=fd://`, or with plain characters. */
const PROCESS = /^[\s│|]*(?:[├└]─|[|`]-)\s*(\d{1,10}) (\S.*)$/;
/** Further drop-ins, listeners and processes. */
const CONTINUED = /^(?:\s{4}|\s*[│├└|`])/;
const UNITS: Readonly<Record<string, number>> = { B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
/** Rows between header and empty line; a unit with many processes has hundreds. */
const ROWS_LIMIT = 4_096;

/** `2.1G` -> bytes, to the digits printed; null for `[not set]` and the like. */
function bytesOf(text: string): number | null {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)([BKMGT])$/.exec(text);
  return found === null ? null : Math.round(Number(found[1]) * (UNITS[found[2] ?? ''] ?? 1));
}

export interface SectionReader {
  /** True where the line is a part of what this reader is about. */
  read(text: string, line: number): boolean;
  end(): void;
}

export function statusReader(newOutput: () => Output): SectionReader {
  let output: Output | null = null;
  let product: string | null = null;
  let pid: number | null = null;
  let rows = 0;
  /** `Loaded:` follows the header, else it was some other mention of the unit. */
  let sure = false;
  let flagsSeen = false;

  function end(): void {
    if (sure && product !== null) output?.end({ program: programOf(product), pid });
    output = null;
    product = null;
    pid = null;
    rows = 0;
    sure = false;
    flagsSeen = false;
  }

  return {
    end,
    read(text, line) {
      const unit = text.includes('.service') ? HEADER.exec(text)?.[1] : undefined;
      if (unit !== undefined) {
        end();
        product = productOfUnit(unit);
        if (product === null) return false;
        output = newOutput();
        return true;
      }
      if (output === null || product === null) return false;
      if (text.trim() === '' || ++rows > ROWS_LIMIT) {
        end();
        return false;
      }
      const process = PROCESS.exec(text);
      if (process !== null) {
        const words = shellWords(process[2] ?? '');
        // Cut to the terminal's width: the last word may be half a word.
        const whole = /(?:…|\.\.\.)$/.test(text) ? words.slice(0, -1) : words;
        if (
          !flagsSeen &&
          productOfCommand(words) === product &&
          (pid === null || pid === Number(process[1]))
        ) {
          flagsSeen = true;
          stateFlags(flagSettings(product, whole), product, line, output);
        }
        return true;
      }
      const [, key = '', value = ''] = ROW.exec(text) ?? [];
      if (key === 'Loaded') sure = true;
      else if (key === '' && (!sure || !CONTINUED.test(text))) {
        end();
        return false;
      } else if (key === 'Active') {
        const since = /^active \([a-z-]+\) since (.{1,60}?); /.exec(value)?.[1];
        if (since !== undefined) output.setting(product, 'active-since', systemdTime(since), line);
      } else if (key === 'Main PID') {
        const found = /^(\d{1,10})(?: \((.{1,40})\))?/.exec(value);
        if (found !== null) pid = Number(found[1]);
      } else if (key === 'Tasks') {
        const tasks = /^\d{1,9}/.exec(value)?.[0];
        if (tasks !== undefined) output.gauge(product, 'tasks', Number(tasks), line);
      } else if (key === 'Memory') {
        const memory = bytesOf(/^\S+/.exec(value)?.[0] ?? '');
        if (memory !== null) output.gauge(product, 'memory-bytes', memory, line);
        const peak = bytesOf(/\bpeak: ([\d.]+[BKMGT])/.exec(value)?.[1] ?? '');
        if (peak !== null) output.gauge(product, 'memory-peak-bytes', peak, line);
      }
      return output !== null;
    },
  };
}
