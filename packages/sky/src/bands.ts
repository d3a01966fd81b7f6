import type { Rng } from './rng.ts';

export type Band = 'g' | 'r' | 'i' | 'z' | 'Y';
export const bands: readonly Band[] = ['g', 'r', 'i', 'z', 'Y'];

export interface BandProperties {
  /** Magnitude of one electron a second (nominal DECam zero points of the Legacy Surveys). */
  readonly zeroPoint: number;
  /** Sky noise over sky level at the usual exposure times, lowest and highest. */
  readonly skyNoiseRatio: readonly [number, number];
  /** The instrument's name of the filter. */
  readonly filter: string;
}

export const bandProperties: Readonly<Record<Band, BandProperties>> = {
  g: { zeroPoint: 26.61, skyNoiseRatio: [0.04, 0.05], filter: 'g DECam SDSS c0001 4720.0 1520.0' },
  r: { zeroPoint: 26.82, skyNoiseRatio: [0.025, 0.035], filter: 'r DECam SDSS c0002 6415.0 1480.0' },
  i: { zeroPoint: 26.76, skyNoiseRatio: [0.015, 0.022], filter: 'i DECam SDSS c0003 7835.0 1470.0' },
  z: { zeroPoint: 26.48, skyNoiseRatio: [0.009, 0.0115], filter: 'z DECam SDSS c0004 9260.0 1520.0' },
  Y: { zeroPoint: 25.32, skyNoiseRatio: [0.009, 0.0115], filter: 'Y DECam c0005 10095.0 1130.0' },
};

/** Sky level (electrons) at which sky and read noise together are `ratio` times the level. */
export function skyLevelForRatio(ratio: number, readNoise: number): number {
  const r2 = ratio * ratio;
  return (1 + Math.sqrt(1 + 4 * r2 * readNoise * readNoise)) / (2 * r2);
}

export function drawSkyLevel(rng: Rng, band: Band, readNoise: number): number {
  const [low, high] = bandProperties[band].skyNoiseRatio;
  return skyLevelForRatio(rng.uniform(low, high), readNoise);
}

export function fluxOfMagnitude(magnitude: number, band: Band, seconds: number): number {
  return 10 ** (0.4 * (bandProperties[band].zeroPoint - magnitude)) * seconds;
}

export function magnitudeOfFlux(flux: number, band: Band, seconds: number): number {
  return bandProperties[band].zeroPoint - 2.5 * Math.log10(flux / seconds);
}
