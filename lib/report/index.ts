/** The report stage: incidents and a summary in, text for people or ndjson for programs out. */
export { displayWidth } from './display-width.js';
export { createNdjsonReporter, type NdjsonReporter, type NdjsonReporterOptions } from './ndjson.js';
export { printable } from './printable.js';
export type { Coverage } from './summary-text.js';
export { createTextReporter, type TextReporter, type TextReporterOptions } from './text.js';
