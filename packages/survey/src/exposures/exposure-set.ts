import { csvHeader, csvRow } from '../tables/index.ts';
import type { Row } from '../tables/column.ts';
import type { StampSetFormat } from '../stamps/stamp-set-writer.ts';
import { exposureSetColumns } from './exposure-columns.ts';
import { viewChannels } from './view-settings.ts';
import type { ViewSettings } from './view-settings.ts';

/** How a set of exposures is written: the views of `count` CCDs, and how they were made. */
export function exposureSetFormat(
  views: ViewSettings,
  count: number,
  settings: Readonly<Record<string, unknown>>,
): StampSetFormat {
  return {
    shape: [views.size, views.size, viewChannels(views)],
    ...{ type: 'uint8', truth: false, count, header: csvHeader(exposureSetColumns).trimEnd() },
    settings: { ...settings, rows: 'CCDs of exposures', views },
  };
}

/** Labels of an exposure as cells: all of them, and the one where there is one. */
export function reasonCells(reasons: readonly string[]): Row {
  return { reasons: reasons.join(';'), reason: reasons.length === 1 ? reasons[0] : null };
}

/** A line of `stamps.csv`. Measured figures have six digits: more say nothing. */
export function exposureSetLine(row: Row): string {
  const rounded = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'number' && !Number.isInteger(value) && name !== 'mjd'
      ? Number(value.toPrecision(6))
      : value,
  ]);
  return csvRow(exposureSetColumns, Object.fromEntries(rounded) as Row).trimEnd();
}
