import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Incident, Summary } from '../../lib/diagnose/types.js';
import { ASSUMED_TIME } from '../../lib/diagnose/words.js';
import { displayWidth } from '../../lib/report/display-width.js';
import { proofs } from '../../lib/report/proof.js';
import { createTextReporter, type TextReporterOptions } from '../../lib/report/text.js';
import { FIXTURES } from '../root.js';
import {
  caseA,
  cluster,
  container,
  hostile,
  hostileText,
  incident,
  leak,
  resolved,
  scattered,
  summary,
  unresponsive,
} from './incidents.js';
import { codePoints, createRandom, firstUnprintable, randomText } from './random-text.js';

const fixture = (name: string): string => readFileSync(new URL(`report/${name}`, FIXTURES), 'utf8');

function report(
  incidents: readonly Incident[],
  options: Partial<TextReporterOptions> = {},
  counts: Partial<Summary> = {},
): string {
  const reporter = createTextReporter({ color: false, width: 100, all: false, live: false, ...options });
  return reporter.final(incidents, summary(counts));
}

const ended = (text: string): Incident => ({ ...hostile(text), state: 'ended', id: `ended ${text}` });

/** Text with the wraps undone, for what is said rather than how it is laid out. */
const said = (text: string): string => text.replace(/\s+/g, ' ');

t.test('case A reads as reviewed, wide and narrow', async (t) => {
  for (const [name, width] of [
    ['case-a.txt', 120],
    ['case-a-80.txt', 80],
  ] as const) {
    t.equal(report(caseA, { width }), fixture(name));
  }
});

t.test('case A does not depend on the order of its incidents', async (t) => {
  t.equal(report([...caseA].reverse(), { width: 120 }), fixture('case-a.txt'));
});

/** A path with its line numbers, alone on its line. */
const lonePath = /^(PROOF)? +\S+:[\d,-]+$/;

t.test('no line is longer than the width, except commands and paths', async (t) => {
  const sets = {
    caseA,
    resolved: [resolved],
    unresponsive: [unresponsive],
    cluster: cluster(40),
    many: scattered(30),
  };
  for (const [name, incidents] of Object.entries(sets)) {
    for (const width of [40, 60, 80, 120, 200]) {
      const commands = new Set(
        incidents.flatMap(({ next, mitigations }) => [...next, ...mitigations].map(({ command }) => command)),
      );
      const long = report(incidents, { width })
        .split('\n')
        .filter((line) => displayWidth(line) > width && !commands.has(line.trim()) && !lonePath.test(line));
      t.same(long, [], `${name} at ${width}`);
    }
  }
});

t.test('a command is one whole line at any width', async (t) => {
  const lines = report(caseA, { width: 60 }).split('\n');
  for (const { command } of caseA[0].next) {
    t.ok(lines.some((line) => line.trim() === command));
  }
});

t.test('without colour no escape code is written; with it only ours, and the same words', async (t) => {
  for (const incidents of [caseA, cluster(5), scattered(6), [resolved], []]) {
    const plain = report(incidents);
    const coloured = report(incidents, { color: true });
    t.notMatch(plain, /\x1b/);
    t.match(coloured, /\x1b\[\d+m/);
    t.equal(coloured.replace(/\x1b\[(1|2|22|31|32|33|39)m/g, ''), plain);
  }
});

t.test('incidents of one pod stand in one block', async (t) => {
  const text = report(caseA);
  t.equal(text.match(/fluentd-hjj42 does not stop/g)?.length, 1);
  t.match(text, /1 of 2 containers still looping/);
  t.equal(text.match(/^CHECK/gm)?.length, 1);
  t.equal(text.match(/grep -lE/g)?.length, 1, 'checks that differ in an id only are one check');
  t.match(said(text), /the same for fluentd fef3e1fbee14/);
});

t.test('the same pod name on two nodes is two findings', async (t) => {
  const text = report([caseA[0], { ...caseA[1], node: 'other' }]);
  t.match(text, /^ecs-prod-003 /m);
  t.match(text, /^other /m);
});

t.test('three containers stuck in one window are one finding, cause first', async (t) => {
  const text = report(cluster(3));
  t.match(
    said(text),
    /^node7 3 containers of 3 pods on this node do not stop, one cause: a process in D state \(by time\); all still stuck/,
  );
  t.equal(text.match(/^CHECK/gm)?.length, 1);
  t.equal(text.match(/^ OPEN {3}api /gm)?.length, 3);
});

t.test('two containers, or three of one pod, or three days apart, are no cluster', async (t) => {
  t.notMatch(said(report(cluster(2))), /one cause/);
  const pod = { namespace: 'shop', name: 'api', uid: null };
  t.notMatch(said(report(cluster(3).map((one) => ({ ...one, pod })))), /one cause/);
  t.notMatch(said(report(scattered(3))), /one cause/);
});

t.test('a runtime that does not answer comes before the containers of its node', async (t) => {
  const text = report([...cluster(3), unresponsive]);
  t.ok(text.indexOf('container runtime does not answer') < text.indexOf('3 containers of 3 pods'));
});

t.test('a runtime that does not answer needs no container, and is no leak', async (t) => {
  const text = report([unresponsive]);
  t.match(
    text,
    /^node7 {2}container runtime does not answer; still going on {4}runtime-unresponsive LIKELY$/m,
  );
  t.notMatch(text, /LEAK/);
  t.match(text, /timeout 5 docker version/);
});

t.test('above three findings a numbered table comes first', async (t) => {
  t.notMatch(report(scattered(3)), /^ ?# /m);
  const text = report(scattered(10), { width: 120 });
  const table = text.slice(0, text.indexOf('[1]'));
  t.match(table, /^10 incidents: 10 open; 10 containers of 10 pods on 3 nodes\n/);
  t.match(table, /STATE {2}WHAT .*DEFECT .*NODE .*STOPS/);
  for (let number = 1; number <= 10; number += 1) {
    t.match(table, new RegExp(`^ ?${number}  OPEN   shop/api-${number} `, 'm'));
    t.match(text, new RegExp(`^\\[${number}\\] node`, 'm'));
  }
  t.match(text, /as for shop\/api-1 above/, 'advice is not printed ten times');
});

t.test('hundreds of findings stay readable, and what is left out is counted', async (t) => {
  const text = report(scattered(300), { width: 120 });
  t.match(text, /^and 100 more$/m);
  t.match(said(text), /The first 20 of 300 findings are told here/);
  t.ok(text.split('\n').length < 700);
});

t.test('the leak verdict is that of what goes on', async (t) => {
  t.match(report(caseA), /stuck-stop CONFIRMED, leak NOT PROVEN$/m);
  t.match(said(report(caseA)), /fluentd fef3e1fbee14, PROVEN: so far 4 goroutines, 2 fds/);
  t.match(report([incident()]), /leak PROVEN$/m);
  t.match(report([incident({ leak: leak(0, 0, 0, 0, 0) })]), /leak NONE$/m);
  t.match(report([incident({ affected: 'no', affectedBasis: 'containerd only' })]), /daemon not affected$/m);
  t.match(report([incident({ affected: 'unknown' })]), /leak NOT PROVEN$/m);
  t.match(report([resolved]), /leak PROVEN until it was resolved$/m);
});

t.test('what the leak cannot explain is said', async (t) => {
  t.match(said(report(caseA)), /More than 192 MiB a day is not explained by this/);
});

t.test('singular and plural', async (t) => {
  const one = said(report([incident({ attempts: 1, intervalSeconds: null, leak: leak(1, 1, 1, 1, 1) })]));
  t.match(one, / 1 stop \(calls hang\)/);
  t.match(one, /1 goroutine, 1 fd,/);
  t.match(one, /SEEN 1 incident: 1 open; 1 container READ/);
  t.match(said(report(caseA)), /2 stops, 10 min 19 s apart/);
  t.match(said(report(cluster(3))), /SEEN 3 incidents: 3 open; 3 containers of 3 pods READ/);
  const daemon = incident({ containers: [], pod: null });
  t.match(said(report([daemon])), /SEEN 1 incident: 1 open READ/);
  const elsewhere = incident({ id: 'stuck-stop-other-1', node: 'node-b' });
  t.match(said(report([incident(), elsewhere])), /SEEN 2 incidents: 2 open; 1 container on 2 nodes READ/);
  t.match(said(report([], {}, { suspected: 1 })), /1 suspected incident not shown: --all shows it/);
});

t.test('times are node-local with UTC beside them where they differ', async (t) => {
  const text = said(report(caseA, { width: 200 }));
  t.match(text, '2023-05-02 00:10:24-00:12:58 +08:00 (2023-05-01 16:10:24-16:12:58 UTC)');
  t.match(text, '2023-05-01 11:03:37-11:13:56 +08:00 (03:03:37-03:13:56 UTC)');
  t.match(said(report([incident()])), '2024-03-05 10:00:00-10:04:04 UTC');
  t.notMatch(report([incident()]), /\+00:00/);
});

t.test('an unknown offset can come from the node', async (t) => {
  const text = report([incident({ utcOffsetMinutes: null })], {
    offsetOf: (node) => (node === 'node1' ? -210 : null),
  });
  t.match(text, '06:30:00-06:34:04 -03:30');
});

t.test('how it ended is told with its time', async (t) => {
  t.match(said(report(caseA)), /ended 23:37:46: removal asked, exit itself not seen/);
  t.match(
    said(report([resolved])),
    /RESOLVED redis 5d41402abc4b 1 stop \(calls hang\) .* resolved 10:01:30: exit seen/,
  );
});

t.test('proof names file, runs of lines, program and count', async (t) => {
  t.match(
    report(caseA),
    /^PROOF {2}\/var\/log\/messages:23-37 dockerd x15; :5-10 kubelet x6; :11 calico x1$/m,
  );
});

t.test('proof of a followed log tells which of its texts, by time', async (t) => {
  const at = (part: string, line: number, time: string) => ({
    time,
    source: '/var/log/messages',
    part,
    line,
    text: '',
    pattern: 'dockerd.force.v1',
  });
  const first = [at('a', 120, '2023-05-01T10:00:00Z'), at('a', 121, '2023-05-01T10:00:10Z')];
  const next = [at('b', 3, '2023-05-01T10:02:00Z'), at('b', 121, '2023-05-01T10:04:00Z')];
  t.match(
    said(report([incident({ evidence: [...first, ...next], utcOffsetMinutes: 480 })])),
    'PROOF /var/log/messages:3,121 dockerd x2 as of 2023-05-01 18:04:00 +08:00; /var/log/messages:120-121 dockerd x2 as of 2023-05-01 18:00:10 +08:00',
  );
  t.match(
    said(report([incident({ evidence: first, utcOffsetMinutes: null })])),
    'PROOF /var/log/messages:120-121 dockerd x2 as of 2023-05-01 10:00:10 UTC',
    'whatever became of the name since',
  );
});

t.test(
  'of followed texts the newest comes first, by time and not by its spelling; of equal ones as they came',
  async (t) => {
    const at = (part: string, line: number, time: string) => ({
      time,
      source: 'log',
      part,
      line,
      text: '',
      pattern: 'dockerd.force.v1',
    });
    const evidence = [
      at('a', 1, '2023-05-01T10:00:00Z'),
      at('b', 2, '2023-05-01T10:00:00.5Z'),
      at('b', 3, '2023-05-01T10:00:00Z'),
      at('c', 4, '2023-05-01T10:00:00Z'),
    ];
    t.same(
      proofs([incident({ evidence })], 0).map(({ where }) => where),
      ['log:2-3', 'log:1', 'log:4'],
    );
  },
);

t.test('nothing found is said without calling it health', async (t) => {
  const text = said(report([], {}, { bytes: 1_234_567_890, lines: 48_100_000, events: 12, suspected: 2 }));
  t.match(text, /^Nothing open found in 1\.2 GB, 48 M lines\./);
  t.match(text, /not for the health of the node/);
  t.match(text, /26 candidate lines, 12 events/);
  t.match(text, /2 suspected incidents not shown: --all shows them/);
});

t.test('an input without a known line, or without any line, is told apart', async (t) => {
  t.match(
    said(report([], {}, { candidates: 0, events: 0 })),
    /is it the right log\? This is not a sign of health/,
  );
  const empty = { bytes: 0, lines: 0, candidates: 0, events: 0 };
  t.match(said(report([], {}, empty)), /The input was empty/);
  t.match(said(report([], {}, { ...empty, followed: true })), /Nothing was read of what is followed/);
  t.match(
    said(report([], { fromStart: true }, { ...empty, followed: true })),
    /What is followed was empty, or not there, and nothing was added to it, so nothing could be judged/,
  );
  t.match(
    said(report([], {}, { ...empty, followed: true, unreadable: 1 })),
    /not all of it could be read, and nothing was added to the rest, so nothing could be judged/,
  );
  t.match(said(report([], {}, { ...empty, unreadable: 1 })), /Nothing of it could be read, so nothing/);
  t.match(
    said(report([], {}, { ...empty, followed: true, unfinishedBytes: 12 })),
    /Nothing but 12 B without the end of a line was there to be read/,
  );
  const older = { count: 3, newest: '2023-05-01T14:00:31.000Z' };
  const old = said(report([], {}, { events: 0, older }));
  t.match(old, /3 lines, is older than --since; the newest is of 2023-05-01 14:00:31 UTC/);
  t.notMatch(old, /is it the right log/);
  t.match(said(report([], {}, { events: 1, older })), /for these lines and their time only/);
});

t.test('coverage tells the time span and what was not in the input', async (t) => {
  const reporter = createTextReporter({ color: false, width: 80, all: false, live: false });
  const text = said(
    reporter.final([], summary(), {
      from: '2023-05-01T02:47:56Z',
      to: '2023-05-01T16:12:58Z',
      missing: ['kernel messages'],
    }),
  );
  t.match(text, /37 lines, 2023-05-01 02:47:56-16:12:58 UTC/);
  t.match(text, /Not in the input: kernel messages\./);
});

t.test('suspected incidents are shown only when asked for, and counted otherwise', async (t) => {
  const suspected = incident({ certainty: 'suspected' });
  t.match(report([suspected]), /^Nothing open found/);
  t.match(said(report([suspected])), /1 suspected incident not shown/);
  t.match(report([suspected], { all: true }), /stuck-stop SUSPECTED/);
});

t.test('everything that was lost is named with its unit', async (t) => {
  const text = said(
    report(
      caseA,
      {},
      {
        truncatedLines: 3,
        truncatedBytes: 1_200_000,
        unreadable: 1,
        suppressed: 18_342,
        unknownEnvelopes: 7,
        lateEvents: 5,
        evictedContainers: 12,
        problems: [{ source: '/var/log/messages-1.gz', reason: 'unexpected end of file' }],
      },
    ),
  );
  t.match(
    text,
    /1 input could not be read \(to the end\): \/var\/log\/messages-1\.gz: unexpected end of file/,
  );
  t.match(text, /18,342 lines lost before it came here/);
  t.match(text, /3 lines cut at the limit, 1\.2 MB beyond it/);
  t.match(text, /12 containers dropped at the cap/);
  t.match(text, /7 candidate lines in an unknown format/);
  t.match(text, /5 events came later/);
  t.notMatch(text, /nothing cut/);
  t.match(said(report(caseA)), /nothing cut, lost or unreadable/);
});

t.test('hostile text never reaches the terminal, at any width, live or final', async (t) => {
  for (const text of [hostileText, hostileText.repeat(40), 'x'.repeat(10_000), '日'.repeat(10_000)]) {
    const problems = [{ source: text, reason: text }];
    for (const width of [60, 80, 200]) {
      const reporter = createTextReporter({ color: false, width, all: true, live: true });
      const output =
        reporter.update(hostile(text)) +
        reporter.final(
          [hostile(text), ...cluster(3, text), ...scattered(3)],
          summary({ problems, unreadable: 1 }),
        );
      t.equal(firstUnprintable(output.replaceAll('\n', '')), null);
      // Commands and paths stay whole: their lines are known by their indent or their line number.
      const prose = output
        .split('\n')
        .filter((line) => !/^( {3}| {9})\S/.test(line) && !/^(PROOF| {7}\S.*:\d)/.test(line));
      const widest = prose.reduce((most, line) => Math.max(most, displayWidth(line)), 0);
      t.ok(widest <= width, `prose stays within ${width} columns, not ${widest}`);
    }
  }
});

t.test('random hostile incidents give printable text only', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.comment(`SEED=${seed}`);
  const random = createRandom(seed);
  for (let round = 0; round < 60; round += 1) {
    const text = randomText(random, 80);
    const reporter = createTextReporter({
      color: false,
      width: 40 + Math.floor(random() * 100),
      all: true,
      live: true,
    });
    const output = reporter.update(hostile(text)) + reporter.final([hostile(text), ended(text)], summary());
    const found = firstUnprintable(output.replaceAll('\n', ''));
    if (found !== null) {
      t.fail(`SEED=${seed} round ${round}: ${found} from ${codePoints(text)}`);
      return;
    }
  }
  t.pass();
});

t.test('live: an incident is announced by what changed', async (t) => {
  const { update } = createTextReporter({ color: false, width: 100, all: false, live: true });
  const likely = incident({ certainty: 'likely', next: caseA[0].next });
  const opened = update(likely);
  t.match(opened, /^OPENED {2}node1 {2}container 0123456789ab does not stop; still looping/);
  t.match(opened, /3 stops, every 2 min 2 s/);
  t.equal(opened.match(/Check:/g)?.length, 1, 'only the first check');
  const confirmed = { ...likely, certainty: 'confirmed' } as const;
  t.match(update(confirmed, likely), /^ESCALATED to confirmed {2}node1/);
  t.match(update({ ...confirmed, attempts: 9 }, confirmed, 3_600_000), /^STILL STUCK after 1 h {2}node1/);
  const over = update({ ...confirmed, state: 'resolved', endedBy: 'exit seen' }, confirmed);
  t.match(over, /^RESOLVED {2}node1/);
  t.notMatch(over, /Check:/);
  t.match(update({ ...likely, id: 'other', state: 'ended' }), /^ENDED /);
});

t.test('live: a year or zone that is assumed is said to be', async (t) => {
  const { update } = createTextReporter({ color: false, width: 100, all: false, live: true });
  t.notMatch(update(incident()), /Times:/);
  t.match(
    update(incident({ gaps: [ASSUMED_TIME] })),
    /^ Times: year or zone of some lines assumed \(no line/m,
  );
});

t.test('live: a suspected incident is silent, and opens when it becomes likely', async (t) => {
  const { update } = createTextReporter({ color: false, width: 100, all: false, live: true });
  t.equal(update(incident({ certainty: 'suspected' })), '');
  t.match(update(incident({ certainty: 'likely' })), /^OPENED /);
});

t.test('without live nothing is said before the end', async (t) => {
  const { update } = createTextReporter({ color: false, width: 100, all: false, live: false });
  t.equal(update(incident()), '');
});

t.test('a cluster of thousands is told in time', async (t) => {
  const many = Array.from({ length: 5_000 }, (_, n) =>
    incident({ id: `stuck-stop-${n}-1`, containers: [container(n.toString(16).padStart(12, '0'))] }),
  );
  const started = process.hrtime.bigint();
  const text = report(many);
  t.ok(Number(process.hrtime.bigint() - started) / 1e9 < 10);
  t.match(said(text), /5,000 containers on this node do not stop/);
  t.match(text, /and 4950 more/);
});
