import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { describeProblem } from '../../lib/match/problem.js';
import { testPatterns } from '../../lib/match/self-test.js';
import { CAPTURE_NAMES, MEANING_ROLES, MEANINGS, ORIGIN_FORMS, ROLES } from '../../lib/match/vocabulary.js';
import { readSources, root } from './fixtures/library.js';

const { files, problems, library } = await readSources();

t.test('every file compiles', async (t) => {
  t.same(problems.map(describeProblem), []);
  t.ok(files.length > 100, `${files.length} patterns`);
});

t.test('every sample is taken by its pattern with its captures, every near miss is left alone', async (t) => {
  const result = testPatterns(files, library);
  t.same(result.failures, []);
  t.ok(result.samples >= result.patterns && result.nearMisses >= result.patterns);
});

t.test('every capture that a pattern can give is shown by one of its samples', async (t) => {
  t.same(testPatterns(files, library).uncovered, []);
});

t.test('every message is anchored, so that a line that quotes it does not match', async (t) => {
  // The kernel's audit lines carry AppArmor's words behind a header of their own.
  const exempt = new Set(['kernel.signal-denied.apparmor']);
  const loose = library.patterns.filter(
    ({ id, message }) => message !== null && !/^(?:\^|\(\?:\^)/.test(message) && !exempt.has(id),
  );
  t.same(
    loose.map(({ id }) => id),
    [],
  );
});

t.test('every meaning has a pattern, and every origin is used', async (t) => {
  const meant = new Set(library.patterns.map(({ means }) => means));
  t.same(
    MEANINGS.filter((meaning) => !meant.has(meaning)),
    [],
  );
  const named = new Set(library.patterns.map(({ origin }) => origin));
  t.same(
    Object.keys(library.origins).filter((origin) => !named.has(origin) && origin !== 'any'),
    [],
  );
});

t.test('no expression takes long over hostile text', async (t) => {
  const size = 32_768;
  const slow: string[] = [];
  for (const { pattern, samples } of files) {
    const sources = [pattern.message, ...Object.values(pattern.fields)].filter((source) => source !== null);
    const expressions = sources.map((source) => new RegExp(source, 'u'));
    for (const text of hostileTexts(samples[0]?.line ?? '', size)) {
      for (const expression of expressions) {
        const start = performance.now();
        expression.test(text);
        if (performance.now() - start > 500) slow.push(`${pattern.id}: ${text.slice(0, 60)}`);
      }
    }
  }
  t.same(slow, []);
});

/** The sample's message up to some word, that word or the whole repeated; runs of single characters. */
function hostileTexts(sample: string, size: number): string[] {
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(sample)?.[1]?.replaceAll('\\"', '"') ?? sample;
  const bare = message.replace(/^.*?(?:\] |kernel: |systemd\[1\]: )/, '');
  const words = bare.split(/(?<=[ ,/])/);
  const repeat = (text: string) => text.repeat(Math.ceil(size / Math.max(1, text.length))).slice(0, size);
  const texts = ['a', '0', ' ', '"', 'a:', 'a/', '\\'].map((text) => bare.slice(0, 24) + repeat(text));
  texts.push(repeat(bare), `${bare.slice(0, 64)}${repeat('a')} returned error: ${repeat('b')}`);
  words.slice(0, 24).forEach((word, index) => {
    const head = words.slice(0, index).join('');
    texts.push(head + repeat(word), head + repeat(word.trimEnd()));
  });
  return texts;
}

t.test('the published schema has the words of the types', async (t) => {
  const schema = JSON.parse(await readFile(join(root, 'docs/schema/pattern.schema.json'), 'utf8'));
  type Words = readonly { readonly const: string; readonly description: string }[];
  const words = (name: string) => (schema.$defs[name].oneOf as Words).map((each) => each.const);
  t.same(words('meaning').sort(), [...MEANINGS].sort());
  t.same(words('role'), [...ROLES]);
  t.same(words('capture').sort(), [...CAPTURE_NAMES].sort());
  for (const { const: meaning, description } of schema.$defs.meaning.oneOf as Words)
    t.match(description, `Role: ${MEANING_ROLES[meaning as keyof typeof MEANING_ROLES]}.`);
  const components = JSON.parse(await readFile(join(root, 'docs/schema/components.schema.json'), 'utf8'));
  const { forms } = components.properties.origins.additionalProperties.properties;
  t.same(forms.items.enum, ORIGIN_FORMS);
});
