import { proportionInterval } from '@blemish/evaluate';
import { cutout, isophotalSources, resample } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import { stream } from '@blemish/sky';
import type { Rng } from '@blemish/sky';
import type { Column, Row } from '../tables/index.ts';
import { missedDetections } from './missed-detections.ts';
import type { MissedDetections } from './missed-detections.ts';
import { findInTiles } from './find-in-tiles.ts';
import type { TiledCandidate } from './find-in-tiles.ts';
import type { Subtraction } from './subtract-sides.ts';

/** `fakes.csv`: one row per fake. */
export const fakeColumns: readonly Column[] = [
  {
    name: 'x',
    type: 'double',
    unit: 'pixel',
    description: 'where it was put, 0-based pixels of the science image',
  },
  { name: 'y', type: 'double', unit: 'pixel', description: 'along a column' },
  { name: 'flux', type: 'double', description: 'that it was given' },
  { name: 'mag', type: 'double', unit: 'mag', description: 'the same; of zero point 0 where none is known' },
  {
    name: 'host_mag',
    type: 'double',
    unit: 'mag',
    description: 'of the reference within 5 px; empty where it has no flux',
  },
  { name: 'found', type: 'boolean', description: 'a candidate lies within half a FWHM' },
  { name: 'significance', type: 'double', description: 'of that candidate; empty where it was not found' },
  { name: 'measured_flux', type: 'double', description: 'of that candidate' },
  { name: 'flux_err', type: 'double', description: 'its error' },
];

/** `efficiency.csv`: one row per bin of magnitude and host. */
export const efficiencyColumns: readonly Column[] = [
  {
    name: 'host',
    type: 'string',
    description: 'light of the reference there, beside the limit: none, fainter or brighter',
  },
  { name: 'mag_from', type: 'double', unit: 'mag', description: 'of the fakes' },
  { name: 'mag_to', type: 'double', unit: 'mag', description: 'the bin ends below it' },
  { name: 'fakes', type: 'int', description: 'in the bin' },
  { name: 'found', type: 'int', description: 'of them' },
  { name: 'share', type: 'double', description: 'of the fakes that is found' },
  { name: 'low', type: 'double', description: 'lower end of its 95 % interval (Clopper and Pearson)' },
  { name: 'high', type: 'double', description: 'upper end' },
];

/** `missed.csv`: one row per number of false detections let through. */
export const missedColumns: readonly Column[] = [
  { name: 'false_detections', type: 'int', description: 'of the image that pass' },
  { name: 'false_positive_rate', type: 'double', description: 'their share of all false detections' },
  { name: 'threshold', type: 'double', description: 'a candidate must be more significant' },
  { name: 'missed', type: 'double', description: 'share of the fakes that is missed' },
  { name: 'low', type: 'double', description: 'lower end of its 95 % interval' },
  { name: 'high', type: 'double', description: 'upper end' },
];

/** Share of fakes found in a bin of magnitude, and whether they lie on a source of the reference. */
export interface EfficiencyBin {
  readonly magFrom: number;
  readonly magTo: number;
  readonly host: 'none' | 'fainter' | 'brighter';
  readonly fakes: number;
  readonly found: number;
  /** Clopper and Pearson's 95 % interval of the share. */
  readonly low: number;
  readonly high: number;
}

export interface Efficiency {
  readonly fakes: number;
  readonly bins: readonly EfficiencyBin[];
  /** Missed fakes against the false detections let through. */
  readonly missed: readonly MissedDetections[];
  /** Magnitude at which half of the fakes off any host are found; null where too few tell. */
  readonly half: number | null;
  /** Mean of (measured − given) / error of the fakes found above ten errors, and its standard error; null for fewer than two. */
  readonly meanPull: number | null;
  readonly meanPullError: number | null;
}

export interface EfficiencySettings {
  readonly fakes: number;
  readonly seed: number;
  readonly threshold: number;
  readonly zeroPoint: number;
  /** Error of a point source's flux, {@link pointError}. */
  readonly error: number;
  readonly gain: number | null;
  /** Found without fakes. */
  readonly candidates: readonly TiledCandidate[];
  /** Changes that are known: what is found there is no false detection. */
  readonly changes: readonly { readonly x: number; readonly y: number }[];
}

/** Fakes lie at least so far from each other and from candidates, in FWHM. */
const apart = 8;
const aperture = 5;

/**
 * Puts point sources of known flux into the difference, half of them on sources of the reference, from 2.5 magnitudes above the limit to one below, with the Poisson noise they would
 * have, and searches it again. The subtraction is linear, so a fake in the difference is one in the science image; its PSF is the one the search uses, so that what a wrong PSF costs is not in the figures.
 * @param reference on the science grid and in its units
 */
export function measureEfficiency(
  subtraction: Subtraction,
  reference: { readonly image: Plane; readonly variance: Plane },
  settings: EfficiencySettings,
): { readonly rows: readonly Row[]; readonly efficiency: Efficiency } {
  const { fakes: wanted, seed, threshold, zeroPoint, error, gain, candidates, changes } = settings;
  const rng = stream(seed, 'fakes');
  const { fwhm } = subtraction.tiles[0];
  const hosts = isophotalSources(
    reference.image,
    { ...reference.variance, data: reference.variance.data.map(Math.sqrt) },
    { threshold: 3, leastPixels: 8 },
  );
  const places = drawPlaces(rng, wanted, subtraction, hosts, candidates, apart * fwhm);
  const image = { ...subtraction.image, data: subtraction.image.data.slice() };
  const variance = { ...subtraction.variance, data: subtraction.variance.data.slice() };
  const magnitudeOf = (flux: number) => zeroPoint - 2.5 * Math.log10(flux);
  const limit = magnitudeOf(threshold * error);
  const fakes = places.map(({ x, y }) => {
    const mag = rng.uniform(limit - 2.5, limit + 1);
    const flux = 10 ** (0.4 * (zeroPoint - mag));
    const { psf } = tileAt(subtraction, x, y);
    addFake(rng, image, variance, psf, { x, y, flux }, gain);
    const host = fluxAbout(reference.image, x, y);
    return { x, y, flux, mag, host_mag: host > 0 ? magnitudeOf(host) : null };
  });
  const found = findInTiles({ image, variance, tiles: subtraction.tiles }, threshold);
  const rows = fakes.map((fake) => {
    let nearest: TiledCandidate | null = null;
    for (const one of found)
      if (
        one.flux > 0 &&
        Math.hypot(one.x - fake.x, one.y - fake.y) < fwhm / 2 &&
        (nearest === null || Math.abs(one.significance) > Math.abs(nearest.significance))
      )
        nearest = one;
    return {
      ...fake,
      found: nearest !== null,
      significance: nearest?.significance ?? null,
      measured_flux: nearest?.flux ?? null,
      flux_err: nearest?.fluxError ?? null,
    };
  });
  // Fakes are light that was added, so only such detections stand against them.
  const falses = candidates.filter(
    (one) => one.flux > 0 && !changes.some(({ x, y }) => Math.hypot(one.x - x, one.y - y) < fwhm / 2),
  );
  const missed = missedDetections(
    rows.map(({ significance }) => significance ?? 0),
    falses.map(({ significance }) => significance),
    threshold,
    seed,
  );
  return { rows, efficiency: { ...summarise(rows, limit), missed } };
}

type Fake = Row & {
  readonly mag: number;
  readonly host_mag: number | null;
  readonly flux: number;
  readonly found: boolean;
  readonly measured_flux: number | null;
  readonly flux_err: number | null;
};

function summarise(rows: readonly Fake[], limit: number): Omit<Efficiency, 'missed'> {
  // the light of the host within the aperture, beside that of the faintest candidate
  const hostOf = ({ host_mag: host }: Fake): EfficiencyBin['host'] =>
    host === null || host > limit ? 'none' : host > limit - 2.5 ? 'fainter' : 'brighter';
  const bins: EfficiencyBin[] = [];
  for (const host of ['none', 'fainter', 'brighter'] as const)
    for (let k = 0; k < 7; k++) {
      const [magFrom, magTo] = [limit - 2.5 + k / 2, limit - 2 + k / 2];
      const inside = rows.filter((row) => row.mag >= magFrom && row.mag < magTo && hostOf(row) === host);
      if (inside.length === 0) continue;
      const found = inside.filter((row) => row.found).length;
      const share = proportionInterval(found, inside.length);
      const [low, high] = share.value === null ? [0, 1] : [share.low, share.high];
      bins.push({ magFrom, magTo, host, fakes: inside.length, found, low, high });
    }
  const pulls = rows.flatMap(({ flux, measured_flux: measured, flux_err: error }) =>
    measured !== null && error !== null && flux > 10 * error ? [(measured - flux) / error] : [],
  );
  const mean = pulls.reduce((sum, pull) => sum + pull, 0) / pulls.length;
  const spread = Math.sqrt(pulls.reduce((sum, pull) => sum + (pull - mean) ** 2, 0) / (pulls.length - 1));
  return {
    fakes: rows.length,
    bins,
    half: middleOfFall(
      rows.filter((row) => hostOf(row) === 'none'),
      limit - 2.5,
      limit + 1,
    ),
    meanPull: pulls.length > 1 ? mean : null,
    meanPullError: pulls.length > 1 ? spread / Math.sqrt(pulls.length) : null,
  };
}

/** Widths of the fall from found to missed that are tried, magnitudes. */
const widths = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4];

/** The middle of the likeliest logistic fall of the share with magnitude; null with fewer than ten fakes, or where all are found or none. */
function middleOfFall(rows: readonly Fake[], from: number, to: number): number | null {
  if (rows.length < 10 || rows.every(({ found }) => found) || !rows.some(({ found }) => found)) return null;
  let [best, half] = [-Infinity, 0];
  for (let middle = from; middle <= to; middle += 0.01)
    for (const width of widths) {
      let likelihood = 0;
      for (const { mag, found } of rows) {
        const t = (found ? mag - middle : middle - mag) / width;
        // log of 1 / (1 + exp t); a hundredth of fakes may be missed or found whatever they are
        likelihood += Math.log(0.005 + 0.99 / (1 + Math.exp(t)));
      }
      if (likelihood > best) [best, half] = [likelihood, middle];
    }
  return half;
}

/** Places that have a value, every second on a source, apart from each other and from what is there. */
function drawPlaces(
  rng: Rng,
  wanted: number,
  { image: { width, height, data } }: Subtraction,
  hosts: readonly { readonly x: number; readonly y: number; readonly a: number }[],
  candidates: readonly { readonly x: number; readonly y: number }[],
  distance: number,
): { x: number; y: number }[] {
  const places: { x: number; y: number }[] = [];
  const cell = distance;
  const taken = new Map<string, { x: number; y: number }[]>();
  const put = (place: { x: number; y: number }) => {
    const key = `${Math.floor(place.x / cell)},${Math.floor(place.y / cell)}`;
    taken.set(key, [...(taken.get(key) ?? []), place]);
  };
  const near = ({ x, y }: { x: number; y: number }) => {
    const [i, j] = [Math.floor(x / cell), Math.floor(y / cell)];
    for (let v = j - 1; v <= j + 1; v++)
      for (let u = i - 1; u <= i + 1; u++)
        for (const other of taken.get(`${u},${v}`) ?? [])
          if (Math.hypot(other.x - x, other.y - y) < distance) return true;
    return false;
  };
  candidates.forEach(put);
  for (let tries = 0; places.length < wanted && tries < 30 * wanted; tries++) {
    let place = { x: rng.uniform(0, width - 1), y: rng.uniform(0, height - 1) };
    if (places.length % 2 === 1 && hosts.length > 0) {
      const host = rng.pick(hosts);
      place = { x: host.x + rng.normal(0, host.a), y: host.y + rng.normal(0, host.a) };
    }
    const [px, py] = [Math.round(place.x), Math.round(place.y)];
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const value = data[py * width + px];
    if (value !== value || near(place)) continue;
    places.push(place);
    put(place);
  }
  return places;
}

function tileAt({ tiles }: Subtraction, x: number, y: number) {
  const inside = ({ tile }: (typeof tiles)[number]) =>
    x >= tile.left - 0.5 &&
    y >= tile.top - 0.5 &&
    x < tile.left + tile.width - 0.5 &&
    y < tile.top + tile.height - 0.5;
  return tiles.find(inside) ?? tiles[0];
}

function addFake(
  rng: Rng,
  image: Plane,
  variance: Plane,
  psf: Plane,
  { x, y, flux }: { readonly x: number; readonly y: number; readonly flux: number },
  gain: number | null,
): void {
  const [cx, cy] = [Math.round(x), Math.round(y)];
  const [rx, ry] = [psf.width >> 1, psf.height >> 1];
  const padded = cutout(psf, rx, ry, psf.width + 8, psf.height + 8, { fill: 0 });
  const { data } = resample(padded, null, psf, (u, v) => [u + 4 - (x - cx), v + 4 - (y - cy)]).image;
  for (let v = 0; v < psf.height; v++)
    for (let u = 0; u < psf.width; u++) {
      const [px, py] = [cx - rx + u, cy - ry + v];
      if (px < 0 || py < 0 || px >= image.width || py >= image.height) continue;
      const at = py * image.width + px;
      const light = flux * data[v * psf.width + u];
      image.data[at] += light;
      if (gain === null || !(light > 0)) continue;
      image.data[at] += Math.sqrt(light / gain) * rng.normal();
      variance.data[at] += light / gain;
    }
}

/** Sum over a circle of 5 px of the pixels that have a value. */
function fluxAbout({ width, height, data }: Plane, x: number, y: number): number {
  let sum = 0;
  for (let v = Math.ceil(y - aperture); v <= y + aperture; v++)
    for (let u = Math.ceil(x - aperture); u <= x + aperture; u++) {
      if (u < 0 || v < 0 || u >= width || v >= height || Math.hypot(u - x, v - y) > aperture) continue;
      const value = data[v * width + u];
      if (value === value) sum += value;
    }
  return sum;
}
