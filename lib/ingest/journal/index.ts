export { journalName } from './command-line.js';
export { followJournal } from './follow-journal.js';
export { journalPieces } from './journal-pieces.js';
export type { JournalOptions, JournalProcess, SpawnJournalctl, Timers } from './types.js';
export { unknownUnits } from './unknown-units.js';
