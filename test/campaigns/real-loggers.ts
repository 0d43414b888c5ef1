/**
 * Real loggers at full speed: an rsyslogd whose files a logrotate rotates, and a systemd-journald, each of our own
 * and without systemd, carry 200,000 lines; `analyze` follows them and is killed in the middle. Every line has to be
 * counted once, and every incident found with its exact number of stop calls. Takes about a minute; needs root and
 * the Debian packages rsyslog, logrotate and systemd. Run by `npm run campaign:loggers`.
 */
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { furnish, HOME, leftBehind, startInside, unavailable } from './loggers/enclosure.js';
import { type Follower, follow, type Said } from './loggers/follower.js';
import { journalctl, journalDirectory, sendToJournald, startJournald } from './loggers/journald.js';
import { nodeLog } from './loggers/node-log.js';
import { COPIED, linesInFiles, RENAMED, rotate, sendToRsyslog, startRsyslog } from './loggers/rsyslog.js';
import { until } from './loggers/until.js';

const LINES = 200_000;
const LONGEST_SECONDS = 240;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let checks = 0;
let failures = 0;

function check(what: string, holds: boolean): void {
  checks += 1;
  if (!holds) failures += 1;
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
}

const log = nodeLog(LINES, Date.now());
const first = log.messages.slice(0, LINES / 2);
const second = log.messages.slice(LINES / 2);

/** A state is younger than what was sent before. */
async function savedAgain(path: string): Promise<void> {
  const sentAt = Date.now();
  await until('another state', () => statSync(path).mtimeMs > sentAt);
}

function summaryOf({ said }: Follower): Said {
  return said.findLast(({ type }) => type === 'summary') ?? {};
}

/** Stop calls by container, in the last that was said of each incident. */
function attemptsFound({ said }: Follower): Map<string, number> {
  const last = new Map(said.filter(({ defect }) => defect === 'stuck-stop').map((one) => [one.id, one]));
  return new Map(
    [...last.values()].map((one) => [
      (one.containers as readonly { id: string }[])[0]?.id ?? '',
      Number(one.attempts),
    ]),
  );
}

function checkIncidents(follower: Follower): void {
  const found = attemptsFound(follower);
  const wrong = [...log.attempts].filter(([id, count]) => found.get(id) !== count);
  const text = wrong
    .slice(0, 5)
    .map(([id, count]) => `${id.slice(0, 12)}: ${found.get(id)} of ${count}`)
    .join(', ');
  check(
    `${found.size} incidents, each with its exact number of stop calls ${text}`.trimEnd(),
    found.size === log.attempts.size && wrong.length === 0,
  );
}

async function checkEnd(follower: Follower): Promise<void> {
  const { code, seconds } = await follower.finish();
  check(`exit code ${code} after ${seconds.toFixed(1)} s`, code === 1 && seconds < 3);
  for (const line of follower.complaints) say(`       ${line}`);
}

/** Header of both formats: time, host, tag. */
const withoutHeader = (line: string): string => line.slice(line.indexOf(': ') + 2);

/** Where nothing was lost nothing may be said to be. */
function checkNoLoss(follower: Follower): void {
  const { lostBytes, unknownLosses } = summaryOf(follower);
  check(
    `no loss is told: ${lostBytes} bytes, ${unknownLosses} unknown`,
    lostBytes === 0 && unknownLosses === 0,
  );
}

async function rsyslog(): Promise<void> {
  say('# rsyslogd and logrotate');
  const states = [join(HOME, 'renamed.state'), join(HOME, 'copied.state')] as const;
  const daemon = await startRsyslog();
  const renamed = follow(['--follow', '--from-start', '--state', states[0], RENAMED]);
  const copied = follow(['--follow', '--from-start', '--state', states[1], COPIED]);
  let written = false;
  let rotations = 0;
  async function keepRotating(): Promise<void> {
    while (!written) {
      await rotate();
      rotations += 1;
      await pause(100);
    }
  }
  async function send(): Promise<void> {
    await until('the first states', () => states.every(existsSync));
    await sendToRsyslog(first);
    await savedAgain(states[0]);
    await Promise.all([sendToRsyslog(second), renamed.killAndRestart()]);
    written = true;
  }
  const from = performance.now();
  await Promise.all([keepRotating(), send()]);
  const seconds = (performance.now() - from) / 1000;
  const last = log.messages.at(-1) ?? '';
  await until('the last line in both files', () =>
    [RENAMED, COPIED].every((path) => linesInFiles(path).at(-1)?.endsWith(last)),
  );
  await rotate();
  say(`       ${LINES} lines in ${seconds.toFixed(1)} s, ${rotations + 1} rotations`);

  say('# renamed, analyze killed and started again');
  await checkEnd(renamed);
  const lines = linesInFiles(RENAMED);
  check(
    'rsyslogd and logrotate lost nothing',
    lines.map(withoutHeader).join('\n') === log.messages.join('\n'),
  );
  const { lines: counted } = summaryOf(renamed);
  check(`${counted} lines counted`, counted === LINES);
  checkIncidents(renamed);
  checkNoLoss(renamed);

  say('# copied and truncated');
  await checkEnd(copied);
  // What is written between the copy and the truncation is lost by logrotate, unless it was read before.
  const kept = linesInFiles(COPIED).length;
  const read = Number(summaryOf(copied).lines);
  say(`       logrotate lost ${LINES - kept} lines; ${read - kept} of them had been read`);
  check(`${read} lines counted, ${kept} in the files`, read >= kept && read <= LINES);
  if (read === LINES) checkIncidents(copied);
  daemon.kill();
}

async function journald(): Promise<void> {
  say('# systemd-journald');
  const state = join(HOME, 'journald.state');
  const daemon = await startJournald();
  const follower = follow(['--journal', '--directory', journalDirectory(), '--from-start', '--state', state]);
  await until('the first state', () => existsSync(state));
  const from = performance.now();
  await sendToJournald(first);
  await savedAgain(state);
  await Promise.all([sendToJournald(second), follower.killAndRestart()]);
  say(`       ${LINES} lines in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  await checkEnd(follower);
  const entries = journalctl(['--output=json', '--output-fields=_BOOT_ID']).split('\n').length - 1;
  const { lines } = summaryOf(follower);
  check(`${lines} lines counted, ${entries} entries in the journal`, entries >= LINES && lines === entries);
  checkIncidents(follower);
  checkNoLoss(follower);
  daemon.kill();
}

async function inside(): Promise<void> {
  furnish();
  await rsyslog();
  await journald();
}

async function outside(): Promise<void> {
  const reason = unavailable();
  if (reason !== null) {
    say(`left out: ${reason}`);
    return;
  }
  const child = startInside(fileURLToPath(import.meta.url), ['inside']);
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_SECONDS * 1000);
  const [code] = await once(child, 'exit');
  clearTimeout(late);
  const left = leftBehind();
  if (left.length > 0) say(`FAILED something is left behind\n       ${left.join('\n       ')}`);
  process.exitCode = code === 0 && left.length === 0 ? 0 : 1;
}

if (process.argv[2] === 'inside') {
  await inside().catch((error: unknown) => {
    check(String(error), false);
  });
  say(`${checks} checks, ${failures} failed`);
  // With it, the first process of its namespace, go the daemons.
  process.exit(failures === 0 ? 0 : 1);
} else await outside();
