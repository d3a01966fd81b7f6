import { join } from 'node:path';
import { applySoftmaxTemperature } from '@blemish/evaluate';
import { matrix } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import { chooseRows } from './ccd-inputs.ts';
import type { InputRows } from './ccd-inputs.ts';
import { chooseCombination, combine, exposureLogits } from './combine.ts';
import type { Combination } from './combine.ts';
import type { JudgedExposures } from './decide.ts';
import type { DrawnLabels } from './draw-labels.ts';
import { exposureFolds } from './exposure-folds.ts';
import { fitHead } from './head.ts';
import type { Head, HeadContext, HeadRows } from './head-types.ts';

/** Heads fitted on drawn labels, and what they say of these exposures where they have not seen them. */
export interface FittedExposures extends Combination {
  readonly heads: readonly Head[];
  readonly labelled: HeadRows;
  /** Rows of the set that `labelled` is. */
  readonly places: readonly number[];
  /** Out of fold; null where no category has two exposures. */
  readonly judged: JudgedExposures | null;
  /** Exposures of `judged`, by their places among the labels. */
  readonly judgedPlaces: readonly number[];
}

/**
 * Fits the heads of a recipe on labelled exposures, and weights and temperature on their answers out of fold: no other label is looked at.
 * @param all CCDs of the set
 * @throws SurveyError TABLE_REFUSED with what a step or learner said; the abort of the signal
 */
export async function fitExposures(
  recipe: ExposureRecipe,
  labels: DrawnLabels,
  all: InputRows,
  context: HeadContext & { readonly onProgress?: (done: number, total: number) => void },
): Promise<FittedExposures> {
  const { exposures, y } = labels;
  const folds = exposureFolds(
    { y, groups: exposures.map(({ group }) => group) },
    recipe.split.folds,
    recipe.split.seed,
  );
  const total = (folds.length + 1) * recipe.members.length;
  let done = 0;
  const fit = async (chosen: readonly number[], where: string): Promise<Head[]> => {
    const heads: Head[] = [];
    for (const [m, member] of recipe.members.entries()) {
      context.signal?.throwIfAborted();
      const folder = join(context.folder, where, `member-${m + 1}`);
      heads.push(
        await refused(recipe.members[m].name ?? member.learner, () =>
          fitHead(member, headRows(labels, all, chosen).data, { ...context, folder }),
        ),
      );
      context.onProgress?.(++done, total);
    }
    return heads;
  };
  const k = labels.categories.length;
  const held = folds.flatMap((fold) => fold.held).sort((a, b) => a - b);
  const { places, of } = headRows(labels, all, held);
  const rowOf = new Map(places.map((place, i) => [place, i]));
  const answers = recipe.members.map(() => matrix(places.length, k));
  for (const [f, fold] of folds.entries()) {
    const heads = await fit(fold.train, `fold-${f + 1}`);
    const own = headRows(labels, all, fold.held);
    for (const [m, head] of heads.entries()) {
      const { data } = await head.predict(own.data.rows);
      own.places.forEach((place, i) =>
        answers[m].data.set(data.subarray(i * k, (i + 1) * k), rowOf.get(place)! * k),
      );
      await head.close();
    }
  }
  const heads = await fit(Array.from(y.keys()), 'all');
  const whole = headRows(labels, all, Array.from(y.keys()));
  const given = { heads, labelled: whole.data, places: whole.places, judgedPlaces: held };
  if (held.length === 0) {
    const weights = heads.map(() => 1 / heads.length);
    return { ...given, weights, temperature: null, loss: NaN, judged: null };
  }
  const own = Int32Array.from(held, (e) => y[e]);
  const combination = chooseCombination(answers, of, own, recipe.decision);
  return {
    ...given,
    ...combination,
    judged: judgedOf(
      combine(answers, combination.weights),
      of,
      own,
      labels.categories,
      combination.temperature,
    ),
  };
}

/** Exposures from probabilities of their CCDs. */
export function judgedOf(
  ccds: Matrix,
  of: readonly (readonly number[])[],
  y: Int32Array,
  categories: readonly string[],
  temperature: number | null,
): JudgedExposures {
  const k = categories.length;
  const scale = { kind: 'softmax-temperature', temperature: temperature ?? 1 } as const;
  return {
    categories,
    y,
    probabilities: applySoftmaxTemperature(scale, exposureLogits(ccds, of), k),
    bad: of.map((places) => places.map((i) => 1 - ccds.data[i * k])),
  };
}

/** The CCDs of some of the labelled exposures, one exposure after the other. */
function headRows(
  { exposures, y, categories }: DrawnLabels,
  all: InputRows,
  chosen: readonly number[],
): {
  readonly data: HeadRows;
  /** Rows of the set. */
  readonly places: readonly number[];
  /** Places in `data` of the CCDs of each exposure. */
  readonly of: readonly (readonly number[])[];
} {
  const places: number[] = [];
  const labels: number[] = [];
  const groups: string[] = [];
  const of = chosen.map((e) => {
    const { rows, group } = exposures[e];
    return rows.map((row) => {
      places.push(row);
      labels.push(y[e]);
      groups.push(group);
      return places.length - 1;
    });
  });
  return {
    data: { rows: chooseRows(all, places), y: Int32Array.from(labels), groups, categories },
    places,
    of,
  };
}

async function refused<T>(name: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('TABLE_REFUSED', `the head '${name}': ${cause.message}`, { cause });
  }
}
