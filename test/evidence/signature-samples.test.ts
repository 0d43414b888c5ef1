import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { readPprof } from '../../lib/evidence/pprof/pprof.js';
import { readPprofTop } from '../../lib/evidence/pprof/pprof-top.js';
import { compileSignatures, type SignatureFile } from '../../lib/evidence/signature/compile-signatures.js';
import { signatureValue } from '../../lib/evidence/signature/signature.js';
import { readTraceDocument } from '../../lib/evidence/trace/go-trace-document.js';
import type { Evidence } from '../../lib/evidence/types.js';
import { ROOT } from '../root.js';
import { binaryDocument, fixtureBytes, textDocument } from './document.js';

const DIRECTORY = new URL('patterns/signatures/', ROOT);

function texts() {
  return readdirSync(DIRECTORY).map((file) => ({
    file,
    name: file.replace(/\.yaml$/, ''),
    text: readFileSync(new URL(file, DIRECTORY), 'utf8'),
  }));
}

const schema = new URL('docs/schema/signature.schema.json', ROOT).pathname;
const { files, problems } = await compileSignatures(schema, texts());

function signature(id: string) {
  return (files.find((file) => file.signature.id === id) as SignatureFile).signature;
}

function read(text: string): readonly Evidence[] {
  const document = textDocument(text);
  return [readTraceDocument, readPprofTop].flatMap((reader) => reader(document).evidence);
}

/** The largest value of a signature over all pieces of evidence; null where none is of its kind. */
function valueIn(id: string, evidence: readonly Evidence[]): number | null {
  const values = evidence.flatMap((piece) => signatureValue(signature(id), piece)?.value ?? []);
  return values.length === 0 ? null : Math.max(...values);
}

t.test('every signature file is sound', async (t) => {
  t.strictSame(problems, []);
  t.equal(files.length, texts().length);
});

for (const { file, signature: own, samples } of files) {
  t.test(`${file}: the readers find its samples and leave its near misses`, async (t) => {
    for (const [at, { text, value, why }] of samples.entries()) {
      const evidence = read(text);
      const kinds = { heap: 'functions', goroutines: 'goroutines', panic: 'panic' } as const;
      t.ok(
        evidence.some(({ kind }) => kind === kinds[own.kind]),
        `sample ${at} is read as what it is`,
      );
      t.equal(valueIn(own.id, evidence) ?? 0, value, `${at}: ${why ?? text.slice(0, 60)}`);
    }
  });
}

const profiles = new Map<string, readonly Evidence[]>();

function profile(name: string): readonly Evidence[] {
  const found = profiles.get(name) ?? readProfile(name);
  profiles.set(name, found);
  return found;
}

function readProfile(name: string): readonly Evidence[] {
  return name.endsWith('.pb.gz')
    ? readPprof(binaryDocument(fixtureBytes(`profiles/${name}`))).evidence
    : read(fixtureBytes(`profiles/${name}`).toString());
}

t.test('the heap of dockerd 27.4.0 fills with spans, at the end and not at the start', async (t) => {
  const end = valueIn('kept-spans', profile('dockerd-27.4.0-otel-r500x120-end.heap.pb.gz')) ?? 0;
  t.ok(end > 95 && end < 99, String(end));
  const printed =
    valueIn('kept-spans', profile('dockerd-27.4.0-otel-r500x120-end.heap.inuse_space.top.txt')) ?? 0;
  t.ok(Math.abs(printed - end) < 0.5, `printed ${printed}, protobuf ${end}`);
  t.ok((valueIn('kept-spans', profile('dockerd-27.4.0-otel-start.heap.pb.gz')) ?? 100) < 10);
});

t.test('an open line is seen in every form of the profile', async (t) => {
  for (const form of ['heap.pb.gz', 'heap.top.txt']) {
    const value = valueIn('kept-log-lines', profile(`containerd-redirectlogs-unlimited-open.${form}`)) ?? 0;
    t.ok(value > 95, `${form}: ${value}`);
  }
});

t.test('healthy daemons have nothing of any signature', async (t) => {
  const evidence = ['goroutine.pb.gz', 'heap.pb.gz', 'heap.top.txt'].flatMap((form) =>
    profile(`dockerd-logs-follow-healthy.${form}`),
  );
  t.ok(evidence.length >= 3);
  for (const { signature: own } of files) t.equal(valueIn(own.id, evidence) ?? 0, 0, own.id);
});

for (const form of ['debug2.txt', 'pb.gz']) {
  t.test(`stop calls of dockerd 19.03.15 are counted by what they wait for (${form})`, async (t) => {
    const counts = (at: string) =>
      ['stop-calls', 'stop-calls-hung', 'stop-calls-young', 'stop-calls-locked', 'state-waiters'].map((id) =>
        valueIn(id, profile(`dockerd-19.03.15-stuck-${at}.goroutine.${form}`)),
      );
    t.strictSame(counts('start'), [0, 0, 0, 0, 0]);
    t.strictSame(counts('middle'), [12, 11, 1, 0, 12]);
    t.strictSame(counts('end'), [24, 24, 0, 0, 24]);
  });
}

t.test('the same stack in 20.10.24 is one call, whose version says that it will return', async (t) => {
  for (const form of ['goroutine.debug2.txt', 'goroutine.pb.gz', 'sigusr1-goroutine-stacks.log']) {
    const evidence = profile(`dockerd-stuck-freeze-abort.${form}`);
    t.equal(valueIn('stop-calls-hung', evidence), 1, form);
    t.equal(valueIn('state-waiters', evidence), 1, form);
  }
});

const CORPUS: Readonly<Record<string, readonly string[]>> = {
  '102-m-buildx-clienttracer-gha.log': ['client-tracer-end'],
  '105-m-app-clienttracer-got100continue.log': [],
  '107-m-pushwriter-closed-channel-dockerd-journal.log': ['push-on-closed-channel'],
  '109-m-docker-current-progress-closed-channel.log': [],
  '111-m-docker-cli-grpc-closed-channel.log': [],
  '114-m-dockerd-dump-escaped-single-line.log': [],
  '115-m-containerd-redirectlogs-goroutine-idle.log': [],
  '117-m-pprof-dockerd28-curl-noise-generics.log': ['kept-spans'],
  '120-m-pprof-interactive-top5-gb.log': [],
  '122-m-pprof-containerd-redirectlogs.log': ['kept-log-lines'],
};

t.test('excerpts of the corpus show the signatures that they should, and no other', async (t) => {
  for (const [file, wanted] of Object.entries(CORPUS)) {
    const evidence = read(fixtureBytes(`corpus/${file}`).toString());
    const found = files.map((each) => each.signature.id).filter((id) => (valueIn(id, evidence) ?? 0) > 0);
    t.strictSame(found, wanted, file);
  }
  const healthy = read(fixtureBytes('corpus/123-m-pprof-containerd-healthy-redirectlogs.log').toString());
  t.equal(valueIn('kept-log-lines', healthy), 18.02);
});
