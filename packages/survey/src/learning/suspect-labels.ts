import { labelErrors } from '@blemish/evaluate';
import type { RecipeFile } from '../recipe.ts';
import type { TableRecipe } from '../table-recipe.ts';
import type { Column, Row } from '../tables/index.ts';
import { foldsOf, outOfFold } from './fit-table.ts';
import { loadTrainingTable } from './load-data.ts';
import { idColumn, writeRows } from './predictions.ts';

export interface SuspectLabelsOptions {
  readonly data: string | undefined;
  /** Absent: the recipe's. */
  readonly folds?: number | undefined;
  /** Table to write, its format by its ending; null: none. */
  readonly out: string | null;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

export interface SuspectLabels {
  readonly name: string;
  readonly learner: string;
  readonly folds: number;
  readonly table: string;
  readonly n: number;
  readonly classes: readonly string[];
  /** Estimated share of the labels that are wrong. */
  readonly noise: number;
  /** [K][K] estimated share of the rows with each given (first) and true (second) class. */
  readonly joint: readonly (readonly number[])[];
  /** The surest first. */
  readonly suspects: readonly {
    /** From 1. */
    readonly path: string;
    readonly row: number;
    readonly id: string | null;
    readonly label: string;
    readonly suggested: string;
    /** Of the label, and of the class suggested, out of fold. */
    readonly probability: number;
    readonly suggestedProbability: number;
  }[];
  readonly out: string | null;
}

/**
 * Ranks the rows of the training table whose label is probably wrong, by confident learning on out-of-fold probabilities (`labelErrors`).
 * It finds what the recipe's model finds odd: a row may be rare instead of wrong, and a mistake made in all rows alike is not seen.
 * @throws SurveyError of the training table; TABLE_LABELS where a class has fewer members than folds; the abort of `signal`
 */
export async function suspectLabels(
  { recipe }: RecipeFile<TableRecipe>,
  options: SuspectLabelsOptions,
): Promise<SuspectLabels> {
  const { rows, roles, notes } = await loadTrainingTable(options.data, recipe);
  for (const note of notes) options.onNote?.(note);
  const folds = foldsOf(rows, options.folds ?? recipe.split.folds, recipe.split.seed);
  const scored = await outOfFold(rows, recipe, folds, {
    seed: options.seed ?? recipe.seed,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  const { classes, ids } = rows;
  const probabilities = scored.probabilities.data;
  const { suspects, noise, joint } = labelErrors(rows.y, probabilities, classes);
  const result: SuspectLabels = {
    name: recipe.name,
    learner: recipe.model.learner,
    folds: folds.length,
    table: rows.path,
    n: rows.x.rows,
    classes,
    noise,
    joint,
    suspects: suspects.map(({ row, label, suggested }) => ({
      ...rows.originOf(row),
      id: ids?.[row] ?? null,
      label: classes[label],
      suggested: classes[suggested],
      probability: probabilities[row * classes.length + label],
      suggestedProbability: probabilities[row * classes.length + suggested],
    })),
    out: options.out,
  };
  if (options.out !== null) {
    const table = result.suspects.map(({ id, suggestedProbability, ...suspect }, k): Row => ({
      ...(id === null ? {} : { [roles.id!]: id }),
      rank: k + 1,
      ...suspect,
      suggested_probability: suggestedProbability,
    }));
    await writeRows(options.out, suspectColumns(ids === null ? null : roles.id), table, {
      table: rows.path,
      recipe: recipe.name,
    });
  }
  return result;
}

/** Columns of the table of suspects. */
export function suspectColumns(id: string | null): readonly Column[] {
  const own: readonly Column[] = [
    { name: 'rank', type: 'int', description: '1 for the label most surely wrong' },
    { name: 'path', type: 'string', description: 'file the row is from' },
    { name: 'row', type: 'int', description: 'row of the file, from 1; the header does not count' },
    { name: 'label', type: 'string', description: 'class in the file' },
    { name: 'suggested', type: 'string', description: 'class the models are sure of instead' },
    { name: 'probability', type: 'double', description: 'out-of-fold probability of the label' },
    {
      name: 'suggested_probability',
      type: 'double',
      description: 'out-of-fold probability of the class suggested',
    },
  ];
  const taken = own.map(({ name }) => name);
  return [...own.slice(0, 3), ...idColumn(id, taken), ...own.slice(3)];
}
