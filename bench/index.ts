/** The reproducers as a library, `leaktrail/bench`: one namespace a defect. Importing it does nothing but define. */
export * as lineBuffer from './line-buffer/index.js';
export { formatSize, parseLimit, parseSize, parseSizes, SizeError } from './sizes.js';
