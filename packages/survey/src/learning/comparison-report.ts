import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { rocCurve } from '@blemish/evaluate';
import type { Curve } from '@blemish/evaluate';
import { sha256 } from '../bundle.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderComparisonReport } from '../report/comparison-report.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { version } from '../version.ts';
import type { TableComparison } from './comparison.ts';
import type { LabelledRows } from './fit-table.ts';
import type { DataFile } from './load-data.ts';

export interface ComparisonOutput {
  readonly comparison: TableComparison;
  /** The rows all models were measured on. */
  readonly rows: LabelledRows;
  /** [rows, classes] of each model of the comparison, in its order. */
  readonly probabilities: readonly Float64Array[];
  readonly files: readonly RecipeFile<TableRecipe>[];
  readonly command: string | undefined;
}

/** Writes `comparison.json` and `report.html`. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export async function writeComparison(out: string, input: ComparisonOutput): Promise<void> {
  const { comparison, rows, probabilities, files, command } = input;
  const { interrupted, ...printed } = comparison;
  const generatedAt = new Date().toISOString();
  const provenance = experimentProvenance(files, comparison.files, command ?? 'blemish compare');
  const curves = comparison.models.flatMap(({ name, recipe }, k) => {
    const curve = recipe === null ? null : rocPoints(rows, probabilities[k]);
    return curve === null ? [] : [{ label: name, curve }];
  });
  await mkdir(out, { recursive: true });
  await writeWhole(join(out, 'comparison.json'), `${JSON.stringify(printed, null, 1)}\n`);
  await writeWhole(
    join(out, 'report.html'),
    renderComparisonReport({ comparison, curves, generatedAt, provenance, interrupted }),
  );
}

/** Names and values of the last section of a report on several recipes. */
export function experimentProvenance(
  recipes: readonly RecipeFile<TableRecipe>[],
  data: readonly DataFile[],
  command: string,
): readonly (readonly [string, string])[] {
  return [
    ['Command', command],
    ...recipes.map(({ path, text }) => ['Recipe', `${path} (SHA-256 ${sha256(text)})`] as const),
    ...data.map(
      ({ name, sha256: hash, rows: n }) => ['Data', `${name}, ${n} rows, SHA-256 ${hash}`] as const,
    ),
    ['Blemish', version],
    ['Node', process.versions.node],
  ];
}

/** Steps of a decade of the false-positive rate that a curve keeps. */
const stepsPerDecade = 40;

/** ROC curve of two classes, thinned evenly on the logarithmic axis it is drawn on; null where it is undefined. */
export function rocPoints(
  { y, classes }: Pick<LabelledRows, 'y' | 'classes'>,
  probabilities: Float64Array,
): Curve | null {
  if (classes.length !== 2) return null;
  const scores = Float64Array.from(y, (_, i) => probabilities[2 * i + 1]);
  const curve = rocCurve({ scores, labels: y });
  if (!('fpr' in curve)) return null;
  const { fpr, tpr } = curve;
  const step = (i: number): number =>
    fpr[i] === 0 ? -Infinity : Math.floor(stepsPerDecade * Math.log10(fpr[i]));
  // First and last of each step: a rise within it stays upright.
  const kept = Array.from(fpr.keys()).filter(
    (i) => i === 0 || i === fpr.length - 1 || step(i) !== step(i - 1) || step(i) !== step(i + 1),
  );
  return { x: kept.map((i) => fpr[i]), y: kept.map((i) => tpr[i]) };
}
