import { dilateMask, drawLine, fillHoles } from '@blemish/imaging';
import type { ExposureContext } from '../artifact.ts';
import { decamPlaces } from '../focal-plane.ts';
import { Rng } from '../rng.ts';
import { ccdAreas, thumbnailSize as size } from './layout.ts';
import type { CcdArea } from './layout.ts';
import { drawScatteredLight } from './scattered-light.ts';
import type { Outline, ScatteredLight, ScatterKind } from './scattered-light.ts';

/** A whole exposure as the survey shows it on one small picture, and what people would mark on it. */
export interface Thumbnail {
  /** Grey, 0…255, [size, size]. */
  readonly pixels: Uint8Array;
  /** 1 where there is a ghost or scattered light bright enough to be seen; a ghost with all that its rim surrounds. */
  readonly mask: Uint8Array;
}

/** Random stream that no other simulation uses. */
const thumbnailStream = 77;
/** Grey value where there is no CCD. */
const background = 23;
/** Faintest light that is marked, grey values: the noise of a pixel, of which a rim or a stria has many. */
const faintest = 10;
/** Half the side of the square whose mean the survey's sky estimate takes off: its mesh of 256 CCD pixels. */
const meshReach = 3;

/**
 * Simulates the picture of one exposure. Ghosts, sprays, arcs and strokes are those of whole exposures; stars, their bleeding, levels of CCDs and
 * amplifiers, noise and satellites are drawn as they look there: grey values follow the pictures of Chang et al. (2021, Astronomy and
 * Computing 36, 100474). The survey's sky estimate leaves only rims and spider shadows of what is larger than its mesh.
 * The same seed gives the same picture.
 */
export function simulateThumbnail(seed: number): Thumbnail {
  const rng = new Rng(seed, thumbnailStream);
  const scatter = drawKinds(rng).map((kind) => drawScatteredLight(rng.fork(kind), kind, exposure));
  const gain = rng.logUniform(50, 160);
  const kept = rng.uniform(0, 0.3);
  const levels = new Float32Array(size * size);
  drawSky(levels, rng);
  drawStars(levels, rng);
  for (const { star } of scatter) if (star !== null) drawSaturated(levels, star.x, star.y, rng);
  if (rng.chance(0.35)) drawSatellite(levels, rng);
  const pixels = new Uint8Array(size * size).fill(background);
  const mask = new Uint8Array(size * size);
  const light = new Float32Array(size * size);
  for (const event of scatter) {
    for (let i = 0; i < light.length; i++) light[i] += event.light[i];
    markEvent(mask, event, faintest / gain);
  }
  for (const area of ccdAreas) {
    const smooth = localMean(light, area);
    eachPixel(area, (i) => {
      const value = levels[i] + gain * (light[i] - (1 - kept) * smooth[i]);
      pixels[i] = Math.max(0, Math.min(255, Math.round(value)));
    });
  }
  return { pixels, mask };
}

/** What the models draw their events from; brightness is in units of the sky's rms. */
const exposure: ExposureContext = {
  band: 'r',
  exposureSeconds: 90,
  skyLevel: 1000,
  skyRms: 1,
  fwhmPixels: 4,
  width: 2046,
  height: 4094,
  ccds: decamPlaces(2046, 4094),
  brightStars: [],
};

function drawKinds(rng: Rng): ScatterKind[] {
  const kinds: ScatterKind[] = [];
  for (const [kind, chance, most] of [
    ['ghost', 0.65, 3],
    ['spray', 0.5, 2],
    ['arc', 0.15, 1],
    ['strokes', 0.2, 2],
  ] as const) {
    if (rng.chance(chance)) kinds.push(...Array<ScatterKind>(rng.integer(1, most)).fill(kind));
  }
  return kinds;
}

/** Levels of CCDs and amplifiers, noise, and the skew that unresolved stars and galaxies give it. */
function drawSky(levels: Float32Array, rng: Rng): void {
  const level = rng.uniform(40, 58);
  const noise = rng.uniform(8, 14);
  const faint = rng.uniform(0.1, 0.3);
  for (const area of ccdAreas) {
    const ccd = level + rng.normal(0, 1.5);
    const steps = [rng.normal(0, 0.8), rng.normal(0, 0.8)];
    const middle = (area.top + area.bottom) / 2;
    eachPixel(area, (i, y) => {
      const source = rng.chance(faint) ? -25 * Math.log(1 - rng.uniform()) : 0;
      levels[i] = ccd + steps[y < middle ? 0 : 1] + rng.normal(0, noise) + source;
    });
  }
}

function drawStars(levels: Float32Array, rng: Rng): void {
  const count = rng.integer(150, 600);
  for (let k = 0; k < count; k++) {
    // Three times as many for each factor of three in brightness, as stars of these magnitudes.
    const peak = 40 / Math.max(0.003, rng.uniform());
    addStar(levels, rng.uniform(0, size), rng.uniform(0, size), peak, 0.6 + 0.25 * Math.log10(peak / 40));
  }
  const bright = rng.integer(0, 5);
  for (let k = 0; k < bright; k++) drawSaturated(levels, rng.uniform(0, size), rng.uniform(0, size), rng);
}

/** A star of which the display saturates, with the trail along its column, which is a row of the picture. */
function drawSaturated(levels: Float32Array, x: number, y: number, rng: Rng): void {
  addStar(levels, x, y, rng.logUniform(1000, 20_000), rng.uniform(1, 3));
  const reach = rng.chance(0.5) ? rng.uniform(3, 30) : 0;
  const row = Math.round(y);
  if (row < 0 || row >= size) return;
  for (let u = Math.max(0, Math.floor(x - reach)); u <= Math.min(size - 1, x + reach); u++)
    levels[row * size + u] += 150;
}

function addStar(levels: Float32Array, x: number, y: number, peak: number, sigma: number): void {
  const reach = Math.ceil(sigma * Math.sqrt(2 * Math.log(Math.max(2, peak))));
  for (let v = Math.max(0, Math.floor(y - reach)); v <= Math.min(size - 1, y + reach); v++) {
    for (let u = Math.max(0, Math.floor(x - reach)); u <= Math.min(size - 1, x + reach); u++)
      levels[v * size + u] += peak * Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma * sigma));
  }
}

/** A thin straight line through the field, which nobody takes for a ghost. */
function drawSatellite(levels: Float32Array, rng: Rng): void {
  const [x, y] = [rng.uniform(80, 320), rng.uniform(80, 320)];
  const angle = rng.uniform(0, Math.PI);
  const [before, after] = [rng.uniform(30, 300), rng.uniform(30, 300)];
  const line = new Uint8Array(size * size);
  const [u, v] = [Math.cos(angle), Math.sin(angle)];
  drawLine(line, size, size, x - before * u, y - before * v, x + after * u, y + after * v, { lineWidth: 1 });
  const brightness = rng.uniform(15, 80);
  line.forEach((value, i) => (levels[i] += value * brightness));
}

/** Marks what people would of light of at least `least` sky rms: a ghost as its outline, other light where it shows, gaps closed. */
function markEvent(mask: Uint8Array, { light, outlines }: ScatteredLight, least: number): void {
  for (const outline of outlines) if (outline.peak >= least) markOutline(mask, outline);
  if (outlines.length > 0) return;
  const seen = light.map((value) => (value >= least ? 1 : 0));
  const closed = fillHoles(dilateMask(Uint8Array.from(seen), size, size, { radius: 3 }), size, size);
  closed.forEach((value, i) => (mask[i] |= value));
}

function markOutline(mask: Uint8Array, { x, y, radius, axisRatio, angle }: Outline): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let v = Math.max(0, Math.ceil(y - radius)); v <= Math.min(size - 1, y + radius); v++) {
    for (let u = Math.max(0, Math.ceil(x - radius)); u <= Math.min(size - 1, x + radius); u++) {
      const along = ((u - x) * cos + (v - y) * sin) / axisRatio;
      const across = (v - y) * cos - (u - x) * sin;
      if (along ** 2 + across ** 2 <= radius ** 2) mask[v * size + u] = 1;
    }
  }
}

/** Mean around each pixel over those of its CCD. */
function localMean(plane: Float32Array, area: CcdArea): Float32Array {
  const width = area.right - area.left;
  const height = area.bottom - area.top;
  const rows = new Float32Array(size * size);
  const mean = new Float32Array(size * size);
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [Math.max(0, x - meshReach), Math.min(width - 1, x + meshReach)];
      let sum = 0;
      for (let u = from; u <= to; u++) sum += plane[y * size + area.left + u];
      rows[y * size + area.left + x] = sum / (to - from + 1);
    }
  }
  for (let y = 0; y < height; y++) {
    const [from, to] = [Math.max(0, y - meshReach), Math.min(height - 1, y + meshReach)];
    for (let x = area.left; x < area.right; x++) {
      let sum = 0;
      for (let v = from; v <= to; v++) sum += rows[(area.top + v) * size + x];
      mean[(area.top + y) * size + x] = sum / (to - from + 1);
    }
  }
  return mean;
}

function eachPixel(area: CcdArea, visit: (i: number, y: number) => void): void {
  for (let y = area.top; y < area.bottom; y++)
    for (let x = area.left; x < area.right; x++) visit(y * size + x, y);
}
