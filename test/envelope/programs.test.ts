import t from 'tap';
import { parseRecord } from '../../lib/envelope/parse.js';
import { candidate, fixtureLines, record, shown } from './candidate.js';

const ID = 'fef3e1fbee146788d1557ec20204e10922eeb2607969a26d1323588cc8a7f469';
const fieldsOf = (line: string, ...tail: string[]) => ({ ...record(line, ...tail).fields });

t.test('klog: free text up to 1.20', async (t) => {
  const got = record(
    `E0719 12:02:33.335107    1302 remote_runtime.go:243] StopContainer "${ID}" from runtime service failed: rpc error: code = Unknown`,
  );
  t.strictSame(
    [got.envelopes, got.level, got.caller, got.pid, shown(got.innerTime)],
    [['klog'], 'error', 'remote_runtime.go:243', 1302, '?-07-19 12:02:33.335107'],
  );
  t.equal(got.message, `StopContainer "${ID}" from runtime service failed: rpc error: code = Unknown`);
  t.strictSame({ ...got.fields }, {});
});

t.test('klog: message and pairs from 1.21 on, in any order, quoted, bare and as structs', async (t) => {
  const lines = fixtureLines('cases/dockerd-stuck-stop.messages.log').map((line) => record(line));
  const failed = lines.filter((one) => one.message === 'Kill container failed');
  t.equal(failed.length, 2);
  t.match(failed[0], {
    envelopes: ['rfc3164', 'klog'],
    host: 'ecs-prod-003',
    tag: 'kubelet',
    pid: 4568,
    level: 'error',
    caller: 'kuberuntime_container.go:691',
    fields: {
      err: 'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      pod: 'kube-system/fluentd-hjj42',
      podUID: 'd6097c23-9b88-4708-93e0-226bb313e7f3',
      containerName: 'fluentd',
      containerID: `{Type:docker ID:${ID}}`,
    },
  });
  t.equal(shown(failed[0]?.envelopeTime ?? null), '?-05-01 11:04:01', 'the envelope runs 23 s behind');
  t.equal(shown(failed[0]?.innerTime ?? null), '?-05-01 11:03:37.635513');
  const [removal] = lines.filter((one) => one.message === 'RemoveContainer');
  t.match(removal, { level: 'info', caller: 'scope.go:111', pid: 285578, fields: { containerID: ID } });

  const head = 'E0930 14:50:52.135711    3122 kuberuntime_container.go:784] "Kill container failed" ';
  t.strictSame(
    fieldsOf(
      `${head}pod="ns/p-0" containerID={"Type":"containerd","ID":"${ID}"} pods=[a b] err="x \\"y\\" z" gracePeriod=30`,
    ),
    {
      pod: 'ns/p-0',
      containerID: `{"Type":"containerd","ID":"${ID}"}`,
      pods: '[a b]',
      err: 'x "y" z',
      gracePeriod: '30',
    },
  );
  t.strictSame(fieldsOf(`${head}pod=-1/datacenter1-dc-0" podUID=7`), {
    pod: '-1/datacenter1-dc-0"',
    podUID: '7',
  });
  t.strictSame(fieldsOf(`${head}err="rpc error: code = Unknown de...`), {
    err: 'rpc error: code = Unknown de...',
  });
  t.strictSame(fieldsOf(`${head}containerID={Type:docker ID:${ID.slice(0, 20)}`), {
    containerID: `{Type:docker ID:${ID.slice(0, 20)}`,
  });
});

t.test('klog: a value over several lines, in the tail or in the line', async (t) => {
  const head = 'E0930 14:50:52.135711    3122 file.go:784] "Failed" pod="ns/p" err=<';
  const expected = { pod: 'ns/p', err: 'rpc error:\n\tcode', containerID: '73fe' };
  t.strictSame(fieldsOf(head, '\trpc error:', '\t\tcode', ' > containerID="73fe"'), expected);
  const syslog = 'Mar 04 02:29:31 ip-10 kubelet[1]: ';
  t.strictSame(
    fieldsOf(syslog + head, `${syslog}\trpc error:`, `${syslog}\t\tcode`, `${syslog} > containerID="73fe"`),
    expected,
    'with the header on every line',
  );
});

t.test("klog: a pager's wrap marks inside the line are no text", async (t) => {
  const got = fieldsOf(
    `E0930 14:50:52.135711    3122 f.go:7] "Failed" err="rpc error: code = Unknown desc = > context deadline exceeded" > containerID="containerd://0e22"`,
  );
  t.strictSame(got, {
    err: 'rpc error: code = Unknown desc = context deadline exceeded',
    containerID: 'containerd://0e22',
  });
});

t.test('klog: a line whose beginning is cut off keeps its message and pairs', async (t) => {
  const [, , cut] = fixtureLines('corpus/080-m-containerd-skip-signal-prior-stop.log');
  const got = record(cut ?? '');
  t.equal(got.message, 'killContainer for pod failed');
  t.match(got.fields, { containerName: 'broker', pod: 'msg-uat/broker-monitor-0', err: /DeadlineExceeded/ });
  t.strictSame(record('GET "/x" HTTP status="200"').envelopes, ['plain']);
});

t.test('klog: microshift puts the component before the header', async (t) => {
  const got = record(
    'Sep 30 14:50:52 n microshift[1]: kubelet E0930 14:50:52.135711    3122 f.go:7] "Failed" pod="a/b"',
  );
  t.strictSame([got.tag, got.caller, got.message], ['microshift', 'f.go:7', 'Failed']);
});

t.test('klog JSON: time in milliseconds with a fraction, objects kept as JSON text', async (t) => {
  const got = fixtureLines('corpus/078-m-kubelet-klog-json-stop.log').map((line) => record(line));
  t.strictSame(
    got.map((one) => [one.envelopes, one.message, shown(one.innerTime)]),
    [
      [['klog-json'], 'StopContainer from runtime service failed', '2024-07-01T10:00:01.720401Z'],
      [['klog-json'], 'Container termination failed with gracePeriod', '2024-07-01T10:00:01.720466Z'],
      [['klog-json'], 'Kill container failed', '2024-07-01T10:00:01.720494Z'],
    ],
  );
  t.equal(got[2]?.caller, 'kuberuntime/kuberuntime_container.go:822');
  t.match(got[2]?.fields, {
    containerID:
      '{"Type":"containerd","ID":"cb4e457e22aaebb79276da1fbbca41f0a30d1fd78c8596590beb38a96c1b4938"}',
    pod: '{"name":"cart-0","namespace":"shop"}',
  });
  const wrapped = record(
    'Jun 18 20:15:36 n kubelet[9]: {"ts":1655581336241.7104,"caller":"a.go:1","msg":"x","v":0}',
  );
  t.strictSame([wrapped.envelopes, wrapped.tag], [['rfc3164', 'klog-json'], 'kubelet']);
  t.equal(shown(wrapped.innerTime), '2022-06-18T19:42:16.2417104Z');
});

t.test('logfmt: keys in any order, a space instead of T, any escape', async (t) => {
  const [crio] = fixtureLines('corpus/084-m-crio-retry-loop-space-timestamp.log');
  t.equal(shown(record(crio ?? '').innerTime), '2023-07-08T04:50:37.416953221Z');
  const got = record(
    'container=abc level=warn msg="a \\"b\\"\\n\\tc \\u003cnil\\u003e" time="2024-01-01T00:00:00.5Z" graphdriver(s)=overlay2',
  );
  t.strictSame(
    [got.message, got.level, { ...got.fields }, shown(got.innerTime)],
    [
      'a "b"\n\tc <nil>',
      'warning',
      { container: 'abc', 'graphdriver(s)': 'overlay2' },
      '2024-01-01T00:00:00.5Z',
    ],
  );
  const bare = record('time=2024-01-01T00:00:00Z level=info msg=done id=7');
  t.strictSame([bare.message, { ...bare.fields }], ['done', { id: '7' }]);
});

t.test('logfmt: a lost beginning, dots, chopped and unescaped quotes', async (t) => {
  const [cut] = fixtureLines('corpus/080-m-containerd-skip-signal-prior-stop.log');
  t.match(record(cut ?? ''), {
    envelopes: ['logfmt'],
    level: 'info',
    message:
      'StopContainer for "e9e1e7e1b3b40396764d62003d659157a7c676ea35d389a57b96477eeeea1249" with timeout 2 (s)',
  });
  const [stop, kill] = fixtureLines('corpus/082-m-containerd-unescaped-inner-quotes-reverse.log').map(
    (line) => record(line),
  );
  t.equal(stop?.message, 'StopContainer for "897ac208142dd" failed');
  t.match(stop?.fields, {
    error: /^failed to kill container "897a[0-9a-f]{60}": context canceled: unknown$/,
  });
  t.match(kill?.message, /^Kill container "897a[0-9a-f]{60}"$/);
  const chop = record('time="2021-01-01T00:00:00Z" level=info msg="Container failed to exit within 10s of >');
  t.equal(chop.message, 'Container failed to exit within 10s of');
  t.equal(record('......time="2017-01-01T00:00:00Z" level=info msg="x y"').message, 'x y');
  t.equal(record('time=&qu...').message, 'time=&qu...');
});

t.test('logfmt: HTML and up to three levels of escaping around the whole line', async (t) => {
  const line =
    'time="2021-12-14T09:11:04.8Z" level=info msg="StopContainer for \\"ab\\" failed" error="<nil>" id=7';
  const plain = record(line);
  t.equal(plain.message, 'StopContainer for "ab" failed');
  const html = line
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  let escaped = line;
  for (const form of [html, 1, 2, 3]) {
    if (typeof form === 'number') escaped = escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    const got = record(typeof form === 'number' ? escaped : form);
    t.strictSame(
      [got.message, { ...got.fields }],
      [plain.message, { error: '<nil>', id: '7' }],
      String(form),
    );
    t.strictSame(got.innerTime, plain.innerTime);
  }
});

t.test(
  'logfmt: quotes inside of quotes become plain in the message, and one level less in fields',
  async (t) => {
    const got = record(
      'time="2021-12-14T09:11:04Z" level=error msg="a \\\\\\"b\\\\\\"" error="c \\\\\\"d\\\\\\""',
    );
    t.strictSame([got.message, got.fields.error], ['a "b"', 'c \\"d\\"']);
  },
);

t.test('logfmt must start the text', async (t) => {
  for (const line of [
    'app says: time="2021-12-14T09:11:04Z" level=info msg="Container failed to exit"',
    'x time="2021-12-14T09:11:04Z" level=info msg="y"',
    'time flies level=info',
    'timeout="5" retry',
  ]) {
    t.strictSame([record(line).envelopes, record(line).message], [['plain'], line], line);
  }
  const app = record('May  1 10:00:00 n myapp[1]: got time="2021-12-14T09:11:04Z" level=info msg="y"');
  t.strictSame(
    [app.envelopes, app.innerTime, app.message],
    [['rfc3164'], null, 'got time="2021-12-14T09:11:04Z" level=info msg="y"'],
  );
});

t.test('one line with several glued records gives several', async (t) => {
  const one = 'time="2021-12-14T09:11:04Z" level=info msg="first"';
  const two = 'time="2021-12-14T09:11:05Z" level=error msg="second" id=7';
  const messages = (line: string) =>
    parseRecord(candidate(line)).map((got) => [got.tag, got.message, got.fields.id]);
  t.strictSame(messages(`May  1 10:00:00 n dockerd[1]: ${one}${two}`), [
    ['dockerd', 'first', undefined],
    ['dockerd', 'second', '7'],
  ]);
  t.strictSame(messages(`${two} ${one}`), [
    [null, 'second', '7'],
    [null, 'first', undefined],
  ]);
  t.strictSame(messages(`panic: send on closed channel${two}`), [
    [null, 'panic: send on closed channel', undefined],
    [null, 'second', '7'],
  ]);
  t.strictSame(messages(`${one}panic: send on closed channel`), [
    [null, 'first', undefined],
    [null, 'panic: send on closed channel', undefined],
  ]);
  const klog = 'E0930 14:50:52.135711    3122 f.go:7] "Failed" pod="a/b"';
  t.strictSame(messages(klog + klog).length, 2);
  t.equal(parseRecord(candidate(`${one}`.repeat(100))).length, 16, 'capped');
});

t.test('logrus on a terminal, with colours as bytes, as caret text and as octal', async (t) => {
  const dated = record(
    'INFO[2018-10-11T07:01:40.118+03:00] Container abc failed to exit       container=abc name="x y"',
  );
  t.strictSame(
    [dated.level, dated.message, { ...dated.fields }, shown(dated.innerTime)],
    ['info', 'Container abc failed to exit', { container: 'abc', name: 'x y' }, '2018-10-11T04:01:40.118Z'],
  );
  const [caret] = fixtureLines('corpus/075-m-podman-caret-ansi-sigkill.log');
  const message = 'StopSignal SIGTERM failed to stop container dash in 10 seconds, resorting to SIGKILL';
  for (const escapeSign of ['^[', '\x1b', '#033']) {
    const got = record((caret ?? '').replaceAll('^[', escapeSign));
    t.strictSame(
      [got.envelopes, got.level, got.message],
      [['rfc3164', 'logrus-tty'], 'warning', message],
      escape,
    );
  }
  const [, fatal] = fixtureLines('corpus/086-m-crictl-stderr-short-ids.log');
  t.match(record(fatal ?? ''), {
    level: 'fatal',
    innerTime: null,
    message: /^stopping the pod sandbox "272952243d4d0": rpc error/,
  });
});

t.test('Calico: time, caller, pairs and Go structs, under the tag of the kubelet', async (t) => {
  const lines = fixtureLines('cases/dockerd-stuck-stop.messages.log').map((line) => record(line));
  const calico = lines.filter((one) => one.envelopes.includes('calico'));
  t.equal(calico.length, 15);
  t.match(calico[0], {
    tag: 'kubelet',
    pid: null,
    level: 'info',
    caller: 'ipam.go:1172',
    message:
      "Releasing all IPs with handle 'k8s-pod-network.a9acd5210705c3e2e95ca459d1b244883c0ba2a5ee94650cb2fa23422367e6e9'",
  });
  t.equal(shown(calico[0]?.innerTime ?? null), '2023-05-01 10:47:56.381');
  t.match(calico[1], {
    message: 'Released address using handleID',
    fields: { Workload: 'ecs--prod--003-k8s-fluentd--hjj42-eth0' },
  });
  const endpoint = calico.find((one) => one.caller === 'k8s.go:473');
  t.equal(endpoint?.message, 'Endpoint deletion will be handled by Kubernetes deletion of the Pod.');
  t.match(endpoint?.fields.endpoint, /^&v3\.WorkloadEndpoint\{.*Pod:"fluentd-hjj42".*\}$/);
});

t.test("Go's own log package", async (t) => {
  const got = record(
    'Sep 30 14:50:52 n dockerd[1]: 2021/09/30 14:50:52 http: Accept error: accept4: too many open files; retrying in 1s',
  );
  t.strictSame([got.envelopes, shown(got.innerTime)], [['rfc3164', 'go-log'], '2021-09-30 14:50:52']);
  t.equal(got.message, 'http: Accept error: accept4: too many open files; retrying in 1s');
});

t.test('JSON of programs and shippers', async (t) => {
  const talos = record(
    '{"level":"info","msg":"StopContainer for \\"ab\\"","time":"2024-01-02T03:04:05.6Z","id":"ab","n":7}',
  );
  t.strictSame(
    [talos.envelopes, talos.message, { ...talos.fields }],
    [['json'], 'StopContainer for "ab"', { id: 'ab', n: '7' }],
  );
  t.equal(shown(talos.innerTime), '2024-01-02T03:04:05.6Z');
  const ecs = record(
    '{"@timestamp":"2024-01-02T03:04:05Z","log.level":"WARN","message":"x","host":{"name":"n1"}}',
  );
  t.strictSame([ecs.level, ecs.host, ecs.message], ['warning', 'n1', 'x']);
  const shipped = record(
    '{"@timestamp":"2024-01-02T03:04:09Z","message":"May  1 10:00:00 n dockerd[1]: time=\\"2024-01-02T03:04:05Z\\" level=info msg=\\"y\\""}',
  );
  t.strictSame(
    [shipped.envelopes, shipped.tag, shipped.message],
    [['json', 'rfc3164', 'logfmt'], 'dockerd', 'y'],
  );
  t.strictSame(
    [shown(shipped.envelopeTime), shown(shipped.innerTime)],
    ['2024-01-02T03:04:09Z', '2024-01-02T03:04:05Z'],
  );
  const cut = record('{"level":"info","msg":"StopContainer for \\"ab\\" with a very lo');
  t.strictSame([cut.envelopes, cut.message], [['json'], 'StopContainer for "ab" with a very lo']);
  const cee = record('May  1 10:00:00 n app[1]: @cee: {"msg":"x","level":"info"}');
  t.strictSame([cee.envelopes, cee.message], [['rfc3164', 'json'], 'x']);
  for (const line of ['{not json}', '{"a":1}', '{}', '{"msg"}', '{"msg":'])
    t.strictSame(record(line).envelopes, ['plain'], line);
});

t.test('journal JSON: bytes, lists, null, lower case, container output', async (t) => {
  const rest =
    '"__REALTIME_TIMESTAMP":"1718000000123456","_HOSTNAME":"n","_COMM":"dockerd","_PID":"7","_SYSTEMD_UNIT":"docker.service"';
  const bytes = [...Buffer.from('time="2024-01-02T03:04:05Z" level=info msg="ü"')].join(',');
  const got = record(`{"MESSAGE":[${bytes}],${rest}}`);
  t.strictSame(
    [got.message, got.tag, got.pid, got.unit, got.containerOutput],
    ['ü', 'dockerd', 7, 'docker.service', false],
  );
  t.equal(shown(got.envelopeTime), '2024-06-10T06:13:20.123456Z');
  t.equal(record(`{"MESSAGE":null,${rest}}`).message, '');
  t.equal(record(`{"MESSAGE":["a","b"],${rest}}`).message, 'a');
  t.equal(record(`{"MESSAGE":"a","CONTAINER_NAME":"web",${rest}}`).containerOutput, true);
  t.equal(record(`{"MESSAGE":"a","CONTAINER_ID_FULL":"web",${rest}}`).containerOutput, true);
  t.equal(record(`{"MESSAGE":"a","CONTAINER_NAME":[119,27],${rest}}`).containerOutput, true);
  const twice = record(
    `{"MESSAGE":"a","SYSLOG_IDENTIFIER":["dockerd","sudo"],"_HOSTNAME":[110,49],"_PID":"8"}`,
  );
  t.strictSame([twice.tag, twice.host, twice.pid], ['dockerd', 'n1', 8]);
  const silent = record(`{"__CURSOR":"s=1;i=2",${rest}}`);
  t.strictSame([silent.envelopes, silent.message, silent.tag], [['journal-json'], '', 'dockerd']);
  const vector = record(
    '{"host":"n","message":"x","timestamp":"1718000000123456","SYSLOG_IDENTIFIER":"kubelet","_PID":"9","PRIORITY":"6"}',
  );
  t.strictSame(
    [vector.envelopes, vector.host, vector.tag, vector.pid],
    [['journal-json'], 'n', 'kubelet', 9],
  );
  t.equal(shown(vector.envelopeTime), '2024-06-10T06:13:20.123456Z');
});

t.test('journal export: a block, a binary message, and a message without its block', async (t) => {
  const block = [
    '__CURSOR=s=1',
    '__REALTIME_TIMESTAMP=1625000000100281',
    '_HOSTNAME=edge1',
    '_SYSTEMD_UNIT=docker.service',
    'SYSLOG_IDENTIFIER=dockerd',
    '_PID=660',
  ];
  const message = 'MESSAGE=time="2021-06-29T20:53:20.1Z" level=info msg="x"';
  const got = record(message, ...block, message);
  t.match(got, {
    envelopes: ['journal-export', 'logfmt'],
    host: 'edge1',
    tag: 'dockerd',
    pid: 660,
    unit: 'docker.service',
    message: 'x',
  });
  t.equal(shown(got.envelopeTime), '2021-06-29T20:53:20.100281Z');
  const binary = record(
    'second line',
    ...block,
    'MESSAGE',
    '\x11\0\0\0\0\0\0\0first line',
    'second line',
    'CONTAINER_NAME=web',
  );
  t.strictSame(
    [binary.message, binary.containerOutput, binary.host],
    ['first line\nsecond line', true, 'edge1'],
  );
  const alone = record(message);
  t.strictSame([alone.envelopes, alone.message, alone.host], [['journal-export', 'logfmt'], 'x', null]);
});

t.test('docker json-file and CRI lines speak for what runs inside', async (t) => {
  const got = fixtureLines('corpus/092-m-dind-json-file-u003c.log').map((line) => record(line));
  t.strictSame(
    got.map((one) => [one.envelopes, one.containerOutput]),
    Array(3).fill([['docker-json-file', 'logfmt'], false]),
  );
  t.equal(got[0]?.fields.error, '<nil>');
  t.equal(shown(got[1]?.envelopeTime ?? null), '2024-04-21T10:00:11.630299144Z');
  t.equal(shown(got[1]?.innerTime ?? null), '2024-04-21T10:00:11.630118820Z');
  const cri = record('2023-05-01T10:47:56.381123456Z stderr F E0719 12:02:33.335107    1302 r.go:243] x');
  t.strictSame([cri.envelopes, cri.message, cri.containerOutput], [['cri', 'klog'], 'x', false]);
  const inner = record(
    '{"log":"May  1 10:00:00 inner dockerd[5]: text\\n","stream":"stdout","time":"2024-04-21T10:00:01Z"}',
  );
  t.strictSame([inner.host, inner.tag, inner.pid, inner.message], ['inner', 'dockerd', 5, 'text']);
  const relayed = record(
    'May  1 10:00:00 outer relay[9]: {"log":"May  1 10:00:00 inner dockerd[5]: text\\n","stream":"stdout"}',
  );
  t.strictSame([relayed.host, relayed.tag, relayed.pid], ['inner', 'dockerd', 5], 'the inside wins');
  const outer = record('May  1 10:00:00 outer relay[9]: {"log":"text\\n","stream":"stdout"}');
  t.strictSame([outer.host, outer.tag, outer.pid], ['outer', 'relay', 9]);
});

t.test('a repeated message counts, and is read like any other', async (t) => {
  const [once, thrice] = fixtureLines('corpus/094-m-rsyslog-message-repeated.log').map((line) =>
    record(line),
  );
  t.strictSame([once?.repeat, thrice?.repeat], [1, 3]);
  t.strictSame(
    [thrice?.message, { ...thrice?.fields }, thrice?.envelopes],
    [once?.message, { ...once?.fields }, ['rfc3164', 'repeated', 'klog']],
  );
  t.equal(record('message repeated 999999999999 times: [ x]').repeat, 1_000_000);
});

t.test('nested as deep as they come, and no deeper than eight', async (t) => {
  const line =
    'May  1 10:00:00 n k3s[1]: time="2024-01-02T03:04:05Z" level=info msg="E0930 14:50:52.135711    3122 f.go:7] \\"Failed\\" pod=\\"a/b\\""';
  const got = record(line);
  t.strictSame(
    [got.envelopes, got.message, got.tag, got.caller],
    [['rfc3164', 'logfmt', 'klog'], 'Failed', 'k3s', 'f.go:7'],
  );
  t.strictSame({ ...got.fields }, { pod: 'a/b' });
  t.equal(record(`${'May  1 10:00:00 n a[1]: '.repeat(50)}x`).envelopes.length, 8);
});
