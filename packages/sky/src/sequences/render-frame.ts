import { addGalaxy, galaxyProfile } from '../galaxy.ts';
import { addNoise } from '../noise.ts';
import { PsfProfile, addStar } from '../psf.ts';
import { stream } from '../streams.ts';
import type { SequenceScene, SequenceTag } from './artifact.ts';
import { sequenceTags } from './artifact.ts';
import { sequenceArtifacts } from './artifacts/index.ts';
import { centrePixel, cutoutSize, electronsOfMagnitude, ztfCamera } from './camera.ts';
import type { FieldExposure } from './field.ts';
import { elongations } from './field.ts';
import type { SequencePlan } from './plan.ts';

/** One cut-out as the survey would give it. */
export interface SequenceFrame {
  /** DN, [height, width]. */
  readonly pixels: Float32Array;
  /** 28, or less where the chip ends. */
  readonly width: number;
  readonly height: number;
  /** Pixel of the chip, from 0, that is the cut-out's first. */
  readonly chipX: number;
  readonly chipY: number;
  /** What spoils it; empty where nothing does. */
  readonly tags: readonly SequenceTag[];
}

/**
 * An artifact counts, and is put into a frame, where its signal-to-noise against the sky over the whole cut-out is this at least: pixels of
 * frames that are not called bad are those of the object without artifacts.
 */
export const leastArtifactSnr = 5;

/** Largest distance at which a bright star's light is followed, pixels. */
const psfReach = 160;
const profiles = new Map<string, PsfProfile>();

/** Profiles come in some three hundred forms, kept for all objects: making one costs as much as ten frames. */
function profileOf({ fwhmPixels, elongation }: FieldExposure): PsfProfile {
  const key = `${fwhmPixels} ${elongation}`;
  let profile = profiles.get(key);
  if (!profile) {
    const angle = (2 * Math.PI * elongation) / elongations;
    const e = 0.04;
    profile = new PsfProfile(
      {
        fwhmPixels,
        beta: 3.2,
        e1: e * Math.cos(angle),
        e2: e * Math.sin(angle),
        aureole: 0.01,
        aureoleRadius: 8,
      },
      psfReach,
    );
    profiles.set(key, profile);
  }
  return profile;
}

/** Makes one frame of an object. The same plan and number give the same pixels, whatever was made before. */
export function renderFrame(plan: SequencePlan, frame: number): SequenceFrame {
  const exposure = plan.exposures[frame];
  const x = plan.place.x + exposure.shiftX;
  const y = plan.place.y + exposure.shiftY;
  const chipX = Math.floor(x) - centrePixel;
  const chipY = Math.floor(y) - centrePixel;
  const { gain, readNoise } = ztfCamera;
  const skyRms = Math.sqrt(exposure.skyLevel * gain + readNoise ** 2);
  const psf = profileOf(exposure);
  const scene: Omit<SequenceScene, 'plane' | 'rng'> = {
    ...{ frame, exposure, psf, skyRms, objectX: x - chipX, objectY: y - chipY },
    spikeAngle: plan.spikeAngle,
    well: plan.wellDn * gain,
    light: (margin) => expectedLight(plan, frame, psf, x - chipX, y - chipY, margin),
  };
  const tags: SequenceTag[] = [];
  let plane = clip(scene.light(0), scene.well);
  for (const { tag, parameters } of plan.artifacts) {
    if (tag === 'frame_edge') continue;
    const trial = plane.slice();
    const rng = stream(plan.seed, 'artifact', tag, frame);
    sequenceArtifacts[tag].render({ ...scene, plane: trial, rng }, parameters);
    clip(trial, scene.well);
    if (signalToNoise(trial, plane, skyRms) < leastArtifactSnr) continue;
    plane = trial;
    tags.push(tag);
  }
  addNoise(plane, cutoutSize, cutoutSize, [readNoise, readNoise], stream(plan.seed, 'noise', frame));
  for (let i = 0; i < plane.length; i++) plane[i] /= gain;
  const whole = { pixels: plane, width: cutoutSize, height: cutoutSize, chipX, chipY, tags };
  if (!plan.artifacts.some(({ tag }) => tag === 'frame_edge')) return whole;
  return cutAtEdges(whole);
}

/** Sky and all sources, electrons, on a cut-out with `margin` more pixels on each side. */
function expectedLight(
  plan: SequencePlan,
  frame: number,
  psf: PsfProfile,
  objectX: number,
  objectY: number,
  margin: number,
): Float32Array {
  const { skyLevel, transparency, fwhmPixels } = plan.exposures[frame];
  const side = cutoutSize + 2 * margin;
  const sky = skyLevel * ztfCamera.gain;
  const plane = new Float32Array(side * side).fill(sky);
  // A tenth of the sky's noise, summed over the hundreds of pixels of a wing, would show; a hundredth does not.
  const level = 0.01 * Math.sqrt(sky);
  const x0 = objectX + margin;
  const y0 = objectY + margin;
  const star = (dx: number, dy: number, electrons: number) => {
    const flux = electrons * transparency;
    addStar(plane, side, side, psf, x0 + dx, y0 + dy, flux, psf.radius(flux, level, 1.5 * fwhmPixels));
  };
  star(0, 0, electronsOfMagnitude(plan.magnitudes[frame]));
  for (const { x, y, flux } of plan.neighbours.stars) star(x, y, flux);
  for (const galaxy of plan.neighbours.galaxies) {
    const seen = { ...galaxy, x: x0 + galaxy.x, y: y0 + galaxy.y, flux: galaxy.flux * transparency };
    addGalaxy(plane, side, side, galaxyProfile(seen, fwhmPixels, level));
  }
  return plane;
}

function clip(plane: Float32Array, well: number): Float32Array {
  for (let i = 0; i < plane.length; i++) if (plane[i] > well) plane[i] = well;
  return plane;
}

function signalToNoise(a: Float32Array, b: Float32Array, rms: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum) / rms;
}

/** Only what lies on the chip. */
function cutAtEdges(frame: SequenceFrame): SequenceFrame {
  const x0 = Math.max(0, -frame.chipX);
  const y0 = Math.max(0, -frame.chipY);
  const x1 = Math.min(frame.width, ztfCamera.width - frame.chipX);
  const y1 = Math.min(frame.height, ztfCamera.height - frame.chipY);
  const width = x1 - x0;
  const height = y1 - y0;
  if (width === frame.width && height === frame.height) return frame;
  const pixels = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    pixels.set(frame.pixels.subarray((y0 + y) * frame.width + x0, (y0 + y) * frame.width + x1), y * width);
  const tags = sequenceTags.filter((tag) => tag === 'frame_edge' || frame.tags.includes(tag));
  return { pixels, width, height, chipX: frame.chipX + x0, chipY: frame.chipY + y0, tags };
}
