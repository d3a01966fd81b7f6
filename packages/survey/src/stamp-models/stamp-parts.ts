import { flipLabels, splitRows } from '@blemish/evaluate';
import { Rng } from '@blemish/sky';
import { SurveyError } from '../errors.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import { shuffle } from '../training/shuffle.ts';
import { columnTexts } from './stamp-labels.ts';
import type { LabelledStamps } from './stamp-labels.ts';

/** Stamps of one part of a set: places in the set, their classes and groups. */
export interface StampPart {
  readonly places: Int32Array;
  readonly y: Int32Array;
  readonly groups: readonly string[] | null;
}

export interface StampParts {
  readonly training: StampPart;
  readonly validation: StampPart;
  /** Null where the recipe holds none. */
  readonly test: StampPart | null;
  /** Training stamps whose label was replaced, by their place in the set. */
  readonly flipped: Int32Array;
}

const limitStream = 60_000_000;

/**
 * Divides the stamps as the recipe says: no group is in two parts; only training labels are made wrong.
 * @throws SurveyError TABLE_REFUSED where a class has too few stamps or groups, TABLE_COLUMN_MISSING, TABLE_LABELS
 */
export function stampParts(stamps: LabelledStamps, { data, seed }: StampRecipe): StampParts {
  const rows =
    data.split.column === undefined
      ? byShares(stamps, data, data.split.seed ?? seed)
      : byColumn(stamps, data.split.column);
  const part = (own: ArrayLike<number>): StampPart => ({
    places: Int32Array.from(own, (row) => stamps.places[row]),
    y: Int32Array.from(own, (row) => stamps.y[row]),
    groups: stamps.groups === null ? null : Array.from(own, (row) => stamps.groups![row]),
  });
  const clean = part(limited(stamps, rows.training, data.limit, seed));
  const { labels, flipped } = flipLabels(clean.y, stamps.classes.length, data.label_noise, seed);
  requireClasses(clean.y, stamps, 'train');
  const validation = part(rows.validation);
  requireClasses(validation.y, stamps, 'validation');
  return {
    training: { ...clean, y: Int32Array.from(labels) },
    validation,
    test: rows.test.length === 0 ? null : part(rows.test),
    flipped: Int32Array.from(flipped, (i) => clean.places[i]),
  };
}

interface Rows {
  readonly training: ArrayLike<number>;
  readonly validation: ArrayLike<number>;
  readonly test: ArrayLike<number>;
}

function byShares(stamps: LabelledStamps, { split }: StampRecipe['data'], seed: number): Rows {
  const { test, validation } = split;
  const shares = { training: 1 - test - validation, validation, ...(test > 0 ? { test } : {}) };
  const options = { labels: stamps.y, seed, ...(stamps.groups === null ? {} : { groups: stamps.groups }) };
  try {
    const parts = splitRows(stamps.places.length, shares, options);
    return { training: parts['training'], validation: parts['validation'], test: parts['test'] ?? [] };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('TABLE_REFUSED', `cannot be divided: ${cause.message}`, {
      path: stamps.set.table.path,
      cause,
    });
  }
}

function byColumn(stamps: LabelledStamps, column: string): Rows {
  const { set, places, groups } = stamps;
  const texts = columnTexts(set, column, 'split');
  const rows: Record<string, number[]> = { train: [], validation: [], test: [] };
  const partOf = new Map<string, string>();
  for (const [row, place] of places.entries()) {
    const name = texts[place].trim();
    if (!Object.hasOwn(rows, name)) {
      throw new SurveyError(
        'TABLE_LABELS',
        `row ${place + 1}: the split column '${column}' holds '${name}'; known are 'train', 'validation' and 'test'`,
        { path: set.table.path },
      );
    }
    rows[name].push(row);
    if (groups === null) continue;
    const before = partOf.get(groups[row]) ?? name;
    if (before !== name) {
      throw new SurveyError(
        'TABLE_LABELS',
        `row ${place + 1}: the group '${groups[row]}' is in '${before}' and in '${name}'`,
        { path: set.table.path },
      );
    }
    partOf.set(groups[row], name);
  }
  return { training: rows['train'], validation: rows['validation'], test: rows['test'] };
}

/** At most so many rows, each class in its share (at least one). */
function limited(
  { y, classes }: LabelledStamps,
  rows: ArrayLike<number>,
  limit: number | undefined,
  seed: number,
): ArrayLike<number> {
  if (limit === undefined || limit >= rows.length) return rows;
  const byClass = classes.map((_, c) => Array.from(rows).filter((row) => y[row] === c));
  const kept = byClass.flatMap((own, c) => {
    const count = Math.max(1, Math.round((limit * own.length) / rows.length));
    return shuffle(own, new Rng(seed, limitStream + c)).slice(0, count);
  });
  return kept.sort((a, b) => a - b);
}

/** @throws SurveyError TABLE_REFUSED */
function requireClasses(y: Int32Array, { classes, set }: LabelledStamps, what: string): void {
  const absent = classes.filter((_, c) => !y.includes(c));
  if (absent.length === 0) return;
  throw new SurveyError('TABLE_REFUSED', `no stamp to ${what} on shows '${absent.join("', '")}'`, {
    path: set.table.path,
  });
}
