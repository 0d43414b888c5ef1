import t from 'tap';
import { indexLiterals } from '../../lib/match/literal-index.js';

/** xorshift: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

t.test('finds what String.includes finds, whatever the literals and the text', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.comment(`seed ${seed}`);
  const random = randomOf(seed + 1);
  const word = (length: number) => Array.from({ length }, () => 'abcd é{'.charAt(random(7))).join('');
  for (let round = 0; round < 300; round++) {
    const literals = [...new Set(Array.from({ length: 1 + random(40) }, () => word(4 + random(6))))];
    const find = indexLiterals(literals);
    for (let line = 0; line < 10; line++) {
      const text = word(random(80)) + (literals[random(literals.length)] ?? '') + word(random(20));
      const found = new Set<number>();
      find(text, (literal) => found.add(literal));
      const expected = literals.flatMap((literal, index) => (text.includes(literal) ? [index] : []));
      if (JSON.stringify([...found].sort((a, b) => a - b)) !== JSON.stringify(expected))
        return t.fail(`seed ${seed}: ${JSON.stringify({ literals, text, expected, found: [...found] })}`);
    }
  }
  t.pass('3,000 texts');
});

t.test('a text shorter than any literal holds none', async (t) => {
  const find = indexLiterals(['abcd']);
  for (const text of ['', 'a', 'abc']) find(text, () => t.fail(text));
  t.pass();
});
