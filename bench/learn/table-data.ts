import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Matrix, TrainingData } from '@blemish/learn';
import { numbers } from '../engine/random-numbers.ts';

/** Rows to fit and rows to predict, of one distribution. */
export interface TableData {
  readonly train: TrainingData;
  readonly test: Matrix;
  readonly testLabels: Int32Array;
}

export interface TableSize {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Two classes of eight Gaussian blobs each in fifteen directions; a quarter of the columns mix those, the rest is noise; one label in twenty
 * is wrong. Row after row, `2 · rows` of them.
 */
function makeTable({ rows, columns }: TableSize): { x: Float64Array; y: Int32Array } {
  const informative = Math.min(15, columns);
  const mixed = Math.min(Math.floor(columns / 4), columns - informative);
  const uniform = stream(1);
  const normal = () =>
    Math.sqrt(-2 * Math.log(Math.max(uniform(), 1e-9))) * Math.cos(2 * Math.PI * uniform());
  const blobs = Array.from({ length: 16 }, () => Array.from({ length: informative }, () => 1.2 * normal()));
  const mixing = Array.from({ length: mixed }, () =>
    Array.from({ length: informative }, () => 0.3 * normal()),
  );
  const x = new Float64Array(2 * rows * columns);
  const y = new Int32Array(2 * rows);
  for (let i = 0; i < 2 * rows; i++) {
    const blob = Math.floor(16 * uniform());
    y[i] = uniform() < 0.05 ? (blob + 1) % 2 : blob % 2;
    const row = x.subarray(i * columns, (i + 1) * columns);
    for (let j = 0; j < columns; j++) row[j] = normal() + (j < informative ? blobs[blob][j] : 0);
    for (const [k, weights] of mixing.entries()) {
      row[informative + k] = weights.reduce(
        (sum, weight, j) => sum + weight * row[j],
        0.1 * row[informative + k],
      );
    }
  }
  return { x, y };
}

function stream(seed: number): () => number {
  let block = numbers(1 << 16, seed);
  let used = 0;
  return () => {
    if (used === block.length) [block, used] = [numbers(block.length, block[used - 1] * 2 ** 32 + 1), 0];
    return block[used++];
  };
}

/** Writes the table where both sides read it: `x.f64` and `y.i32`, little-endian, the rows to fit before those to predict. */
export async function writeTable(folder: string, size: TableSize): Promise<void> {
  const { x, y } = makeTable(size);
  await writeFile(join(folder, 'x.f64'), x);
  await writeFile(join(folder, 'y.i32'), y);
}

export async function readTable(folder: string, { rows, columns }: TableSize): Promise<TableData> {
  const read = async (name: string) => new Uint8Array(await readFile(join(folder, name))).slice().buffer;
  const x = new Float64Array(await read('x.f64'));
  const y = new Int32Array(await read('y.i32'));
  const cells = rows * columns;
  return {
    train: { x: { rows, columns, data: x.slice(0, cells) }, y: y.slice(0, rows), classes: 2 },
    test: { rows, columns, data: x.slice(cells) },
    testLabels: y.slice(rows),
  };
}
