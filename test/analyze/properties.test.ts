/** The verdict must not depend on how the bytes are cut, nor on the order of records within five seconds. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { randomOf, seedOf } from './random.js';
import { essence, outcomeOf } from './run.js';

const files = [
  'cases/dockerd-stuck-stop.messages.log',
  'captures/docker-stop-stuck-resolved.journal-short.log',
  'captures/docker-stop-stuck-resolved.journal-export.log',
  'captures/dockerd-19.03.15-stop-stuck-resolved.rsyslog-rfc3164.log',
  'captures/dockerd-19.03.15-lost-exit.info.rsyslog-rfc3164.log',
  'captures/cri-stop-stuck-resolved.journal-json.log',
  'corpus/076-m-kubelet-dockershim-opertimeout.log',
  'corpus/071-m-direct-sigkill-then-exit-later.log',
].map((file) => `test/fixtures/${file}`);

t.test('cut anywhere', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  for (const file of files) {
    const bytes = readFileSync(file);
    const whole = (await outcomeOf([bytes])).incidents.map(essence);
    for (let round = 0; round < 3; round++) {
      const chunks: Uint8Array[] = [];
      // Of a long file, pieces of a few bytes would be ten thousand.
      const most = [Math.max(7, Math.ceil(bytes.length / 60)), 1500, 5000][round] as number;
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + Math.floor(random() * most);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      t.strictSame(
        (await outcomeOf(chunks)).incidents.map(essence),
        whole,
        `${file} in ${chunks.length} pieces`,
      );
    }
  }
});

t.test('records shuffled within five seconds', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const isExport = text.startsWith('__CURSOR');
    const records = isExport ? text.split(/\n\n(?=__CURSOR)/) : text.trimEnd().split('\n');
    const times = records.map(timeOf);
    const whole = (await outcomeOf([Buffer.from(text)])).incidents.map(essence);
    t.not(whole.length, 0);
    for (let round = 0; round < 2; round++) {
      const shuffled = records
        .map((record, i) => ({ record, key: (times[i] as number) + random() * 5000 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ record }) => record);
      const bytes = Buffer.from(`${shuffled.join(isExport ? '\n\n' : '\n')}\n`);
      t.strictSame((await outcomeOf([bytes])).incidents.map(essence), whole, file);
    }
  }
});

/** Event time of a record in ms, good enough to shuffle by. */
function timeOf(record: string): number {
  const journal = /__REALTIME_TIMESTAMP\W+(\d+)/.exec(record)?.[1];
  if (journal !== undefined) return Number(journal) / 1000;
  const inner = /time=\\?"([^"\\]+)/.exec(record)?.[1];
  if (inner !== undefined) return Date.parse(inner);
  const klog = /[EIW](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d+)/.exec(record);
  if (klog)
    return (
      Date.parse(`${record.includes('E0719') ? 2019 : 2023}-${klog[1]}-${klog[2]}T${klog[3]}Z`) -
      (record.includes('ecs-prod') ? 8 * 3600_000 : 0)
    );
  const calico = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+) \[/.exec(record);
  if (calico) return Date.parse(`${calico[1]}T${calico[2]}+08:00`);
  throw new Error(`no time in ${record.slice(0, 200)}`);
}
