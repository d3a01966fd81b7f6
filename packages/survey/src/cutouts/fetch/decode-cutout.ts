import { memorySource, openFits } from '@blemish/fits';
import { decode as decodeJpeg } from 'jpeg-js';
import { SurveyError } from '../../errors.ts';

export interface CutoutForm {
  readonly format: 'fits' | 'jpg';
  /** Side, pixels. */
  readonly size: number;
  /** Bands, one a plane of a FITS file; a picture has three colours. */
  readonly channels: number;
  /** Factor on the values of a FITS file. */
  readonly scale: number;
}

/**
 * Pixels of a cut-out as the service sends it, [size, size, channels], north up: the rows of a FITS file, which begin in the south, are turned over.
 * @throws SurveyError STAMP_SHAPE where it has another size; anything else where it cannot be read
 */
export async function decodeCutout(bytes: Uint8Array, form: CutoutForm): Promise<Uint8Array | Float32Array> {
  return form.format === 'fits' ? decodeFitsCutout(bytes, form) : decodePicture(bytes, form);
}

async function decodeFitsCutout(
  bytes: Uint8Array,
  { size, channels, scale }: CutoutForm,
): Promise<Float32Array> {
  const file = await openFits(memorySource(bytes, 'cut-out'));
  const hdu = file.hdus.find(({ kind }) => kind === 'image' || kind === 'compressed-image');
  if (hdu === undefined) throw new Error('it holds no image');
  const { data, shape } = await file.readImage(hdu, { as: 'float32' });
  checkShape(shape, channels === 1 && shape.length === 2 ? [size, size] : [channels, size, size]);
  const out = new Float32Array(size * size * channels);
  for (let c = 0, at = 0; c < channels; c++)
    for (let y = size - 1; y >= 0; y--)
      for (let x = 0; x < size; x++, at++) out[(y * size + x) * channels + c] = scale * data[at];
  return out;
}

function decodePicture(bytes: Uint8Array, { size }: CutoutForm): Promise<Uint8Array> {
  const { width, height, data } = decodeJpeg(bytes, { useTArray: true, formatAsRGBA: false });
  checkShape([height, width], [size, size]);
  return Promise.resolve(new Uint8Array(data));
}

function checkShape(shape: readonly number[], wanted: readonly number[]): void {
  if (shape.length === wanted.length && shape.every((extent, axis) => extent === wanted[axis])) return;
  throw new SurveyError('STAMP_SHAPE', `the service sent [${shape.join(', ')}] for [${wanted.join(', ')}]`);
}
