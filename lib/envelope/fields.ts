/**
 * The bag that structured fields are collected in. It has no prototype and two caps, because names and
 * values come from whoever writes into the log.
 */

/** Fields kept of one record. */
export const MAX_FIELDS = 64;
/** Characters of a field's name; a longer name is not a field. */
export const MAX_KEY = 64;

export type Fields = Readonly<Record<string, string>>;

export interface FieldBag {
  /** Keeps the value; the same name again replaces it. Beyond the caps nothing happens. */
  set(key: string, value: string): void;
  readonly fields: Fields;
}

export function fieldBag(): FieldBag {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  return {
    fields,
    set(key, value) {
      // Left out rather than kept: a reader that copies with Object.assign would set a prototype.
      if (key === '' || key.length > MAX_KEY || key === '__proto__') return;
      if (!(key in fields)) {
        if (count >= MAX_FIELDS) return;
        count++;
      }
      fields[key] = value;
    },
  };
}
