import { matrix } from '@blemish/learn';
import type { Matrix, SavedParts } from '@blemish/learn';
import type { InputRows } from './ccd-inputs.ts';

/** A fitted member of a model: probabilities of CCDs. */
export interface Head {
  /** [n, categories], rows sum to 1. */
  predict(rows: InputRows): Promise<Matrix>;
  /** Null of a network. */
  readonly saved: SavedParts | null;
  /** ONNX; null of all others. */
  readonly network: Uint8Array | null;
  close(): Promise<void>;
}

/** CCDs to learn from. */
export interface HeadRows {
  readonly rows: InputRows;
  /** Category of each CCD. */
  readonly y: Int32Array;
  /** What is not split: the group of its exposure. */
  readonly groups: readonly string[];
  readonly categories: readonly string[];
}

export interface HeadContext {
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Where networks leave what they go on from. */
  readonly folder: string;
  readonly onNote: (note: string) => void;
}

/** Classes that occur, numbered from 0: in a fold a rare category may be held out whole. */
export function presentClasses({ y }: Pick<HeadRows, 'y'>): {
  readonly present: readonly number[];
  readonly y: Int32Array;
  readonly classes: number;
} {
  const present = [...new Set(y)].sort((a, b) => a - b);
  return { present, y: y.map((c) => present.indexOf(c)), classes: present.length };
}

/** Probabilities of the classes that occurred, as those of all. */
export function spread(found: Matrix, present: readonly number[], categories: number): Matrix {
  if (found.columns === categories) return found;
  const out = matrix(found.rows, categories);
  for (let i = 0; i < found.rows; i++)
    present.forEach((c, j) => (out.data[i * categories + c] = found.data[i * found.columns + j]));
  return out;
}
