export { descriptorSource, fileSource } from './file-source.js';
export { InputError } from './input-error.js';
export { type OpenOptions, openInputs } from './open-inputs.js';
export { type ByteStream, fromStream } from './stream-source.js';
export type { InputProblem, Inputs, Source, SourceGroup } from './types.js';
