import t from 'tap';
import { versionNumber } from '../../lib/evidence/outputs/version-number.js';

t.test('versions stay as printed, without a leading v', (t) => {
  for (const [printed, version] of [
    ['19.03.15', '19.03.15'],
    ['v1.5.7', '1.5.7'],
    ['20.10.24+dfsg1-1+deb12u1', '20.10.24+dfsg1-1+deb12u1'],
    ['1.7.27-0ubuntu1~24.04.1', '1.7.27-0ubuntu1~24.04.1'],
    ['5:27.4.1-1~debian.12~bookworm', '5:27.4.1-1~debian.12~bookworm'],
    ['1.13.1-209.git7d71120.el7_9', '1.13.1-209.git7d71120.el7_9'],
    ['27.4.0-rc.1', '27.4.0-rc.1'],
    ['17.06.2-ee-16', '17.06.2-ee-16'],
    ['1.0.0-rc5+dev', '1.0.0-rc5+dev'],
    ['4.19.25-200.1.el7.bclinux.x86_64', '4.19.25-200.1.el7.bclinux.x86_64'],
    // The commit that carries the tag, and one behind it.
    ['v1.0.2-0-g52b36a2d', '1.0.2'],
    ['v1.3.4-0-gd6d73eb8', '1.3.4'],
    ['v1.0.2-12-g52b36a2d', '1.0.2-12-g52b36a2d'],
  ] as const) {
    t.equal(versionNumber(printed), version, printed);
  }
  t.end();
});

t.test('names, commits and what Go makes up are no versions', (t) => {
  for (const printed of [
    '',
    'dev',
    'master',
    'library-import',
    'unknown',
    '(devel)',
    '<none>',
    'N/A',
    '29',
    'fec3683',
    '8686ededfc90076914c5238eb96c883ea093a8ba',
    '0.0.0-20180822222038-652321bfa3',
    'v0.0.0-20231130231514-4cbb0c8b4a18',
    '1.2.3 4',
    '1.2.3\x1b[2J',
    `1.${'2'.repeat(200)}`,
  ]) {
    t.equal(versionNumber(printed), null, printed);
  }
  t.end();
});
