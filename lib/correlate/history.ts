/**
 * The lines that a live run has booked, as long as all of them are known. A live log may state its zone only after
 * lines without one were dated by this machine's: then everything is booked anew at the right times.
 */
import type { LogEvent } from '../match/types.js';

export interface History {
  add(event: LogEvent): void;
  /** Everything so far in the order it came; null where the caps were passed and some of it is gone. */
  readonly all: readonly LogEvent[] | null;
}

/** Plain data. */
export interface HistoryMemory {
  /** Null where some are gone. */
  events: LogEvent[] | null;
  /** Characters of their lines. */
  text: number;
}

export interface HistoryCaps {
  readonly events: number;
  readonly text: number;
}

/** What is left to the next run: a state is written often, and has to stay small. */
const SAVED: HistoryCaps = { events: 1024, text: 256 * 1024 };

export function newHistoryMemory(): HistoryMemory {
  return { events: [], text: 0 };
}

export function createHistory(caps: HistoryCaps, memory: HistoryMemory = newHistoryMemory()): History {
  return {
    add(event) {
      if (memory.events === null) return;
      memory.events.push(event);
      memory.text += event.record.text.length;
      if (exceeds(memory, caps)) memory.events = null;
    },
    get all() {
      return memory.events;
    },
  };
}

/** What the next run is to know of it. */
export function savedHistory(memory: HistoryMemory): HistoryMemory {
  return exceeds(memory, SAVED) ? { events: null, text: 0 } : memory;
}

function exceeds({ events, text }: HistoryMemory, caps: HistoryCaps): boolean {
  return events === null || events.length > caps.events || text > caps.text;
}
