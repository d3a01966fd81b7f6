import { binnedSize, finestBin } from '../preprocess/binned-ccd.ts';
import type { BinnedCcd } from '../preprocess/binned-ccd.ts';
import type { RecordFormat } from '../training/record-format.ts';

/** One simulated CCD, from which an image of any bin size and scaling is made, and what is on it. */
export interface CcdImageSample extends BinnedCcd {
  readonly seed: number;
  /** Signal-to-noise of each class that counts; 0 = absent. */
  readonly snr: Float32Array;
}

/** How samples lie on disk: mean, signal-to-noise, rms and seed, then the counts. */
export function imageRecords(
  ccdWidth: number,
  ccdHeight: number,
  classes: number,
): RecordFormat<CcdImageSample> {
  const width = binnedSize(ccdWidth, finestBin);
  const height = binnedSize(ccdHeight, finestBin);
  const area = width * height;
  const bytes = 4 * (area + classes + 2) + area;
  return {
    bytes,
    pack({ mean, counts, rms, seed, snr }) {
      const out = new Uint8Array(bytes);
      const numbers = new Float32Array(out.buffer, 0, area + classes + 1);
      numbers.set(mean);
      numbers.set(snr, area);
      numbers[area + classes] = rms;
      new Uint32Array(out.buffer, 4 * (area + classes + 1), 1)[0] = seed;
      out.set(counts, bytes - area);
      return out;
    },
    unpack({ buffer }) {
      const numbers = new Float32Array(buffer, 0, area + classes + 1);
      return {
        width,
        height,
        mean: numbers.subarray(0, area),
        counts: new Uint8Array(buffer, bytes - area, area),
        rms: numbers[area + classes],
        seed: new Uint32Array(buffer, 4 * (area + classes + 1), 1)[0],
        snr: numbers.subarray(area, area + classes),
      };
    },
  };
}
