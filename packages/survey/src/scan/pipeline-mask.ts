import type { FitsFile, Hdu } from '@blemish/fits';
import { recycleArray, takeArray } from '@blemish/imaging';
import { SurveyError, placeName } from '../errors.ts';
import { matchHdu } from '../inputs/companions.ts';
import type { Companions } from '../inputs/companions.ts';
import type { OpenFiles } from './open-files.ts';

/**
 * The mask that comes with an image: 1 where the data-quality mask is nonzero (bits or codes alike) or the weight is zero, negative or
 * NaN. Null where no companion has an HDU for this image. The array may be handed back by `recycleArray`.
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
      mask ??= takeArray(Uint8Array, width * height).fill(0);
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
  const Stored = plainIntegers(hdu);
  if (Stored === null) {
    // Physical values, where stored ones say something else. NaN (BLANK) is nonzero: masked.
    const { data } = await file.readImage(hdu);
    for (let i = 0; i < out.length; i++) if (data[i] !== 0) out[i] = 1;
    return;
  }
  const into = takeArray<Uint8Array | Int16Array | Int32Array>(Stored, out.length);
  const { data } = await file.readStored(hdu, { into });
  // Most of a mask is zero: sixteen bytes are looked at together.
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength >> 2);
  const perWord = 4 / data.BYTES_PER_ELEMENT;
  const whole = words.length & ~3;
  for (let k = 0; k < whole; k += 4) {
    if ((words[k] | words[k + 1] | words[k + 2] | words[k + 3]) === 0) continue;
    for (let i = k * perWord; i < (k + 4) * perWord; i++) if (data[i] !== 0) out[i] = 1;
  }
  for (let i = whole * perWord; i < out.length; i++) if (data[i] !== 0) out[i] = 1;
  recycleArray(into);
}

/** The array of an integer image whose stored values are zero where its physical ones are; null for any other image. */
function plainIntegers({
  bitpix,
  header,
}: Hdu): typeof Uint8Array | typeof Int16Array | typeof Int32Array | null {
  if (header.has('BLANK') || (header.number('BSCALE') ?? 1) !== 1 || (header.number('BZERO') ?? 0) !== 0)
    return null;
  return bitpix === 8 ? Uint8Array : bitpix === 16 ? Int16Array : bitpix === 32 ? Int32Array : null;
}

async function markNoWeight(file: FitsFile, hdu: Hdu, out: Uint8Array): Promise<void> {
  const into = takeArray(Float32Array, out.length);
  const { data } = await file.readImage(hdu, { into });
  for (let i = 0; i < out.length; i++) if (!(data[i] > 0)) out[i] = 1;
  recycleArray(into);
}
