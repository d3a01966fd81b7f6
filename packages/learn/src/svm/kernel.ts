/** assembly/svm.as.ts; addresses in bytes. */
export interface SvmKernels {
  kernelRow(
    ...args: [
      data: number,
      columns: number,
      first: number,
      last: number,
      x: number,
      kind: number,
      gamma: number,
      constant: number,
      degree: number,
      out: number,
    ]
  ): void;
  mostViolating(scores: number, up: number, count: number, out: number): void;
  partner(
    ...args: [
      scores: number,
      low: number,
      diagonal: number,
      row: number,
      count: number,
      top: number,
      own: number,
      out: number,
    ]
  ): void;
  update(scores: number, first: number, second: number, count: number, a: number, b: number): void;
  weightedSum(weights: number, values: number, count: number): number;
}

/** `linear`: x·y; `rbf`: exp(−γ |x − y|²); `poly`: (γ x·y + constant)^degree. */
export interface KernelFunction {
  readonly kind: 'linear' | 'rbf' | 'poly';
  readonly gamma: number;
  readonly constant: number;
  readonly degree: number;
}

/** Its arguments in the order of `kernelRow`. */
export function kernelArguments({ kind, gamma, constant, degree }: KernelFunction) {
  const codes = { linear: 0, rbf: 1, poly: 2 };
  return [codes[kind], gamma, constant, degree] as const;
}

/** Rows are worked on in groups of so many; what fills the last group is zeros. */
export const group = 16;

export function padded(rows: number): number {
  return Math.ceil(rows / group) * group;
}

/** Copies a row to its place among four side by side. */
export function packRow(packed: Float32Array, row: number, values: Float32Array): void {
  const at = (row >> 2) * values.length * 4 + (row & 3);
  for (let c = 0; c < values.length; c++) packed[at + 4 * c] = values[c];
}

/** The opposite of `packRow`. */
export function unpackRow(packed: Float32Array, row: number, values: Float32Array): void {
  const at = (row >> 2) * values.length * 4 + (row & 3);
  for (let c = 0; c < values.length; c++) values[c] = packed[at + 4 * c];
}
