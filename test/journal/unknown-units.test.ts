/** Units of which the journal has nothing: mistyped ones, and files that were taken for units. */
import t from 'tap';
import { type AskJournalctl, unknownUnits } from '../../lib/ingest/journal/unknown-units.js';

const KNOWN = 'docker.service\ninit.scope\nsystemd-fsck@dev-sda1.service\nkubelet.service\n';

t.test('names, with and without their suffix, and patterns', async (t) => {
  const ask: AskJournalctl = async () => KNOWN;
  const units = ['docker', 'kubelet.service', 'init.scope', 'systemd-fsck@*', 'kube???', 'dockerd', 'doc.er'];
  t.same(await unknownUnits({ units }, ask), ['dockerd', 'doc.er']);
});

t.test('the journal that is followed is asked', async (t) => {
  const asked: (readonly string[])[] = [];
  const ask: AskJournalctl = async (args) => {
    asked.push(args);
    return KNOWN;
  };
  await unknownUnits({ units: ['a'], directory: '/mnt/journal' }, ask);
  await unknownUnits({ units: ['a'], file: ['/a.journal', '/b.journal'] }, ask);
  t.match(asked[0], ['--field=_SYSTEMD_UNIT', '--no-pager', '--quiet', '--directory=/mnt/journal']);
  t.same(asked[1]?.slice(-2), ['--file=/a.journal', '--file=/b.journal']);
  t.same(await unknownUnits({}, ask), []);
  t.equal(asked.length, 2, 'without units there is nothing to ask');
});

t.test('where it cannot be known nothing is said', async (t) => {
  t.same(
    await unknownUnits({ units: ['a'] }, async () => ''),
    [],
    'an empty journal, or one that may not be read',
  );
  const fails: AskJournalctl = async () => {
    throw new Error('no journalctl');
  };
  t.same(await unknownUnits({ units: ['a'] }, fails), []);
});
