/** What a service does first when it is stopped: its state is safe before there is a report, and news stand before it. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { concat, defer, from, ignoreElements, of } from 'rxjs';
import t from 'tap';
import { run, type Tools } from '../../lib/cli/run.js';
import type { Report } from '../../lib/diagnose/types.js';
import { fakeIo } from './fake-io.js';
import { incident, pipeline, summary } from './fake-pipeline.js';
import { objectsOf } from './service-process.js';

const news: Report = {
  incident: incident({ certainty: 'likely' }),
  final: false,
  before: null,
  stillMs: null,
};
const final: Report = { incident: incident(), final: true, before: null, stillMs: null };

/** A run that ends by itself: news, then the end, where `look` is called before the report. */
function ending(look: () => void): Tools {
  return pipeline((_inputs, { beforeEnd }) =>
    concat(
      of(news),
      defer(() => from(beforeEnd?.() ?? Promise.resolve()).pipe(ignoreElements())),
      defer(() => {
        look();
        return of(final, { summary: summary() });
      }),
    ),
  );
}

t.test('what waited for the state to be saved is told before the report', async (t) => {
  const dir = t.testdir({ messages: '' });
  const state = join(dir, 'state');
  const io = fakeIo();
  let early = '';
  const look = (): void => {
    early = io.out();
  };
  const args = ['--follow', join(dir, 'messages'), '--format', 'ndjson', '--state', state];
  t.equal(await run(['analyze', ...args], io, ending(look)), 1);
  t.match(objectsOf(early), [{ certainty: 'likely' }]);
  t.same(
    objectsOf(io.out()).map(({ certainty }) => certainty),
    ['likely', 'confirmed', undefined],
    'in their order',
  );
});

t.test('how far the file of --output got is saved behind the report', async (t) => {
  const dir = t.testdir({ messages: '' });
  const state = join(dir, 'state');
  const output = join(dir, 'out');
  const args = ['--follow', join(dir, 'messages'), '--state', state, '--output', output];
  let saved = 0;
  const look = (): void => {
    saved = statSync(state).ino;
  };
  t.equal(await run(['analyze', ...args], fakeIo(), ending(look)), 1);
  t.equal(objectsOf(readFileSync(output, 'utf8')).length, 3);
  t.not(statSync(state).ino, saved, 'a second one');

  const next = fakeIo();
  t.equal(await run(['analyze', ...args, '--format', 'ndjson'], next, ending(look)), 1);
  t.match(
    objectsOf(next.out())[0],
    { certainty: 'likely' },
    'news again: the report is not taken for news told',
  );
});
