import { exposureCategories } from '@blemish/sky';
import { openTable, tableColumn } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';

/** What somebody said of exposures. */
export interface ExposureLabels {
  /** Reasons of each exposure, in the order of the categories. */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
  /** Exposures that rows of the list contradict each other about: Good in one and bad in another. They count as bad. */
  readonly contradicted: readonly string[];
  /** Truth of simulated exposures, where the list has it. */
  readonly truth: ReadonlyMap<string, string>;
}

/**
 * Reads a list of labels with the columns `exposure` and `reasons` (categories joined by semicolons; empty: nobody looked). Rows of one exposure add up, so
 * that a list of CCDs serves as well.
 * @throws SurveyError LABELS_INVALID for a category that is none, naming the row; TABLE_…
 */
export async function readExposureLabels(path: string): Promise<ExposureLabels> {
  const table = await openTable(path, { text: ['exposure', 'reasons', 'truth'] });
  const exposures = column(table, 'exposure');
  const lists = column(table, 'reasons');
  const found = new Map<string, Set<string>>();
  exposures.forEach((exposure, row) => {
    const reasons = lists[row]
      .split(';')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const wrong = reasons.find((name) => !exposureCategories.some((known) => known === name));
    if (wrong !== undefined) {
      const place = table.originOf(row);
      const known = exposureCategories.join(', ');
      throw new SurveyError('LABELS_INVALID', `row ${place.row}: '${wrong}' is none of ${known}`, { path });
    }
    if (reasons.length === 0) return;
    const known = found.get(exposure) ?? new Set();
    for (const name of reasons) known.add(name);
    found.set(exposure, known);
  });
  const contradicted: string[] = [];
  const reasons = new Map<string, readonly string[]>();
  for (const [exposure, names] of found) {
    if (names.size > 1 && names.delete('Good')) contradicted.push(exposure);
    reasons.set(
      exposure,
      exposureCategories.filter((name) => names.has(name)),
    );
  }
  const told = table.columns.some(({ name }) => name === 'truth') ? column(table, 'truth') : [];
  return { reasons, contradicted, truth: new Map(told.map((truth, row) => [exposures[row], truth])) };
}

function column(table: DataTable, name: string): string[] {
  return Array.from(tableColumn(table, name, 'label').values as ArrayLike<unknown>, (value) =>
    String(value).trim(),
  );
}
