/** Pixels of one cut-out, row-major. NaN and infinite ones are missing. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array | Float64Array;
}
