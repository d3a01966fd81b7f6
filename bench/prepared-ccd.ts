import { openFitsFile } from '@blemish/fits/node';
import type { FitsFile, Hdu } from '@blemish/fits';
import { ccdFeatures, measureCcd } from '../packages/survey/src/preprocess/ccd-features.ts';
import type {
  CcdFeatures,
  CcdInput,
  CcdMeasurement,
} from '../packages/survey/src/preprocess/ccd-features.ts';
import type { PreprocessSettings } from '../packages/survey/src/preprocess/settings.ts';
import type { BenchExposure } from './exposure.ts';

/** The first CCD of an exposure, read and measured, with its files left open. */
export interface PreparedCcd {
  readonly file: FitsFile;
  readonly hdu: Hdu;
  readonly maskFile: FitsFile;
  readonly maskHdu: Hdu;
  readonly input: CcdInput;
  readonly measured: CcdMeasurement;
  readonly features: CcdFeatures;
  readonly settings: PreprocessSettings;
  close(): Promise<void>;
}

export async function prepareCcd(
  exposure: BenchExposure,
  settings: PreprocessSettings,
): Promise<PreparedCcd> {
  const file = await openFitsFile(exposure.image);
  const maskFile = await openFitsFile(exposure.mask);
  const hdu = file.hdu(1);
  const maskHdu = maskFile.hdu(1);
  const { data } = await file.readImage(hdu, { as: 'float32' });
  const mask = await readMask(maskFile, maskHdu);
  const { width, height } = exposure;
  const input = { plane: { width, height, data: data as Float32Array }, mask, header: hdu.header };
  const measured = measureCcd(input, settings);
  if (measured === null) throw new Error(`${exposure.image}: the first CCD has no usable pixel`);
  return {
    ...{ file, hdu, maskFile, maskHdu, input, measured, settings },
    features: ccdFeatures(measured, settings),
    async close() {
      await Promise.all([file.close(), maskFile.close()]);
    },
  };
}

/** 1 where the stored integer is not 0. */
export async function readMask(file: FitsFile, hdu: Hdu): Promise<Uint8Array> {
  const { data } = await file.readStored(hdu);
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < mask.length; i++) if (data[i] !== 0) mask[i] = 1;
  return mask;
}
