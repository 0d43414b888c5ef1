/**
 * A systemd-journald of our own: one of a namespace, which has its sockets and files beside those of the host's. Its
 * files are in memory, small, and so rotated often; none of them is deleted.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { JOURNALD } from './enclosure.js';
import { until } from './until.js';

const NAME = 'leaktrail';
const SOCKET = `/run/systemd/journal.${NAME}/stdout`;

const CONFIG = `[Journal]
Storage=volatile
RateLimitIntervalSec=0
RuntimeMaxUse=2G
RuntimeKeepFree=1M
RuntimeMaxFileSize=8M
RuntimeMaxFiles=1000
ForwardToSyslog=no
ForwardToWall=no
`;

export const journalDirectory = (): string =>
  `/run/log/journal/${readFileSync('/etc/machine-id', 'latin1').trim()}.${NAME}`;

export async function startJournald(): Promise<ChildProcess> {
  mkdirSync(`/run/systemd/journal.${NAME}`, { recursive: true });
  writeFileSync(`/etc/systemd/journald@${NAME}.conf`, CONFIG);
  const daemon = spawn(JOURNALD ?? '', [NAME], { stdio: 'ignore' });
  await until('the journal', () => existsSync(SOCKET) && existsSync(journalDirectory()));
  // With nobody connected that of a namespace ends itself after half a minute.
  await connectUnit();
  return daemon;
}

/** As the service manager connects the output of a unit. */
async function connectUnit(): Promise<Socket> {
  // journald shuts down its side at once: that is not the end.
  const socket = connect({ path: SOCKET, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write('dockerd\ndocker.service\n6\n0\n0\n0\n0\n');
  return socket;
}

/** Sends as fast as it is taken. */
export async function sendToJournald(messages: readonly string[]): Promise<void> {
  const socket = await connectUnit();
  for (let at = 0; at < messages.length; at += 500) {
    if (!socket.write(`${messages.slice(at, at + 500).join('\n')}\n`)) await once(socket, 'drain');
  }
  socket.end();
  const last = `${messages.at(-1)}\n`;
  await until('the last line in the journal', () => journalctl(['--lines=1', '--output=cat']) === last);
}

/** What the real one prints of the whole journal. */
export function journalctl(args: readonly string[]): string {
  return execFileSync('journalctl', [`--directory=${journalDirectory()}`, '--no-pager', ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
}
