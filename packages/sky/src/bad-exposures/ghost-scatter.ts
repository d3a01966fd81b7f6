import type { CcdScene } from '../artifact.ts';
import type { ExposurePlan, PlannedEvent } from '../plan.ts';
import { modelOf } from '../plan.ts';
import type { Rng } from '../rng.ts';
import { drawStrength } from './amplitudes.ts';
import type { Cause } from './cause.ts';

const kinds = ['Ghost', 'Ghost', 'Bright spray', 'Brush strokes', 'Bright arc', 'Haze'] as const;
/** Tries for an event on as many CCDs as wanted; then the best of them. */
const tries = 12;

/** Scattered light over three CCDs or more (or all there are): ghosts, sprays, strokes, arcs and haze, up to three at once. */
export const ghostScatter: Cause = {
  category: 'Ghost_Scatter',
  events(rng, plan) {
    const wanted = Math.min(3, plan.context.ccds.length);
    const events = [scatterEvent(rng.fork('first'), plan, wanted)];
    if (rng.chance(0.4)) events.push(scatterEvent(rng.fork('second'), plan, 1));
    if (rng.chance(0.15)) events.push(scatterEvent(rng.fork('third'), plan, 1));
    return events;
  },
  zeroPointLoss: [0, 0.02],
};

/** One piece of scattered light that is seen on `wanted` CCDs. */
function scatterEvent(rng: Rng, plan: ExposurePlan, wanted: number): PlannedEvent {
  const className = rng.pick(kinds);
  const model = modelOf(className);
  const peak = drawStrength(rng, 'scattered light');
  let best: PlannedEvent | null = null;
  let most = -1;
  for (let k = 0; k < tries && most < wanted; k++) {
    const drawn = model.draw(rng.fork(`try ${k}`), plan.context) as { readonly peak: number };
    const event = { className, ccd: null, parameters: { ...drawn, peak } };
    const seen = ccdsWithLight(plan, event, peak);
    if (seen <= most) continue;
    most = seen;
    best = event;
  }
  return best!;
}

/** CCDs on which the light differs from place to place, by an eighth of its peak. */
function ccdsWithLight(plan: ExposurePlan, { className, parameters }: PlannedEvent, peak: number): number {
  const { context, width, height } = plan;
  const delta = new Float32Array(width * height);
  let count = 0;
  for (const place of context.ccds) {
    const scene = { ...context, place, stars: [], electrons: delta } as unknown as CcdScene;
    delta.fill(0);
    modelOf(className).render?.(scene, parameters, delta);
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < delta.length; i += 31) {
      if (delta[i] < low) low = delta[i];
      if (delta[i] > high) high = delta[i];
    }
    if (high - low > 0.125 * peak * context.skyRms) count++;
  }
  return count;
}
