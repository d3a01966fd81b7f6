// Causes of candidates that are problems of one image.
import { cosmicRay } from '../../artifacts/cosmic-ray.ts';
import type { CosmicRayTrack } from '../../artifacts/cosmic-ray.ts';
import { satellite } from '../../artifacts/satellite.ts';
import type { CcdScene } from '../../artifact.ts';
import { Rng } from '../../rng.ts';
import { ztfCamera } from '../../sequences/camera.ts';
import type { Epoch } from '../epoch.ts';
import { skyRms } from '../epoch.ts';
import { fluxOfWell } from '../fluxes.ts';
import { planted } from '../planted.ts';
import type { KindContext, Mark, Planted } from '../planted.ts';

/** A plane of any size as the artifact models of exposures want it: a CCD on the optical axis. */
function asScene(epoch: Epoch, width: number, height: number): CcdScene {
  return {
    ...{ band: 'r', exposureSeconds: ztfCamera.exposureSeconds, skyLevel: epoch.sky, skyRms: skyRms(epoch) },
    ...{ fwhmPixels: epoch.psf.shape.fwhmPixels, width, height, brightStars: [], stars: [] },
    place: {
      name: 'patch',
      ccdnum: 1,
      centreX: (width - 1) / 2,
      centreY: (height - 1) / 2,
      readoutEdge: 'bottom',
    },
    ...{ rng: new Rng(0), saturation: epoch.well, electrons: new Float32Array(0) },
  };
}

/** A track of charge; one in seven in the reference, where an average has left a part of it. */
export function cosmicRayHit(context: KindContext): Planted {
  const { rng, x, y, science, reference } = context;
  const inReference = rng.chance(1 / 7);
  const epoch = inReference ? reference : science;
  const kind = rng.pick(['muon', 'worm', 'spot', 'spot'] as const);
  const angle = rng.uniform(0, 2 * Math.PI);
  const length = kind === 'muon' ? rng.logUniform(3, 30) : kind === 'worm' ? rng.logUniform(4, 20) : 0;
  const sigmaStart = rng.uniform(0.3, 0.5);
  const track: CosmicRayTrack = {
    ...{ kind, x: 0, y: 0, angle, lengthPixels: length },
    peak: rng.logUniform(12, 400),
    ...{ sigmaStart, sigmaEnd: rng.uniform(sigmaStart, 0.7), seed: rng.uint32() },
  };
  const mark: Mark = {
    ...{ epoch: inReference ? 'reference' : 'science', stage: 'electrons' },
    paint(plane, width, height, left, top) {
      // its place is a fraction of the side, and rounded to a pixel
      const at = { x: (Math.round(x) - left) / (width - 1), y: (Math.round(y) - top) / (height - 1) };
      cosmicRay.render!(asScene(epoch, width, height), { tracks: [{ ...track, ...at }] }, plane);
    },
  };
  return planted(context, 'artifact', inReference ? 'cosmic-ray-reference' : 'cosmic-ray', {
    ...(kind === 'muon'
      ? { x: x + (length / 2) * Math.cos(angle), y: y + (length / 2) * Math.sin(angle) }
      : {}),
    ...{ marks: [mark], reach: 4 + length / 2, take: 'strongest' },
  });
}

/** One to three pixels of their own. */
export function hotPixel(context: KindContext): Planted {
  const { rng, x, y, science } = context;
  const level = rng.logUniform(15, 800) * skyRms(science);
  const [px, py] = [Math.round(x), Math.round(y)];
  const pixels = [[px, py, level]];
  for (let k = rng.integer(0, 2); k > 0; k--)
    pixels.push([px + rng.integer(-1, 1), py + rng.integer(-1, 1), level * rng.uniform(0.2, 0.9)]);
  const mark: Mark = {
    ...{ epoch: 'science', stage: 'electrons' },
    paint(plane, width, height, left, top) {
      for (const [u, v, value] of pixels) add(plane, width, height, u - left, v - top, value);
    },
  };
  return planted(context, 'artifact', 'hot-pixel', { marks: [mark] });
}

/** One or two columns over 30 to 300 rows, hot or dark. */
export function badColumn(context: KindContext): Planted {
  const { rng, x, y, science } = context;
  const first = Math.round(x);
  const columns = rng.chance(0.7) ? 1 : 2;
  const sign = rng.chance(0.6) ? 1 : -1;
  const level =
    sign * Math.min(rng.logUniform(4, 80) * skyRms(science), sign > 0 ? Infinity : 0.9 * science.sky);
  const from = Math.round(y - rng.logUniform(6, 150));
  const to = Math.round(y + rng.logUniform(6, 150));
  const grain = rng.uint32();
  const mark: Mark = {
    ...{ epoch: 'science', stage: 'electrons' },
    paint(plane, width, height, left, top) {
      const rows = new Rng(grain);
      for (let v = from; v <= to; v++) {
        const value = level * (1 + 0.25 * rows.normal());
        for (let u = first; u < first + columns; u++) add(plane, width, height, u - left, v - top, value);
      }
    },
  };
  return planted(context, 'artifact', 'bad-column', {
    ...{ marks: [mark], reach: 7, take: 'strongest' },
    distance: (u, v) => (v < from - 5 || v > to + 5 ? Infinity : Math.abs(u - first)),
  });
}

/** Distance from the star within which a spike hardly fades, and at which it ends, pixels. */
const [spikeCore, spikeEnd] = [12, 80];

/** A spike of a bright star 12 to 40 px off. The star's spikes stand otherwise in the reference. */
export function spike(context: KindContext): Planted {
  const { rng, x, y, science, reference, spikeAngle } = context;
  const arm = spikeAngle + (rng.integer(0, 3) * Math.PI) / 2;
  const distance = rng.uniform(12, 40);
  const star = { x: x - distance * Math.cos(arm), y: y - distance * Math.sin(arm) };
  const flux = fluxOfWell(rng.logUniform(3, 15), science);
  // On the ridge where the candidate is, electrons of a clear exposure.
  const ridge = (rng.logUniform(3, 30) * skyRms(science)) / science.throughput;
  const strength = ridge * (distance ** 2 + spikeCore ** 2);
  const [bead, phase] = [rng.uniform(6, 11), rng.uniform(0, 2 * Math.PI)];
  const turned = spikeAngle + rng.sign() * rng.uniform(0.15, 0.6);
  const mark = (name: Mark['epoch'], epoch: Epoch, angle: number): Mark => ({
    ...{ epoch: name, stage: 'photons' },
    paint(plane, width, height, left, top) {
      const width2 = 2 * Math.max(1, epoch.psf.shape.fwhmPixels / 2.3548) ** 2;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const [x0, y0] = [star.x - left, star.y - top];
      for (let v = Math.max(0, Math.ceil(y0 - spikeEnd)); v <= Math.min(height - 1, y0 + spikeEnd); v++)
        for (let u = Math.max(0, Math.ceil(x0 - spikeEnd)); u <= Math.min(width - 1, x0 + spikeEnd); u++) {
          const [dx, dy] = [u - x0, v - y0];
          // four arms: along one axis or the other, whichever is longer
          const [p, q] = [Math.abs(dx * cos + dy * sin), Math.abs(dy * cos - dx * sin)];
          const [along, across] = p > q ? [p, q] : [q, p];
          if (along > spikeEnd || across ** 2 > 9 * width2) continue;
          const fade = (strength * epoch.throughput * (1 - along / spikeEnd)) / (along ** 2 + spikeCore ** 2);
          const beads = 1 + 0.45 * Math.sin((2 * Math.PI * along) / bead + phase);
          plane[v * width + u] += fade * beads * Math.exp(-(across ** 2) / width2);
        }
    },
  });
  return planted(context, 'artifact', 'spike', {
    ...{ sources: [{ ...star, science: flux, reference: flux }], occupied: [star] },
    marks: [mark('science', science, spikeAngle), mark('reference', reference, turned)],
    ...{ reach: 10, take: 'nearest' },
  });
}

/** Charge of a star above or below that ran along its columns further than in the reference. */
export function bleed(context: KindContext): Planted {
  const { rng, x, y, science } = context;
  const distance = rng.uniform(13, 45);
  const direction = rng.sign();
  const column = Math.round(x);
  const star = { x: column + rng.uniform(-0.5, 0.5), y: y - direction * distance };
  const flux = fluxOfWell(rng.logUniform(3, 15), science);
  const columns = rng.integer(1, 4);
  const start = Math.round(star.y);
  const ends = Array.from({ length: columns }, () => distance + rng.uniform(-4, 20));
  const level = rng.logUniform(0.004, 0.6) * science.well;
  const taper = rng.uniform(0.2, 1);
  const grain = rng.uint32();
  const mark: Mark = {
    ...{ epoch: 'science', stage: 'electrons' },
    paint(plane, width, height, left, top) {
      const rows = new Rng(grain);
      for (const [k, end] of ends.entries())
        for (let v = 0; v <= end; v++) {
          const value = level * (1 - ((1 - taper) * v) / end) * (1 + 0.15 * rows.normal());
          add(plane, width, height, column + k - (columns >> 1) - left, start + direction * v - top, value);
        }
    },
  };
  return planted(context, 'artifact', 'bleed', {
    ...{ sources: [{ ...star, science: flux, reference: flux }], marks: [mark], occupied: [star] },
    ...{ reach: 9, take: 'nearest' },
  });
}

/** A piece of the trail of a satellite or an aircraft through the whole patch, or of one that ends on it. */
export function trail(context: KindContext): Planted {
  const { rng, x, y, science } = context;
  const angle = rng.uniform(0, Math.PI);
  const ends = rng.chance(0.25);
  const along = {
    ...{ angle, peak: rng.logUniform(3, 60), blurPixels: rng.uniform(0, 3) },
    start: ends ? -rng.uniform(5, 60) : -1e6,
    end: ends ? rng.uniform(5, 60) : 1e6,
    variation: rng.pick(['steady', 'steady', 'drift', 'tumbling'] as const),
    ...{ period: rng.logUniform(15, 200), floor: rng.uniform(0.2, 0.8) },
  };
  const mark: Mark = {
    ...{ epoch: 'science', stage: 'photons' },
    paint(plane, width, height, left, top) {
      satellite.render!(asScene(science, width, height), { ...along, x: x - left, y: y - top }, plane);
    },
  };
  return planted(context, 'artifact', 'trail', {
    ...{ marks: [mark], reach: 9, take: 'nearest' },
    distance: (u, v) => Math.abs((u - x) * Math.sin(angle) - (v - y) * Math.cos(angle)),
  });
}

function add(plane: Float32Array, width: number, height: number, x: number, y: number, value: number): void {
  if (x >= 0 && y >= 0 && x < width && y < height) plane[y * width + x] += value;
}
