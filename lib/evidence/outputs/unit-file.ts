/**
 * Unit files and drop-ins of daemons, alone or as `systemctl cat` prints them one below the other. Settings of
 * several files of one unit come together, and an empty assignment takes back what stood before it.
 */
import { flagSettings, productOfCommand, shellWords } from './daemon-flags.js';
import type { Output } from './statements.js';
import type { SectionReader } from './systemctl-status.js';
import { exporterOf, isTracing, limitValue, productNamedIn, programOf, stateFlags } from './units.js';

const FILE = /^# (\/\S{1,512})$/;
const SECTION = /^\s*\[([A-Z][A-Za-z]{2,20})\]\s*$/;
const SECTIONS = new Set(['Unit', 'Service', 'Install', 'Socket']);
const ASSIGNMENT = /^\s*([A-Z][A-Za-z]{1,60})\s*=(.*)$/;
/** Characters of one assignment with all its continued lines. */
const ASSIGNMENT_LIMIT = 16_384;
const VARIABLES_LIMIT = 512;

export function unitFileReader(source: string, newOutput: () => Output): SectionReader {
  /** Null outside of a unit file. */
  let section: string | null = null;
  let named: string | null = null;
  let pending: { readonly key: string; text: string; readonly line: number } | null = null;
  let variables: { readonly text: string; readonly line: number }[] = [];
  let command: { readonly words: readonly string[]; readonly line: number } | null = null;
  let limit: { readonly value: string; readonly line: number } | null = null;

  function end(): void {
    if (section === null && named === null) return;
    flush();
    const texts = variables.map(({ text }) => text);
    const product =
      command === null
        ? (named ?? productNamedIn(source) ?? (texts.some(isTracing) ? 'dockerd' : null))
        : productOfCommand(command.words);
    if (section !== null && product !== null) {
      const output = newOutput();
      const exporter = exporterOf(texts);
      const stated = variables.findLast(({ text }) => isTracing(text));
      // Only what is set counts: other drop-ins may set it where this one does not.
      if (stated !== undefined) output.setting(product, 'otel-exporter', exporter, stated.line);
      if (limit !== null) output.setting(product, 'limit-nofile', limit.value, limit.line);
      if (command !== null) stateFlags(flagSettings(product, command.words), product, command.line, output);
      output.end({ program: programOf(product) });
    }
    section = null;
    named = null;
    variables = [];
    command = null;
    limit = null;
  }

  function flush(): void {
    if (pending === null) return;
    const { key, text, line } = pending;
    pending = null;
    const value = text.trim();
    if (key === 'Environment') {
      if (value === '') variables = [];
      for (const word of shellWords(value)) {
        if (variables.length < VARIABLES_LIMIT) variables.push({ text: word, line });
      }
    } else if (key === 'ExecStart') {
      // `-`, `@`, `!` and others before the path say how it is run.
      command = value === '' ? null : { words: shellWords(value.replace(/^[-@:+!|]{1,4}/, '')), line };
    } else if (key === 'LimitNOFILE') {
      const stated = limitValue(value);
      limit = stated === null ? null : { value: stated, line };
    }
  }

  return {
    end,
    read(text, line) {
      if (pending?.text.endsWith('\\')) {
        pending.text = `${pending.text.slice(0, -1)} ${text.trim()}`.slice(0, ASSIGNMENT_LIMIT);
        return true;
      }
      flush();
      if (section === null && !text.startsWith('# /') && !text.includes('[')) return false;
      const file = FILE.exec(text)?.[1];
      if (file !== undefined) {
        const product = productNamedIn(file);
        if (named !== null && product !== named) end();
        named = product ?? named;
        return section !== null;
      }
      const header = SECTION.exec(text)?.[1];
      if (header !== undefined && SECTIONS.has(header)) {
        // Without `# /path` above them a second [Unit] begins another unit.
        if (header === 'Unit' && command !== null && named === null) end();
        section = header;
        return true;
      }
      if (section === null) return false;
      if (text.trim() === '' || /^\s*[#;]/.test(text)) return true;
      const assignment = ASSIGNMENT.exec(text);
      if (assignment === null) {
        end();
        return false;
      }
      const value = (assignment[2] ?? '').slice(0, ASSIGNMENT_LIMIT).trimEnd();
      if (section === 'Service') pending = { key: assignment[1] ?? '', text: value, line };
      return true;
    },
  };
}
