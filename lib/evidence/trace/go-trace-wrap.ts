/**
 * Puts lines of a trace together that a terminal wrapped in the middle of a path or of arguments. The pieces
 * alone look like frames of functions that do not exist, so that a piece is held until the next line is there.
 */
import { isFunctionName } from '../../envelope/go-frame.js';
import { withoutIndent } from '../../envelope/starts-trace.js';
import { readTraceLine, type TraceLineKind } from './go-trace-line.js';

/** Pieces of one line, and characters of all of them. */
const MAX_PIECES = 8;
const LONGEST = 8192;
/** Nobody's terminal is narrower. */
const NARROWEST = 40;

export interface Held {
  text: string;
  /** Of its first piece: the width that the others keep to. */
  readonly width: number;
  pieces: number;
}

export interface Unwrapped {
  readonly kind: TraceLineKind;
  /** The line that `kind` was read from. */
  readonly text: string;
  /** A call whose arguments were cut off, and whose rest did not come. */
  readonly cutCall: string | null;
  /** The same file as the line before, with more digits. */
  readonly again: boolean;
}

export interface Unwrapper {
  /** Null where the text is a piece that waits for its rest. */
  push(text: string): Unwrapped | null;
  reset(): void;
}

/** Where arguments begin, as against the `(*T)` of a method. */
const ARGUMENTS = /\((?:0x?|\{|_|\.|$)/;

/** Whether a text that is nothing by itself may be the beginning of a frame's line. */
function mayBegin(text: string): boolean {
  if (text.length < NARROWEST || text.length > LONGEST) return false;
  const line = withoutIndent(text);
  const path = line.startsWith('created by ') ? line.slice('created by '.length) : line;
  const open = path.search(ARGUMENTS);
  const name = open < 0 ? path : path.slice(0, open);
  return /[./]/.test(name) && !/[\s"'=<>|;]/.test(name.replace(/ (?:\+0x?[0-9a-f]*|\+)$/, ''));
}

/** Plain data. */
export interface WrapMemory {
  held: Held | null;
  /** The last file's line, whose number may go on: `server.go:19` and `91 +0x607`. */
  lastFile: string | null;
}

export function newWrapMemory(): WrapMemory {
  return { held: null, lastFile: null };
}

export function createUnwrapper(memory: WrapMemory): Unwrapper {
  /** The held text and this one as one line, null where they make none that is known. */
  function joined(text: string): Unwrapped | null {
    const { held } = memory;
    if (held === null || text.length > held.width + 1 || /^(?:\t| {2}|#011)/.test(text)) return null;
    const whole = held.text + text;
    if (whole.length > LONGEST) return null;
    // A path of its own belongs to a call that was cut off, not to its name.
    if (/^(?:\/|[A-Za-z]:[\\/])/.test(text) && !/^\s*\//.test(held.text)) return null;
    const kind = readTraceLine(withoutIndent(whole));
    return kind.kind === 'other' || kind.kind === 'note'
      ? null
      : { kind, text: whole, cutCall: null, again: false };
  }

  function settle(found: Unwrapped): Unwrapped {
    memory.held = null;
    const mayGoOn = found.kind.kind === 'file' && found.text.length >= NARROWEST;
    memory.lastFile = mayGoOn && !found.text.includes(' +0x') ? found.text : null;
    return found;
  }

  return {
    push(text) {
      if (memory.lastFile !== null && /^\d{0,6} \+0x[0-9a-f]{1,16}\s*$/.test(text.slice(0, 64))) {
        const whole = memory.lastFile + text;
        return settle({ kind: readTraceLine(withoutIndent(whole)), text: whole, cutCall: null, again: true });
      }
      const whole = joined(text);
      if (whole !== null) return settle(whole);
      const { held } = memory;
      const kind = readTraceLine(withoutIndent(text));
      if (kind.kind !== 'other') {
        const cutCall = kind.kind === 'file' && held !== null ? calledIn(held.text) : null;
        return settle({ kind, text, cutCall, again: false });
      }
      if (held !== null && held.pieces < MAX_PIECES && text.length <= held.width + 1) {
        if (mayBegin(held.text + text)) {
          held.text += text;
          held.pieces += 1;
          return null;
        }
      }
      if (mayBegin(text)) {
        memory.held = { text, width: text.length, pieces: 1 };
        memory.lastFile = null;
        return null;
      }
      return settle({ kind, text, cutCall: null, again: false });
    },
    reset() {
      memory.held = null;
      memory.lastFile = null;
    },
  };
}

/** The function of a call whose arguments have begun. */
function calledIn(text: string): string | null {
  const line = withoutIndent(text);
  const open = line.search(ARGUMENTS);
  const name = line.slice(0, Math.max(0, open));
  return isFunctionName(name) ? name : null;
}
