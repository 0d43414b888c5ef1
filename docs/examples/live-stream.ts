import { analyze } from 'leaktrail';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const told = new Map<string, string>();
await analyze(process.stdin, { signal: stop.signal }).forEach(({ id, state, certainty }) => {
  const news = `${id} is ${state}, ${certainty}`;
  if (told.get(id) !== news) console.log(news);
  told.set(id, news);
});
