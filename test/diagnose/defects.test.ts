import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { compileDefects } from '../../lib/diagnose/compile-defects.js';
import type { Defect } from '../../lib/diagnose/defect.js';
import { type Facts, firstFitting, fitting, ofRule } from '../../lib/diagnose/rules.js';
import { judgeVersion } from '../../lib/diagnose/version-range.js';
import { ROOT } from '../root.js';

const DEFECTS = new URL('patterns/defects/', ROOT);
const SCHEMA = new URL('docs/schema/defect.schema.json', ROOT).pathname;
const signatures = readdirSync(new URL('patterns/signatures/', ROOT)).map((file) =>
  file.replace(/\.yaml$/, ''),
);

const texts = readdirSync(DEFECTS).map((file) => ({
  file,
  name: file.replace(/\.yaml$/, ''),
  text: readFileSync(new URL(file, DEFECTS), 'utf8'),
}));
const compiled = await compileDefects(SCHEMA, texts, signatures);
const defects: readonly Defect[] = compiled.ok ? compiled.defects : [];

function defect(id: string): Defect {
  const found = defects.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no defect ${id}`);
  return found;
}

/** What the rules and what speaks against them make of facts. */
function verdict(id: string, facts: Facts): string {
  const { certainty, contradicts } = defect(id);
  const rule = firstFitting(certainty, facts);
  const gives = rule?.gives ?? 'suspected';
  const against = fitting(ofRule(contradicts, rule?.id ?? null), facts).map(({ lowersTo }) => lowersTo);
  const order: readonly string[] = ['suspected', 'likely', 'confirmed'];
  return order[Math.min(...[gives, ...against].map((each) => order.indexOf(each)))] ?? gives;
}

t.test('every defect file is sound', async (t) => {
  t.strictSame(compiled.ok ? [] : compiled.problems, []);
  t.equal(defects.length, texts.length);
});

for (const each of defects) {
  t.test(`${each.id} tells all that a reader needs`, async (t) => {
    t.ok(each.proof.length > 0 && each.disproof.length > 0 && each.falsePositives.length > 0);
    t.ok(each.references.length > 0);
    t.ok(each.mitigations.every(({ risk, undo }) => risk !== '' && undo !== ''));
    t.ok(each.signs.length === 0 || each.signs.some(({ opens }) => opens === true), 'something opens it');
    const ids = defects.map(({ id }) => id);
    const named = each.lookAlikes.map(({ name }) => name).filter((name) => /^[a-z]+(?:-[a-z]+)+$/.test(name));
    t.strictSame(
      named.filter((name) => !ids.some((id) => id === name)),
      [],
      'look-alikes that sound like ids are ids',
    );
    if (each.keyedBy !== 'process') t.match(each.verify, /\b(?:24|48) hours\b/, 'how long it must stay flat');
    else t.match(each.verify, /\b(?:\d+ hours|a week|\d+ times)\b/);
  });

  t.test(`${each.id}: checks are read-only and cannot hang`, async (t) => {
    for (const { command } of each.next) {
      for (const program of [
        'docker',
        'ctr',
        'crictl',
        'curl',
        'journalctl',
        'dmesg',
        'kubectl',
        'systemctl',
        'ss',
      ]) {
        for (const { index } of command.matchAll(new RegExp(`(?<![\\w./-])${program} (?!-C)`, 'g'))) {
          const before = command.slice(0, index);
          const isRun = /(?:^|[;|(`]|do|then|\$\()\s*$/.test(before);
          t.notOk(isRun, `${program} has a time limit: ${command.slice(0, 80)}`);
        }
      }
      t.notMatch(
        command,
        /\b(?:restart|stop|kill|rm|prune|reload|umount|set-property|daemon-reload)\b(?! SIG)/,
        command,
      );
      t.notMatch(command, /(?<![<2&-])>(?!\s*(?:\/dev\/null|=))/, `writes nothing: ${command}`);
    }
  });
}

t.test(
  'case C: a heap full of spans is likely alone, confirmed with the version, not confirmed without',
  async (t) => {
    const heap = { keptSpans: 99.71, keptSpansBytes: 3.4e9, profiles: 1, keptMetrics: 0 };
    t.equal(verdict('otel-span-leak', heap), 'likely');
    t.equal(verdict('otel-span-leak', { ...heap, affected: 1 }), 'confirmed');
    t.equal(verdict('otel-span-leak', { ...heap, affected: 0 }), 'likely');
    t.equal(verdict('otel-span-leak', { ...heap, affected: 0, noopTracer: 1 }), 'suspected');
    t.equal(verdict('otel-span-leak', { ...heap, affected: 1, noopTracer: 1 }), 'suspected');
    t.equal(
      verdict('otel-span-leak', { ...heap, keptSpansBytes: 20e6, affected: 1 }),
      'suspected',
      'a small heap',
    );
    t.equal(verdict('otel-span-leak', { ...heap, keptSpans: 30, affected: 1 }), 'suspected');
  },
);

t.test(
  'case C from logs alone: one kill is suspected, two are likely, only while it is in the version',
  async (t) => {
    const none = { keptSpans: null, profiles: 0 };
    t.equal(verdict('otel-span-leak', { ...none, oomKills: 1, affected: 1 }), 'suspected');
    t.equal(verdict('otel-span-leak', { ...none, oomKills: 2, affected: 1 }), 'likely');
    t.equal(verdict('otel-span-leak', { ...none, unitOoms: 2, smallKills: 0, affected: 1 }), 'likely');
    t.equal(verdict('otel-span-leak', { ...none, unitOoms: 2, smallKills: 2, affected: 1 }), 'suspected');
    t.equal(verdict('otel-span-leak', { ...none, oomKills: 9, affected: 0 }), 'suspected');
    t.equal(verdict('otel-span-leak', { ...none, oomKills: 9, affected: null }), 'suspected');
    const other = { profiles: 1, keptSpans: 0.3, keptSpansBytes: 1e6, oomKills: 5, affected: 1 };
    t.equal(verdict('otel-span-leak', other), 'suspected', 'a heap profile without spans says no');
    t.equal(verdict('otel-span-leak', { ...other, keptMetrics: 88 }), 'suspected');
  },
);

t.test('case C by version: 27.4.0, and later ones where an exporter is configured', async (t) => {
  const [rule] = defect('otel-span-leak').versions;
  const answer = (version: string, facts: Facts = {}) => rule && judgeVersion(rule, version, facts).answer;
  t.equal(answer('27.4.0'), 'affected');
  t.equal(answer('27.4.0-rc.2'), 'affected');
  t.equal(answer('26.1.4'), 'unaffected');
  t.equal(answer('27.3.1'), 'unaffected');
  t.equal(answer('27.4.1', { exporterConfigured: 0 }), 'fixed');
  t.equal(answer('28.4.0', { exporterConfigured: 1 }), 'affected');
  t.equal(answer('28.4.0', { exporterConfigured: null }), 'unknown');
});

/** What is known of a limit that a file states. */
const limit = (value: number): Facts => ({
  lineLimit: value,
  lineLimitAssumed: value,
  lineLimitFits: value <= 0 || value >= 67108864 ? 1 : 0,
});

t.test('case B: the profile is likely, the limit makes it sure, another limit leaves a doubt', async (t) => {
  const heap = { keptLines: 98.1, keptLinesBytes: 1.2e10, profiles: 1 };
  t.equal(verdict('log-line-buffer', heap), 'likely');
  t.equal(verdict('log-line-buffer', { ...heap, ...limit(-1) }), 'confirmed');
  t.equal(verdict('log-line-buffer', { ...heap, ...limit(0) }), 'confirmed');
  t.equal(verdict('log-line-buffer', { ...heap, ...limit(16384) }), 'likely');
  t.equal(verdict('log-line-buffer', { ...heap, ...limit(134217728) }), 'confirmed', 'it limits nothing');
  t.equal(verdict('log-line-buffer', { ...heap, keptLinesBytes: 11e6, ...limit(-1) }), 'suspected');
  const running = { lineLimit: 16384, lineLimitRuns: 16384, lineLimitFits: 0 };
  t.equal(verdict('log-line-buffer', { ...heap, ...running }), 'likely', 'a profile shows what is held');
  const little = { profiles: 1, keptLines: 2, keptLinesBytes: 2e6, keptLinesMostBytes: 2e6 };
  t.equal(
    verdict('log-line-buffer', { ...limit(-1), unlimitedStarts: 1 }),
    'suspected',
    'configuration alone',
  );
  t.equal(verdict('log-line-buffer', { ...limit(-1), oomKills: 1 }), 'likely');
  t.equal(verdict('log-line-buffer', { lineLimit: null, oomKills: 3 }), 'suspected');
  t.equal(verdict('log-line-buffer', { ...limit(-1), oomKills: 1, ...little }), 'suspected');
  t.equal(
    verdict('log-line-buffer', { ...limit(-1), unitOoms: 1, smallKills: 1 }),
    'suspected',
    'a bystander',
  );
});

t.test(
  'case B: metrics are sure where the heap grows with them, a record where it was as long',
  async (t) => {
    const looks = { unwrittenGrowth: 2e9, unwrittenNeverFell: 1, openLines: 2e9, heapInUseGrowth: 2.1e9 };
    t.equal(verdict('log-line-buffer', looks), 'likely');
    t.equal(verdict('log-line-buffer', { ...looks, ...limit(-1) }), 'confirmed');
    t.equal(
      verdict('log-line-buffer', { ...looks, ...limit(-1), heapInUseGrowth: null }),
      'likely',
      'one look',
    );
    const noHeap = { unwrittenGrowth: 2e9, unwrittenNeverFell: 1, unplaced: 2e9 };
    t.equal(verdict('log-line-buffer', { ...noHeap, ...limit(-1) }), 'suspected', 'no heap');
    t.equal(verdict('log-line-buffer', { unplaced: 2e9 }), 'suspected');
    t.equal(verdict('log-line-buffer', { ...looks, ...limit(16384) }), 'likely');
    t.equal(
      verdict('log-line-buffer', { ...looks, ...limit(-1), heapInUseGrowth: 0, openLines: 0 }),
      'suspected',
    );
    t.equal(verdict('log-line-buffer', { openLines: 33_554_432 }), 'likely', 'one look');
    t.equal(verdict('log-line-buffer', { openLines: 33_554_431, ...limit(-1) }), 'suspected');
    t.equal(verdict('log-line-buffer', { longestRecord: 16_777_216 }), 'likely');
    t.equal(verdict('log-line-buffer', { longestRecord: 16_777_216, ...limit(0) }), 'confirmed');
    t.equal(verdict('log-line-buffer', { endedRecord: 16_777_216, ...limit(0) }), 'confirmed');
    t.equal(verdict('log-line-buffer', { endedRecord: 16_777_216 }), 'likely');
    t.equal(verdict('log-line-buffer', { longestRecord: 16_777_216, ...limit(16384) }), 'suspected');
    t.equal(verdict('log-line-buffer', { cutRecord: 1e9 }), 'suspected', 'a limit that high');
    const running = { lineLimit: 16384, lineLimitRuns: 16384, lineLimitFits: 0 };
    for (const seen of [looks, { openLines: 1e9 }, { longestRecord: 2e7 }, { endedRecord: 2e7 }])
      t.equal(verdict('log-line-buffer', { ...seen, ...running }), 'suspected', Object.keys(seen).join());
    t.equal(verdict('log-line-buffer', { longestRecord: 16_777_215, ...limit(0) }), 'suspected');
  },
);

t.test('case D: the frames are the proof; a version with the fix leaves a doubt', async (t) => {
  for (const id of [
    'http-trace-panic',
    'trace-hook-panic',
    'push-writer-panic',
    'push-commit-panic',
    'imagetools-map-panic',
  ]) {
    t.equal(verdict(id, { panics: 1, affected: null }), 'confirmed', id);
    t.equal(verdict(id, { panics: 1, affected: 1 }), 'confirmed', id);
    t.equal(verdict(id, { panics: 1, affected: 0 }), 'likely', id);
  }
});

/** Last version with it and first without, per product. */
const EDGES: Readonly<Record<string, readonly (readonly [product: string, last: string, first: string])[]>> =
  {
    'http-trace-panic': [
      ['buildx', '0.19.3', '0.20.0'],
      ['buildkit', '0.18.2', '0.19.0'],
      ['dockerd', '27.5.1', '28.0.0'],
      ['otelhttptrace', '0.53.0', '0.56.0'],
    ],
    'push-writer-panic': [
      ['buildx', '0.13.1', '0.14.0'],
      ['buildkit', '0.13.2', '0.14.0'],
      ['dockerd', '25.0.5', '26.0.0'],
      ['github.com/containerd/containerd', '1.7.13', '1.7.14'],
      ['github.com/containerd/containerd', '1.6.39', '1.7.14'],
    ],
    'push-commit-panic': [
      ['buildx', '0.23.0', '0.24.0'],
      ['buildkit', '0.21.1', '0.22.0'],
      ['dockerd', '28.0.0', '28.3.0'],
      ['github.com/containerd/containerd', '1.7.34', '2.0.5'],
      ['github.com/containerd/containerd/v2', '2.0.4', '2.0.5'],
    ],
    'trace-hook-panic': [['buildx', '0.30.1', '0.31.0']],
    'imagetools-map-panic': [['buildx', '0.12.1', '0.31.0']],
    'exec-io-leak': [
      ['containerd', '1.7.34', '1.7.35'],
      ['containerd', '2.0.11', '2.0.12'],
      ['containerd', '2.1.4', '2.2.8'],
      ['containerd', '2.3.4', '2.3.5'],
    ],
    'local-log-oom': [['dockerd', '20.10.12', '20.10.13']],
  };

t.test('versions are affected up to the fix of their own branch', async (t) => {
  for (const [id, edges] of Object.entries(EDGES)) {
    for (const [product, last, first] of edges) {
      const rule = defect(id).versions.find((each) => each.product === product);
      if (rule === undefined) throw new Error(`${id} has no ${product}`);
      t.equal(judgeVersion(rule, last, {}).answer, 'affected', `${id}: ${product} ${last}`);
      t.equal(judgeVersion(rule, first, {}).answer, 'fixed', `${id}: ${product} ${first}`);
    }
  }
});

t.test('one line of a kind is no incident, many are', async (t) => {
  t.equal(verdict('fd-exhaustion', { fullLines: 1, refusedClients: 0 }), 'suspected');
  t.equal(verdict('fd-exhaustion', { fullLines: 3, refusedClients: 0, spanSeconds: 600 }), 'likely');
  t.equal(verdict('fd-exhaustion', { fullLines: 3, refusedClients: 0, spanSeconds: 601 }), 'suspected');
  t.equal(verdict('exec-wedged', { forcedExecs: 1, lateChecks: 0, spanSeconds: 0 }), 'suspected');
  t.equal(verdict('exec-wedged', { forcedExecs: 5, lateChecks: 0, spanSeconds: 160 }), 'likely');
  t.equal(verdict('exec-wedged', { forcedExecs: 0, lateChecks: 5, spanSeconds: 160 }), 'likely');
  t.equal(verdict('exec-io-leak', { heldExecs: 2, drains: null, spanSeconds: 10 }), 'suspected');
  t.equal(verdict('exec-io-leak', { heldExecs: 60, drains: null, spanSeconds: 600 }), 'suspected');
  t.equal(verdict('exec-io-leak', { heldExecs: 60, drains: 20, spanSeconds: 600 }), 'likely');
  t.equal(verdict('exec-io-leak', { heldExecs: 60, spanSeconds: 600, affected: 0 }), 'suspected');
  t.equal(verdict('exec-io-leak', { heldExecs: 0, drains: 400, affected: 1 }), 'confirmed');
  t.equal(
    verdict('health-check-leak', { otherChecks: 5, checksOfStopped: 0, exits: 0, spanSeconds: 300 }),
    'suspected',
  );
  t.equal(
    verdict('health-check-leak', { otherChecks: 5, checksOfStopped: 5, exits: 0, spanSeconds: 300 }),
    'likely',
  );
  t.equal(
    verdict('health-check-leak', { otherChecks: 5, checksOfStopped: 0, exits: 1, spanSeconds: 300 }),
    'likely',
  );
  t.equal(verdict('shim-leak', { leakedShims: 1 }), 'suspected');
  t.equal(verdict('shim-leak', { leakedShims: 3 }), 'likely');
  t.equal(verdict('shim-wedged', { unanswered: 2, stopCalls: 0 }), 'suspected');
  t.equal(verdict('shim-wedged', { unanswered: 3, stopCalls: 0, spanSeconds: 600 }), 'likely');
  t.equal(verdict('shim-wedged', { unanswered: 3, stopCalls: 0, spanSeconds: 1740 }), 'suspected');
  t.equal(
    verdict('shim-wedged', { unanswered: 30, spanSeconds: 7200, stopCalls: 1 }),
    'suspected',
    'a stuck stop',
  );
  t.equal(verdict('daemon-oom-loop', { dockerdKills: 1, containerdKills: 1, kubeletKills: 1 }), 'suspected');
  t.equal(verdict('daemon-oom-loop', { dockerdKills: 2, containerdKills: 0, kubeletKills: 0 }), 'likely');
  t.equal(verdict('local-log-oom', { failedBlocks: 1, textBlocks: 0, deaths: null }), 'suspected');
  t.equal(verdict('local-log-oom', { failedBlocks: 1, textBlocks: 1, deaths: null }), 'suspected');
  t.equal(verdict('local-log-oom', { fatalErrors: 1, textBlocks: 1, deaths: null }), 'likely');
  t.equal(
    verdict('local-log-oom', { fatalErrors: 1, textBlocks: 1, deaths: null, affected: 0 }),
    'suspected',
  );
  t.equal(verdict('oom-event-storm', { oomEvents: 40 }), 'suspected');
  t.equal(verdict('oom-event-storm', { oomEvents: 1800, spanSeconds: 3600 }), 'likely');
  t.equal(verdict('oom-event-storm', { oomEvents: 1800, spanSeconds: 691_200 }), 'suspected');
});

t.test(
  'a dump of dockerd is a stuck stop where calls hang, wait at a lock, or are behind SIGKILL',
  async (t) => {
    const dump = {
      dumps: 1,
      dumpHung: 0,
      dumpYoung: 0,
      dumpLocked: 0,
      dumpKilled: 0,
      dumpHolding: 0,
      dumpHungMinutes: null,
      dumpLockedMinutes: null,
      generation: 0,
    };
    const both = (facts: Facts) => [
      verdict('stuck-stop', { ...dump, ...facts }),
      firstFitting(defect('stuck-stop').mechanisms, { ...dump, ...facts })?.gives ?? null,
    ];
    t.strictSame(both({}), ['suspected', null]);
    t.strictSame(both({ dumpYoung: 4 }), ['suspected', null], 'calls in their stop time-out');
    t.strictSame(both({ dumpHung: 24, dumpKilled: 24, generation: 1 }), ['confirmed', 'hung-call']);
    t.strictSame(both({ dumpHung: 1, dumpKilled: 1, dumpHungMinutes: 6 }), ['confirmed', 'hung-call']);
    t.strictSame(both({ dumpHung: 1, dumpKilled: 1, generation: 1 }), ['likely', 'hung-call']);
    t.strictSame(both({ dumpKilled: 1, dumpYoung: 1, generation: 2 }), ['likely', 'hung-call']);
    t.strictSame(both({ dumpLocked: 1 }), ['suspected', 'hung-call'], 'a lock is waited for now and then');
    t.strictSame(both({ dumpLocked: 1, dumpLockedMinutes: 3 }), ['likely', 'hung-call']);
    t.strictSame(both({ dumpLocked: 3, dumpLockedMinutes: 12 }), ['confirmed', 'hung-call']);
    t.strictSame(
      both({ dumpLocked: 2, dumpHung: 0, dumpHungMinutes: 60 }),
      ['suspected', 'hung-call'],
      'the wait of other calls is none of theirs',
    );
    const why = (facts: Facts) => firstFitting(defect('stuck-stop').mechanisms, { ...dump, ...facts })?.id;
    t.equal(why({ dumpLocked: 3, dumpHolding: 1 }), 'dump-shows-a-lock-behind-containerd');
    t.equal(why({ dumpLocked: 3 }), 'dump-shows-a-lock', 'containerd is named only where a frame shows it');
    t.equal(why({ dumpHung: 3, dumpKilled: 3 }), 'dump-shows-it');
    t.equal(why({ dumpHung: 3 }), 'dump-shows-overdue-calls');
    const rule = (facts: Facts) => firstFitting(defect('stuck-stop').certainty, { ...dump, ...facts })?.id;
    t.equal(rule({ dumpKilled: 1, generation: 2 }), 'dump-behind-sigkill');
    t.equal(rule({ dumpKilled: 1 }), 'dump-behind-sigkill-of-unknown-version');
  },
);

t.test('a process that ended itself is an incident at once', async (t) => {
  t.equal(verdict('thread-exhaustion', { deaths: 0, exceeded: 1 }), 'suspected');
  t.equal(verdict('thread-exhaustion', { deaths: 1 }), 'likely');
  t.equal(verdict('thread-exhaustion', { deaths: 2 }), 'confirmed');
});

t.test('mistyped names are said with their line and what is known', async (t) => {
  const [good] = texts.filter(({ name }) => name === 'shim-leak');
  if (good === undefined) throw new Error('no sample');
  const broken = async (from: string, to: string) => {
    const result = await compileDefects(SCHEMA, [{ ...good, text: good.text.replace(from, to) }], signatures);
    return result.ok ? [] : result.problems;
  };
  t.match(await broken('{ fact: leakedShims, atLeast: 10 }', '{ fact: leakedShimz, atLeast: 10 }'), [
    { file: good.file, key: 'certainty.0.when.0.fact', expected: /leakedShims/, found: 'leakedShimz' },
  ]);
  t.match(await broken('means: [shim-leaked]', 'means: [shim-leeked]'), [
    { key: 'signs.0.means.0', expected: /shim-leaked/, found: 'shim-leeked' },
  ]);
  t.match(await broken('means: [shim-leaked]', 'signature: no-such'), [
    { key: 'signs.0.signature', found: 'no-such' },
  ]);
  const [twoHeaps] = texts.filter(({ name }) => name === 'log-line-buffer');
  const named = twoHeaps?.text
    .replace('- fact: heapInUse\n', '- fact: heap\n')
    .replaceAll('heapInUseGrowth', 'heapGrowth');
  const same = await compileDefects(SCHEMA, [{ ...(twoHeaps ?? good), text: named ?? '' }], signatures);
  t.match(same.ok ? [] : same.problems, [{ found: /\{heapSize\}/ }], 'two signs make one word');
  t.equal(
    (await broken('means: [shim-leaked]', 'means: [shim-leaked]\n    signature: exec-drains')).length > 0,
    true,
  );
});
