/** assembly/linear.as.ts; addresses in bytes. */
export interface LinearKernels {
  multiply(rows: number, n: number, columns: number, packed: number, groups: number, out: number): void;
  foldBlock(triangle: number, block: number, columns: number, rows: number): void;
}
