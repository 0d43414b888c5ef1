import { resolve } from 'node:path';
import t from 'tap';
import { followArguments, journalEnvironment } from '../../lib/ingest/journal/command-line.js';
import { journalPieces } from '../../lib/ingest/journal/index.js';
import { fakeJournal } from './fake-journalctl.js';

const start = { kind: 'start' } as const;

t.test('fields are whole, and only those that records are made of', async (t) => {
  const args = followArguments({}, start, true);
  t.ok(args.includes('--all') && args.includes('--output=json'));
  t.match(args.join(' '), /--output-fields=MESSAGE,\S*_SYSTEMD_UNIT/);
  t.notMatch(followArguments({}, start, false).join(' '), /--output-fields/);
});

t.test('all boots are read, of this machine only', async (t) => {
  const machineId = () => 'c'.repeat(32);
  t.same(followArguments({ machineId }, start, true).slice(-2), ['--merge', `_MACHINE_ID=${'c'.repeat(32)}`]);
  t.notOk(followArguments({ machineId: () => null }, start, true).includes('--merge'));
});

t.test('of another journal all machines', async (t) => {
  const machineId = () => 'c'.repeat(32);
  for (const options of [{ directory: '/var/log/journal/remote' }, { file: '/a.journal' }]) {
    const args = followArguments({ ...options, machineId }, start, true);
    t.ok(args.includes('--merge'));
    t.notMatch(args.join(' '), /_MACHINE_ID/);
  }
});

t.test('paths are those of this process, and nothing a user names is an option', async (t) => {
  const args = followArguments({ file: ['a.journal', '/b/*.journal'], units: ['-x', 'a b'] }, start, true);
  t.ok(args.includes(`--file=${resolve('a.journal')}`));
  t.ok(args.includes('--file=/b/*.journal'));
  t.ok(args.includes('--unit=-x') && args.includes('--unit=a b'));
  t.ok(followArguments({ directory: 'journal' }, start, true).includes(`--directory=${resolve('journal')}`));
});

t.test('its language and time zone are fixed', async (t) => {
  const environment = journalEnvironment({
    environment: { PATH: '/bin', LC_ALL: 'de_DE', TZ: 'Asia/Tokyo' },
  });
  t.match(environment, { PATH: '/bin', LC_ALL: 'C', TZ: 'UTC', SYSTEMD_LOG_LEVEL: 'info' });
  const journal = fakeJournal({ from: 'start', environment: { PATH: '/bin' } });
  const next = journal.pieces.next();
  await journal.started();
  t.match(journal.environments, [{ PATH: '/bin', LC_ALL: 'C' }]);
  await journal.stop();
  await next;
});

t.test('a directory and files exclude each other', async (t) => {
  const pieces = journalPieces({ directory: '/a', file: '/b' });
  await t.rejects(pieces.next(), { message: /leave one of them out/ });
});
