/**
 * Runs a program in namespaces of its own, where its mounts, processes and sockets are nobody else's: /run is empty
 * memory, and so is /etc/systemd. With its first process everything in it is gone, and so it is when the one that
 * started it is killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Marks the environment of everything that is started in it. */
const MARK = 'LEAKTRAIL_LOGGERS';
export const HOME = '/run/leaktrail';

export const JOURNALD = ['/usr/lib/systemd/systemd-journald', '/lib/systemd/systemd-journald'].find(
  existsSync,
);

const TOOLS = ['rsyslogd', 'logger', 'logrotate', 'journalctl', 'unshare', 'setpriv', 'mount'];
const PATH = `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin`;

/** What is missing on this machine, null where it can run. */
export function unavailable(): string | null {
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = TOOLS.filter(
    (tool) => !PATH.split(delimiter).some((place) => existsSync(join(place, tool))),
  );
  if (JOURNALD === undefined) missing.push('systemd-journald');
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  try {
    accessSync('/etc/machine-id');
    execFileSync('unshare', ['--mount', '--pid', '--fork', 'true'], { stdio: 'ignore' });
  } catch (error) {
    return String(error);
  }
  return null;
}

export function startInside(program: string, args: readonly string[]): ChildProcess {
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...unshare, process.execPath, program, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH, [MARK]: `${process.pid}`, LC_ALL: 'C', TZ: 'UTC' },
  });
}

/** Called once in there, before anything else. */
export function furnish(): void {
  for (const place of ['/run', '/etc/systemd']) execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place]);
  mkdirSync(HOME, { mode: 0o755 });
}

/** Processes of a run of this process that are still there. */
export function leftBehind(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        return environment.includes(`${MARK}=${process.pid}`) ? [`${pid}: ${command}`] : [];
      } catch {
        return [];
      }
    });
}
