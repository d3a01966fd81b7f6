// fixtures/trees.json, written by fixtures/trees.py with scikit-learn.
import { readFileSync } from 'node:fs';
import type { LearnerName, Matrix, TrainingData } from '../../src/index.ts';
import { selectRows } from '../../src/index.ts';
import { table } from './tables.ts';

type Rows = readonly (readonly (number | null)[])[];

export interface TreesFixture {
  readonly tables: Readonly<Record<'two' | 'three', { readonly x: Rows; readonly y: readonly number[] }>>;
  readonly forests: Readonly<
    Record<
      string,
      {
        readonly table: 'two' | 'three';
        readonly kind: LearnerName;
        /** Of 40 seeds. */
        readonly auc: readonly number[];
        readonly outOfBag?: readonly number[];
        readonly importanceMean: readonly number[];
        readonly importanceSpread: readonly number[];
      }
    >
  >;
  readonly holes: Rows;
  readonly few: Rows;
  readonly weights: readonly number[];
  readonly boosting: Readonly<
    Record<
      string,
      {
        /** The first tree, where it is compared node by node. */
        readonly tree?: {
          readonly feature: readonly number[];
          readonly threshold: readonly number[];
          readonly value: readonly number[];
          readonly left: readonly number[];
          readonly right: readonly number[];
          readonly missingLeft: readonly boolean[];
        };
        readonly raw: readonly number[] | readonly (readonly number[])[];
      }
    >
  >;
  readonly isolation: {
    readonly x: Rows;
    readonly auc: readonly number[];
    readonly mean: readonly number[];
    readonly spread: readonly number[];
  };
}

export const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/trees.json', import.meta.url), 'utf8'),
) as TreesFixture;

/** The fixture's table: its first 600 rows to fit, the others to test. */
export function split(name: 'two' | 'three'): {
  train: TrainingData;
  test: Matrix;
  labels: readonly number[];
} {
  const { x, y } = fixture.tables[name];
  const all = table(x);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  return {
    train: { x: selectRows(all, range(0, 600)), y: y.slice(0, 600), classes: name === 'two' ? 2 : 3 },
    test: selectRows(all, range(600, y.length)),
    labels: y.slice(600),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function spread(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
