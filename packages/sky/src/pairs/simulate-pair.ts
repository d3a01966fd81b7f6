import { Header } from '@blemish/fits';
import type { Rng } from '../rng.ts';
import { stream } from '../streams.ts';
import type { BlurredSource } from './gaussian-mixture.ts';
import { addBlurred } from './gaussian-mixture.ts';

export interface PairOptions {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Sources that change between the two images (default one a 20,000 px). */
  readonly transients?: number;
  /** FWHM of the science image and of the reference, pixels (default 4.6 and 3.6). */
  readonly fwhm?: readonly [number, number];
  /** Shift (px), turn (degrees) of the reference's pixels, and by how much its WCS is wrong (px). */
  readonly shift?: readonly [number, number];
  readonly turnDegrees?: number;
  readonly wcsError?: readonly [number, number];
}

/** What changed, and where the science image has it. */
export interface PairTruth {
  readonly kind: PairKind;
  /** 0-based pixels of the science image. */
  readonly x: number;
  readonly y: number;
  readonly ra: number;
  readonly dec: number;
  /** Science less reference, in units of the science image. */
  readonly flux: number;
  readonly mag: number;
  /** Of the galaxy it lies on; null where there is none. */
  readonly hostMag: number | null;
}

/** What can change between two images. */
export const pairKinds = ['new', 'on host', 'variable', 'gone'] as const;
export type PairKind = (typeof pairKinds)[number];

export interface SimulatedImage {
  readonly data: Float32Array;
  /** Data-quality mask: 1 bad column, 3 saturated, 5 cosmic ray, as the Community Pipeline's codes. */
  readonly mask: Int16Array;
  readonly header: Header;
}

export interface SimulatedPair {
  readonly width: number;
  readonly height: number;
  readonly science: SimulatedImage;
  readonly reference: SimulatedImage;
  readonly truth: readonly PairTruth[];
}

interface Camera {
  readonly name: string;
  readonly fwhmPixels: number;
  readonly ellipticity: number;
  readonly sky: number;
  /** Standard deviation of an empty pixel. */
  readonly rms: number;
  readonly gain: number;
  readonly saturation: number;
  readonly zeroPoint: number;
  readonly mjd: number;
}

const pixelScale = 0.262;
const [ra0, dec0] = [52.7, -27.9];

/**
 * Two images of one simulated field, as a survey has them: a science exposure and a deeper, sharper reference in other units, shifted and a little turned, its WCS a fraction of a pixel
 * off; each with its own PSF, sky gradient, Poisson and read noise, bad columns and cosmic rays under a mask. Stars and galaxies are the same in both, but for those in `truth`. PSF and galaxies
 * are sums of Gaussians, so that the two seeings differ by a true convolution.
 */
export function simulatePair(options: PairOptions): SimulatedPair {
  const { seed, width, height, fwhm = [4.6, 3.6] } = options;
  const { shift = [11.3, -7.6], turnDegrees = 0.08, wcsError = [0.7, -0.4] } = options;
  const { transients = Math.max(4, Math.round((width * height) / 20_000)) } = options;
  const cameras: readonly [Camera, Camera] = [
    {
      name: 'science',
      fwhmPixels: fwhm[0],
      ellipticity: 0.06,
      sky: 320,
      rms: 9,
      gain: 4,
      saturation: 40_000,
      zeroPoint: 30,
      mjd: 58123.2,
    },
    {
      name: 'reference',
      fwhmPixels: fwhm[1],
      ellipticity: -0.03,
      sky: 12,
      rms: 0.42,
      gain: 80,
      saturation: 6000,
      zeroPoint: 27.6,
      mjd: 57300.1,
    },
  ];
  const fluxOf = (mag: number) => 10 ** (0.4 * (cameras[0].zeroPoint - mag));
  const turn = (turnDegrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const onReference = (x: number, y: number): [number, number] => [
    cx + shift[0] + cos * (x - cx) - sin * (y - cy),
    cy + shift[1] + sin * (x - cx) + cos * (y - cy),
  ];
  const headers = [
    header(cameras[0], seed, [cx, cy], 0),
    header(cameras[1], seed, [cx + shift[0] + wcsError[0], cy + shift[1] + wcsError[1]], turn),
  ];
  const field = drawField(stream(seed, 'field'), width, height, fluxOf);
  const changes = drawChanges(stream(seed, 'changes'), transients, field, width, height, fluxOf);
  const ratio = 10 ** (0.4 * (cameras[1].zeroPoint - cameras[0].zeroPoint));
  const images = cameras.map((camera, i) => {
    const sources: BlurredSource[] = [...field.stars, ...field.galaxies];
    for (const { x, y, flux } of changes) {
      // what is gone was on the reference; all else came with the science image
      if (i === 0 && flux > 0) sources.push({ x, y, flux });
      if (i === 1 && flux < 0) sources.push({ x, y, flux: -flux });
    }
    const seen = sources.map((source) => {
      if (i === 0) return source;
      const [x, y] = onReference(source.x, source.y);
      return { ...source, x, y, flux: source.flux * ratio };
    });
    const { data, mask } = expose(stream(seed, 'exposure', camera.name), camera, seen, width, height);
    return { data, mask, header: headers[i] };
  });
  return {
    ...{ width, height },
    science: images[0],
    reference: images[1],
    truth: changes.map(({ kind, x, y, flux, hostMag }) => {
      const [ra, dec] = skyOf(x - cx, y - cy);
      const mag = cameras[0].zeroPoint - 2.5 * Math.log10(Math.abs(flux));
      return { kind, x, y, ra, dec, flux, mag, hostMag };
    }),
  };
}

interface Field {
  readonly stars: readonly BlurredSource[];
  readonly galaxies: readonly (BlurredSource & { readonly mag: number; readonly radius: number })[];
}

/** Three stars and six galaxies to 10,000 px, fainter ones more often. */
function drawField(rng: Rng, width: number, height: number, fluxOf: (mag: number) => number): Field {
  const area = (width * height) / 10_000;
  const place = () => ({ x: rng.uniform(-20, width + 20), y: rng.uniform(-20, height + 20) });
  const draw = (brightest: number, faintest: number, slope: number) =>
    // counts grow as 10^(slope · magnitude)
    brightest + Math.log10(1 + rng.uniform() * (10 ** (slope * (faintest - brightest)) - 1)) / slope;
  return {
    stars: Array.from({ length: Math.round(3 * area) }, () => ({
      ...place(),
      flux: fluxOf(draw(16, 24, 0.2)),
    })),
    galaxies: Array.from({ length: Math.round(6 * area) }, () => {
      const mag = draw(18.5, 25, 0.35);
      const radius = Math.max(1, 3.5 * 10 ** (-0.12 * (mag - 21)) * rng.logUniform(0.7, 1.4));
      return { ...place(), mag, radius, flux: fluxOf(mag), axisRatio: rng.uniform(0.4, 1) };
    }),
  };
}

interface Change {
  readonly kind: PairKind;
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly hostMag: number | null;
}

/** Two of five new on a host, one new without, one a star that brightened, one gone. */
function drawChanges(
  rng: Rng,
  count: number,
  { stars, galaxies }: Field,
  width: number,
  height: number,
  fluxOf: (mag: number) => number,
): Change[] {
  // near enough to the edge that some stamps of 63 px reach past it
  const margin = 28;
  const inside = ({ x, y }: { readonly x: number; readonly y: number }) =>
    x > margin && y > margin && x < width - margin && y < height - margin;
  const hosts = galaxies.filter((galaxy) => galaxy.mag < 23.5 && inside(galaxy));
  // a star as bright as this is not saturated on either image
  const variables = stars.filter(
    (star) => star.flux > fluxOf(21) && star.flux < fluxOf(18.5) && inside(star),
  );
  const changes: Change[] = [];
  for (let tries = 0; changes.length < count && tries < 50 * count; tries++) {
    const k = changes.length % 5;
    const kind: PairKind = k < 2 ? 'on host' : k === 2 ? 'new' : k === 3 ? 'variable' : 'gone';
    const flux = (kind === 'gone' ? -1 : 1) * fluxOf(rng.uniform(20, 24.2));
    let place = { x: rng.uniform(margin, width - margin), y: rng.uniform(margin, height - margin) };
    let hostMag: number | null = null;
    if (kind === 'on host' && hosts.length > 0) {
      const host = rng.pick(hosts);
      hostMag = host.mag;
      place = { x: host.x + rng.normal(0, host.radius), y: host.y + rng.normal(0, host.radius) };
    } else if (kind === 'variable' && variables.length > 0) {
      const star = rng.pick(variables);
      place = { x: star.x, y: star.y };
    }
    if (changes.some((other) => Math.hypot(other.x - place.x, other.y - place.y) < 40)) continue;
    changes.push({ kind, ...place, flux, hostMag });
  }
  return changes;
}

function expose(
  rng: Rng,
  camera: Camera,
  sources: readonly BlurredSource[],
  width: number,
  height: number,
): { data: Float32Array; mask: Int16Array } {
  const data = new Float32Array(width * height);
  const mask = new Int16Array(width * height);
  for (const source of sources) addBlurred(data, width, height, source, camera, camera.rms / 2000);
  const slope = [rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.02)];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const spread = Math.sqrt(camera.rms ** 2 + Math.max(0, data[at]) / camera.gain);
      const sky = camera.sky * (1 + slope[0] * (x / width - 0.5) + slope[1] * (y / height - 0.5));
      data[at] = sky + data[at] + spread * rng.normal();
      if (data[at] >= camera.saturation) [data[at], mask[at]] = [camera.saturation, 3];
    }
  const columns = Math.max(1, Math.round(width / 700));
  for (let k = 0; k < columns; k++) {
    const x = rng.integer(5, width - 6);
    for (let y = 0; y < height; y++) [data[y * width + x], mask[y * width + x]] = [camera.sky * 0.4, 1];
  }
  // a coadd has none left
  const rays = camera.name === 'science' ? Math.round((width * height) / 60_000) : 0;
  for (let k = 0; k < rays; k++) addRay(rng, data, mask, width, height, camera.rms);
  return { data, mask };
}

/** A straight track of a few pixels, its neighbours masked with it. */
function addRay(
  rng: Rng,
  data: Float32Array,
  mask: Int16Array,
  width: number,
  height: number,
  rms: number,
): void {
  const [x0, y0, angle] = [rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, Math.PI)];
  const length = rng.logUniform(2, 18);
  for (let t = 0; t < length; t += 0.5) {
    const x = Math.round(x0 + t * Math.cos(angle));
    const y = Math.round(y0 + t * Math.sin(angle));
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    data[y * width + x] += rms * rng.uniform(15, 80);
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) mask[v * width + u] = 5;
  }
}

function header(camera: Camera, seed: number, [x, y]: readonly [number, number], turn: number): Header {
  const degrees = pixelScale / 3600;
  // sky offsets (−x, y) of the science image; the reference's pixels are turned by `turn`
  return new Header()
    .set('SIMULATE', true, 'not an observation: simulated pixels')
    .set('SEED', seed, 'seed of the simulation')
    .set('OBJECT', `simulated ${camera.name} image`)
    .set('FILTER', 'r')
    .set('CCDNUM', 1)
    .set('MJD-OBS', camera.mjd)
    .set('BUNIT', 'adu')
    .set('GAIN', camera.gain, '[electrons/adu]')
    .set('SATURATE', camera.saturation, '[adu]')
    .set('MAGZERO', camera.zeroPoint, '[mag] magnitude of one adu')
    .set('PLVER', 'V4.8.2a', 'whose mask codes are used')
    .set('CTYPE1', 'RA---TAN')
    .set('CTYPE2', 'DEC--TAN')
    .set('CRVAL1', ra0)
    .set('CRVAL2', dec0)
    .set('CRPIX1', x + 1)
    .set('CRPIX2', y + 1)
    .set('CD1_1', -degrees * Math.cos(turn))
    .set('CD1_2', -degrees * Math.sin(turn))
    .set('CD2_1', -degrees * Math.sin(turn))
    .set('CD2_2', degrees * Math.cos(turn));
}

/** Sky position of an offset from the middle of the science image: the inverse gnomonic projection. */
function skyOf(dx: number, dy: number): [number, number] {
  const radian = Math.PI / 180;
  const xi = (-dx * pixelScale * radian) / 3600;
  const eta = (dy * pixelScale * radian) / 3600;
  const [sin, cos] = [Math.sin(dec0 * radian), Math.cos(dec0 * radian)];
  const down = cos - eta * sin;
  const ra = ra0 + Math.atan2(xi, down) / radian;
  return [ra, Math.atan2(sin + eta * cos, Math.hypot(xi, down)) / radian];
}
