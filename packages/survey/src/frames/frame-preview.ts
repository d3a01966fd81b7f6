import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openFitsFile } from '@blemish/fits/node';
import { stretchToBytes, zscaleLimits } from '@blemish/imaging';
import type { ReportPreview } from '../report/types.ts';
import { chooseHdus } from '../stamps/fits-source.ts';
import { readFramePaths } from './frames-table.ts';

/** Draws frames of the objects asked for; null where there is no picture. */
export type DrawFrame = (oid: string, frame: number) => Promise<ReportPreview | null>;

/**
 * Pictures of frames by the rows of the arrays: `frames.parquet` beside the arrays says which file a row is of, and the file is looked for
 * in `<pictures>/<oid>/`. No object is drawn whose array has another number of rows in that table: the pictures would be of other frames.
 * @param objects the number of rows of each array by name
 * @returns null where there is no such table or folder
 */
export async function framePreviews(
  arrays: string,
  pictures: string,
  objects: ReadonlyMap<string, number>,
): Promise<DrawFrame | null> {
  const table = join(arrays, 'frames.parquet');
  if (!existsSync(table) || !existsSync(pictures)) return null;
  const paths = await readFramePaths(table, new Set(objects.keys()));
  return async (oid, frame) => {
    const own = paths.get(oid);
    if (own === undefined || own.length !== objects.get(oid)) return null;
    const path = join(pictures, oid, basename(own[frame]));
    return existsSync(path) ? drawFrame(path) : null;
  };
}

/** A cut-out as it is in its file, between the limits of its own pixels. @throws FitsError, SurveyError of a file that cannot be read */
async function drawFrame(path: string): Promise<ReportPreview> {
  const file = await openFitsFile(path);
  try {
    const { shape, data } = await file.readImage(chooseHdus(file, path, [], 1)[0]);
    const [height, width] = shape.slice(-2);
    const values = Float32Array.from(data);
    const pixels = stretchToBytes(values, { ...zscaleLimits(values), scale: 'asinh' });
    return { width, height, pixels, overlay: new Uint8Array(pixels.length) };
  } finally {
    await file.close();
  }
}
