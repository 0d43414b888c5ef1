/** What is remembered of a function's answers. */
import t from 'tap';
import { remembered } from '../../lib/correlate/remembered.js';

t.test('a text that comes back is not asked for again, whatever the answer was', async (t) => {
  const asked: string[] = [];
  const lengthOf = remembered((text) => {
    asked.push(text);
    return text.length > 3 ? text.length : null;
  });
  t.same(['abcd', 'ab', 'abcd', 'ab'].map(lengthOf), [4, null, 4, null]);
  t.same(asked, ['abcd', 'ab']);
});

t.test('texts that are long or many are asked for again', async (t) => {
  let asked = 0;
  const first = remembered((text) => {
    asked += 1;
    return text.charAt(0);
  });
  const long = 'x'.repeat(10_000);
  t.same([first(long), first(long)], ['x', 'x']);
  t.equal(asked, 2);
  for (let n = 0; n < 10_000; n++) first(`text ${n}`);
  asked = 0;
  first('text 0');
  t.equal(asked, 1);
  first('text 9999');
  t.equal(asked, 1, 'the latest are still known');
});
