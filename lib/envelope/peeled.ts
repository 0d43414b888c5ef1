/**
 * What taking one envelope off a text gives. Every envelope's file exports one peeler of this shape, and
 * `parse.ts` calls them until none fits any more.
 */
import type { Fields } from './fields.js';
import type { EnvelopeName, Stamp } from './types.js';

export interface Peeled {
  readonly name: EnvelopeName;
  /** What was inside: the next envelope, or the message. */
  readonly rest: string;
  /**
   * `outer`: a transport around any text. `program`: the program's own format, so that its time is an inner
   * time and only another program's format can be inside.
   */
  readonly kind: 'outer' | 'program';
  readonly time?: Stamp | null;
  readonly host?: string | null;
  readonly tag?: string | null;
  readonly pid?: number | null;
  readonly unit?: string | null;
  readonly level?: string | null;
  readonly caller?: string | null;
  readonly fields?: Fields;
  readonly repeat?: number;
  readonly containerOutput?: boolean;
  /**
   * The text inside is the log of another machine (docker json-file, CRI): what it says about host, tag and
   * process wins over what was said outside.
   */
  readonly inside?: boolean;
  /** The rest is a text without any further envelope, whatever it looks like. */
  readonly done?: boolean;
  /** Text behind this record that is a record of its own: lines glued together by a lost newline. */
  readonly glued?: string;
  /** Set by envelopes that cut lines: the piece is not the last one of its line. */
  readonly partial?: { readonly stream: string; readonly more: boolean };
}

export type Peeler = (text: string) => Peeled | null;
