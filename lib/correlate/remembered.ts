/**
 * Remembers what a function said of the latest texts: a storm spells the same pods and errors in line after line. No
 * memory of a run, as the function would say it again; what is held is bounded, and no piece of a line.
 */
import { detach } from './detach.js';

/** Answers of one half; the older half goes when this one is full. */
const HALF = 512;
/** A longer text is no spelling that comes back. */
const LONGEST = 256;

/** `say` must depend on the text alone, and give nothing that is changed by who asked. */
export function remembered<T>(say: (text: string) => T): (text: string) => T {
  let latest = new Map<string, T>();
  let older = new Map<string, T>();
  return (text) => {
    if (text.length > LONGEST) return say(text);
    const known = latest.get(text);
    if (known !== undefined) return known;
    const answer = older.get(text) ?? say(text);
    if (latest.size >= HALF) {
      older = latest;
      latest = new Map();
    }
    latest.set(detach(text), answer);
    return answer;
  };
}
