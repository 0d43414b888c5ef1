import { createEnvelopeParser, createMatcher, loadPatterns } from 'leaktrail';

const { parse } = createEnvelopeParser();
const { match } = createMatcher(await loadPatterns());
const text =
  'May  2 00:10:24 node-17 dockerd: level=info msg="Container a9acd5210705 failed to exit within 10 seconds of kill - trying direct SIGKILL"';

for (const record of parse({ source: 'example', text, line: 1, offset: 0, cutBytes: 0, tail: [] })) {
  for (const { pattern, captures } of match(record)) console.log(pattern.id, captures);
}
