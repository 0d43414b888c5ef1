export { descriptorSource, fileSource } from './file-source.js';
export { InputError } from './input-error.js';
export { type OpenOptions, openInputs } from './open-inputs.js';
export { type ByteStream, fromStream } from './stream-source.js';
export type {
  BundleIdentity,
  InputProblem,
  Inputs,
  OpenedInputs,
  Skipped,
  Source,
  SourceGroup,
} from './types.js';
