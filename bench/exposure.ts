import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exposureFileName, planExposure, writeExposure } from '@blemish/sky';

/** From 900000 on: nothing was trained on it. */
const seed = 990016;

export interface ExposureSize {
  readonly ccds: number;
  readonly width: number;
  readonly height: number;
}

/** A simulated exposure on disk, RICE-compressed, with its mask and truth. */
export interface BenchExposure extends ExposureSize {
  readonly folder: string;
  readonly image: string;
  readonly mask: string;
  readonly truth: string;
}

/** Where exposures are kept when no folder is named. */
export const defaultData = join(tmpdir(), 'blemish-bench');

/** The exposure of this size under `data`; made where it is missing (seconds per CCD), and kept for the next run. */
export async function benchExposure(
  data: string,
  size: ExposureSize,
  report: (line: string) => void,
): Promise<BenchExposure> {
  const plan = planExposure({ seed, ...size });
  const name = exposureFileName(plan);
  const folder = join(data, `${size.ccds}x${size.width}x${size.height}`);
  const image = join(folder, `${name}.fits.fz`);
  // The image gets its name last of the three.
  if (!existsSync(image)) {
    report(`simulating ${size.ccds} CCDs of ${size.width}×${size.height} px into ${folder}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeExposure(plan, folder, {
      onCcd: (done, of) => {
        report(`simulated ${done} of ${of} CCDs`);
      },
    });
  }
  return {
    ...size,
    folder,
    image,
    mask: join(folder, `${exposureFileName(plan, 'ood')}.fits.fz`),
    truth: join(folder, 'truth', `${name}_truth.fits.fz`),
  };
}
