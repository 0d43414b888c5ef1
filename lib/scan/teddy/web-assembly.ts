/** As much of WebAssembly as the search needs. The types of Node have none of it; undefined where it is switched off. */

/** A compiled module. */
export type Module = object;

/** Memory of its own: addresses are indexes of `buffer`. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

/** A constant or a variable of a module. */
export interface Global {
  readonly value: number;
}

interface WebAssemblyApi {
  readonly Module: new (code: Uint8Array) => Module;
  /** Sizes in pages of 64 KiB. */
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
  }) => Memory;
  readonly Instance: new (
    module: Module,
    imports: { readonly env: { readonly memory: Memory } },
  ) => { readonly exports: object };
  /** False also where the code needs what this machine has not. */
  validate(code: Uint8Array): boolean;
}

export const webAssembly = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
