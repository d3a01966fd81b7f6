import { flipLabels, stratifiedOrder } from '@blemish/evaluate';
import { SurveyError } from '../errors.ts';
import { takeRows } from './fit-table.ts';
import type { LabelledRows } from './fit-table.ts';
import type { Setting } from './setting.ts';
import type { StudyKind } from './study.ts';

/** Shares flipped where none are named: those of paper 004's figure and what lies around them. */
const usualShares = [0, 0.05, 0.1, 0.2, 0.3];
/** Halvings of the training rows where no sizes are named, as long as each class keeps some rows. */
const usualHalvings = 5;
const rowsOfClass = 10;

/** Rows a model is trained on; out of folds those of the smallest. */
export function trainableRows({ table, test, foldings }: Setting): number {
  return test === null ? Math.min(...foldings.flat().map(({ train }) => train.length)) : table.rows.x.rows;
}

/** The levels of a study, ascending. @throws SurveyError OPTION_INVALID */
export function levelsOf(
  kind: StudyKind,
  asked: readonly number[] | undefined,
  setting: Setting,
): readonly number[] {
  const most = trainableRows(setting);
  const levels =
    asked ?? (kind === 'noise' ? usualShares : usualSizes(most, setting.table.rows.classes.length));
  const wrong =
    kind === 'noise'
      ? levels.find((share) => !(share >= 0 && share < 1))
      : levels.find((rows) => !Number.isInteger(rows) || rows < 2 || rows > most);
  if (wrong !== undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      kind === 'noise'
        ? `${wrong} is no share of labels to flip: give numbers from 0 to below 1`
        : `${wrong} is no number of training rows: give whole numbers from 2 to ${most}, those there are`,
    );
  }
  return [...new Set(levels)].sort((a, b) => a - b);
}

function usualSizes(most: number, classes: number): number[] {
  return Array.from({ length: usualHalvings + 1 }, (_, k) => Math.round(most / 2 ** k)).filter(
    (rows, k) => k === 0 || rows >= rowsOfClass * classes,
  );
}

/** The setting with its training rows as the level says; itself where they stay as they are. */
export function settingAt(kind: StudyKind, setting: Setting, level: number, seed: number): Setting {
  if (kind === 'noise') return level === 0 ? setting : withFlippedLabels(setting, level, seed);
  return level === trainableRows(setting) && setting.test !== null
    ? setting
    : withFewerRows(setting, level, seed);
}

/** Wrong labels to learn from; those measured against stay (`measuredRows` of the setting this is made of). */
function withFlippedLabels(setting: Setting, share: number, seed: number): Setting {
  const { table } = setting;
  const { rows } = table;
  const { labels } = flipLabels(rows.y, rows.classes.length, share, seed);
  return { ...setting, table: { ...table, rows: { ...rows, y: Int32Array.from(labels) } } };
}

/** The classes keep their shares, and with one seed a larger set holds the smaller ones. */
function withFewerRows(setting: Setting, size: number, seed: number): Setting {
  const { table, test, foldings } = setting;
  const { rows } = table;
  if (test === null) {
    const fewer = foldings.map((folds) =>
      folds.map(({ train, held }) => ({ train: sample(rows, train, size, seed), held })),
    );
    return { ...setting, foldings: fewer };
  }
  const all = Uint32Array.from(rows.y.keys());
  return { ...setting, table: { ...table, rows: takeRows(rows, sample(rows, all, size, seed)) } };
}

/** @throws SurveyError OPTION_INVALID where a class is left without a row */
function sample({ y, classes }: LabelledRows, from: Uint32Array, size: number, seed: number): Uint32Array {
  const order = stratifiedOrder(
    Array.from(from, (row) => y[row]),
    seed,
  );
  const chosen = Uint32Array.from(order.subarray(0, size), (i) => from[i]).sort();
  const present = new Set(Array.from(chosen, (row) => y[row]));
  const missing = classes.find((_, c) => !present.has(c));
  if (missing === undefined) return chosen;
  throw new SurveyError(
    'OPTION_INVALID',
    `${size} training rows hold none of the class '${missing}': give more`,
  );
}
