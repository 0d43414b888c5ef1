/**
 * Processor time that some work takes, in milliseconds. Tests that bound the time of a reader ask for it instead of
 * the clock, which also counts what other tests do at the same time.
 */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
