/**
 * Turns patterns/signatures/*.yaml into signatures and their samples. Used when the package is built and
 * tested; what is wrong with a file is data, with its line.
 */
import type { Problem } from '../../match/problem.js';
import { yamlReader } from '../../match/yaml-file.js';
import type { Signature } from './signature.js';

export interface SignatureText {
  readonly file: string;
  readonly text: string;
  /** File name without `.yaml`. */
  readonly name: string;
}

/** A text that operators have, and what the signature must say of it. */
export interface SignatureSample {
  readonly text: string;
  /** 0 for a near miss. */
  readonly value: number;
  readonly why: string | null;
}

export interface SignatureFile {
  readonly file: string;
  readonly signature: Signature;
  readonly samples: readonly SignatureSample[];
}

export interface CompiledSignatures {
  readonly files: readonly SignatureFile[];
  readonly problems: readonly Problem[];
}

type RawSignature = Signature & {
  readonly samples: readonly { readonly text: string; readonly value: number; readonly why?: string }[];
  readonly nearMisses: readonly { readonly text: string; readonly why: string }[];
};

export async function compileSignatures(
  schemaFile: string,
  texts: readonly SignatureText[],
): Promise<CompiledSignatures> {
  const read = await yamlReader(schemaFile);
  const files: SignatureFile[] = [];
  const problems: Problem[] = [];
  for (const { file, text, name } of texts) {
    const yaml = read(file, text);
    if (!yaml.ok) {
      problems.push(...yaml.problems);
      continue;
    }
    const { samples, nearMisses, ...signature } = yaml.value as RawSignature;
    if (signature.id !== name) {
      const hint = 'The id is the file name.';
      problems.push(yaml.problemAt(['id'], { expected: name, found: signature.id, hint }));
      continue;
    }
    files.push({
      file,
      signature: signature as Signature,
      samples: [
        ...samples.map((sample) => ({ ...sample, why: sample.why ?? null })),
        ...nearMisses.map((sample) => ({ ...sample, value: 0 })),
      ],
    });
  }
  return { files, problems };
}
