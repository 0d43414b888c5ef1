/**
 * Holds what a stage remembers against the rule that it is plain data: it can be written down, read by another
 * process and gone on from.
 */
import type { Test } from 'tap';

const PLAIN: readonly unknown[] = [Object.prototype, Array.prototype, Map.prototype, Set.prototype];
const SIMPLE: readonly string[] = ['string', 'number', 'boolean', 'undefined'];
/** What v8 writes down may nest about two thousand deep; chains grow with the input, structures do not. */
const DEEPEST = 100;

/** Fails, with the place, where something is no object, array, Map, Set, string, number, boolean, null or undefined. */
export function assertPlainData(t: Test, value: unknown, name = 'memory'): void {
  t.equal(firstFault(value, name), null, `${name} is plain data`);
}

/** The first thing that is not plain, in the order in which it would be written down; null where all is. */
export function firstFault(value: unknown, name = 'value'): string | null {
  const seen = new Set<object>();
  const waiting: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value, path: [name] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (value === null || SIMPLE.includes(typeof value)) continue;
    if (typeof value !== 'object') return `${path.join('')} is a ${typeof value}`;
    if (seen.has(value)) continue;
    seen.add(value);
    if (path.length > DEEPEST) return `${path.slice(0, 8).join('')}… nests deeper than ${DEEPEST}`;
    if (!PLAIN.includes(Object.getPrototypeOf(value))) return `${path.join('')} is ${kindOf(value)}`;
    const parts = partsOf(value);
    if (typeof parts === 'string') return `${path.join('')}${parts}`;
    for (const [step, part] of parts.toReversed()) waiting.push({ value: part, path: [...path, step] });
  }
  return null;
}

/** What the value holds, each with the step that leads there; a text where it holds what would be lost. */
function partsOf(value: object): readonly (readonly [string, unknown])[] | string {
  const parts: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'symbol') return ` has the symbol ${String(key)}`;
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (Array.isArray(value) && key === 'length') continue;
    if (property?.get !== undefined || property?.set !== undefined) return `.${key} has an accessor`;
    parts.push([Array.isArray(value) ? `[${key}]` : `.${key}`, property?.value]);
  }
  if (value instanceof Map) {
    let place = 0;
    for (const [key, held] of value) {
      parts.push([`.key(${place})`, key], [`.get(${typeof key === 'object' ? place : String(key)})`, held]);
      place++;
    }
  }
  if (value instanceof Set)
    for (const [place, held] of [...value].entries()) parts.push([`{${place}}`, held]);
  return parts;
}

function kindOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return 'an object without a prototype';
  return `of the class ${(value.constructor as { readonly name?: string } | undefined)?.name ?? 'nobody knows'}`;
}
