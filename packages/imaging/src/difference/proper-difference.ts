// Proper image subtraction (Zackay, Ofek and Gal-Yam 2016, ApJ 830, 27).
import { transform } from '../fourier.ts';
import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';

/** An image for proper subtraction: background-subtracted, its PSF and noise the same everywhere. */
export interface ProperImage {
  /** NaN where there is no value. */
  readonly image: Plane;
  /** Point-spread function of sum 1, odd sides, its centre in the middle. */
  readonly psf: Plane;
  /** Noise per pixel, in units of the image. */
  readonly sigma: number;
  /** Flux of a star in this image's units, over its true one (the paper's F). */
  readonly fluxScale: number;
}

export interface ProperDifference {
  /** D of equation 13, of unit noise that is white where that of the images is; NaN within a PSF of a pixel where either has no value, or of the edge. */
  readonly image: Plane;
  /** P_D of equation 14, of the images' size, its centre at pixel (width >> 1, height >> 1). */
  readonly psf: Plane;
  /** S of equation 12, over its scatter in noise: D filtered with its PSF; a source's detection significance. NaN within two PSFs of such a pixel. */
  readonly score: Plane;
  /** Flux of D (F_D of equation 15): a true flux f gives f · `fluxScale` in D. */
  readonly fluxScale: number;
}

/** Denominators below this share of the largest are taken as that: no frequency of the images is known there. */
const floor = 1e-14;

/**
 * The difference new − reference that holds all information of both, without fitting a kernel. It takes 112 bytes for each pixel of the images padded by the
 * PSF to powers of two: cut a whole CCD into overlapping parts, where the PSF changes too.
 * @throws RangeError for images of different sizes, PSFs with even sides, larger than the images or of another sum than 1, noise or scale not above 0
 */
export function properDifference(science: ProperImage, reference: ProperImage): ProperDifference {
  const { width, height } = science.image;
  for (const one of [science, reference]) check(one, width, height);
  const columns = powerOfTwo(width + Math.max(science.psf.width, reference.psf.width));
  const rows = powerOfTwo(height + Math.max(science.psf.height, reference.psf.height));
  const size = columns * rows;
  // a star that only one image has, because the other is masked there, would be a candidate
  const known = knownInBoth(science.image, reference.image);
  const n = transformed(placed, columns, rows, science.image, known);
  const r = transformed(placed, columns, rows, reference.image, known);
  const pn = transformed(wrapped, columns, rows, science.psf);
  const pr = transformed(wrapped, columns, rows, reference.psf);
  const [fn, fr] = [science.fluxScale, reference.fluxScale];
  const [vn, vr] = [science.sigma ** 2, reference.sigma ** 2];
  const power = new Float64Array(size);
  let largest = 0;
  for (let k = 0; k < size; k++) {
    const a = pr.re[k] ** 2 + pr.im[k] ** 2;
    const b = pn.re[k] ** 2 + pn.im[k] ** 2;
    power[k] = vn * fr * fr * a + vr * fn * fn * b;
    largest = Math.max(largest, power[k]);
  }
  // Frequencies that neither PSF passes have no noise in D; what is left is brought to a variance of 1.
  let passed = 0;
  for (const value of power) passed += value / Math.max(value, floor * largest) / size;
  const fluxScale = (fr * fn) / Math.sqrt(passed * (vn * fr * fr + vr * fn * fn));
  const d = zeros(size);
  const p = zeros(size);
  const s = zeros(size);
  let noise = 0;
  for (let k = 0; k < size; k++) {
    const kept = passed * Math.max(power[k], floor * largest);
    const root = Math.sqrt(kept);
    // F_r P_r N − F_n P_n R
    d.re[k] =
      (fr * (pr.re[k] * n.re[k] - pr.im[k] * n.im[k]) - fn * (pn.re[k] * r.re[k] - pn.im[k] * r.im[k])) /
      root;
    d.im[k] =
      (fr * (pr.re[k] * n.im[k] + pr.im[k] * n.re[k]) - fn * (pn.re[k] * r.im[k] + pn.im[k] * r.re[k])) /
      root;
    const scale = (fr * fn) / (fluxScale * root);
    p.re[k] = scale * (pr.re[k] * pn.re[k] - pr.im[k] * pn.im[k]);
    p.im[k] = scale * (pr.re[k] * pn.im[k] + pr.im[k] * pn.re[k]);
    // D · conj(P_D)
    s.re[k] = d.re[k] * p.re[k] + d.im[k] * p.im[k];
    s.im[k] = d.im[k] * p.re[k] - d.re[k] * p.im[k];
    noise += ((p.re[k] ** 2 + p.im[k] ** 2) * (power[k] / kept)) / size;
  }
  for (const one of [d, p, s]) transform(one.re, one.im, columns, rows, true);
  const rx = Math.max(science.psf.width, reference.psf.width) >> 1;
  const ry = Math.max(science.psf.height, reference.psf.height) >> 1;
  const near = reachOfHoles(known, width, height, rx, ry);
  const far = reachOfHoles(known, width, height, 2 * rx, 2 * ry);
  const cut = (values: Float64Array, scale: number, holes: Uint8Array): Plane => {
    const data = new Float32Array(width * height);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++)
        data[at] = holes[at] === 1 ? NaN : values[y * columns + x] * scale;
    return { width, height, data };
  };
  return {
    image: cut(d.re, 1, near),
    psf: unwrapped(p.re, columns, rows, width, height),
    score: cut(s.re, 1 / Math.sqrt(noise), far),
    fluxScale,
  };
}

function check({ image, psf, sigma, fluxScale }: ProperImage, width: number, height: number): void {
  checkPlane(image, 'properDifference');
  checkPlane(psf, 'properDifference');
  if (image.width !== width || image.height !== height)
    throw new RangeError(
      `properDifference: images of ${width}×${height} and ${image.width}×${image.height} pixels; align one to the other first`,
    );
  if (psf.width % 2 === 0 || psf.height % 2 === 0 || psf.width > width || psf.height > height)
    throw new RangeError(
      `properDifference: a PSF of ${psf.width}×${psf.height} pixels; its sides must be odd and no longer than the image's`,
    );
  const sum = psf.data.reduce((total, value) => total + value, 0);
  if (!(Math.abs(sum - 1) < 0.01))
    throw new RangeError(`properDifference: the PSF sums to ${sum}; divide it by that`);
  if (!(sigma > 0) || !(fluxScale > 0))
    throw new RangeError(
      `properDifference: sigma = ${sigma}, fluxScale = ${fluxScale}; both must be above 0`,
    );
}

interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function zeros(size: number): Complex {
  return { re: new Float64Array(size), im: new Float64Array(size) };
}

function powerOfTwo(least: number): number {
  let size = 1;
  while (size < least) size *= 2;
  return size;
}

type Place = (x: number, y: number, plane: Plane, columns: number, rows: number) => number;

const placed: Place = (x, y, _, columns) => y * columns + x;

/** The middle of the plane at pixel (0, 0), what lies before it at the far ends. */
const wrapped: Place = (x, y, { width, height }, columns, rows) =>
  ((y - (height >> 1) + rows) % rows) * columns + ((x - (width >> 1) + columns) % columns);

function transformed(
  place: Place,
  columns: number,
  rows: number,
  plane: Plane,
  known: Uint8Array | null = null,
): Complex {
  const out = zeros(columns * rows);
  for (let y = 0, at = 0; y < plane.height; y++)
    for (let x = 0; x < plane.width; x++, at++) {
      if (known === null || known[at] === 1) out.re[place(x, y, plane, columns, rows)] = plane.data[at];
    }
  transform(out.re, out.im, columns, rows);
  return out;
}

/** 1 where both images have a value. */
function knownInBoth(a: Plane, b: Plane): Uint8Array {
  return Uint8Array.from(a.data, (value, i) =>
    Number.isFinite(value) && Number.isFinite(b.data[i]) ? 1 : 0,
  );
}

/** 1 within (rx, ry) of a pixel that is not known, or of the edge. */
function reachOfHoles(known: Uint8Array, width: number, height: number, rx: number, ry: number): Uint8Array {
  // along rows, then down columns: where the last hole was; those before and after the image are its edges
  const across = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    let last = -1;
    for (let x = 0; x < width + rx; x++) {
      if (x >= width || known[y * width + x] === 0) last = x;
      if (x - rx >= 0 && last >= x - 2 * rx) across[y * width + x - rx] = 1;
    }
  }
  const out = new Uint8Array(width * height);
  for (let x = 0; x < width; x++) {
    let last = -1;
    for (let y = 0; y < height + ry; y++) {
      if (y >= height || across[y * width + x] === 1) last = y;
      if (y - ry >= 0 && last >= y - 2 * ry) out[(y - ry) * width + x] = 1;
    }
  }
  return out;
}

/** The first pixel and what is wrapped about it, in the middle of a plane of the images' size. */
function unwrapped(
  values: Float64Array,
  columns: number,
  rows: number,
  width: number,
  height: number,
): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      data[at] =
        values[((y - (height >> 1) + rows) % rows) * columns + ((x - (width >> 1) + columns) % columns)];
  return { width, height, data };
}
