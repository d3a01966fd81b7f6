import type { FitsFile, Hdu } from '@blemish/fits';
import { SurveyError, placeName } from '../errors.ts';
import { matchHdu } from '../inputs/companions.ts';
import type { Companions } from '../inputs/companions.ts';
import type { OpenFiles } from './open-files.ts';

/**
 * The mask that comes with an image: 1 where the data-quality mask is nonzero (bits or codes alike) or the weight is zero, negative or
 * NaN. Null where no companion has an HDU for this image.
 * @throws SurveyError MASK_SHAPE, MASK_UNREADABLE
 */
export async function readPipelineMask(
  files: OpenFiles,
  companions: Companions,
  imagePath: string,
  image: Hdu,
  width: number,
  height: number,
): Promise<Uint8Array | null> {
  const place = { path: imagePath, hdu: image.index };
  let mask: Uint8Array | null = null;
  for (const { name, path, mark } of [
    { name: 'mask', path: companions.mask, mark: markNonzero },
    { name: 'weight', path: companions.weight, mark: markNoWeight },
  ]) {
    if (path === null) continue;
    try {
      const file = await files.open(path);
      const hdu = matchHdu(file, image);
      if (hdu === null && file.problems.length > 0) throw file.problems[0];
      if (hdu === null) continue;
      const [h = 0, w = 0] = hdu.shape.slice(-2);
      if (h !== height || w !== width) {
        const sizes = `is ${w} × ${h} pixels, the image ${width} × ${height}`;
        throw new SurveyError('MASK_SHAPE', `its ${name} ${placeName(path, hdu.index)} ${sizes}`, place);
      }
      mask ??= new Uint8Array(width * height);
      await mark(file, hdu, mask);
    } catch (cause) {
      if (cause instanceof SurveyError) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new SurveyError('MASK_UNREADABLE', `its ${name} cannot be read (${text})`, { ...place, cause });
    }
  }
  return mask;
}

async function markNonzero(file: FitsFile, hdu: Hdu, out: Uint8Array): Promise<void> {
  // Physical values: stored ones would need the offset of unsigned integers taken into account. NaN (BLANK) is nonzero: masked.
  const { data } = await file.readImage(hdu);
  for (let i = 0; i < out.length; i++) if (data[i] !== 0) out[i] = 1;
}

async function markNoWeight(file: FitsFile, hdu: Hdu, out: Uint8Array): Promise<void> {
  const { data } = await file.readImage(hdu);
  for (let i = 0; i < out.length; i++) if (!(data[i] > 0)) out[i] = 1;
}
