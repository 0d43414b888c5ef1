/** Holds every figure of docs/limits.md against the constant that it names. */
import { readFileSync } from 'node:fs';
import t from 'tap';

const page = readFileSync('docs/limits.md', 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|[^|]*\| `([\w/.-]+)` \|/gm)];

t.test('the page has its tables', async (t) => {
  t.ok(rows.length > 20, `${rows.length} limits`);
  t.equal(rows.length, [...page.matchAll(/^\| `/gm)].length, 'every row has a name, a value and a file');
});

for (const [, name = '', value = '', file = ''] of rows) {
  t.test(`${name} is ${value} in ${file}`, async (t) => {
    t.equal(constantIn(readFileSync(file, 'utf8'), name), Number(value));
  });
}

/** Value of `name = 64 * 1024;` or `name: 256,`, a product of numbers; null where there is none. */
function constantIn(source: string, name: string): number | null {
  const [, product = ''] = new RegExp(`\\b${name}(?: =|:) ([\\d_* ]+)[;,]`).exec(source) ?? [];
  if (product === '') return null;
  return product.split('*').reduce((value, factor) => value * Number(factor.trim().replaceAll('_', '')), 1);
}
