import type { CcdPlace } from './artifact.ts';
import { badColumn } from './artifacts/bad-column.ts';
import type { BadColumnParameters } from './artifacts/bad-column.ts';
import { columnMask } from './artifacts/column-mask.ts';
import { stream } from './streams.ts';

/** What belongs to the chip and not to the exposure: the same for every seed. */
export interface Detector {
  /** Electrons per ADU, and read noise in electrons, of amplifier A (left half) and B (right half). */
  readonly gain: readonly [number, number];
  readonly readNoise: readonly [number, number];
  /** Full well, electrons. */
  readonly saturation: number;
  /** Columns in the bad-pixel mask: masked on every exposure. */
  readonly badColumns: readonly BadColumnParameters[];
  /** Brightening of the outermost pixels relative to the sky, and its scale in pixels. */
  readonly edgeGlow: number;
  readonly edgeScale: number;
}

/** Pixels at each edge that the bad-pixel mask takes away. */
export const edgePixels = 15;

/** The chip at a place of the focal plane. Values as in DECam headers: gains 3.6–4.4 e/ADU, read noise 5.5–8 e, full well 150–200 ke. */
export function detectorOf(place: CcdPlace): Detector {
  const rng = stream(0xdeca3, 'detector', place.name);
  const gain = rng.uniform(3.6, 4.4);
  const noise = rng.uniform(5.6, 7.4);
  const columns = rng.integer(3, 10);
  // Half of them hot pixels with their columns; `draw` of the defects looks at nothing of the exposure.
  const badColumns = Array.from({ length: columns }, (_, i) => {
    const model = i % 2 === 0 ? columnMask : badColumn;
    return model.draw(stream(0xdeca3, 'bad column', place.name, i), undefined as never);
  });
  return {
    gain: [gain * rng.uniform(0.98, 1.02), gain * rng.uniform(0.98, 1.02)],
    readNoise: [noise * rng.uniform(0.95, 1.05), noise * rng.uniform(0.95, 1.1)],
    saturation: rng.uniform(150_000, 200_000),
    badColumns,
    edgeGlow: rng.uniform(-0.04, 0.06),
    edgeScale: rng.uniform(4, 7),
  };
}

/** Electrons an ADU of flat-fielded pixels. */
export function meanGain(detector: Detector): number {
  return (detector.gain[0] + detector.gain[1]) / 2;
}
