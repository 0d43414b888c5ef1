/**
 * One row an incident: its state, who, how often, when, and how it ended. Phrases stay whole and move to the next
 * line together where the terminal is narrow.
 */
import type { Incident } from '../diagnose/types.js';
import { displayWidth, padded } from './display-width.js';
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { counted } from './quantity.js';
import { duration, timeNear, timeSpan } from './time.js';
import { whoText } from './verdict.js';
import { wrapPieces } from './wrap.js';

const gap = '   ';

export type OffsetOf = (incident: Incident) => number | null;

export function rowLines(
  incidents: readonly Incident[],
  offsetOf: OffsetOf,
  width: number,
  paint: Paint,
): string[] {
  const stateWidth = Math.max(...incidents.map(({ state }) => state.length));
  const whoWidth = Math.min(40, Math.max(...incidents.map((incident) => displayWidth(whoText(incident)))));
  return incidents.flatMap((incident) => {
    const state = padded(paint.state(incident.state.toUpperCase(), incident.state), stateWidth);
    const first = ` ${state}  `;
    const hang = ' '.repeat(displayWidth(first));
    return wrapPieces(
      [padded(whoText(incident), whoWidth), ...rowPhrases(incident, offsetOf(incident))],
      gap,
      width,
      first,
      hang,
    ).map((line) => line.trimEnd());
  });
}

/** `8 stops, every 22 s (calls hang)`, the time span, how it ended. */
export function rowPhrases(incident: Incident, offset: number | null): string[] {
  const { firstSeen, lastSeen, state } = incident;
  return [
    `${attemptsText(incident)}${shapeText(incident)}`.trim(),
    timeSpan(firstSeen, lastSeen, offset),
    state === 'open' ? '' : endText(incident, offset),
  ].filter((phrase) => phrase !== '');
}

/** `at least 8 stops, every 22 s`; empty for what is not counted in stops. */
export function attemptsText({ attempts, attemptsAtLeast, intervalSeconds }: Incident): string {
  if (attempts <= 0) return '';
  const times = `${attemptsAtLeast ? 'at least ' : ''}${counted(attempts, 'stop')}`;
  if (intervalSeconds === null) return times;
  return attempts === 2
    ? `${times}, ${duration(intervalSeconds)} apart`
    : `${times}, every ${duration(intervalSeconds)}`;
}

function shapeText({ mechanism }: Incident): string {
  if (mechanism === 'hung-call') return ' (calls hang)';
  return mechanism === 'lost-exit' ? ' (looks like a lost exit)' : '';
}

function endText({ state, endedAt, endedBy, lastSeen }: Incident, offset: number | null): string {
  const at = endedAt === null ? '' : ` ${timeNear(endedAt, lastSeen, offset)}`;
  const by =
    endedBy === null ? (state === 'ended' ? ': its end was not seen' : '') : `: ${printable(endedBy, 400)}`;
  return `${state}${at}${by}`;
}
