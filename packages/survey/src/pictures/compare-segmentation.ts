import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import type { SegmentationRecipe } from '../segmentation-recipe.ts';
import { version } from '../version.ts';
import { outOfFold } from './crossval-pictures.ts';
import type { PictureCrossval } from './crossval-pictures.ts';
import { readMarkedPictures } from './marked-pictures.ts';
import { pictureDifference } from './measure-pictures.ts';
import type { Outcome } from './picture-model.ts';
import { writePictureReport } from './picture-report.ts';
import type { NamedDifference } from './picture-report.ts';
import { tellFailures } from './tell-failures.ts';
import { needData } from './train-segmentation.ts';

export interface CompareSegmentationOptions {
  readonly data: string | undefined;
  /** Folder for `comparison.json` and `report.html`; absent: none is written. */
  readonly out?: string | undefined;
  readonly command?: string | undefined;
  readonly bootstrap?: number | undefined;
  /** Of the trainings, instead of the recipes'. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, message: string) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

export interface SegmentationComparison {
  readonly data: string;
  /** In the order given. */
  readonly models: readonly PictureCrossval[];
  /** Each of the others less the first, on the same pictures. */
  readonly differences: readonly NamedDifference[];
  readonly out: string | null;
  readonly interrupted: boolean;
}

/**
 * Measures several recipes for pictures by the folds of the first, and their differences picture by picture. Interrupted, it gives the recipes done.
 * @throws SurveyError of `crossvalPictures`, and RECIPE_INVALID where recipes are for pictures or tiles of other sizes
 */
export async function compareSegmentation(
  files: readonly RecipeFile<SegmentationRecipe>[],
  options: CompareSegmentationOptions,
): Promise<SegmentationComparison> {
  const [first] = files;
  const { data, split } = first.recipe;
  for (const { recipe, path } of files) {
    if (recipe.data.size !== data.size || recipe.data.tile !== data.tile)
      throw new SurveyError('RECIPE_INVALID', `data: size and tile differ from those of ${first.path}`, {
        path,
      });
  }
  const folder = resolve(needData(options.data, first.path));
  const read = await readMarkedPictures(folder, data.size);
  tellFailures(read, options.onNote ?? (() => undefined));
  const done: { readonly result: PictureCrossval; readonly outcomes: readonly Outcome[] }[] = [];
  for (const file of files) {
    const onProgress = (share: number, message: string) =>
      options.onProgress?.(
        Math.floor((done.length + share) * split.folds),
        files.length * split.folds,
        `'${file.recipe.name}', ${message}`,
      );
    try {
      done.push(
        await outOfFold({ ...file, recipe: { ...file.recipe, split } }, read, { ...options, onProgress }),
      );
    } catch (error) {
      if (options.signal?.aborted) break;
      throw error;
    }
  }
  const judgedOf = (k: number) => done[k].outcomes.map(({ judged }) => judged);
  const differences = done.slice(1).map(({ result }, k): NamedDifference => {
    const of = [result.name, done[0].result.name] as const;
    return { of, ...pictureDifference(judgedOf(k + 1), judgedOf(0), { samples: options.bootstrap }) };
  });
  const out = options.out === undefined || done.length === 0 ? null : resolve(options.out);
  const comparison: SegmentationComparison = {
    data: folder,
    models: done.map(({ result }) => result),
    differences,
    out,
    interrupted: options.signal?.aborted === true,
  };
  if (out !== null) {
    await mkdir(out, { recursive: true });
    await writeWhole(join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 1)}\n`);
    await writePictureReport(join(out, 'report.html'), {
      title: `${done.map(({ result }) => result.name).join(', ')} on ${basename(folder)}`,
      measuredOn: `${basename(folder)}, out of ${split.folds} folds`,
      command: options.command ?? '',
      models: done.map(({ result, outcomes }) => ({ name: result.name, figures: result, outcomes })),
      differences,
      read,
      provenance: [...files.map(({ path, recipe }) => [recipe.name, path] as const), ['blemish', version]],
    });
  }
  return comparison;
}
