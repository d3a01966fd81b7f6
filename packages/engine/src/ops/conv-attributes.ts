/** Of a convolution, beside its kernel. */
export interface ConvAttributes {
  readonly stride: number;
  /** Zeros on each side: top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
}
