// A Sérsic profile through the radial profile of a source.
// Source: Graham & Driver 2005 (PASA 22, 118): equations 1 and 4, b(n) after Prugniel & Simien 1997.
import { medianInPlace } from '../median.ts';
import type { Plane } from '../plane.ts';
import type { Ellipse } from './growth-curve.ts';

/** The profile A·exp(−b((r/rₑ)^(1/n) − 1)) along the major axis. */
export interface SersicFit {
  readonly index: number;
  /** Half-light radius, pixels. */
  readonly radius: number;
  /** Brightness at that radius, image units a pixel. */
  readonly amplitude: number;
  /** Mean squared deviation of the rings in units of their errors. */
  readonly chi2: number;
}

/** Medians over elliptical rings, with the error of each. */
export interface RadialProfile {
  readonly radius: Float64Array;
  readonly value: Float64Array;
  readonly error: Float64Array;
}

const indices = { least: 0.3, most: 6, steps: 14 } as const;

/**
 * Rings grow by an eighth of their radius, and are at least a pixel wide; rings of fewer than four pixels with a value are left out. The error is that of the
 * median for the scatter in the ring, not below that for noise `rms`.
 */
export function radialProfile(plane: Plane, ellipse: Ellipse, reach: number, rms: number): RadialProfile {
  const { width, height, data } = plane;
  const { x, y, axisRatio, angle } = ellipse;
  const edges = [0];
  while (edges[edges.length - 1] < reach) {
    const last = edges[edges.length - 1];
    edges.push(last + Math.max(1, last / 8));
  }
  const rings = edges.slice(1).map(() => ({ values: [] as number[], radius: 0 }));
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at++) {
      if (data[at] !== data[at]) continue;
      const [u, v] = [column - x, row - y];
      const along = u * c + v * s;
      const across = (v * c - u * s) / axisRatio;
      const r = Math.sqrt(along * along + across * across);
      if (r >= edges[edges.length - 1]) continue;
      let k = Math.min(rings.length - 1, Math.floor(r));
      while (edges[k] > r) k--;
      rings[k].values.push(data[at]);
      rings[k].radius += r;
    }
  const full = rings.filter(({ values }) => values.length >= 4);
  const value = new Float64Array(full.length);
  const error = new Float64Array(full.length);
  full.forEach(({ values }, k) => {
    value[k] = medianInPlace(Float64Array.from(values));
    const deviation = 1.4826 * medianInPlace(Float64Array.from(values, (one) => Math.abs(one - value[k])));
    error[k] = (1.2533 * Math.max(deviation, rms)) / Math.sqrt(values.length);
  });
  return { radius: Float64Array.from(full, ({ radius, values }) => radius / values.length), value, error };
}

/**
 * Least squares over index and radius; the amplitude follows. Rings within `inside` pixels, which the seeing has flattened, do not count.
 * Null for fewer than four rings or a source without light.
 */
export function fitSersic(profile: RadialProfile, inside: number): SersicFit | null {
  const used = Array.from(profile.radius.keys()).filter((k) => profile.radius[k] >= inside);
  if (used.length < 4) return null;
  const radius = used.map((k) => profile.radius[k]);
  const value = used.map((k) => profile.value[k]);
  const weight = used.map((k) => profile.error[k] ** -2);
  const [low, high] = [Math.log(0.5), Math.log(3 * radius[radius.length - 1])];
  let best: SersicFit | null = null;
  const tryIndex = (index: number): number => {
    const b = sersicB(index);
    const evaluate = (logRadius: number): SersicFit => {
      const re = Math.exp(logRadius);
      let [dot, norm, data] = [0, 0, 0];
      for (let i = 0; i < radius.length; i++) {
        const shape = Math.exp(-b * ((radius[i] / re) ** (1 / index) - 1));
        dot += weight[i] * shape * value[i];
        norm += weight[i] * shape * shape;
        data += weight[i] * value[i] * value[i];
      }
      const amplitude = Math.max(0, dot / norm);
      const chi2 = (data - (amplitude > 0 ? (dot * dot) / norm : 0)) / radius.length;
      return { index, radius: re, amplitude, chi2 };
    };
    const fit = evaluate(goldenMinimum((t) => evaluate(t).chi2, low, high, 18));
    if (fit.amplitude > 0 && (best === null || fit.chi2 < best.chi2)) best = fit;
    return fit.chi2;
  };
  const ratio = (indices.most / indices.least) ** (1 / (indices.steps - 1));
  for (let k = 0; k < indices.steps; k++) tryIndex(indices.least * ratio ** k);
  if (best === null) return null;
  const middle = Math.log((best as SersicFit).index);
  const around = Math.log(ratio);
  const [from, to] = [Math.log(indices.least), Math.log(indices.most)];
  goldenMinimum(
    (t) => tryIndex(Math.exp(t)),
    Math.max(from, middle - around),
    Math.min(to, middle + around),
    9,
  );
  return best;
}

/** Light of the whole profile, image units: 2π n rₑ² q A eᵇ b^(−2n) Γ(2n). */
export function sersicFlux({ index, radius, amplitude }: Omit<SersicFit, 'chi2'>, axisRatio: number): number {
  const b = sersicB(index);
  const shape = Math.exp(b - 2 * index * Math.log(b) + logGamma(2 * index));
  return 2 * Math.PI * index * radius * radius * axisRatio * amplitude * shape;
}

export function sersicB(index: number): number {
  return 2 * index - 1 / 3 + 0.009876 / index;
}

/** Stirling's series after shifting to arguments above 7. */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 7; x++) shift -= Math.log(x);
  const z = 1 / (x * x);
  const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z / 1680))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

function goldenMinimum(f: (t: number) => number, from: number, to: number, steps: number): number {
  const share = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [from, to];
  let [c, d] = [b - share * (b - a), a + share * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  for (let k = 0; k < steps; k++) {
    if (fc < fd) {
      [b, d, fd] = [d, c, fc];
      c = b - share * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + share * (b - a);
      fd = f(d);
    }
  }
  return fc < fd ? c : d;
}
