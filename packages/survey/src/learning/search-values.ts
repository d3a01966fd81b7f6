import { Rng } from '@blemish/sky';
import { SurveyError } from '../errors.ts';
import type { TableRecipe } from '../table-recipe.ts';

/** Values of a recipe's keys that are tried together. */
export type Values = Readonly<Record<string, unknown>>;

/** Every combination, or `trials` different ones drawn at random. */
export function chooseValues(
  { strategy, trials, values }: NonNullable<TableRecipe['search']>,
  seed: number,
): readonly Values[] {
  const keys = Object.entries(values);
  const total = keys.reduce((product, [, list]) => product * list.length, 1);
  const at = (index: number): Values => {
    let rest = index;
    return Object.fromEntries(
      keys.map(([key, list]) => {
        const value = list[rest % list.length];
        rest = Math.floor(rest / list.length);
        return [key, value];
      }),
    );
  };
  if (strategy === 'grid' || total <= trials) return Array.from({ length: total }, (_, i) => at(i));
  const rng = new Rng(seed);
  const drawn = new Set<number>();
  while (drawn.size < trials) drawn.add(rng.integer(0, total - 1));
  return [...drawn].map(at);
}

/** A copy of the recipe's table with each value at its key; `steps.0.strategy` is the option of the first step. */
export function withValues(raw: unknown, values: Values, path: string): Record<string, unknown> {
  const copy = structuredClone(raw) as Record<string, unknown>;
  for (const [key, value] of Object.entries(values)) {
    const words = key.split('.');
    const last = words.pop()!;
    let at: unknown = copy;
    for (const word of words) at = isTable(at) ? at[word] : undefined;
    if (!isTable(at)) {
      throw new SurveyError(
        'RECIPE_INVALID',
        `search.values: there is no '${words.join('.')}' in the recipe to hold '${key}'`,
        {
          path,
        },
      );
    }
    at[last] = value;
  }
  return copy;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
