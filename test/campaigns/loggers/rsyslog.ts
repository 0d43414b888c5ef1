/**
 * An rsyslogd of our own that writes two files: `rename.log` as distributions do, and `copy.log` with full times; and
 * a logrotate that rotates the first by renaming it, the second by copying and truncating it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { HOME } from './enclosure.js';
import { until } from './until.js';

const SOCKET = join(HOME, 'log.sock');
const PID_FILE = join(HOME, 'rsyslogd.pid');
const LOGS = join(HOME, 'log');
export const RENAMED = join(LOGS, 'rename.log');
export const COPIED = join(LOGS, 'copy.log');

// A queue for all lines, and a sender that waits: rsyslog drops what does not fit otherwise.
const RSYSLOG_CONFIG = `
global(workDirectory="${HOME}")
main_queue(queue.type="LinkedList" queue.size="500000" queue.timeoutEnqueue="60000")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${SOCKET}" RateLimit.Interval="0" FlowControl="on")
action(type="omfile" file="${RENAMED}" template="RSYSLOG_TraditionalFileFormat" fileCreateMode="0640")
action(type="omfile" file="${COPIED}" template="RSYSLOG_FileFormat" fileCreateMode="0640")
`;

// As Debian rotates its system log: compressed a rotation later, for rsyslogd may still write to it until it is told.
const LOGROTATE_CONFIG = `
${RENAMED} {
  create 0640 root root
  missingok
  rotate 10000
  compress
  delaycompress
  postrotate
    kill -HUP $(cat ${PID_FILE})
  endscript
}
${COPIED} {
  copytruncate
  missingok
  rotate 10000
  compress
}
`;

export async function startRsyslog(): Promise<ChildProcess> {
  mkdirSync(LOGS, { mode: 0o755 });
  const config = join(HOME, 'rsyslog.conf');
  writeFileSync(config, RSYSLOG_CONFIG);
  writeFileSync(join(HOME, 'logrotate.conf'), LOGROTATE_CONFIG, { mode: 0o644 });
  const daemon = spawn('rsyslogd', ['-n', '-f', config, '-i', PID_FILE], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await until('the socket of rsyslogd', () => existsSync(SOCKET) && existsSync(PID_FILE));
  return daemon;
}

/** Sends them as fast as they are taken. */
export async function sendToRsyslog(messages: readonly string[]): Promise<void> {
  const logger = spawn('logger', ['--socket', SOCKET, '--tag', 'dockerd', '--id=1359', '--size', '4096'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const exit = once(logger, 'exit');
  for (let at = 0; at < messages.length; at += 500) {
    if (!logger.stdin.write(`${messages.slice(at, at + 500).join('\n')}\n`))
      await once(logger.stdin, 'drain');
  }
  logger.stdin.end();
  const [code] = await exit;
  if (code !== 0) throw new Error(`logger ended with ${code}`);
}

export async function rotate(): Promise<void> {
  const args = ['--force', '--state', join(HOME, 'logrotate.state'), join(HOME, 'logrotate.conf')];
  await promisify(execFile)('logrotate', args);
}

/** All that a log and its rotated copies hold, oldest first. */
export function linesInFiles(path: string): string[] {
  const order = (name: string) => -Number(/\.log\.(\d+)/.exec(name)?.[1] ?? 0);
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(basename(path)))
    .sort((a, b) => order(a) - order(b))
    .flatMap((name) => {
      const bytes = readFileSync(join(dirname(path), name));
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
      return text === '' ? [] : text.replace(/\n$/, '').split('\n');
    });
}
