import t from 'tap';
import { run } from '../../lib/cli/run.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { loadSignatures } from '../../lib/evidence/signature/load-signatures.js';
import { fakeIo } from './fake-io.js';

async function explain(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo({ columns: 100, stdoutIsTerminal: true });
  const code = await run(['explain', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

/** Text without the breaks and indents that wrapping put in. */
function flowing(text: string): string {
  return text.replace(/\s+/g, ' ');
}

const defects = [...(await loadDefects()).values()];

t.test('without a name every defect is listed with its title', async (t) => {
  const { code, out } = await explain();
  t.equal(code, 0);
  for (const { id, title } of defects) t.match(out, new RegExp(`^${id} {2,}`, 'm'), title);
  t.equal(out.trimEnd().split('\n').length, defects.length);
});

for (const defect of defects) {
  t.test(`explain ${defect.id}: no other page is needed`, async (t) => {
    const { code, out } = await explain(defect.id);
    t.equal(code, 0);
    const text = flowing(out);
    const said = (sentence: string) =>
      t.ok(
        text.includes(
          flowing(sentence)
            .trim()
            .replace(/\{\w+\}/g, '…'),
        ),
        sentence.slice(0, 80),
      );
    said(defect.title);
    said(defect.summary);
    for (const each of [...defect.proof, ...defect.disproof, ...defect.falsePositives]) said(each);
    for (const { name, decides } of defect.lookAlikes) said(`${name}: `) && said(decides);
    for (const { product, fixed } of defect.versions) said(product) && said(fixed ?? 'no version fixes it');
    for (const { command } of defect.next) t.ok(out.includes(command), 'a command stands on one line');
    for (const { title, risk, undo } of defect.mitigations) said(title) && said(risk) && said(undo);
    for (const text of [defect.verify, ...(defect.verifyWith ?? []).map(({ text }) => text)]) said(text);
    for (const url of defect.references) said(url);
    t.notMatch(out, /undefined|\[object|\bNaN\b/);
  });
}

t.test('a signature is explained, too: verdicts name it as what a line of proof is', async (t) => {
  for (const { id, title } of await loadSignatures()) {
    const { code, out } = await explain(id);
    t.equal(code, 0);
    t.ok(flowing(out).startsWith(flowing(`${id}: ${title}`)), id);
    t.match(out, /\n(?:MEASURES|COUNTS|DIED)/);
    t.notMatch(out, /undefined|\[object/);
  }
});

t.test('a mistyped name is a usage error that names the nearest', async (t) => {
  t.match(await explain('otel-span-laek'), { code: 2, err: /did you mean otel-span-leak\?/ });
  t.match(await explain('kept-spams'), { code: 2, err: /did you mean kept-spans\?/ });
});
