import { analyze, followFiles, followJournal } from 'leaktrail';
import { merge } from 'rxjs';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const { signal } = stop;
const logs = followFiles(['/var/log/messages', '/var/log/pods/*/*/*.log'], { signal });
const journal = followJournal({ units: ['docker', 'containerd', 'kubelet'], signal });
await analyze(merge(logs, journal)).forEach(({ id, state, certainty }) => {
  console.log(`${id} is ${state}, ${certainty}`);
});
