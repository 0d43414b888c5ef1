import t from 'tap';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { fill, firstFitting } from '../../lib/diagnose/rules.js';
import { compareVersions } from '../../lib/diagnose/version-number.js';
import { inWords, nodeWord } from '../../lib/diagnose/words.js';

t.test('the first rule that fits decides; what is not known fits nothing', async (t) => {
  const rules = [
    { id: 'many', when: [{ fact: 'calls', atLeast: 3 }] },
    { id: 'between', when: [{ fact: 'gap', above: 1, below: 2 }] },
    {
      id: 'some',
      when: [
        { fact: 'calls', atLeast: 1 },
        { fact: 'calls', atMost: 2 },
      ],
    },
  ];
  t.equal(firstFitting(rules, { calls: 3, gap: null })?.id, 'many');
  t.equal(firstFitting(rules, { calls: 2, gap: 1.5 })?.id, 'between');
  t.equal(firstFitting(rules, { calls: 2, gap: 2 })?.id, 'some');
  t.equal(firstFitting(rules, { calls: null, gap: Number.NaN }), null);
});

t.test('sentences are filled with words first, then with figures', async (t) => {
  t.equal(fill('{a} of {b}, {c}', { a: 'x' }, { a: 1, b: 2 }), 'x of 2, {c}');
});

t.test('every sentence of the built-in defects can be filled', async (t) => {
  for (const defect of (await loadDefects()).values()) {
    for (const text of [
      ...defect.next.map(({ command }) => command),
      ...defect.mitigations.map(({ command }) => command),
    ]) {
      const names = [...(text ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const name of names) t.ok(['id', 'id12', 'node'].includes(name ?? ''), `${defect.id}: {${name}}`);
    }
  }
});

t.test('checks only read, and none can hang', async (t) => {
  for (const defect of (await loadDefects()).values()) {
    for (const { command } of defect.next) {
      t.notMatch(command, /\b(rm|kill|systemctl (restart|stop)|docker (rm|kill|stop|restart))\b/);
      t.notMatch(
        command,
        /ps [^|;]*\b(cmd|args|command)\b/,
        'ps must not read the command line of a stuck process',
      );
      for (const call of command.match(/\b(docker|crictl|ctr|curl|kubectl) /g) ?? []) {
        t.match(command, new RegExp(`timeout \\d+ ${call}`), `${call}is bounded`);
      }
    }
  }
});

t.test('versions compare by number, whatever a distribution adds', async (t) => {
  t.ok(compareVersions('20.10.9', '20.10.10') < 0);
  t.ok(compareVersions('20.10.24+dfsg1', '20.10.10') > 0);
  t.equal(compareVersions('v19.03.15', '19.03.15-ce'), 0);
});

t.test('durations and names in words', async (t) => {
  t.equal(inWords(22), '22 s');
  t.equal(inWords(249), '4 min 9 s');
  t.equal(inWords(86_400 * 2 + 3600 * 4 + 59), '2 d 4 h');
  t.equal(inWords(Number.NaN), 'an unknown time');
  t.equal(nodeWord('ecs-prod-003'), 'ecs-prod-003');
  t.equal(nodeWord('x; rm -rf /'), 'NODE', 'a host name from a log does not get into a command');
});
