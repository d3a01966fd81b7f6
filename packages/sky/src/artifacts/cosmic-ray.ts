import type { ArtifactModel } from '../artifact.ts';
import { Rng } from '../rng.ts';
import { amplitudes, drawAmplitude } from './amplitudes.ts';

export interface CosmicRayTrack {
  readonly kind: 'worm' | 'muon' | 'spot';
  /** Where it enters, as a fraction of the CCD's width and height, and its first direction in radians. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly lengthPixels: number;
  /** Brightest pixel, sky rms. */
  readonly peak: number;
  /** Gaussian width of the charge at its two ends, pixels. */
  readonly sigmaStart: number;
  readonly sigmaEnd: number;
  /** Seed of the walk and of the energy lost along it. */
  readonly seed: number;
}

export interface CosmicRayParameters {
  readonly tracks: readonly CosmicRayTrack[];
}

/**
 * Ionisation in the 250 µm thick silicon: muons leave straight tracks of 5–300 px (sharper where they pass near the pixels' gates, blurred by
 * diffusion at the other face), Compton electrons curly worms of 10–60 px, soft X-rays spots; all 1–3 px wide and untouched by the PSF.
 * Long ones are drawn more often than they
 * fall, for they are what a masker misses. One to six unmasked ones a CCD; the strongest is drawn with the class, the others from the same distribution below it. 20–2000 × sky rms.
 * Source: Groom 2002 (Experimental Astronomy 14, 45); the Exposure Checker's example.
 */
export const cosmicRay: ArtifactModel<CosmicRayParameters> = {
  className: 'Cosmic ray',
  stage: 'electrons',
  scope: 'ccd',
  extended: false,
  wholeCcd: false,
  draw(rng) {
    const peak = drawAmplitude(rng, 'Cosmic ray');
    const count = Math.min(6, 1 + rng.poisson(1));
    const tracks: CosmicRayTrack[] = [];
    for (let i = 0; i < count; i++) {
      const kind = rng.chance(0.5) ? 'muon' : rng.chance(0.65) ? 'worm' : 'spot';
      const sigmaStart = rng.uniform(0.3, 0.55);
      tracks.push({
        kind,
        x: rng.uniform(),
        y: rng.uniform(),
        angle: rng.uniform(0, 2 * Math.PI),
        lengthPixels:
          kind === 'muon' ? 5 * 60 ** (rng.uniform() ** 0.6) : kind === 'worm' ? rng.logUniform(10, 60) : 0,
        peak: i === 0 ? peak : rng.logUniform(amplitudes['Cosmic ray'].low, peak),
        sigmaStart,
        sigmaEnd: kind === 'muon' ? rng.uniform(sigmaStart, 0.9) : sigmaStart + rng.uniform(0, 0.2),
        seed: rng.uint32(),
      });
    }
    return { tracks };
  },
  render(scene, { tracks }, delta) {
    for (const track of tracks) {
      const patch = renderTrack(track);
      const left = Math.round(track.x * (scene.width - 1)) - patch.originX;
      const bottom = Math.round(track.y * (scene.height - 1)) - patch.originY;
      const scale = (track.peak * scene.skyRms) / patch.peak;
      for (let j = 0; j < patch.height; j++) {
        const y = bottom + j;
        if (y < 0 || y >= scene.height) continue;
        for (let i = 0; i < patch.width; i++) {
          const x = left + i;
          if (x < 0 || x >= scene.width) continue;
          const value = patch.values[j * patch.width + i];
          if (value > 1e-4 * patch.peak) delta[y * scene.width + x] += scale * value;
        }
      }
    }
  },
};

interface Patch {
  readonly width: number;
  readonly height: number;
  /** Pixel of the patch where the track begins. */
  readonly originX: number;
  readonly originY: number;
  readonly values: Float32Array;
  readonly peak: number;
}

const stepPixels = 0.5;

/** The charge of one track on a patch of its own, so that its peak is known before it is placed (and perhaps cut by the edge). */
function renderTrack(track: CosmicRayTrack): Patch {
  const rng = new Rng(track.seed);
  const n = Math.max(1, Math.round(track.lengthPixels / stepPixels) + 1);
  const xs = new Float64Array(n);
  const ys = new Float64Array(n);
  const charge = new Float64Array(n);
  let heading = track.angle;
  // a worm's electron is scattered all the time, and now and then hard
  const wiggle = track.kind === 'worm' ? 0.22 : 0;
  let loss = 1;
  for (let k = 0; k < n; k++) {
    if (k > 0) {
      heading += rng.normal(0, wiggle) + (track.kind === 'worm' && rng.chance(0.04) ? rng.normal(0, 1) : 0);
      xs[k] = xs[k - 1] + stepPixels * Math.cos(heading);
      ys[k] = ys[k - 1] + stepPixels * Math.sin(heading);
    }
    // energy loss with the long upper tail of thin absorbers, correlated over a pixel or two; a stopping electron loses most at its end
    loss += 0.4 * (Math.exp(rng.normal(0, 0.45)) - loss);
    charge[k] = loss * (track.kind === 'worm' ? 0.6 + 0.8 * (k / n) ** 3 : 1);
  }
  const margin = 4;
  const minX = Math.floor(Math.min(...xs)) - margin;
  const minY = Math.floor(Math.min(...ys)) - margin;
  const width = Math.ceil(Math.max(...xs)) + margin - minX + 1;
  const height = Math.ceil(Math.max(...ys)) + margin - minY + 1;
  const values = new Float32Array(width * height);
  for (let k = 0; k < n; k++) {
    const sigma = track.sigmaStart + ((track.sigmaEnd - track.sigmaStart) * k) / n;
    const reach = Math.ceil(3 * sigma);
    const cx = xs[k] - minX;
    const cy = ys[k] - minY;
    const weight = charge[k] / (sigma * sigma);
    const x0 = Math.round(cx);
    const y0 = Math.round(cy);
    for (let y = y0 - reach; y <= y0 + reach; y++) {
      for (let x = x0 - reach; x <= x0 + reach; x++) {
        const r2 = (x - cx) ** 2 + (y - cy) ** 2;
        values[y * width + x] += weight * Math.exp(-r2 / (2 * sigma * sigma));
      }
    }
  }
  let peak = 0;
  for (const value of values) if (value > peak) peak = value;
  return { width, height, originX: -minX, originY: -minY, values, peak };
}
