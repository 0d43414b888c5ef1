/**
 * JSON in plain ASCII. Everything else is escaped as \uXXXX: it parses to the same strings, and no byte of a log, or of
 * what a command said, can reach a terminal.
 */

/** As JSON.stringify, for values that it has a text for. Surrogate pairs become two escapes, as JSON wants them. */
export function asciiJson(value: object, replacer?: (key: string, value: unknown) => unknown): string {
  const json = JSON.stringify(value, replacer);
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
