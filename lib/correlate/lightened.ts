/**
 * An event on its way from the patterns to the episodes, of which thousands are held until their order is certain:
 * without what was only there to be matched. What counts of a line is in the captures, and its text is the proof.
 */
import type { LogEvent } from '../match/types.js';
import { detach } from './detach.js';
import { remembered } from './remembered.js';

const NO_FIELDS: Readonly<Record<string, string>> = Object.freeze({});

/** Who speaks is remembered with episodes, beyond the line that said so. A log has few such names. */
const ofItsOwn = remembered(detach);

function nameOf(text: string | null): string | null {
  return text === null ? null : ofItsOwn(text);
}

export function lightened({ record, pattern, captures }: LogEvent): LogEvent {
  const { source, part, line, offset, text, envelopes, host, tag, pid, unit } = record;
  const { envelopeTime, innerTime, repeat, containerOutput } = record;
  return {
    record: {
      source,
      ...(part !== undefined && { part }),
      line,
      offset,
      text,
      envelopes,
      host: nameOf(host),
      tag: nameOf(tag),
      pid,
      unit: nameOf(unit),
      envelopeTime,
      innerTime,
      level: null,
      caller: null,
      message: '',
      fields: NO_FIELDS,
      repeat,
      containerOutput,
    },
    pattern,
    captures,
  };
}
