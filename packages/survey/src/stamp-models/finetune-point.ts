import type { StampRecipe } from '../stamp-recipe.ts';
import type { StampFigures } from './measure-stamps.ts';

/** One training of the study; the first, of no label, is the model as it comes. */
export interface FinetunePoint {
  /** Labels of the other survey used, those that choose epoch and temperature included. */
  readonly labels: number;
  readonly mode: 'zero-shot' | StampRecipe['finetune']['modes'][number];
  readonly metrics: StampFigures['metrics'];
}
