/** Which programs spoke of an episode. Thousands of episodes have the same few: they share one set, which is only read. */

const shared = new Map<string, ReadonlySet<string>>();
/** Users can name components of their own. */
const SHARED = 1024;

export const NO_COMPONENTS: ReadonlySet<string> = new Set();

export function withComponent(known: ReadonlySet<string>, component: string): ReadonlySet<string> {
  if (known.has(component)) return known;
  const names = [...known, component];
  const key = names.join('\0');
  const found = shared.get(key) ?? new Set(names);
  if (shared.size >= SHARED) shared.clear();
  shared.set(key, found);
  return found;
}
