export { journalName } from './command-line.js';
export { followJournal } from './follow-journal.js';
export { JOURNAL_RIGHTS } from './journal-files.js';
export { journalPieces } from './journal-pieces.js';
export { missingIn } from './missing-units.js';
export type { JournalOptions, JournalProcess, SpawnJournalctl, Timers } from './types.js';
