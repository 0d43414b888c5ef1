import t from 'tap';
import { BLOCK_LITERALS } from '../../lib/evidence/trace/trace-literals.js';
import { loadPatterns } from '../../lib/match/load.js';
import { matcherOf } from '../../lib/match/match.js';
import { stopLiterals } from '../../lib/scan/searches.js';
import { compiledFingerprints } from '../../lib/scan/teddy/compiled.js';
import { BUCKETS, chooseFingerprints, FINGERPRINT_BYTES } from '../../lib/scan/teddy/fingerprints.js';
import { createPlaces } from '../../lib/scan/teddy/sample-places.js';

const sample = Buffer.from(
  'the quick brown fox jumps over the lazy dog, and the dog does not care. '.repeat(20),
);
const EFFORT = { choices: 6, rounds: 2 };

function choose(literals: readonly string[], known: Parameters<typeof chooseFingerprints>[2] = []) {
  const bytes = literals.map((literal) => Buffer.from(literal));
  return chooseFingerprints(bytes, createPlaces(sample), known, EFFORT);
}

t.test('a literal is recognised by what is rare in logs', async (t) => {
  const [fingerprint] = choose(['the dog Xylo does']);
  t.ok(
    fingerprint !== undefined && fingerprint.offset >= 6 && fingerprint.offset <= 11,
    `${fingerprint?.offset}`,
  );
});

t.test('literals that would let much through together are kept apart', async (t) => {
  const chosen = choose(['the quick', 'over the', 'lazy dog', 'does not', 'brown fox', 'jumps over']);
  t.ok(new Set(chosen.map(({ bucket }) => bucket)).size > 3);
});

t.test('fingerprints that are known stay, others are chosen beside them', async (t) => {
  const known = [{ offset: 2, bucket: 7 }, undefined, { offset: 0, bucket: 1 }];
  const chosen = choose(['the quick', 'lazy dog', 'does'], known);
  t.strictSame([chosen[0], chosen[2]], [known[0], known[2]]);
  t.ok((chosen[1]?.bucket ?? BUCKETS) < BUCKETS);
});

t.test('short literals have one, too', async (t) => {
  t.match(choose(['a', 'of', 'fox', 'é']), [{ offset: 0 }, { offset: 0 }, { offset: 0 }, { offset: 0 }]);
});

t.test('the build has chosen one for each literal that is built in', async (t) => {
  const { ofLiteral, sample: shipped } = compiledFingerprints();
  for (const { literal } of stopLiterals({
    ...matcherOf(await loadPatterns()),
    blockLiterals: BLOCK_LITERALS,
  })) {
    const { offset, bucket } = ofLiteral[literal] ?? { offset: -1, bucket: -1 };
    if (offset < 0 || offset + FINGERPRINT_BYTES > literal.length || bucket < 0 || bucket >= BUCKETS)
      t.fail(`${literal}: ${offset}, ${bucket}`);
  }
  t.equal(Buffer.from(shipped, 'base64').length, 4096);
});
