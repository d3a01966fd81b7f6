import { checkTraining, columnName, columnNames } from '../check-training.ts';
import type { TrainingData } from '../learner.ts';

/**
 * What every transform refuses: what {@link checkTraining} refuses, and a column without a single value.
 * @returns the columns' names
 * @throws RangeError naming the column and the remedy.
 */
export function checkColumns(data: TrainingData, missing: 'native' | 'refused'): readonly string[] {
  checkTraining(data, missing);
  const { x, columns } = data;
  const empty: string[] = [];
  for (let j = 0; j < x.columns; j++) {
    let i = 0;
    while (i < x.rows && Number.isNaN(x.data[i * x.columns + j])) i++;
    if (i === x.rows) empty.push(columnName(columns, j));
  }
  if (empty.length > 0) {
    throw new RangeError(
      `${empty.join(', ')}: no value in any of the ${x.rows} training rows; leave ${empty.length === 1 ? 'it' : 'them'} out of the features`,
    );
  }
  return columnNames(columns, x.columns);
}
