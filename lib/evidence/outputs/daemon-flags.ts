/**
 * Settings among the arguments of a daemon's command line, under the same names that its configuration file
 * gives them. Used for the process lists of `systemctl status`, and for ExecStart of units.
 */

interface Flag {
  readonly name: string;
  /** Takes no word of its own: `--live-restore`, `--live-restore=false`. */
  readonly boolean?: true;
}

const FLAGS: Readonly<Record<string, Readonly<Record<string, Flag>>>> = {
  dockerd: {
    '--live-restore': { name: 'live-restore', boolean: true },
    '--debug': { name: 'debug', boolean: true },
    '-D': { name: 'debug', boolean: true },
    '--log-driver': { name: 'log-driver' },
    '--data-root': { name: 'data-root' },
    '--graph': { name: 'data-root' },
    '-g': { name: 'data-root' },
    '--storage-driver': { name: 'storage-driver' },
    '-s': { name: 'storage-driver' },
    '--config-file': { name: 'config-file' },
    '--oom-score-adjust': { name: 'oom-score-adjust' },
    '--shutdown-timeout': { name: 'shutdown-timeout' },
    '--log-opt': { name: 'log-' },
    '--exec-opt': { name: '' },
    '--default-ulimit': { name: 'default-ulimit-' },
  },
  containerd: {
    '--config': { name: 'config-file' },
    '-c': { name: 'config-file' },
    '--log-level': { name: 'log-level' },
    '-l': { name: 'log-level' },
  },
  kubelet: {
    '--config': { name: 'config-file' },
    '--container-runtime-endpoint': { name: 'container-runtime-endpoint' },
    '--runtime-request-timeout': { name: 'runtime-request-timeout' },
    '--max-pods': { name: 'max-pods' },
  },
};

/** `key=value` behind these flags: part of the name, then value. */
const PAIRS = new Set(['--log-opt', '--default-ulimit']);
const PROGRAMS: Readonly<Record<string, string>> = {
  dockerd: 'dockerd',
  'dockerd-current': 'dockerd',
  'dockerd-ce': 'dockerd',
  'docker-current': 'dockerd',
  containerd: 'containerd',
  kubelet: 'kubelet',
  buildkitd: 'buildkit',
  crio: 'cri-o',
};
/** Words of a command line that are looked at. */
const WORDS_LIMIT = 512;

/** The daemon that a command runs, null for any other program. */
export function productOfCommand(command: readonly string[]): string | null {
  const program = (command[0] ?? '').split('/').at(-1) ?? '';
  return Object.hasOwn(PROGRAMS, program) ? (PROGRAMS[program] ?? null) : null;
}

/** Name and value of every flag that we have a name for; the last one of a name is the one that counts. */
export function flagSettings(product: string, command: readonly string[]): ReadonlyMap<string, string> {
  const known = FLAGS[product] ?? {};
  const settings = new Map<string, string>();
  const words = command.slice(1, WORDS_LIMIT);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const equals = word.indexOf('=');
    const key = word.startsWith('-') && equals > 0 ? word.slice(0, equals) : word;
    const flag = Object.hasOwn(known, key) ? known[key] : undefined;
    if (flag === undefined) continue;
    const attached = key === word ? null : word.slice(equals + 1);
    if (flag.boolean) {
      settings.set(flag.name, attached ?? 'true');
      continue;
    }
    const value = attached ?? words[++i];
    if (value === undefined) break;
    if (key === '--exec-opt') {
      const driver = /^native\.cgroupdriver=(\w+)$/.exec(value)?.[1];
      if (driver !== undefined) settings.set('cgroup-driver', driver);
    } else if (PAIRS.has(key)) {
      const [option = '', ...rest] = value.split('=');
      if (/^[a-z][a-z-]{0,40}$/.test(option) && rest.length > 0)
        settings.set(flag.name + option, rest.join('='));
    } else {
      settings.set(flag.name, value);
    }
  }
  return settings;
}

/** Words of a shell-like text; quotes of both kinds keep spaces together, a backslash keeps the next character. */
export function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  let quote = '';
  for (let i = 0; i < text.length && words.length < WORDS_LIMIT; i++) {
    const char = text[i] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else word += char === '\\' && quote === '"' ? (text[++i] ?? '') : char;
    } else if (char === '"' || char === "'") {
      quote = char;
      inWord = true;
    } else if (char === ' ' || char === '\t') {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
    } else {
      word += char === '\\' ? (text[++i] ?? '') : char;
      inWord = true;
    }
  }
  if (inWord && words.length < WORDS_LIMIT) words.push(word);
  return words;
}
