/**
 * Notices that a source which used to speak has fallen silent: rsyslog or journald is stuck, the disk is full, the
 * writer died. A quiet log is normal, so it is measured against its own longest pause, in the time in which it was
 * read. Told once, until it speaks.
 */

export interface Silence {
  /** Name of the source as people write it. */
  readonly source: string;
  readonly silentMs: number;
  /** Longest pause that it had made before, ms. */
  readonly usualMs: number;
}

export interface SilenceWatch {
  /** Bytes of the source came. Gives for how long it had been reported silent, ms; null where it had not. */
  heard(source: string, nowMs: number): number | null;
  /** It has ended: nothing more is expected. */
  forget(source: string): void;
  /** Nothing is read from now on, since a reader of the output is slow: nobody can be heard. May be called again. */
  pause(nowMs: number): void;
  /** One `pause` is over; when all are, sources are read again. */
  resume(nowMs: number): void;
  /** Who has fallen silent since the last call. */
  look(nowMs: number): readonly Silence[];
}

/** Less says nothing about how often a source speaks. */
const HEARD_BEFORE = 20;
/** Shorter silences are no news. */
const LEAST_MS = 10 * 60_000;
/** So many times its longest pause. */
const FACTOR = 4;
/** Pauses fade, so that one night does not hide the next day's trouble: the longest counts half after so many. */
const HALVED_AFTER = 1_000;
/** Lines that come in one go are one word. */
const PAUSE_MS = 1_000;
const SOURCES = 4_096;

interface Speaker {
  words: number;
  heardMs: number;
  longestMs: number;
  told: boolean;
}

export function createSilenceWatch(): SilenceWatch {
  const speakers = new Map<string, Speaker>();
  let pauses = 0;
  let pausedMs = 0;
  /** For so long nothing was read, ms: time that does not count. */
  let unreadMs = 0;
  const readTime = (nowMs: number): number => (pauses > 0 ? pausedMs : nowMs) - unreadMs;

  return {
    heard(source, now) {
      const nowMs = readTime(now);
      const known = speakers.get(source);
      if (known === undefined) {
        if (speakers.size < SOURCES)
          speakers.set(source, { words: 1, heardMs: nowMs, longestMs: 0, told: false });
        return null;
      }
      const pause = nowMs - known.heardMs;
      const wasTold = known.told;
      if (pause >= PAUSE_MS) {
        known.words += 1;
        known.longestMs = Math.max(pause, known.longestMs * 2 ** (-1 / HALVED_AFTER));
      }
      known.heardMs = nowMs;
      known.told = false;
      return wasTold ? pause : null;
    },
    forget: (source) => speakers.delete(source),
    pause(nowMs) {
      if (pauses++ === 0) pausedMs = nowMs;
    },
    resume(nowMs) {
      if (--pauses === 0) unreadMs += nowMs - pausedMs;
    },
    look(now) {
      const nowMs = readTime(now);
      const silent: Silence[] = [];
      for (const [source, speaker] of speakers) {
        const { words, heardMs, longestMs, told } = speaker;
        const silentMs = nowMs - heardMs;
        if (told || words < HEARD_BEFORE || silentMs < Math.max(LEAST_MS, FACTOR * longestMs)) continue;
        speaker.told = true;
        silent.push({ source, silentMs, usualMs: longestMs });
      }
      return silent;
    },
  };
}
