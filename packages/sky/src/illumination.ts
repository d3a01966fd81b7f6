import { Layout } from '@blemish/imaging';
import type { CcdPlace } from './artifact.ts';
import type { Detector } from './detector.ts';
import { edgePixels } from './detector.ts';
import { maskBits } from './mask-bits.ts';
import { planeKernels } from './plane-kernels.ts';
import type { ExposurePlan } from './plan.ts';
import type { CoarseField } from './smooth-field.ts';
import { coarseField, fieldRow, randomField } from './smooth-field.ts';
import { stream } from './streams.ts';

/** Fills a plane with the sky: its level, the gradient over the focal plane, and its share of the low-frequency floor. */
export function fillSky(electrons: Float32Array, plan: ExposurePlan, place: CcdPlace): void {
  const { width, height, context, gradient } = plan;
  const floor = lowFrequency(plan, place, 'sky floor');
  const originX = place.centreX - (width - 1) / 2;
  const originY = place.centreY - (height - 1) / 2;
  const sky = coarseField(
    width,
    height,
    (x, y) => 1 + gradient[0] * (originX + x) + gradient[1] * (originY + y),
  );
  for (let i = 0; i < sky.values.length; i++)
    sky.values[i] = context.skyLevel * (sky.values[i] + floor.values[i]);
  for (let y = 0; y < height; y++) fieldRow(sky, y, electrons.subarray(y * width, (y + 1) * width));
}

/** The flat's error, around 1: the other share of the floor. Amplifiers differ by what a good gain correction leaves. */
export interface FlatField {
  readonly field: CoarseField;
  readonly amplifiers: readonly [number, number];
}

export function flatField(plan: ExposurePlan, place: CcdPlace): FlatField {
  const field = lowFrequency(plan, place, 'flat floor');
  for (let i = 0; i < field.values.length; i++) field.values[i] += 1;
  const rng = stream(plan.seed, 'amplifier gains', place.name);
  // Sub-threshold: 0.02 σ of sky from one amplifier to the other.
  const error = (0.015 * plan.context.skyRms) / plan.context.skyLevel;
  return { field, amplifiers: [1 + rng.normal(0, error), 1 + rng.normal(0, error)] };
}

/** Half of the floor's variance: random structure on scales from 350 to 1000 px. */
function lowFrequency(plan: ExposurePlan, place: CcdPlace, name: string): CoarseField {
  const rng = stream(plan.seed, name, place.name);
  const fine = randomField(rng, plan.width, plan.height, 350);
  const coarse = randomField(rng, plan.width, plan.height, 1000);
  const amplitude = plan.floor / Math.SQRT2;
  for (let i = 0; i < fine.values.length; i++)
    fine.values[i] = amplitude * (0.6 * fine.values[i] + 0.8 * coarse.values[i]);
  return fine;
}

/** Electrons into flat-fielded ADU, in place. Bias and gain come off as they went on, so what is left is the flat's error. */
export function flatten(
  plane: Float32Array,
  width: number,
  height: number,
  flat: FlatField,
  saturation: number,
  gain: number,
): void {
  const half = width >> 1;
  const [a, b] = flat.amplifiers.map((factor) => factor / gain);
  const layout = new Layout();
  const pixelsAt = layout.take(4 * width);
  const flatAt = layout.take(4 * width);
  const { run, f32 } = planeKernels(layout.bytes);
  const pixels = f32.subarray(pixelsAt / 4, pixelsAt / 4 + width);
  const row = f32.subarray(flatAt / 4, flatAt / 4 + width);
  for (let y = 0; y < height; y++) {
    const line = plane.subarray(y * width, (y + 1) * width);
    fieldRow(flat.field, y, row);
    pixels.set(line);
    run.flatten(pixelsAt, flatAt, half, saturation, a);
    run.flatten(pixelsAt + 4 * half, flatAt + 4 * half, width - half, saturation, b);
    line.set(pixels);
  }
}

/** The glowing (or dark) outermost pixels, where field lines bend: changed, and masked as EDGE. */
export function addEdgeGlow(
  electrons: Float32Array,
  mask: Uint16Array,
  width: number,
  height: number,
  detector: Detector,
  skyLevel: number,
): void {
  const glow = Float32Array.from(
    { length: edgePixels },
    (_, d) => detector.edgeGlow * skyLevel * Math.exp(-d / detector.edgeScale),
  );
  const edge = Math.min(edgePixels, width >> 3, height >> 3);
  for (let y = 0; y < height; y++) {
    const fromEnd = Math.min(y, height - 1 - y);
    const base = y * width;
    if (fromEnd < edge) {
      for (let x = 0; x < width; x++) {
        electrons[base + x] += glow[Math.min(fromEnd, x, width - 1 - x)];
        mask[base + x] |= maskBits.EDGE;
      }
      continue;
    }
    for (let d = 0; d < edge; d++) {
      electrons[base + d] += glow[d];
      electrons[base + width - 1 - d] += glow[d];
      mask[base + d] |= maskBits.EDGE;
      mask[base + width - 1 - d] |= maskBits.EDGE;
    }
  }
}
