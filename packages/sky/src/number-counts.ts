import type { Rng } from './rng.ts';

/** Cumulative number per square degree brighter than each magnitude; straight in log N between the points. */
export interface NumberCounts {
  readonly magnitudes: readonly number[];
  readonly perSquareDegree: readonly number[];
}

/**
 * Stars at intermediate galactic latitude (about 45°), red optical bands: the slope falls from 0.4 dex a magnitude among the bright to
 * 0.1 at the faint end (Robin et al. 2003, A&A 409, 523, to a factor of two; crowding is a factor of the exposure).
 */
export const starCounts: NumberCounts = {
  magnitudes: [4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24, 26],
  perSquareDegree: [0.018, 0.05, 0.14, 0.36, 0.9, 2.3, 5.5, 28, 120, 420, 1150, 2300, 4000, 6500, 9500],
};

/** Galaxies: the Euclidean slope of 0.6 at the bright end, 0.4 from about 18 mag (Metcalfe et al. 2001, MNRAS 323, 795, r band). */
export const galaxyCounts: NumberCounts = {
  magnitudes: [12, 14, 16, 18, 20, 22, 23, 24, 25],
  perSquareDegree: [0.03, 0.4, 5, 60, 600, 5000, 13000, 30000, 60000],
};

/** Objects per square degree brighter than `magnitude`. */
export function countBrighter(counts: NumberCounts, magnitude: number): number {
  const { magnitudes: m, perSquareDegree: n } = counts;
  if (magnitude <= m[0]) return 0;
  let i = 1;
  while (i < m.length - 1 && m[i] < magnitude) i++;
  const t = (magnitude - m[i - 1]) / (m[i] - m[i - 1]);
  return Math.exp(Math.log(n[i - 1]) * (1 - t) + Math.log(n[i]) * t);
}

/** A magnitude between the limits, distributed as the counts. */
export function drawMagnitude(rng: Rng, counts: NumberCounts, brightest: number, faintest: number): number {
  const { magnitudes: m, perSquareDegree: n } = counts;
  const target = rng.uniform(countBrighter(counts, brightest), countBrighter(counts, faintest));
  if (target <= n[0]) return m[0];
  let i = 1;
  while (i < m.length - 1 && n[i] < target) i++;
  const t = (Math.log(target) - Math.log(n[i - 1])) / (Math.log(n[i]) - Math.log(n[i - 1]));
  return Math.min(faintest, m[i - 1] + t * (m[i] - m[i - 1]));
}
