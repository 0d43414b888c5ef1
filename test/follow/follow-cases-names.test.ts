/** Which files are followed, under whatever names, and how many. */
import * as files from 'node:fs';
import t from 'tap';
import { faulty } from './faulty-fs.js';
import { A, B, C, D, followedDirectory, line } from './followed-directory.js';

const ODD = [
  'with space.log',
  'zwei\nZeilen.log',
  '日志-журнал-é.log',
  'e\u0301 decomposed.log',
  '🚰 leak.log',
  '-n.log',
  'quote\'".log',
  'back\\slash.log',
  'star*.log',
  '[a].log',
  '{a,b}.log',
  '!(x).log',
  ' .log',
  'tab\t.log',
  '\u001b[31mred.log',
  `${'x'.repeat(251)}.log`,
];

for (const how of ['by a glob', 'by their names'] as const)
  t.test(`files with odd names are followed ${how}, through a rotation`, async (t) => {
    const { at, run, write } = followedDirectory(t);
    for (const [number, name] of ODD.entries()) write(name, line(`first of ${number}`));
    const { look, consumer } = run(how === 'by a glob' ? ['*.log'] : ODD, { from: 'start' });
    t.same((await look()).toSorted(), ODD.map((_, number) => line(`first of ${number}`)).toSorted());
    t.same(
      [...consumer.sources.values()].map(({ source }) => source.name).toSorted(),
      ODD.map(at).toSorted(),
    );
    const short = ODD.filter(({ length }) => length < 250);
    for (const [number, name] of short.entries()) {
      write(name, line(`last of ${number}`));
      files.renameSync(at(name), at(`${name}.1`));
      write(name, line(`new of ${number}`));
    }
    const expected = short.flatMap((_, number) => [line(`last of ${number}`), line(`new of ${number}`)]);
    t.same((await look()).toSorted(), expected.toSorted());
    t.same(consumer.problems, []);
  });

t.test(
  'five hundred files that one glob matches are all found, and what is new in some is read',
  async (t) => {
    const { open, run, write } = followedDirectory(t);
    const names = Array.from({ length: 500 }, (_, number) => `${number}.log`);
    for (const name of names) write(name, line(`start of ${name}`));
    const { look, consumer } = run(['*.log'], { maxOpen: 256, fs: faulty().fs });
    t.same(await look(), []);
    t.equal(consumer.sources.size, 500);
    t.ok(open().length <= 256, `${open().length} open`);
    const some = names.filter((_, number) => number % 19 === 0);
    for (const name of some) write(name, line(`more of ${name}`));
    t.same((await look()).toSorted(), some.map((name) => line(`more of ${name}`)).toSorted());
    t.same(consumer.problems, []);
  },
);

t.test(
  'two names of one file are one source, also when one of them is found later or taken away',
  async (t) => {
    const { at, later, run, write } = followedDirectory(t);
    write('a.log', A);
    const { look, consumer } = run(['*.log'], { from: 'start' });
    t.same(await look(), [A]);
    files.linkSync(at('a.log'), at('b.log'));
    files.symlinkSync('a.log', at('c.log'));
    write('b.log', B);
    t.same(await look(), [B]);
    t.equal(consumer.sources.size, 1);
    files.rmSync(at('a.log'));
    later(61_000);
    await look();
    write('b.log', C);
    t.same(await look(), [C], 'it lives on under the other name');
    write('a.log', D);
    t.same(await look(), [D], 'a new file under the first name');
    t.equal(consumer.sources.size, 2);
    t.same(consumer.problems, []);
  },
);

t.test('one file under two globs and its own name is read once', async (t) => {
  const { run, write } = followedDirectory(t);
  write('dir/a.log', A);
  const { look } = run(['dir/*', 'dir/a*', '**/*.log', 'dir/a.log', 'dir/../dir/a.log'], { from: 'start' });
  t.same(await look(), [A]);
  write('dir/a.log', B);
  t.same(await look(), [B]);
});

t.test(
  'a glob over directories finds files in those that are made later, and in links to them',
  async (t) => {
    const { at, run, write } = followedDirectory(t);
    write('one/x.log', A);
    const { look, consumer } = run(['*/x.log']);
    await look();
    write('two/x.log', B);
    write('real/deep/x.log', C);
    files.symlinkSync(at('real/deep'), at('three'));
    t.same((await look()).toSorted(), [B, C]);
    files.rmSync(at('two'), { recursive: true });
    await look();
    write('two/x.log', D);
    t.same(await look(), [D]);
    t.same(consumer.problems, []);
  },
);

t.test('a compressed copy that is not read is told once, with the way to read it', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04]);
  files.writeFileSync(at('log-20261121.xz'), '');
  const { look, consumer } = run(['log*'], { from: 'start' });
  t.same(await look(), [A]);
  files.writeFileSync(at('log-20261121.xz'), Buffer.concat([xz, Buffer.alloc(5000, 10)]));
  t.same(await look(), []);
  files.appendFileSync(at('log-20261121.xz'), Buffer.alloc(5000, 10));
  t.same(await look(), []);
  t.match(consumer.problems, [
    { source: at('log-20261121.xz'), reason: /xz: it is not followed; xz -dc FILE/, lostBytes: 0 },
  ]);
  t.equal(consumer.problems.length, 1);
});
