/**
 * Programs that carry another one inside: what they print and what their profiles hold is of both. Asked where a
 * signature or a defect names the program that it is of.
 */

const EMBEDDED: ReadonlyMap<string, readonly string[]> = new Map(
  ['k3s', 'k3s-server', 'k3s-agent', 'rke2', 'rke2-server', 'rke2-agent'].map((name) => [
    name,
    ['containerd', 'kubelet'],
  ]),
);

/** True where `program` is that one, or carries it. */
export function runsAs(program: string, wanted: string): boolean {
  return program === wanted || EMBEDDED.get(program)?.includes(wanted) === true;
}
