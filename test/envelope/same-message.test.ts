import t from 'tap';
import { parseRecord } from '../../lib/envelope/parse.js';
import type { LogRecord } from '../../lib/envelope/types.js';
import { fixtureCandidates } from './candidate.js';

const CAPTURES = ['docker-stop-stuck-resolved', 'docker-stop-healthy', 'cri-stop-stuck-resolved'];
const FORMS = {
  'journal-export': 'journal-export',
  'journal-json': 'journal-json',
  'journal-short': 'rfc3164',
  'journal-short-full': 'journal-short-full',
  'journal-short-iso': 'iso',
  'journal-short-iso-precise': 'iso',
  'journal-short-precise': 'journal-short',
  'journal-short-unix': 'journal-short-unix',
  'journal-with-unit': 'journal-short-full',
  'rsyslog-imfile-iso': 'iso',
  'rsyslog-imfile-rfc3164': 'rfc3164',
  'rsyslog-imfile-rfc5424': 'rfc5424',
  'rsyslog-imuxsock-iso': 'iso',
  'rsyslog-imuxsock-rfc3164': 'rfc3164',
  'rsyslog-imuxsock-rfc5424': 'rfc5424',
} as const;

const records = (file: string): readonly LogRecord[] =>
  fixtureCandidates(`captures/${file}.log`).flatMap((line) => parseRecord(line));

/** What no transport may change. */
const said = ({ message, fields, innerTime, level, caller, repeat, containerOutput }: LogRecord) => ({
  message,
  fields: { ...fields },
  innerTime,
  level,
  caller,
  repeat,
  containerOutput,
});

for (const capture of CAPTURES) {
  t.test(`${capture}: every envelope gives the same message, fields and inner time`, async (t) => {
    const raw = records(`${capture}.raw`);
    t.ok(raw.length > 0);
    t.ok(raw.every((one) => one.envelopes.join() === 'logfmt' && one.innerTime?.kind === 'absolute'));
    for (const [form, envelope] of Object.entries(FORMS)) {
      const all = records(`${capture}.${form}`);
      // journalctl writes `"MESSAGE":null` for what is longer than 4 KiB: a whole goroutine dump is lost.
      const lost = all.filter((one) => one.text.includes('"MESSAGE":null'));
      t.strictSame(new Set(lost.map((one) => one.message)), new Set(lost.length > 0 ? [''] : []), form);
      const wrapped = all.filter((one) => !lost.includes(one));
      const kept = raw.filter((_, index) => !lost.includes(all[index] as LogRecord));
      t.strictSame(wrapped.map(said), kept.map(said), form);
      t.strictSame(
        new Set(wrapped.map((one) => one.envelopes.join())),
        new Set([`${envelope},logfmt`]),
        form,
      );
      t.strictSame(new Set(all.map((one) => one.host)), new Set(['vm']), form);
      const [daemon, unit] = capture.startsWith('cri')
        ? ['containerd', 'containerd-cri.service']
        : ['dockerd', 'docker.service'];
      const who =
        form === 'journal-with-unit' ? [null, unit] : [daemon, form.match(/-(json|export)/) ? unit : null];
      t.strictSame(
        new Set(all.map((one) => `${one.tag} ${one.unit}`)),
        new Set([`${who[0]} ${who[1]}`]),
        form,
      );
      const pid = form.startsWith('rsyslog-imfile') ? null : daemon === 'dockerd' ? 13027 : 12991;
      t.strictSame(new Set(all.map((one) => one.pid)), new Set([pid]), form);
    }
  });
}

t.test('every line of a real daemon is recognised', async (t) => {
  const files = [
    'dockerd-19.03.15-lost-exit.debug.raw',
    'dockerd-19.03.15-lost-exit.info.journal-short-precise',
    'dockerd-19.03.15-startup.rsyslog-rfc3164',
    'dockerd-19.03.15-stop-stuck-resolved.journal-export',
    'dockerd-19.03.15-stop-stuck-resolved.journal-json',
    'dockerd-20.10.24-drain-40.rsyslog-rfc3164',
    'dockerd-27.4.0-startup-info.raw',
    'containerd-2.1.4-cri-default.raw',
  ];
  for (const file of files) {
    const unknown = records(file).filter((one) => one.envelopes.at(-1) !== 'logfmt' || one.level === null);
    t.strictSame(
      unknown.map((one) => one.text),
      [],
      file,
    );
  }
});

t.test(
  'the configuration of containerd 2.x stays valid JSON after one level of quotes is undone',
  async (t) => {
    const start = records('containerd-2.1.4-cri-unlimited-newline.raw').find(
      (one) => one.message === 'starting cri plugin',
    );
    const config: unknown = JSON.parse(start?.fields.config ?? '');
    t.match(config, { maxContainerLogLineSize: -1 });
  },
);
