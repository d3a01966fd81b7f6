import { join } from 'node:path';
import type { Header } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import type { Plane } from '@blemish/imaging';
import type { ManifestRow } from './manifest.ts';

/** One CCD of a folder of simulated exposures. */
export interface SimulatedInput {
  readonly plane: Plane;
  /** The pipeline's: nonzero = masked. */
  readonly mask: Uint8Array;
  readonly header: Header;
}

export async function readCcd(folder: string, row: ManifestRow): Promise<SimulatedInput> {
  const image = await openFitsFile(join(folder, row.path));
  const masks = await openFitsFile(join(folder, row.mask));
  try {
    const hdu = image.hdu(row.hdu);
    const [height, width] = hdu.shape as [number, number];
    const { data } = await image.readImage(hdu, { as: 'float32' });
    const pipeline = await masks.readStored(masks.hdu(row.hdu));
    const mask = new Uint8Array(width * height);
    for (let i = 0; i < mask.length; i++) mask[i] = pipeline.data[i] ? 1 : 0;
    return { plane: { width, height, data: data as Float32Array }, mask, header: hdu.header };
  } finally {
    await Promise.all([image.close(), masks.close()]);
  }
}
