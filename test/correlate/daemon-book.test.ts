/** Signs of containers that wait for an episode, and what becomes of them when it begins. */
import t from 'tap';
import { createDaemonBook, newDaemonBookMemory } from '../../lib/correlate/daemon-book.js';
import type { SignSeen } from '../../lib/correlate/daemon-tally.js';
import { createEpisodeStore } from '../../lib/correlate/episode-store.js';
import { createIdentities, type Subject } from '../../lib/correlate/identity.js';
import { createNodeFacts } from '../../lib/correlate/node-facts.js';
import type { Sign, SignRules } from '../../lib/correlate/sign.js';
import { type DaemonEpisode, DEFAULT_LIMITS } from '../../lib/correlate/types.js';
import { type Change, createUndoLog } from '../../lib/correlate/undo.js';

const call: Sign = { fact: 'stopCalls', means: ['stop-forced'], onceWithinSeconds: 60 };
const answer: Sign = { fact: 'answers', means: ['exited'] };
const hung: Sign = { fact: 'unanswered', means: ['shim-hung'], opens: true };
const rule: SignRules = {
  defect: 'shim-wedged',
  keyedBy: 'container',
  daemon: 'containerd',
  signs: [call, answer, hung],
  ends: [],
  newEpisodeMs: 3_600_000,
};

function seen(seconds: number, node = 'node-1'): SignSeen {
  const ms = 1e12 + seconds * 1000;
  const at = { ms, nanos: 0, digits: 3 };
  const proof = { at, source: 's', line: seconds + 1, text: `line ${seconds}`, pattern: 'p', component: 'c' };
  const offsetMinutes = seconds === 0 ? null : 60;
  return {
    node,
    proof,
    at,
    ms,
    beside: [],
    assumed: seconds > 0,
    offsetMinutes,
    modules: {},
    pid: null,
    of: null,
  };
}

function newBook() {
  const undo = createUndoLog();
  const memory = newDaemonBookMemory();
  const store = createEpisodeStore(5_000, () => {}, undefined, undo);
  const facts = createNodeFacts(1_024, undefined, undo);
  const touched = new Set<DaemonEpisode>();
  const options = {
    store,
    facts,
    limits: DEFAULT_LIMITS,
    undo,
    touch: (each: DaemonEpisode) => touched.add(each),
  };
  const subject = createIdentities().subject('a'.repeat(64)) as Subject;
  const { book } = createDaemonBook(options, memory);
  return {
    memory,
    undo,
    touched,
    book: (sign: Sign, at: SignSeen) => book(rule, sign, subject, 'containerd', at),
    counts: () =>
      [...touched].map(({ tallies }) => Object.fromEntries([...tallies].map(([f, { count }]) => [f, count]))),
  };
}

t.test('a sign that opens nothing makes no episode, and counts in the one that comes', async (t) => {
  const { book, counts, memory, touched } = newBook();
  for (const seconds of [0, 10, 122, 132]) book(call, seen(seconds));
  t.notOk([...memory.containers.values()].some((held) => held instanceof Map));
  t.equal(touched.size, 0);
  book(hung, seen(140));
  t.same(counts(), [{ stopCalls: 2, unanswered: 1 }]);
  const [episode] = touched;
  t.match(episode, { node: 'node-1', firstMs: 1e12 + 140_000, assumedTime: true, offsetMinutes: 60 });
  t.same(
    episode?.proof.map(({ text }) => text),
    ['line 140'],
  );
  book(call, seen(244));
  t.same(counts(), [{ stopCalls: 3, unanswered: 1 }]);
});

t.test('two signs that wait, or two nodes, are kept apart', async (t) => {
  const { book, counts } = newBook();
  book(call, seen(0));
  book(answer, seen(5));
  book(call, seen(0, 'node-2'));
  book(hung, seen(10));
  book(hung, seen(10, 'node-2'));
  t.same(counts(), [
    { stopCalls: 1, answers: 1, unanswered: 1 },
    { stopCalls: 1, unanswered: 1 },
  ]);
});

t.test('what waits is as it was when lines are taken back', async (t) => {
  const { book, counts, undo } = newBook();
  book(call, seen(0));
  const changes: Change[] = [];
  undo.into(changes);
  for (const seconds of [122, 244]) book(call, seen(seconds));
  book(hung, seen(250));
  book(call, seen(366));
  undo.takeBack(changes);
  book(hung, seen(10));
  t.same(counts().at(-1), { stopCalls: 1, unanswered: 1 });
});
