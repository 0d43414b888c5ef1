/**
 * What announces a Go panic or a goroutine dump in a log, and how many lines behind it may belong to it. Given to
 * the scanner as `blockLiterals`, so that stacks reach the trace reader though no pattern knows their lines.
 *
 * `panic: ` is stated with what stands in front of it, at the start of a line, behind a header or a field's name:
 * with one byte more it slows the search for all the others down no further. Each goroutine opens a block anew.
 */
import type { BlockLiteral } from '../../scan/types.js';

const PANIC_LINES = 64;
const STACK_LINES = 256;

export const BLOCK_LITERALS: readonly BlockLiteral[] = [
  { literal: '\npanic: ', lines: PANIC_LINES },
  { literal: ' panic: ', lines: PANIC_LINES },
  { literal: '"panic: ', lines: PANIC_LINES },
  { literal: '=panic: ', lines: PANIC_LINES },
  // Behind a file or a line's number of grep, and behind a colour.
  { literal: ':panic: ', lines: PANIC_LINES },
  { literal: '-panic: ', lines: PANIC_LINES },
  { literal: 'mpanic: ', lines: PANIC_LINES },
  { literal: 'fatal error: ', lines: PANIC_LINES },
  { literal: 'panic serving ', lines: PANIC_LINES, long: true },
  { literal: 'SIGQUIT: quit', lines: PANIC_LINES },
  { literal: 'SIGABRT: abort', lines: PANIC_LINES },
  { literal: 'SIGSEGV: segmentation', lines: PANIC_LINES },
  { literal: 'runtime: program exceeds', lines: 16 },
  { literal: 'runtime: out of memory', lines: 16 },
  { literal: 'goroutine stack dump', lines: STACK_LINES, long: true },
  { literal: 'goroutine ', lines: STACK_LINES, long: true },
];
