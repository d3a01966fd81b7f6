import { writeRows } from '../learning/predictions.ts';
import type { Column } from '../tables/index.ts';
import { probabilityColumn } from '../taxonomy.ts';
import type { LabelledNeighbour } from './exposure-model.ts';
import type { JudgedExposure } from './measure-exposures.ts';

/** Columns of `predictions.parquet` of a model of exposures. */
export function exposurePredictionColumns(categories: readonly string[]): readonly Column[] {
  return [
    { name: 'exposure', type: 'string', description: 'exposure' },
    { name: 'reasons', type: 'string', description: 'its categories in the set, joined by `;`' },
    { name: 'category', type: 'string', description: 'likeliest category', ucd: 'meta.code.class' },
    { name: 'decided', type: 'boolean', description: 'is that sure enough to be named?' },
    { name: 'bad', type: 'boolean', description: 'is it on the review list?' },
    {
      name: 'score',
      type: 'double',
      description: 'probability of not being good that more than the decision’s number of CCDs reach',
      ucd: 'stat.probability',
    },
    { name: 'n_ccds', type: 'int', description: 'CCDs' },
    { name: 'n_bad', type: 'int', description: 'CCDs that are not good' },
    {
      name: 'novelty',
      type: 'double',
      description: 'share of the training’s CCDs that are less unlike their neighbours, median over its CCDs',
    },
    {
      name: 'nearest',
      type: 'string',
      description: 'nearest labelled exposures from near to far: number, category, distance; joined by `; `',
    },
    ...categories.map((name): Column => ({
      name: probabilityColumn(name),
      type: 'double',
      description: `probability of ${name}`,
      ucd: 'stat.probability',
    })),
  ];
}

/** Writes what a model says of exposures, one row each. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export function writeExposurePredictions(
  path: string,
  categories: readonly string[],
  judged: readonly JudgedExposure[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = judged.map(({ exposure, judgement }) => ({
    exposure: exposure.name,
    reasons: exposure.reasons?.join(';') ?? '',
    category: judgement.category,
    decided: judgement.decided,
    bad: judgement.bad,
    score: judgement.score,
    n_ccds: judgement.ccds,
    n_bad: judgement.badCcds,
    novelty: judgement.noveltyShare ?? null,
    nearest: nearestText(judgement.neighbours ?? []),
    ...Object.fromEntries(categories.map((name, c) => [probabilityColumn(name), judgement.probabilities[c]])),
  }));
  return writeRows(path, exposurePredictionColumns(categories), rows, metadata);
}

function nearestText(neighbours: readonly LabelledNeighbour[]): string | null {
  if (neighbours.length === 0) return null;
  return neighbours
    .map(({ exposure, category, distance }) => `${exposure} ${category} ${distance.toPrecision(3)}`)
    .join('; ');
}
