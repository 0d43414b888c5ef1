import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { builtinMatcher, countMeanings, eventsOf, fixtures } from './fixtures/library.js';

interface Capture {
  readonly name: string;
  readonly containers: Readonly<Record<string, string>>;
  readonly sandbox?: string;
  readonly files: Readonly<Record<string, { readonly file: string }>>;
  readonly line_counts?: Readonly<Record<string, number>>;
}

const captures: readonly Capture[] = JSON.parse(
  readFileSync(join(fixtures, 'captures', 'captures.json'), 'utf8'),
);
const matcher = await builtinMatcher();

const STARTED = {
  'daemon-starting': 1,
  'loading-started': 1,
  'loading-done': 1,
  'daemon-version': 1,
  'daemon-ready': 1,
};
const CLEAN_STOP = { 'daemon-stopping': 1, 'daemon-stopped': 1 };
const twice = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, 2 * count]));

/** What each recording must give, in every envelope; `only` where the lines of some envelope differ. */
const EXPECTED: Readonly<Record<string, Record<string, number>>> = {
  'docker-stop-healthy': { 'stop-forced': 1, exited: 2 },
  'docker-stop-stuck-resolved': { 'stop-forced': 7, 'kill-survived': 6, 'no-exit-event': 12, exited: 1 },
  'cri-stop-stuck-resolved': {
    'stop-requested': 9,
    'stop-skipped': 5,
    'kill-sent': 6,
    'stop-failed': 6,
    'stop-succeeded': 2,
    exited: 5,
    'removal-requested': 3,
    removed: 4,
  },
  'dockerd-19.03.15-stop-stuck-resolved': {
    'stop-called': 25,
    'debug-level': 50,
    'stop-forced': 25,
    'kill-survived': 24,
    'exited-anonymously': 2,
  },
  'dockerd-19.03.15-startup': STARTED,
  'dockerd-27.4.0-startup-info': { ...STARTED, ...CLEAN_STOP },
  'dockerd-27.4.1-startup-info': { ...STARTED, ...CLEAN_STOP, 'tracer-disabled': 1 },
  'containerd-2.1.4-cri-default': { 'daemon-version': 1, 'line-limit': 1, 'daemon-ready': 1 },
  'containerd-2.1.4-cri-unlimited-newline': {
    'daemon-version': 1,
    'line-limit': 1,
    'daemon-ready': 1,
    linked: 2,
    'stop-requested': 2,
    'kill-sent': 1,
    exited: 4,
    'stop-succeeded': 2,
    'removal-requested': 1,
    removed: 2,
  },
  'dockerd-19.03.15-lost-exit': { ...STARTED, 'events-lost': 6, 'stop-forced': 12, 'kill-survived': 12 },
  'dockerd-20.10.24-lost-exit': { ...STARTED, 'events-lost': 2, 'stop-forced': 1 },
  'dockerd-20.10.24-drain-40': {
    ...STARTED,
    ...CLEAN_STOP,
    'events-lost': 1,
    'stop-forced': 40,
    exited: 40,
  },
  'dockerd-19.03.15-daemon-stop': {
    ...twice(STARTED),
    ...twice(CLEAN_STOP),
    'stop-forced': 16,
    'exited-anonymously': 32,
  },
};

/** Debug lines that the other files of the recording lack, or that they have and this one lacks. */
const DIFFERENT: Readonly<Record<string, Record<string, number>>> = {
  'dockerd-19.03.15-lost-exit.debug.raw.log': { 'stop-called': 12, 'debug-level': 24, 'process-gone': 36 },
  'dockerd-19.03.15-stop-stuck-resolved.raw-info.log': { 'stop-called': 0, 'debug-level': 0 },
};

for (const { name, files, containers, sandbox, line_counts: lineCounts } of captures) {
  t.test(name, async (t) => {
    const expected = EXPECTED[name];
    if (expected === undefined) return t.fail('no expectation');
    for (const { file } of Object.values(files)) {
      const events = eventsOf(matcher, readFileSync(join(fixtures, 'captures', file), 'utf8'));
      const wanted = Object.entries({ ...expected, ...DIFFERENT[file] }).filter(([, count]) => count > 0);
      t.same(countMeanings(events), Object.fromEntries(wanted), file);
      for (const [phrase, count] of Object.entries(lineCounts ?? {})) {
        const lines = events.filter(({ record }) => record.text.replaceAll('\\', '').includes(phrase)).length;
        t.equal(lines, count, `${file}: ${phrase}`);
      }
      const known = [...Object.values(containers ?? {}), ...(sandbox === undefined ? [] : [sandbox])];
      const strangers = events
        .filter(({ pattern }) => ['attempt', 'escalation', 'failure'].includes(pattern.role))
        .map(({ captures }) => captures.container)
        .filter((id) => id !== undefined && !known.some((each) => each.startsWith(id)));
      if (known.length > 0) t.same(strangers, [], `${file}: ids`);
    }
  });
}

t.test('the two spellings of one id in 19.03 belong to the recorded container', async (t) => {
  const recorded = captures.find(({ name }) => name === 'dockerd-19.03.15-stop-stuck-resolved')?.containers;
  const text = readFileSync(
    join(fixtures, 'captures', 'dockerd-19.03.15-stop-stuck-resolved.raw-info.log'),
    'utf8',
  );
  const ids = new Set(
    eventsOf(matcher, text)
      .filter(({ pattern }) => pattern.means === 'stop-forced' || pattern.means === 'kill-survived')
      .map(({ captures }) => captures.container),
  );
  const { stuck = '', healthy = '' } = recorded ?? {};
  t.same([...ids].sort(), [stuck, stuck.slice(0, 12), healthy].sort());
});
