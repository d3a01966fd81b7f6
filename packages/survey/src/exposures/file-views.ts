import { recycleArray } from '@blemish/imaging';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { findCompanions, identifyImage } from '../inputs/index.ts';
import type { HduSelector } from '../inputs/index.ts';
import { readCcdInput } from '../scan/analyse-image.ts';
import { imagesOf } from '../scan/inspect-file.ts';
import type { OpenFiles } from '../scan/open-files.ts';
import type { Row } from '../tables/column.ts';
import { measureExposureCcd } from './measure-exposure-ccd.ts';
import { viewChannels } from './view-settings.ts';
import type { ViewSettings } from './view-settings.ts';

export interface FileViewsTask {
  readonly path: string;
  /** The HDUs asked for; null: every image. */
  readonly selectors: readonly HduSelector[] | null;
  readonly views: ViewSettings;
}

/** The CCDs of a file that could be read, in the order of its HDUs. */
export interface FileViews {
  /** [CCDs, size, size, 1 + crops] */
  readonly pixels: Uint8Array;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
}

/** Views of a file's CCDs, one CCD in memory at a time. Never throws: what cannot be read is a failure, and the rest goes on. */
export async function fileViews(
  files: OpenFiles,
  { path, selectors, views }: FileViewsTask,
): Promise<FileViews> {
  const rows: Row[] = [];
  const parts: Uint8Array[] = [];
  const failures: Failure[] = [];
  try {
    const file = await files.open(path);
    const found = imagesOf(file, path, selectors);
    failures.push(...found.failures);
    const companions = await findCompanions(path);
    for (const { index } of found.images) {
      try {
        const { hdu, primary, input } = await readCcdInput(files, path, index, companions);
        const identity = identifyImage(path, primary, hdu.header, index);
        const { plane, mask, header } = input;
        if (header === null) throw new SurveyError('READ_FAILED', 'has no header', { path, hdu: index });
        const measured = measureExposureCcd(plane, mask, header, identity, views);
        rows.push({ path, hdu: index, ...measured.row });
        parts.push(measured.views);
        for (const array of [plane.data, mask]) if (array !== null) recycleArray(array);
      } catch (error) {
        failures.push(toFailure(error, path, index, 'READ_FAILED'));
      }
    }
  } catch (error) {
    failures.push(toFailure(error, path, null, 'READ_FAILED'));
  }
  const size = views.size ** 2 * viewChannels(views);
  const pixels = new Uint8Array(rows.length * size);
  parts.forEach((part, i) => pixels.set(part, i * size));
  return { pixels, rows, failures };
}
