import { analyze } from 'leaktrail';

const pods = new Map<string, string>();
await analyze(process.argv.slice(2)).forEach(({ defect, state, pod, containers: [container] }) => {
  if (defect !== 'stuck-stop' || container === undefined) return;
  if (state === 'open') pods.set(container.id.slice(0, 12), `${pod?.namespace ?? '?'}/${pod?.name ?? '?'}`);
  else pods.delete(container.id.slice(0, 12));
});
for (const [id, pod] of pods) console.log(`${id} does not stop: ${pod}`);
