import t from 'tap';
import { type Block, fenced, fillBlocks } from '../../scripts/docs/blocks.js';

const fill = (text: string, render: (block: Block) => string | null) =>
  fillBlocks('page.md', text, async (block) => render(block));

t.test('a block gets new text, and what is around it stays', async (t) => {
  const page = 'before\n<!-- output: analyze --help -->\nold\nlines\n<!-- /output -->\nafter\n';
  const seen: Block[] = [];
  const filled = await fill(page, (block) => {
    seen.push(block);
    return 'new';
  });
  t.equal(filled, 'before\n<!-- output: analyze --help -->\nnew\n<!-- /output -->\nafter\n');
  t.strictSame(seen, [{ kind: 'output', argument: 'analyze --help', before: 'old\nlines' }]);
});

t.test('filling twice changes nothing', async (t) => {
  const page = '<!-- benchmark -->\n<!-- /benchmark -->\n<!-- file: a.ts -->\n\n<!-- /file -->';
  const once = await fill(page, ({ kind }) => `text of ${kind}`);
  t.equal(await fill(once, ({ kind }) => `text of ${kind}`), once);
});

t.test('a block without a renderer is left as it is', async (t) => {
  const page = '<!-- output: jq . x -->\nold\n<!-- /output -->';
  t.equal(await fill(page, () => null), page);
});

t.test('a block that is not closed is an error that names its line', async (t) => {
  await t.rejects(
    fill('one\n<!-- output: x -->\ntwo', () => ''),
    /page\.md:2: .* has no "<!-- \/output -->"/,
  );
});

t.test('comments of people are no blocks', async (t) => {
  const page = '<!-- output is below -->\n<!-- a note -->\n';
  t.equal(
    await fill(page, () => {
      t.fail('nothing to render');
      return null;
    }),
    page,
  );
});

t.test('a fence is longer than any in the text', async (t) => {
  t.equal(fenced('sh', 'ls\n'), '```sh\nls\n```');
  t.equal(fenced('md', '````\nx\n````'), '`````md\n````\nx\n````\n`````');
});
