import { exposureCategories, Rng } from '@blemish/sky';
import { SurveyError } from '../errors.ts';
import type { ExposureRecipe, LabelsPerClass } from '../exposure-recipe.ts';
import { shuffle } from '../training/shuffle.ts';
import { single } from './exposure-set.ts';
import type { ExposureSet, SetExposure } from './exposure-set.ts';

/** Labelled exposures that a model sees. */
export interface DrawnLabels {
  /** In the order of all categories; `Good` first. */
  readonly categories: readonly string[];
  readonly exposures: readonly SetExposure[];
  /** Number in `categories` of each. */
  readonly y: Int32Array;
  /** Exposures of each category. */
  readonly counts: Readonly<Record<string, number>>;
  /** Which categories have fewer than asked for. */
  readonly notes: readonly string[];
}

const drawStream = 91_000_000;

/**
 * Draws exposures with one reason, so many of each category. With the same seed a smaller draw is part of a larger one.
 * @param level instead of the recipe's `labels_per_class`
 * @throws SurveyError TABLE_LABELS where no exposure is good, or none has any other category
 */
export function drawLabels(
  set: Pick<ExposureSet, 'exposures' | 'path'>,
  { labels_per_class: asked, labels_of: of }: Pick<ExposureRecipe['data'], 'labels_per_class' | 'labels_of'>,
  seed: number,
  level: LabelsPerClass = asked,
): DrawnLabels {
  const candidates = single(set.exposures);
  const exposures: SetExposure[] = [];
  const y: number[] = [];
  const categories: string[] = [];
  const counts: Record<string, number> = {};
  const notes: string[] = [];
  for (const [c, name] of exposureCategories.entries()) {
    const own = candidates.filter(({ reasons }) => reasons![0] === name);
    if (own.length === 0) continue;
    const wanted = of[name] ?? level;
    const drawn = wanted === 'all' ? own : shuffle([...own], new Rng(seed, drawStream + c)).slice(0, wanted);
    if (wanted !== 'all' && drawn.length < wanted)
      notes.push(`${name}: ${drawn.length} labelled exposures of ${wanted} asked for; all are used`);
    for (const exposure of drawn) {
      exposures.push(exposure);
      y.push(categories.length);
    }
    categories.push(name);
    counts[name] = drawn.length;
  }
  if (categories[0] !== 'Good' || categories.length < 2) {
    const has = categories.length === 0 ? 'no exposure with one reason' : `only ${categories.join(', ')}`;
    throw new SurveyError(
      'TABLE_LABELS',
      `holds ${has}: a model needs good exposures and some of another category`,
      { path: set.path },
    );
  }
  return { categories, exposures, y: Int32Array.from(y), counts, notes };
}
