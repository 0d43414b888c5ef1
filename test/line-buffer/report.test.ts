import t from 'tap';
import { csvReport } from '../../bench/line-buffer/report/csv.js';
import { heldChart, MOST_CURVES } from '../../bench/line-buffer/report/held-chart.js';
import { jsonReport } from '../../bench/line-buffer/report/json.js';
import { svgReport } from '../../bench/line-buffer/report/svg.js';
import { difference, textReport } from '../../bench/line-buffer/report/text.js';
import { displayWidth } from '../../lib/report/display-width.js';
import { combination, figures, KIB, MIB, workload } from './combinations.js';

const two = [combination({ limitBytes: 16 * KIB }), combination()];

t.test('JSON is always an array, with the contracted keys first and the figures as they are', async (t) => {
  const [limited, unlimited, ...none] = JSON.parse(jsonReport(two));
  t.same(none, []);
  t.same(Object.keys(limited).slice(0, 9), [
    'limitBytes',
    'lineBytes',
    'heldBytes',
    'peakHeapBytes',
    'peakRssBytes',
    'retainedBytes',
    'partialRecords',
    'fullRecords',
    'diskBytes',
  ]);
  t.match(limited, { limitBytes: 16_384, lineBytes: 64 * MIB, partialRecords: 4095, fullRecords: 1 });
  t.match(unlimited, { limitBytes: -1, heldBytes: 64 * MIB, source: 'model', simulated: null, real: null });
  t.equal(unlimited.curve.length, 7);
  t.same(JSON.parse(jsonReport([])), []);
  t.equal(JSON.parse(jsonReport([combination({ limitBytes: 0 })]))[0].limitBytes, 0);
});

t.test(
  'CSV has one header, as many cells in every row, and empty ones for what was not measured',
  async (t) => {
    const lines = csvReport(two).trimEnd().split('\n');
    t.equal(lines.length, 3);
    const [header = '', first = ''] = lines;
    t.match(
      header,
      /^limitBytes,lineBytes,heldBytes,peakHeapBytes,peakRssBytes,retainedBytes,partialRecords,/,
    );
    for (const line of lines) t.equal(line.split(',').length, header.split(',').length);
    t.match(
      first,
      /^16384,67108864,16384,49152,65536,32768,4095,1,67108864,containerd,1\.6\.20,newline,1,1,model,/,
    );
    t.equal(csvReport([]), `${header}\n`, 'the columns do not depend on what was measured');
  },
);

t.test('CSV quotes what a spreadsheet would take apart', async (t) => {
  const command = { command: 'a, "b"\nc', takenBytes: 1, offeredBytes: 1, end: 'finished', message: 'm' };
  t.match(csvReport([combination({}, { command })]), '"a, ""b""\\nc"');
});

t.test('the text says in words which one grows and which is flat', async (t) => {
  const text = textReport(two, { width: 100 });
  t.match(text, /^ +limit +line +held +heap peak +RSS peak +stays +records P\+F +on disk$/m);
  t.match(text, /^ +16 KiB +64 MiB +16 KiB/m);
  t.match(text, /^unlimited +64 MiB +64 MiB +192 MiB +256 MiB +128 MiB +0\+1 +64 MiB$/m);
  const words = text.replace(/\s+/g, ' ');
  t.match(words, 'With a limit of 16 KiB containerd 1.6.20 holds 16 KiB, however long the line is');
  t.match(
    words,
    'Without a limit containerd 1.6.20 holds the whole line until it ends, 64 MiB for 64 MiB of it; at the newline',
  );
  t.match(words, 'peaks at 256 MiB (4.0 times as much), and 128 MiB stay until the stream closes.');
});

t.test('the text fits its width, in ASCII too', async (t) => {
  const many = [
    ...two,
    combination({ runtime: 'docker', version: '27.4.1', readerBytes: 16_384 }),
    combination({ version: '2.1.4', containers: 12, streams: 2, end: 'kill' }),
  ];
  for (const width of [40, 80, 132]) {
    for (const line of textReport(many, { width }).split('\n')) {
      t.ok(displayWidth(line) <= width, `${width}: ${line}`);
    }
  }
  t.notMatch(textReport(many, { width: 80, ascii: true }), /[^\x20-\x7e\n]/);
});

t.test('a line that fits the limit is not said to be cut', async (t) => {
  const text = textReport([combination({ limitBytes: MIB, lineBytes: 10 * KIB })], { width: 100 });
  t.match(text.replace(/\s+/g, ' '), 'it is not longer than the limit');
});

t.test(
  'the chart draws the longest line of each kind, and the limits of all containers together',
  async (t) => {
    const { chart, leftOut } = heldChart([
      combination({ limitBytes: 16 * KIB, lineBytes: MIB, containers: 10 }),
      combination({ limitBytes: 16 * KIB, lineBytes: 4 * MIB, containers: 10 }),
      combination({ limitBytes: -1, lineBytes: 4 * MIB, containers: 10 }),
    ]);
    t.equal(leftOut, 1);
    t.same(
      chart.series.map(({ name }) => name),
      ['limit 16 KiB', 'no limit'],
    );
    t.same(chart.levels, [{ name: 'limit 16 KiB x 10', y: 160 * KIB }]);
    t.same(chart.moments, [{ name: 'newline', x: 40 * MIB }]);
    const xs = chart.series[1]?.points.map(({ x }) => x) ?? [];
    t.same(
      xs,
      xs.toSorted((a, b) => a - b),
      'the end of the line lies behind its last byte',
    );
    t.ok((xs.at(-1) ?? 0) > 40 * MIB);
  },
);

t.test('more curves than can be told apart are left out, and counted', async (t) => {
  const many = Array.from({ length: 9 }, (_, at) => combination({ limitBytes: 2 ** (10 + at) }));
  const { chart, leftOut } = heldChart(many);
  t.equal(chart.series.length, MOST_CURVES);
  t.equal(leftOut, 9 - MOST_CURVES);
  t.match(textReport(many, { width: 80 }), 'all 9 are in the table');
});

t.test('what the real daemon took stands beside the model, with the difference', async (t) => {
  const model = figures(workload());
  const real = {
    heldBytes: 66 * MIB,
    peakHeapBytes: 3 * 66 * MIB,
    peakRssBytes: 200 * MIB,
    retainedBytes: 64 * MIB,
    partialRecords: 0,
    fullRecords: 1,
    diskBytes: 64 * MIB,
    version: '1.6.20',
    openRssBytes: 65 * MIB,
    retainedRssBytes: 128 * MIB,
    fedBytes: 64 * MIB,
    stoppedEarly: true,
    curve: model.curve,
  };
  const measured = combination({}, { real });
  const text = textReport([measured], { width: 100 });
  t.match(text, 'containerd 1.6.20 as measured, limit unlimited:');
  t.match(text, /^ +held +66 MiB +64 MiB +\+3\.1 %$/m);
  t.match(text, /^ +RSS peak +200 MiB +256 MiB +-21\.9 %$/m);
  const { chart } = heldChart([measured]);
  t.same(
    chart.series.map(({ name, dots }) => [name, dots ?? false]),
    [
      ['no limit: model', false],
      ['no limit: containerd 1.6.20', true],
    ],
  );
  const [header = '', row = ''] = csvReport([measured]).split('\n');
  const at = (column: string) => row.split(',')[header.split(',').indexOf(column)];
  t.same(
    [at('real.heldBytes'), at('real.version'), at('real.stoppedEarly')],
    [`${66 * MIB}`, '1.6.20', 'true'],
  );
});

t.test('differences of what is small say nothing', async (t) => {
  t.equal(difference(4 * MIB, MIB), 'both small');
  t.equal(difference(110 * MIB, 100 * MIB), '+10.0 %');
  t.equal(difference(null, 100 * MIB), '');
});

t.test('a command in the runtime’s place has only what can be seen of a process', async (t) => {
  const outcome = {
    ...figures(workload()),
    heldBytes: null,
    peakHeapBytes: null,
    retainedBytes: null,
    partialRecords: null,
    fullRecords: null,
    diskBytes: null,
  };
  const command = {
    command: 'cat\x1b[2J',
    takenBytes: 64 * MIB,
    offeredBytes: 64 * MIB,
    end: 'finished',
    message: 'read its input to the end',
  };
  const measured = combination({}, { source: 'command', outcome, command });
  const text = textReport([measured], { width: 100 });
  t.match(text, 'It took 64 MiB of 64 MiB: it read its input to the end. Its memory grew with the line');
  t.notMatch(text, /\x1b/);
  t.match(text, 'cat\\x1b[2J');
  t.notMatch(text, 'limit');
  t.notMatch(svgReport([measured]), /\x1b/);
  const [object] = JSON.parse(jsonReport([measured]));
  t.match(object, { limitBytes: null, runtime: null, heldBytes: null, command: { end: 'finished' } });
});

t.test('a curve of very many points is drawn, and quickly', async (t) => {
  const model = figures(workload());
  const curve = Array.from({ length: 200_000 }, (_, at) => ({
    phase: at < 150_000 ? ('open' as const) : ('flush' as const),
    seconds: at,
    fedBytes: at,
    heldBytes: at,
    rssBytes: at,
  }));
  const long = combination({}, { outcome: { ...model, curve } });
  t.match(textReport([long], { width: 80 }), 'bytes fed');
  t.match(svgReport([long]), '<svg');
});

t.test('when memory comes back is said, once', async (t) => {
  const text = textReport(two, { width: 100 });
  t.equal(text.match(/It is collected within 120 s\./g)?.length, 1);
  t.match(JSON.parse(jsonReport(two))[0], {
    released: { collectedWithinSeconds: 120 },
    peakRssOneAtATimeBytes: 49_152,
  });
});

t.test('the SVG is the same chart', async (t) => {
  const svg = svgReport(two);
  t.match(svg, '>no limit<');
  t.match(svg, '>limit 16 KiB<');
});
