// What a catalogue says of the source in the middle of a cut-out.
// Source: Bertin & Arnouts 1996 (A&AS 117, 393) and the SExtractor manual for the isophotal, Kron and half-light quantities; Desai et al. 2012 (ApJ 757, 83) for
// the spread; Graham & Driver 2005 for the Sérsic profile.
import type { Plane } from '../plane.ts';
import { checkPlane } from '../plane.ts';
import { colourPairs, featureColumns } from './feature-columns.ts';
import type { Ellipse, GrowthCurve } from './growth-curve.ts';
import { growthCurves, kronRadius, radiusOf } from './growth-curve.ts';
import { isophotalShape } from './isophotal-shape.ts';
import type { IsophotalShape } from './isophotal-shape.ts';
import { fitSersic, radialProfile, sersicFlux } from './sersic-fit.ts';
import { subtractSky } from './sky-subtracted.ts';
import type { SkySubtracted } from './sky-subtracted.ts';
import { spreadOfCore } from './spread.ts';

export interface MeasureSourceOptions {
  /** Names of the bands (default g, r, z). */
  readonly bands?: readonly string[];
  /** Side of a pixel, arcsec (default 0.262). */
  readonly pixelScaleArcsec?: number;
  /** Magnitude of one unit of flux (default 22.5: nanomaggies). */
  readonly zeroPoint?: number;
  /** Full width at half maximum of stars, arcsec (default 1). */
  readonly fwhmArcsec?: number;
  /** Diameter of the aperture of `mag_aper`, arcsec (default 3). */
  readonly apertureArcsec?: number;
  /** How far from the middle the source may begin, arcsec (default 1.5). */
  readonly searchArcsec?: number;
}

export interface SourceFeatures {
  /** By the names of `featureColumns`; null where a figure is not defined. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Why figures are null; empty where none is. */
  readonly reasons: readonly string[];
}

/**
 * Measures the source in the middle of a cut-out. It is found on all bands together, parted from its neighbours, whose pixels count as those opposite them
 * across the source. NaN pixels are no light.
 * @param planes one a band, of one size
 * @throws RangeError for planes of different sizes, or another number of them than of bands
 */
export function measureSource(planes: readonly Plane[], options: MeasureSourceOptions = {}): SourceFeatures {
  const settings = withDefaults(options);
  const { bands, pixelScaleArcsec: scale, searchArcsec } = settings;
  checkPlanes(planes, bands);
  const nothing = (reason: string): SourceFeatures => ({
    values: Object.fromEntries(featureColumns(bands).map(({ name }) => [name, null])),
    reasons: [reason],
  });
  const image = subtractSky(planes, bands);
  if (typeof image === 'string') return nothing(image);
  const number = centralSource(image.segments.labels, planes[0], searchArcsec / scale);
  if (number === 0) return nothing(`no source within ${searchArcsec}″ of the middle`);
  return measureSegment(image, number, settings);
}

type Settings = Required<MeasureSourceOptions>;

function withDefaults(options: MeasureSourceOptions): Settings {
  const { bands = ['g', 'r', 'z'], pixelScaleArcsec = 0.262, zeroPoint = 22.5 } = options;
  const { fwhmArcsec = 1, apertureArcsec = 3, searchArcsec = 1.5 } = options;
  for (const [name, value] of Object.entries({ pixelScaleArcsec, fwhmArcsec, apertureArcsec, searchArcsec }))
    if (!(value > 0)) throw new RangeError(`measureSource: ${name} = ${value}; it must be positive`);
  return { bands, pixelScaleArcsec, zeroPoint, fwhmArcsec, apertureArcsec, searchArcsec };
}

function checkPlanes(planes: readonly Plane[], bands: readonly string[]): void {
  if (planes.length !== bands.length || planes.length === 0)
    throw new RangeError(
      `measureSource: ${planes.length} planes for the bands ${bands.join(', ')}; give one each`,
    );
  for (const plane of planes) {
    checkPlane(plane, 'measureSource');
    if (plane.width !== planes[0].width || plane.height !== planes[0].height)
      throw new RangeError('measureSource: planes of different sizes; cut them to one');
  }
}

/** Number of the source nearest the middle; 0 where none comes within `reach` pixels. */
function centralSource(labels: Int32Array, { width, height }: Plane, reach: number): number {
  const [x0, y0] = [(width - 1) / 2, (height - 1) / 2];
  let nearest = Math.max(reach, 1) ** 2;
  let number = 0;
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] === 0) continue;
    const x = at % width;
    const distance = (x - x0) ** 2 + ((at - x) / width - y0) ** 2;
    if (distance > nearest) continue;
    nearest = distance;
    number = labels[at];
  }
  return number;
}

function measureSegment(image: SkySubtracted, number: number, settings: Settings): SourceFeatures {
  const { bands, pixelScaleArcsec: scale, zeroPoint, fwhmArcsec, apertureArcsec } = settings;
  const { planes, rms, segments } = image;
  const { width, height } = planes[0];
  const shape = isophotalShape(segments.filtered, segments.labels, number);
  const round: Ellipse = { x: shape.x, y: shape.y, axisRatio: 1, angle: 0 };
  const ellipse: Ellipse = { ...round, axisRatio: shape.b / shape.a, angle: shape.angle };
  const cleaned = planes.map((plane) => mirrorNeighbours(plane, segments.labels, number, shape));
  const stack = stackBands(cleaned, rms);
  const noise = 1 / Math.sqrt(rms.reduce((sum, one) => sum + one ** -2, 0));
  const values: Record<string, number | null> = {};
  const reasons: string[] = [];
  const set = (name: string, value: number): void =>
    void (values[name] = Number.isFinite(value) ? value : null);
  const magnitude = (flux: number): number => (flux > 0 ? zeroPoint - 2.5 * Math.log10(flux) : NaN);

  set('offset', scale * Math.hypot(shape.x - (width - 1) / 2, shape.y - (height - 1) / 2));
  set('area', scale ** 2 * shape.area);
  set('a', scale * shape.a);
  set('b', scale * shape.b);
  set('ellipticity', 1 - shape.b / shape.a);
  set('theta', (shape.angle * 180) / Math.PI);

  const [growth] = growthCurves([stack], ellipse, 6 * shape.a);
  const kron = kronRadius(growth, 6 * shape.a) / shape.a;
  set('kron_radius', kron);
  // The survey pipelines' constants: 2.5 Kron radii, not below 3.5 times the rms of the light.
  const autoRadius = Math.max(3.5, kron > 0 ? Math.min(2.5 * kron, 15) : 0) * shape.a;
  const [stacked, ...auto] = growthCurves([stack, ...cleaned], ellipse, autoRadius);
  const apertures = growthCurves(cleaned, round, (0.5 * apertureArcsec) / scale);
  const total = last(stacked.flux);
  set('snr', total / (noise * Math.sqrt(last(stacked.area))));
  const [circles] = growthCurves([stack], round, autoRadius);
  const half = radiusOf(circles, 0.5, total);
  set('flux_radius', scale * half);
  set('concentration', 5 * Math.log10(radiusOf(circles, 0.8, total) / radiusOf(circles, 0.2, total)));
  set('spread', spreadOfCore(stack, shape.x, shape.y, fwhmArcsec / scale));

  const bare = withoutNeighbours(stackBands(planes, rms), segments.labels, number);
  const reach = Math.min(autoRadius, 0.75 * Math.max(width, height));
  const inside = (0.5 * fwhmArcsec) / scale;
  const fit = fitSersic(radialProfile(bare, ellipse, Math.max(reach, 6), noise), inside);
  set('sersic_n', fit?.index ?? NaN);
  set('sersic_r_eff', fit === null ? NaN : scale * fit.radius);
  set('sersic_chi2', fit?.chi2 ?? NaN);
  if (fit === null) reasons.push('no light in at least four rings for a Sérsic profile');

  const magnitudes = bands.map((band, k) => {
    const flux = last(auto[k].flux);
    const mag = magnitude(flux);
    if (!(flux > 0)) reasons.push(`${band} has no light above the sky`);
    set(`mag_auto_${band}`, mag);
    set(`magerr_auto_${band}`, flux > 0 ? (1.0857 * rms[k] * Math.sqrt(last(auto[k].area))) / flux : NaN);
    set(`mag_aper_${band}`, magnitude(last(apertures[k].flux)));
    set(`mu_0_${band}`, magnitude(centralBrightness(cleaned[k], shape) / scale ** 2));
    set(`mu_mean_${band}`, mag + 2.5 * Math.log10(2 * Math.PI * (scale * half) ** 2));
    // The profile's shape is that of all bands; a band's share of it is its share of the light.
    const share = flux / total;
    const meanFlux = fit === null ? NaN : (share * sersicFlux(fit, ellipse.axisRatio)) / 2;
    const area = fit === null ? NaN : Math.PI * (scale * fit.radius) ** 2 * ellipse.axisRatio;
    set(`sersic_mu_eff_${band}`, magnitude(meanFlux / area));
    return mag;
  });
  for (const [i, j] of colourPairs(bands)) set(`${bands[i]}_${bands[j]}`, magnitudes[i] - magnitudes[j]);
  if (!(half > 0)) reasons.push('the light within 2.5 Kron radii is not positive');
  const ordered = featureColumns(bands).map(({ name }) => [name, values[name] ?? null] as const);
  return { values: Object.fromEntries(ordered), reasons };
}

/** Pixels of other sources take the value of the pixel opposite across the source, or 0 where that is of a source too or beyond the edge. */
function mirrorNeighbours(plane: Plane, labels: Int32Array, number: number, { x, y }: IsophotalShape): Plane {
  const { width, height } = plane;
  const data = plane.data.slice();
  for (let at = 0; at < data.length; at++) {
    if (labels[at] === 0 || labels[at] === number) continue;
    const column = at % width;
    const u = Math.round(2 * x - column);
    const v = Math.round(2 * y - (at - column) / width);
    const within = u >= 0 && v >= 0 && u < width && v < height;
    const opposite = within ? v * width + u : -1;
    data[at] =
      opposite >= 0 && (labels[opposite] === 0 || labels[opposite] === number) ? plane.data[opposite] : 0;
  }
  return { width, height, data };
}

function withoutNeighbours({ width, height, data }: Plane, labels: Int32Array, number: number): Plane {
  return {
    width,
    height,
    data: data.map((value, i) => (labels[i] === 0 || labels[i] === number ? value : NaN)),
  };
}

/** Mean of the bands, each weighted by its noise. */
function stackBands(planes: readonly Plane[], rms: readonly number[]): Plane {
  const { width, height } = planes[0];
  const data = new Float32Array(width * height);
  const sum = rms.reduce((total, one) => total + one ** -2, 0);
  planes.forEach((plane, k) => {
    const weight = rms[k] ** -2 / sum;
    for (let i = 0; i < data.length; i++) data[i] += weight * plane.data[i];
  });
  return { width, height, data };
}

/** Mean over the pixel at the centroid and those around. */
function centralBrightness({ width, height, data }: Plane, { x, y }: IsophotalShape): number {
  const [column, row] = [Math.round(x), Math.round(y)];
  let [sum, count] = [0, 0];
  for (let v = Math.max(0, row - 1); v <= Math.min(height - 1, row + 1); v++)
    for (let u = Math.max(0, column - 1); u <= Math.min(width - 1, column + 1); u++) {
      const value = data[v * width + u];
      if (value !== value) continue;
      sum += value;
      count++;
    }
  return sum / count;
}

function last(values: GrowthCurve['flux']): number {
  return values[values.length - 1];
}
