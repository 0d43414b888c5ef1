/**
 * `systemctl show`: restarts, memory, limits and the environment of a daemon's unit, one `Key=value` a line, units
 * apart by an empty line. Asked for single properties it does not name the unit.
 */
import { flagSettings, productOfCommand, shellWords } from './daemon-flags.js';
import type { Output, Statements } from './statements.js';
import type { SectionReader } from './systemctl-status.js';
import {
  exporterOf,
  isTracing,
  limitValue,
  productNamedIn,
  productOfUnit,
  programOf,
  stateFlags,
} from './units.js';
import { systemdTime } from './zoned-time.js';

const PROPERTY = /^\s*([A-Z][A-Za-z0-9]{1,60})=(.*)$/;
/** Properties that begin a block where no other has: everything else may be any program's text. */
const KEYS = new Set([
  'Id',
  'Names',
  'Type',
  'NRestarts',
  'MainPID',
  'ExecMainPID',
  'MemoryCurrent',
  'MemoryPeak',
  'TasksCurrent',
  'LimitNOFILE',
  'Environment',
  'EnvironmentFiles',
  'ExecStart',
  'ActiveEnterTimestamp',
]);
const GAUGES: Readonly<Record<string, string>> = {
  NRestarts: 'restarts',
  MemoryCurrent: 'memory-bytes',
  MemoryPeak: 'memory-peak-bytes',
  TasksCurrent: 'tasks',
};

/** Product of properties that may be any unit's. */
const UNNAMED = 'a unit without a name';

export function showReader(source: string, statements: Statements): SectionReader {
  let block = new Map<string, { readonly value: string; readonly line: number }>();
  /** The line above the block: the command, where it was pasted, too. */
  let above = '';
  let command = '';

  function end(): void {
    if (block.size > 0) state(block, productOf(block, command, source), statements);
    block = new Map();
  }

  return {
    end,
    read(text, line) {
      const [, key = '', value = ''] = text.includes('=') ? (PROPERTY.exec(text) ?? []) : [];
      if (key === '' || (block.size === 0 && !KEYS.has(key))) {
        end();
        if (text.trim() !== '') above = text;
        return false;
      }
      if (block.has('Id') && key === 'Id') end();
      if (block.size === 0) {
        command = above.slice(0, 1_024);
        above = '';
      }
      // Reloads and pre-starts have argv, too; of ExecStart the first.
      if (KEYS.has(key) && !block.has(key)) block.set(key, { value, line });
      return true;
    },
  };
}

type Block = ReadonlyMap<string, { readonly value: string; readonly line: number }>;

function productOf(block: Block, above: string, source: string): string | null {
  const id = block.get('Id');
  if (id !== undefined) return productOfUnit(id.value);
  const command = commandOf(block);
  if (command.length > 0) return productOfCommand(command);
  const named = productNamedIn(above) ?? productNamedIn(source);
  if (named !== null) return named;
  // Nobody asks for it but of dockerd.
  return shellWords(block.get('Environment')?.value ?? '').some(isTracing) ? 'dockerd' : null;
}

/** `{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// ; ignore_errors=no ; … }` */
function commandOf(block: Block): readonly string[] {
  const text = block.get('ExecStart')?.value ?? '';
  const start = text.indexOf('argv[]=');
  if (start < 0) return [];
  const end = text.indexOf(' ; ', start);
  return shellWords(text.slice(start + 'argv[]='.length, end < 0 ? undefined : end));
}

function stateGauges(block: Block, product: string, out: Output): void {
  for (const [key, name] of Object.entries(GAUGES)) {
    const property = block.get(key);
    // `[not set]` and all ones mean that nobody counts.
    if (property !== undefined && /^\d{1,15}$/.test(property.value)) {
      out.gauge(product, name, Number(property.value), property.line);
    }
  }
}

function state(block: Block, product: string | null, statements: Statements): void {
  const { output, problem } = statements;
  if (product === null) {
    const first = block.get('NRestarts') ?? block.get('Environment') ?? block.get('MemoryCurrent');
    if (first !== undefined && !block.has('Id') && !block.has('ExecStart')) {
      problem(first.line, 'Properties of a unit that is not named: ask systemctl show for Id, too.');
      // It was read, and is told as what it is; no verdict asks for this product.
      const out = output();
      stateGauges(block, UNNAMED, out);
      out.setting(UNNAMED, 'id', 'not stated', first.line);
      out.end({});
    }
    return;
  }
  const out = output();
  stateGauges(block, product, out);
  const limit = block.get('LimitNOFILE');
  const value = limitValue(limit?.value ?? '');
  if (limit !== undefined && value !== null) out.setting(product, 'limit-nofile', value, limit.line);
  const since = block.get('ActiveEnterTimestamp');
  if (since !== undefined && since.value !== '') {
    out.setting(product, 'active-since', systemdTime(since.value.slice(0, 64)), since.line);
  }
  const environment = block.get('Environment');
  if (environment !== undefined) {
    const exporter = exporterOf(shellWords(environment.value));
    const files = block.get('EnvironmentFiles');
    if (exporter !== '' || files === undefined || files.value === '') {
      out.setting(product, 'otel-exporter', exporter, environment.line);
    } else {
      problem(
        files.line,
        'The unit has environment files, too, which were not read: they may set OTEL_EXPORTER_OTLP_*.',
      );
    }
  }
  const command = commandOf(block);
  if (command.length > 0) {
    stateFlags(flagSettings(product, command), product, block.get('ExecStart')?.line ?? 1, out);
  }
  const pid = Number((block.get('MainPID') ?? block.get('ExecMainPID'))?.value);
  out.end({ program: programOf(product), pid: Number.isSafeInteger(pid) && pid > 0 ? pid : null });
}
