import t from 'tap';
import { type Chart, layOut, linearTicks } from '../../bench/chart/chart.js';
import { svgChart } from '../../bench/chart/svg.js';
import { textChart } from '../../bench/chart/text.js';
import { displayWidth } from '../../lib/report/display-width.js';

const MIB = 1024 * 1024;

const chart: Chart = {
  title: 'Held',
  description: 'One grows, one is flat.',
  xTitle: 'bytes fed',
  yTitle: 'heap',
  yScale: 'linear',
  series: [
    { name: 'no limit', points: [0, 16, 32, 48, 64].map((size) => ({ x: size * MIB, y: size * MIB })) },
    {
      name: 'limit 16 MiB',
      points: [0, 16, 64].map((size) => ({ x: size * MIB, y: Math.min(8, size) * MIB })),
    },
  ],
  levels: [{ name: 'the limit', y: 16 * MIB }],
  moments: [{ name: 'newline', x: 64 * MIB }],
  xLabelledTo: null,
};

t.test('ticks are powers of two, from 0', async (t) => {
  t.same(linearTicks(64, 4), [0, 16, 32, 48, 64]);
  t.same(linearTicks(1, 6), [0, 1]);
  t.same(linearTicks(100, 4), [0, 32, 64, 96]);
});

t.test('a logarithmic scale puts 0 at its foot and keeps the order', async (t) => {
  const { y, yTicks } = layOut({ ...chart, yScale: 'log' }, 4, 4);
  t.equal(y(0), 0);
  t.equal(y(64 * MIB), 1);
  t.ok(y(8 * MIB) > 0.05 && y(8 * MIB) < y(16 * MIB));
  t.ok(yTicks.length >= 2 && yTicks.length <= 6, `${yTicks}`);
});

t.test('no line is wider than asked for, whatever the width', async (t) => {
  for (const ascii of [false, true]) {
    for (let width = 40; width <= 140; width += 7) {
      const lines = textChart(chart, { width, ascii });
      for (const line of lines)
        t.ok(displayWidth(line) <= width, `${displayWidth(line)} of ${width}: ${line}`);
    }
  }
});

t.test('plain ASCII is plain ASCII, and rises from left to right', async (t) => {
  const lines = textChart(chart, { width: 60, ascii: true, height: 12 });
  t.notMatch(lines.join('\n'), /[^\x20-\x7e\n]/);
  const rows = lines.slice(1, 13);
  const firstA = rows.map((line) => line.indexOf('A')).filter((column) => column >= 0);
  t.same(
    firstA,
    firstA.toSorted((a, b) => b - a),
    'further down is further left',
  );
  t.match(rows[0], /^ *64 MiB \+.*A/);
  t.match(
    rows.find((line) => line.includes('---')),
    /-{3,}/,
    'the limit is drawn',
  );
  t.ok(rows.filter((line) => line.includes(':')).length > 6, 'the newline, too');
});

t.test('each curve has its letter at its end and in the legend', async (t) => {
  const lines = textChart(chart, { width: 80 });
  t.match(lines[1], /A$/);
  t.ok(lines.some((line) => line.endsWith(' B')));
  t.match(lines.at(-1), /A no limit +B limit 16 MiB +╌╌ the limit +┊ newline/);
  t.match(lines[1], /[\u2800-\u28ff]/);
});

t.test('curves that end in one place get letters in rows of their own', async (t) => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 10 },
  ];
  const lines = textChart(
    { ...chart, series: ['a', 'b', 'c'].map((name) => ({ name, points })), levels: [], moments: [] },
    { width: 60 },
  );
  const letters = lines.slice(1, 13).map((line) => /[ABC]$/.exec(line)?.[0]);
  t.same(letters.filter((letter) => letter !== undefined).toSorted(), ['A', 'B', 'C']);
});

t.test('colours come only where they are wanted', async (t) => {
  t.notMatch(textChart(chart, { width: 60 }).join('\n'), /\x1b/);
  t.match(textChart(chart, { width: 60, color: true }).join('\n'), /\x1b\[36m/);
});

t.test('a chart of nothing is an empty grid', async (t) => {
  const nothing: Chart = { ...chart, series: [{ name: 'none', points: [] }], levels: [], moments: [] };
  t.equal(textChart(nothing, { width: 60, height: 5 }).length, 10);
  t.match(svgChart(nothing), /<\/svg>\n$/);
});

t.test('an SVG stands alone: titled, described, for light and dark', async (t) => {
  const svg = svgChart(chart);
  t.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  t.match(svg, '<title id="title">Held</title>');
  t.match(svg, '<desc id="description">One grows, one is flat.</desc>');
  t.match(svg, 'role="img" aria-labelledby="title description"');
  t.match(svg, '@media (prefers-color-scheme:dark)');
  t.match(svg, 'class="level"');
  t.notMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|<script|<image|@import|url\(/);
  t.notMatch(svg, /NaN|undefined|Infinity/);
});

t.test('text in an SVG stays text', async (t) => {
  const hostile = `</text><script>alert("1")</script>&amp;'\x1b[31m\x00\u202e]]>`;
  const svg = svgChart({
    ...chart,
    title: hostile,
    description: hostile,
    xTitle: hostile,
    yTitle: hostile,
    series: [{ name: hostile, points: [{ x: 1, y: 1 }] }],
    levels: [{ name: hostile, y: 1 }],
    moments: [{ name: hostile, x: 1 }],
  });
  t.notMatch(svg, /<script|alert\("1"\)|\x1b|\x00|\u202e/);
  t.equal(svg.match(/<text/g)?.length, svg.match(/<\/text>/g)?.length);
  t.match(svg, '&#60;script&#62;');
});

t.test('text in a chart of characters is made safe, too', async (t) => {
  const hostile = '\x1b]0;x\x07\u202e';
  const lines = textChart(
    { ...chart, yTitle: hostile, xTitle: hostile, levels: [{ name: hostile, y: 1 }] },
    { width: 80 },
  );
  t.notMatch(lines.join('\n'), /[\x00-\x09\x0b-\x1f\u202e]/);
});
