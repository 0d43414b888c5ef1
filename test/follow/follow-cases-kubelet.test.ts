/** Logs of containers as the kubelet and Docker keep them: links to files that are rotated and compressed. */
import * as files from 'node:fs';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { A, B, C, D, followedDirectory, line } from './followed-directory.js';

const POD = 'pods/kube-system_dns-7d4_0f3c/dns';
const LINK = 'containers/dns-7d4_kube-system_dns-9a1b.log';
const E = line('e');

function node(t: Test) {
  const made = followedDirectory(t);
  const { at, write } = made;
  write(`${POD}/0.log`, A);
  files.mkdirSync(at('containers'));
  files.symlinkSync(at(`${POD}/0.log`), at(LINK));
  return {
    ...made,
    /** Renamed, and made anew by the runtime when it is told to reopen its log. */
    rotate(stamp: string, ...first: readonly string[]): void {
      files.renameSync(at(`${POD}/0.log`), at(`${POD}/0.log.${stamp}`));
      write(`${POD}/0.log`, ...first);
    },
    /** Written beside it under a name of its own, then renamed. */
    compress(stamp: string, between: () => Promise<void> = async () => {}): Promise<void> {
      const path = at(`${POD}/0.log.${stamp}`);
      const packed = gzipSync(files.readFileSync(path));
      files.writeFileSync(`${path}.tmp`, packed.subarray(0, 20));
      return between().then(() => {
        files.writeFileSync(`${path}.tmp`, packed);
        files.renameSync(`${path}.tmp`, `${path}.gz`);
        files.rmSync(path);
      });
    },
  };
}

const NAMES = {
  links: ['containers/*.log'],
  pods: ['pods/*/*/*.log'],
  both: ['containers/*.log', 'pods/*/*/*.log'],
  'both, targets first': ['pods/*/*/*.log', 'containers/*.log'],
  'its name, then its link': [`${POD}/0.log`, LINK],
  'its link, then its name': [LINK, `${POD}/0.log`],
  everything: ['containers/*', 'pods/*/*/*'],
};
for (const [names, globs] of Object.entries(NAMES)) {
  t.test(`a rotated log of a container is read once through ${names}`, async (t) => {
    const { compress, rotate, run, write } = node(t);
    const { look, consumer } = run(globs, { from: 'start' });
    t.same(await look(), [A]);
    write(`${POD}/0.log`, B);
    rotate('20261121-101010', C);
    // Where two names show it, its texts are no longer known to follow each other.
    t.same((await look()).toSorted(), [B, C]);
    rotate('20261121-102020', D);
    await compress('20261121-101010', async () => {
      t.same(await look(), [D]);
    });
    t.same(await look(), []);
    write(`${POD}/0.log`, E);
    t.same(await look(), [E]);
    t.same(consumer.problems, []);
  });

  t.test(`several rotations between two looks are read once through ${names}`, async (t) => {
    const { compress, rotate, run, write } = node(t);
    const { look, consumer } = run(globs);
    await look();
    write(`${POD}/0.log`, B);
    rotate('20261121-101010', C);
    rotate('20261121-102020', D);
    await compress('20261121-101010');
    rotate('20261121-103030', E);
    await compress('20261121-102020');
    t.same((await look()).toSorted(), [B, C, D, E]);
    t.same(await look(), []);
    t.same(consumer.problems, []);
  });

  t.test(`a later run goes on behind rotations and compression through ${names}`, async (t) => {
    const { compress, rotate, run, write } = node(t);
    const first = run(globs);
    await first.look();
    write(`${POD}/0.log`, B);
    await first.look();
    const kept = first.consumer.save();
    await first.follower.close();
    write(`${POD}/0.log`, C);
    rotate('20261121-101010', D);
    await compress('20261121-101010');
    rotate('20261121-102020', E);
    const { look, consumer } = run(globs, {}, kept);
    t.same((await look()).toSorted(), [C, D, E]);
    t.same(await look(), []);
    t.same(consumer.problems, []);
  });
}

t.test(
  'a second name that is looked at first after a rotation shows the new log from its start',
  async (t) => {
    const { at, run, write } = followedDirectory(t);
    write('log', A);
    files.symlinkSync(at('log'), at('link'));
    const { look, consumer } = run(['link', 'log']);
    await look();
    files.renameSync(at('log'), at('log.1'));
    // The link shows nothing for a moment.
    files.rmSync(at('link'));
    write('log', B);
    t.same(await look(), [B]);
    files.symlinkSync(at('log'), at('link'));
    write('log', C);
    t.same(await look(), [C]);
    t.same(consumer.problems, []);
  },
);

t.test('the next container of a pod has a log and a link of its own', async (t) => {
  const { at, later, open, run, write } = node(t);
  const { look, consumer } = run(['containers/*.log']);
  await look();
  write(`${POD}/0.log`, B);
  write(`${POD}/1.log`, C);
  files.symlinkSync(at(`${POD}/1.log`), at('containers/dns-7d4_kube-system_dns-77aa.log'));
  files.rmSync(at(LINK));
  t.same((await look()).toSorted(), [B, C]);
  files.rmSync(at(`${POD}/0.log`));
  later(61_000);
  await look();
  later(61_000);
  await look();
  t.equal(consumer.sources.size, 1);
  t.same(open(), [at(`${POD}/1.log`)]);
  t.same(consumer.problems, []);
});

t.test('a pod that is deleted with its directory is read to its end and forgotten', async (t) => {
  const { at, later, open, run, write } = node(t);
  const { look, consumer } = run(['containers/*.log']);
  await look();
  write(`${POD}/0.log`, B);
  files.rmSync(at('pods'), { recursive: true });
  files.rmSync(at(LINK));
  t.same(await look(), [B]);
  for (let minute = 0; minute < 3; minute++) {
    later(61_000);
    await look();
  }
  t.equal(consumer.sources.size, 0);
  t.same(open(), []);
  t.same(consumer.problems, []);
});

t.test('a link to a link to the log of Docker, rotated by number with compression', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const real = 'docker/9a1b/9a1b-json.log';
  write(real, A);
  files.mkdirSync(at(POD), { recursive: true });
  files.mkdirSync(at('containers'));
  files.symlinkSync(at(real), at(`${POD}/0.log`));
  files.symlinkSync(at(`${POD}/0.log`), at(LINK));
  const { look, consumer } = run(['containers/*.log']);
  await look();
  write(real, B);
  files.renameSync(at(real), at(`${real}.1`));
  write(real, C);
  t.same(await look(), [B, C]);
  write(real, D);
  files.writeFileSync(at(`${real}.2.gz`), gzipSync(files.readFileSync(at(`${real}.1`))));
  files.renameSync(at(real), at(`${real}.1`));
  write(real, E);
  t.same(await look(), [D, E]);
  t.same(await look(), []);
  t.same(consumer.problems, []);
});
