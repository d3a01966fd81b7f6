/** A typed array with its shape. */
export interface SavedArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array | Uint8Array;
}

/**
 * What a fitted model or transform is on disk: a few settings (JSON) and arrays by name (safetensors). `version` rises when the
 * meaning of the rest changes.
 */
export interface SavedParts {
  readonly kind: string;
  readonly version: number;
  /** Plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, SavedArray>>;
}
