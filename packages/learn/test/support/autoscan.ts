import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataRoot, saySkipped } from '@blemish/testkit';
import { matrix } from '../../src/index.ts';
import type { Matrix } from '../../src/index.ts';

export interface Labelled {
  readonly x: Matrix;
  readonly y: Int32Array;
  readonly columns: readonly string[];
}

const folder = dataRoot === null ? null : join(dataRoot, 'des-autoscan');

/** Is the set of DES candidates here? Says so where it is not. */
export const hasAutoscan = folder !== null && existsSync(folder);
if (folder !== null && !hasAutoscan) saySkipped(`no ${folder}; no learner is measured on real candidates`);

/** The 36 features of DES candidates and their label (1: artifact); `ID`, `BAND` and `CCDID` are left out. */
export function autoscan(part: 'train' | 'test'): Labelled {
  const [header, ...lines] = readFileSync(join(folder!, `${part}.csv`), 'utf8')
    .trimEnd()
    .split('\n');
  const names = header.split(',');
  const kept = names.flatMap((name, j) => (['ID', 'OBJECT_TYPE', 'BAND', 'CCDID'].includes(name) ? [] : [j]));
  const label = names.indexOf('OBJECT_TYPE');
  const cells = lines.map((line) => line.split(','));
  const number = (text: string) => (text === '' ? NaN : Number(text));
  return {
    x: matrix(
      cells.length,
      kept.length,
      cells.flatMap((row) => kept.map((j) => number(row[j]))),
    ),
    y: Int32Array.from(cells, (row) => number(row[label])),
    columns: kept.map((j) => names[j]),
  };
}

/** Area under the ROC curve by ranks, ties counting half (Mann & Whitney). */
export function areaUnderCurve(scores: ArrayLike<number>, y: ArrayLike<number>): number {
  const order = Array.from({ length: y.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let ranks = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++;
    for (let k = from; k < to; k++) {
      if (y[order[k]] !== 1) continue;
      positives++;
      ranks += (from + to + 1) / 2;
    }
    from = to;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (y.length - positives));
}
