/** Follows every relative link of the pages, to its heading too. Links to other hosts are not opened. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';

const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name));
const atTop = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
const pages = [...atTop, ...inDocs].filter((name) => name.endsWith('.md'));

for (const page of pages) {
  t.test(`links of ${page}`, async (t) => {
    for (const target of linksOf(page)) {
      const [path = '', heading] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!t.ok(existsSync(file), `${target} exists`)) continue;
      if (heading !== undefined) t.ok(headingsOf(file).includes(heading), `${target} has that heading`);
    }
  });
}

t.test('the README leads to every page for users', async (t) => {
  const linked = new Set(linksOf('README.md'));
  const forUsers = inDocs.filter((name) => /^docs.[^\\/]+\.md$/.test(name));
  t.ok(forUsers.length > 5);
  for (const page of forUsers) t.ok(linked.has(page.replaceAll('\\', '/')), page);
});

/** Relative targets outside code. */
function linksOf(page: string): string[] {
  const text = withoutCode(readFileSync(page, 'utf8'));
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function headingsOf(page: string): string[] {
  const headings = withoutCode(readFileSync(page, 'utf8')).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '');
}
