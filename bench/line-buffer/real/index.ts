export { loadGrpc } from './cri-client.js';
export { ENCLOSURE_PARENT } from './enclosure.js';
export { DEFAULT_STOP_AT_BYTES } from './measure.js';
export { findPrograms, type ProgramPaths, type Programs, RealUnavailable } from './requirements.js';
export { runReal } from './run.js';
export type { RealOptions, RealOutcome, RealSample } from './types.js';
