/** Units of which the journal has nothing: mistyped ones, and files that were taken for units. */
import t from 'tap';
import { type AskJournalctl, missingIn } from '../../lib/ingest/journal/missing-units.js';

const KNOWN = 'docker.service\ninit.scope\nsystemd-fsck@dev-sda1.service\nkubelet.service\n';

t.test('names, with and without their suffix, and patterns', async (t) => {
  const ask: AskJournalctl = async () => KNOWN;
  const units = ['docker', 'kubelet.service', 'init.scope', 'systemd-fsck@*', 'kube???', 'dockerd', 'doc.er'];
  t.same(await missingIn({ units }, ask), { everything: false, units: ['dockerd', 'doc.er'] });
});

t.test('the journal that is followed is asked', async (t) => {
  const asked: (readonly string[])[] = [];
  const ask: AskJournalctl = async (args) => {
    asked.push(args);
    return KNOWN;
  };
  await missingIn({ units: ['a'], directory: '/mnt/journal' }, ask);
  await missingIn({ units: ['a'], file: ['/a.journal', '/b.journal'] }, ask);
  t.match(asked[0], ['--field=_SYSTEMD_UNIT', '--no-pager', '--quiet', '--directory=/mnt/journal']);
  t.same(asked[1]?.slice(-2), ['--file=/a.journal', '--file=/b.journal']);
  t.same(await missingIn({}, ask), { everything: false, units: [] });
});

t.test('a journal without any entry, and one that cannot be asked', async (t) => {
  const empty: AskJournalctl = async (args) => (args[0] === '--lines=1' ? '' : '\n');
  t.same(await missingIn({ units: ['a'] }, empty), { everything: true, units: [] });
  const ofNoUnit: AskJournalctl = async (args) => (args[0] === '--lines=1' ? 'a message\n' : '\n');
  t.same(await missingIn({ units: ['a'] }, ofNoUnit), { everything: false, units: ['a'] });
  const fails: AskJournalctl = async () => {
    throw new Error('no journalctl');
  };
  t.same(await missingIn({ units: ['a'] }, fails), { everything: false, units: [] });
});
