/**
 * A record while its envelopes are taken off, from the outside in. Decides whose word counts where several
 * envelopes state the same thing.
 */
import type { CandidateLine } from '../scan/types.js';
import { type Fields, fieldBag } from './fields.js';
import type { Peeled } from './peeled.js';
import { MAX_REPEAT } from './repeated.js';
import type { EnvelopeName, LogRecord, Stamp } from './types.js';
import { plainQuotes } from './unescape.js';

export interface Speaker {
  host: string | null;
  tag: string | null;
  pid: number | null;
  unit: string | null;
}

export interface Draft {
  /** Takes over what an envelope states. */
  apply(peeled: Peeled): void;
  /** Envelopes so far, from the outside in. */
  readonly envelopes: readonly EnvelopeName[];
  record(candidate: CandidateLine, text: string, message: string): LogRecord;
  /** All that is known, to go on with later. Plain data. */
  readonly state: DraftState;
  /** A draft that goes on from here on its own, for a record that was glued to this one. */
  fork(): Draft;
}

export const NO_FIELDS: Fields = Object.freeze(Object.create(null) as Record<string, string>);

function merged(outer: Fields, inner: Fields): Fields {
  const bag = fieldBag();
  for (const [key, value] of Object.entries(inner)) bag.set(key, value);
  for (const [key, value] of Object.entries(outer)) if (!(key in bag.fields)) bag.set(key, value);
  return bag.fields;
}

export interface DraftState {
  envelopes: EnvelopeName[];
  who: Speaker;
  /** What was said outside of another machine's log: a word from the inside replaces it. */
  outside: Speaker;
  envelopeTime: Stamp | null;
  innerTime: Stamp | null;
  level: string | null;
  caller: string | null;
  fields: Fields;
  repeat: number;
  containerOutput: boolean;
}

const NOBODY: Speaker = { host: null, tag: null, pid: null, unit: null };

export function draftOf(state: DraftState): Draft {
  return {
    state,
    envelopes: state.envelopes,
    apply(peeled) {
      state.envelopes.push(peeled.name);
      if (peeled.inside === true) {
        state.outside = spoken(state);
        state.who = { ...NOBODY };
      }
      const { who } = state;
      // A pid belongs to the tag beside it: an inner tag's pid is not the outer tag's.
      if (who.tag === null && who.unit === null) {
        who.tag = peeled.tag ?? null;
        who.unit = peeled.unit ?? null;
        who.pid ??= peeled.pid ?? null;
      } else if (peeled.kind === 'program' || peeled.tag === who.tag) {
        who.pid ??= peeled.pid ?? null;
      }
      who.host ??= peeled.host ?? null;
      if (peeled.time !== undefined && peeled.time !== null) {
        // Around anything further, what was a program's time is a shipper's: JSON with a log line inside.
        state.envelopeTime ??= state.innerTime;
        if (peeled.kind === 'outer') {
          if (state.envelopeTime === state.innerTime) state.innerTime = null;
          state.envelopeTime ??= peeled.time;
        } else state.innerTime = peeled.time;
      }
      state.level = peeled.level ?? state.level;
      state.caller = peeled.caller ?? state.caller;
      if (peeled.fields !== undefined) {
        state.fields = state.fields === NO_FIELDS ? peeled.fields : merged(state.fields, peeled.fields);
      }
      state.repeat = Math.min(MAX_REPEAT, state.repeat * (peeled.repeat ?? 1));
      state.containerOutput ||= peeled.containerOutput === true;
    },
    record(candidate, text, message) {
      const { line, offset, part, source } = candidate;
      const { envelopeTime, innerTime, level, caller, fields, repeat, containerOutput } = state;
      const known = state.envelopes.length > 0;
      return {
        source,
        ...(part !== undefined && { part }),
        line,
        offset,
        text,
        envelopes: known ? state.envelopes : ['plain'],
        ...spoken(state),
        envelopeTime,
        innerTime,
        level,
        caller,
        message: known ? plainQuotes(message) : message,
        fields,
        repeat,
        containerOutput,
      };
    },
    fork: () =>
      draftOf({
        ...state,
        envelopes: [...state.envelopes],
        who: { ...state.who },
        outside: { ...state.outside },
      }),
  };
}

function spoken(state: DraftState): Speaker {
  const { who, outside } = state;
  const named = who.tag !== null || who.unit !== null;
  return {
    host: who.host ?? outside.host,
    tag: named ? who.tag : outside.tag,
    pid: named ? who.pid : (outside.pid ?? who.pid),
    unit: named ? who.unit : outside.unit,
  };
}

export function newDraft(): Draft {
  return draftOf({
    envelopes: [],
    who: { ...NOBODY },
    outside: { ...NOBODY },
    envelopeTime: null,
    innerTime: null,
    level: null,
    caller: null,
    fields: NO_FIELDS,
    repeat: 1,
    containerOutput: false,
  });
}
