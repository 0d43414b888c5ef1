/** What the benchmark must know of a contestant: who it is, and the command that reads the log. */
export interface Rival {
  readonly name: string;
  /** Its version as it states it itself; null where it is not there, with the reason in `note`. */
  readonly version: string | null;
  /** What a reader of the table must know to compare fairly. */
  readonly note: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `literals` is a file with one literal a line. */
  command(log: string, literals: string): readonly string[];
}
