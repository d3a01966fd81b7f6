import { weightedSum } from './grad-cam.ts';
import type { LayerShape } from './grad-cam.ts';
import type { MapSize, Placement } from './placement.ts';
import { resizeHeat } from './resize-heat.ts';

/** Scores of a class for several inputs [n, channels, height, width] of one sample. */
export type ScoreInputs = (inputs: Float32Array, count: number) => Promise<Float32Array>;

/** Inputs made and scored together. */
const together = 32;

/**
 * Score-CAM (Wang et al. 2020, CVPR workshops, equations 6 to 10 and algorithm 1), which needs no gradient. Each channel of the layer, enlarged to
 * the input (equation 7) and brought to 0…1 (equation 8), masks the input X; what the class's score before the softmax becomes is the
 * channel's weight, αₖ = softmax over k of f(X ∘ Hᵏ) − f(X_b), and the heat is ReLU(Σₖ αₖ Aᵏ). The baseline's score f(X_b) is common to all
 * channels and drops out of that softmax. Channels without any contrast get no weight.
 * @param input X as the network takes it, [channels, height, width]
 * @returns [height, width] of the layer, not negative
 */
export async function scoreCam(
  activation: Float32Array,
  layer: LayerShape & { readonly placement?: Placement | null },
  input: Float32Array,
  size: MapSize,
  score: ScoreInputs,
): Promise<Float32Array> {
  const area = layer.height * layer.width;
  const masks: { readonly channel: number; readonly mask: Float32Array }[] = [];
  for (let channel = 0; channel < layer.channels; channel++) {
    const map = activation.subarray(channel * area, (channel + 1) * area);
    const mask = normalised(resizeHeat(map, layer, size, layer.placement ?? undefined));
    if (mask !== null) masks.push({ channel, mask });
  }
  const scores: number[] = [];
  for (let from = 0; from < masks.length; from += together) {
    const some = masks.slice(from, from + together);
    const inputs = new Float32Array(some.length * input.length);
    some.forEach(({ mask }, k) => {
      const at = k * input.length;
      for (let i = 0; i < input.length; i++) inputs[at + i] = input[i] * mask[i % mask.length];
    });
    scores.push(...(await score(inputs, some.length)));
  }
  const most = Math.max(...scores);
  const powers = scores.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, value) => sum + value, 0);
  const weights = new Float64Array(layer.channels);
  masks.forEach(({ channel }, k) => (weights[channel] = powers[k] / total));
  return weightedSum(activation, weights, layer);
}

/** (x − min) / (max − min); null where all are equal. */
function normalised(map: Float32Array): Float32Array | null {
  let least = Infinity;
  let most = -Infinity;
  for (const value of map) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const range = most - least;
  return range > 0 ? map.map((value) => (value - least) / range) : null;
}
