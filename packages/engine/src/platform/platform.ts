import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';

/**
 * What differs between Node and a browser. The engine imports `#backend` and `#files`, which package.json maps to the files of either:
 * a bundler for browsers takes the ones of its condition `browser`, and no Node module reaches the page.
 */
export interface Backend {
  readonly Tensor: TensorConstructor;
  create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  /** The provider that runs on the processor. */
  readonly processor: 'cpu' | 'wasm';
  /** Runs a session and leaves its results in the arrays of `fetches`. */
  runInto(
    session: InferenceSession,
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Readonly<Record<string, Tensor>>,
  ): Promise<void>;
}

export interface Files {
  exists(path: string): boolean;
  read(path: string): Promise<Uint8Array>;
  makeFolder(path: string): Promise<void>;
  /** Writes beside `path` and renames, so that `path` is never half a file. */
  writeWhole(path: string, bytes: Uint8Array): Promise<void>;
  append(path: string, text: string): Promise<void>;
}
