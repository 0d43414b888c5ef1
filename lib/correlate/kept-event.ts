/**
 * An event that is remembered beyond its turn, because only a later line tells what it means. It is cut to what
 * its proof can show and holds no piece of the line it came from: a thousand of them must stay small.
 */
import { detach } from './detach.js';
import type { ProofLimits } from './proof.js';
import type { TimedEvent } from './types.js';

/** The same event with its texts cut; structured fields are gone, the captures are what counts of them. */
export function keptEvent(event: TimedEvent, { proofText }: ProofLimits): TimedEvent {
  const { record, captures } = event.event;
  // One character more than a proof shows, so that the proof still says that it was cut.
  const short = (text: string): string => detach(text.slice(0, proofText + 1));
  const orNull = (text: string | null): string | null => (text === null ? null : short(text));
  return {
    ...event,
    node: short(event.node),
    event: {
      ...event.event,
      record: {
        ...record,
        text: short(record.text),
        message: short(record.message),
        host: orNull(record.host),
        tag: orNull(record.tag),
        unit: orNull(record.unit),
        level: orNull(record.level),
        caller: orNull(record.caller),
        fields: {},
      },
      captures: Object.fromEntries(Object.entries(captures).map(([name, value]) => [name, detach(value)])),
    },
  };
}
