import { nearestNames, tableColumn } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { canonicalLabel, classMap } from '../learning/class-map.ts';
import type { ClassMap } from '../learning/class-map.ts';
import type { StampPreprocessName } from '../preprocess/stamp-preprocess.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { whyUnscorable } from '../stamps/unscorable.ts';

/** What is known of the stamps of a set that can be used. */
export interface LabelledStamps {
  readonly set: StampSet;
  /** Place in the set of each stamp used, ascending. */
  readonly places: Int32Array;
  /** Class of each of them. */
  readonly y: Int32Array;
  /** Names in order; of two, the second is the positive one. */
  readonly classes: readonly string[];
  /** Group of each; null: every stamp by itself. */
  readonly groups: readonly string[] | null;
  /** Stamps that cannot be judged, and why. */
  readonly blank: readonly { readonly place: number; readonly reason: string }[];
  /** Stamps left out because of their label. */
  readonly leftOut: number;
}

/** Columns of the table that are read as text. */
export function textColumns({ label, group, split }: StampRecipe['data']): string[] {
  return [label, group, split.column].filter((name) => name !== undefined);
}

/** Text of a column, row by row. @throws SurveyError TABLE_COLUMN_MISSING with the nearest names */
export function columnTexts({ table }: StampSet, name: string, role: string): readonly string[] {
  const column = tableColumn(table, name, role);
  return column.kind === 'text' ? column.values : Array.from(column.values, String);
}

/**
 * Classes and groups of a set's stamps. Stamps that cannot be judged and labels that are left out are not among them.
 * @param preprocess what makes some stamps say nothing: constant ones, where the range is scaled to 1
 * @param known classes of a model that is measured; absent: as the recipe says or the labels are
 * @throws SurveyError TABLE_COLUMN_MISSING, TABLE_LABELS naming row, label and the nearest known ones, TABLE_CELL_EMPTY
 */
export function labelStamps(
  set: StampSet,
  asked: Pick<StampRecipe['data'], 'label' | 'classes' | 'positive' | 'leave_out' | 'group'>,
  preprocess: StampPreprocessName,
  known?: ClassMap,
): LabelledStamps {
  const texts = columnTexts(set, asked.label, 'label').map(canonicalLabel);
  const out = new Set(asked.leave_out.map(canonicalLabel));
  const rows = Array.from(texts.keys()).filter((row) => !out.has(texts[row]));
  const map =
    known ??
    classMap(
      rows.map((row) => texts[row]),
      asked,
      set.table.path,
    );
  const groupTexts = asked.group === undefined ? null : columnTexts(set, asked.group, 'group');
  const places: number[] = [];
  const y: number[] = [];
  const groups: string[] = [];
  const blank: { readonly place: number; readonly reason: string }[] = [];
  for (const row of rows) {
    const label = classOf(set, texts[row], row, map, asked.label);
    if (groupTexts !== null && groupTexts[row].trim() === '') {
      throw new SurveyError(
        'TABLE_CELL_EMPTY',
        `row ${row + 1}: the group column '${asked.group}' is empty`,
        { path: set.table.path },
      );
    }
    const reason = whyUnscorable(planesOf(set, row), set, preprocess);
    if (reason !== null) blank.push({ place: row, reason });
    else {
      places.push(row);
      y.push(label);
      if (groupTexts !== null) groups.push(groupTexts[row]);
    }
  }
  return {
    set,
    places: Int32Array.from(places),
    y: Int32Array.from(y),
    classes: map.names,
    groups: groupTexts === null ? null : groups,
    blank,
    leftOut: set.count - rows.length,
  };
}

/** Which class each label stands for, as `labelStamps` found it, for the model's description. */
export function labelNames(
  set: StampSet,
  asked: Pick<StampRecipe['data'], 'label' | 'classes' | 'positive' | 'leave_out'>,
): ClassMap {
  const out = new Set(asked.leave_out.map(canonicalLabel));
  const texts = columnTexts(set, asked.label, 'label').map(canonicalLabel);
  return classMap(
    texts.filter((text) => !out.has(text)),
    asked,
    set.table.path,
  );
}

function classOf(
  set: StampSet,
  label: string,
  row: number,
  { names, labels }: ClassMap,
  column: string,
): number {
  if (Object.hasOwn(labels, label)) return names.indexOf(labels[label]);
  const known = Object.keys(labels);
  const near = nearestNames(label, known);
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
      : `known are ${known.map((name) => `'${name}'`).join(', ')}`;
  throw new SurveyError(
    'TABLE_LABELS',
    `row ${row + 1}: the label column '${column}' ${label === '' ? 'is empty' : `holds '${label}'`} (${hint})`,
    { path: set.table.path },
  );
}

/** One stamp as [C, H, W]. */
function planesOf({ pixels, height, width, channels }: StampSet, place: number): Float64Array {
  const area = height * width;
  const out = new Float64Array(area * channels);
  let from = place * out.length;
  for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) out[c * area + i] = pixels[from++];
  return out;
}
