import { readOnnxGraph } from '@blemish/engine';
import type { ArrayValue } from '@blemish/engine';
import type { StampDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import { toChannelsLast } from '../stamps/layout.ts';
import { networkShape } from '../stamps/stamp-batch.ts';
import type { StampBundle } from '../stamps/stamp-batch.ts';
import { gradCam, gradCamPlusPlus, hiResCam } from './grad-cam.ts';
import { convolutions, logitsOf } from './layers.ts';
import { openExplainedNetwork } from './network.ts';
import type { ExplainedNetwork, Forward, SpatialLayer } from './network.ts';
import { occlusion } from './occlusion.ts';
import type { OcclusionFill } from './occlusion.ts';
import { randomiseNetwork } from './randomise.ts';
import type { RandomisePart } from './randomise.ts';
import { resizeHeat } from './resize-heat.ts';
import { scoreCam } from './score-cam.ts';
import type { ScoreInputs } from './score-cam.ts';

/** Ways that give a picture of heat. */
export const heatMethods = ['gradcam', 'gradcam++', 'hirescam', 'scorecam', 'occlusion'] as const;
export type HeatMethod = (typeof heatMethods)[number];

/** Those that weigh a layer's activation by its gradient. */
export const gradientMethods = {
  gradcam: gradCam,
  'gradcam++': gradCamPlusPlus,
  hirescam: hiResCam,
} as const;

export interface ExplainerOptions {
  /** `gradcam` by default. */
  readonly method?: HeatMethod | undefined;
  /** A convolution by name; by default the last with an activation whose map has more than one pixel. */
  readonly layer?: string | undefined;
  /** Occlusion: side of the patch (an eighth of the shorter side, at least 3), pixels from one to the next (half a patch), filling (`median`). */
  readonly patch?: number | undefined;
  readonly stride?: number | undefined;
  readonly fill?: OcclusionFill | undefined;
  readonly threads?: number | undefined;
  /** Draw the weights of this part anew first, by the seed: the sanity check. */
  readonly randomise?: RandomisePart | undefined;
  readonly seed?: number | undefined;
}

/** Where a stamp's answer comes from. */
export interface StampExplanation {
  readonly className: string;
  /** Of that class. */
  readonly probability: number;
  /** Its score before sigmoid or softmax; its negative for the class that is not named by the network (`not real`). */
  readonly score: number;
  /** [height, width], the largest value 1; all 0 where nothing speaks for the class. */
  readonly heat: Float32Array;
  /** The largest value before it was brought to 1. */
  readonly peak: number;
}

/** Stamps explained together: what their activations take stays small. */
export const stampsTogether = 32;

/** The classes that can be explained: the network's own, and of a single one its opposite. */
export function explainableClasses({ classes }: Pick<StampDescription, 'classes'>): readonly string[] {
  return classes.length === 1 ? [classes[0], `not ${classes[0]}`] : classes;
}

/** A model of stamps that says where its answers come from. */
export class StampExplainer {
  readonly method: HeatMethod;
  /** The layer that the heat is of; null with occlusion. */
  readonly layer: SpatialLayer | null;
  readonly layers: readonly string[];
  /** Names of what can be explained. */
  readonly classes: readonly string[];
  readonly occlusion: { readonly patch: number; readonly stride: number; readonly fill: OcclusionFill };
  readonly #network: ExplainedNetwork;
  readonly #description: StampDescription;

  constructor(network: ExplainedNetwork, description: StampDescription, options: ExplainerOptions) {
    const { method = 'gradcam', fill = 'median' } = options;
    const { height, width } = description.input;
    const patch = options.patch ?? Math.max(3, Math.round(Math.min(height, width) / 8));
    this.method = method;
    this.layer = method === 'occlusion' ? null : network.layer;
    this.layers = network.layers;
    this.classes = explainableClasses(description);
    this.occlusion = { patch, stride: options.stride ?? Math.ceil(patch / 2), fill };
    this.#network = network;
    this.#description = description;
  }

  /**
   * Explains stamps, at most {@link stampsTogether}.
   * @param stamps each [C, H, W] as in its file; used up
   * @param wanted the class to explain of each; the one the network decides for where it is absent
   * @returns null for a stamp none of whose pixels has a value, and where the network gives no finite number
   * @throws SurveyError EXPLAIN_CLASS
   */
  async explain(
    stamps: readonly Float64Array[],
    wanted: readonly (string | undefined)[] = [],
  ): Promise<(StampExplanation | null)[]> {
    const { input } = this.#description;
    if (stamps.length === 0) return [];
    const sample = input.channels * input.height * input.width;
    const prepared = new Float32Array(stamps.length * sample);
    const present = stamps.map((stamp, n) =>
      preprocessStamp(
        this.#description.preprocess,
        stamp,
        input,
        prepared.subarray(n * sample, (n + 1) * sample),
      ),
    );
    const forward = await this.#run(prepared, stamps.length);
    const chosen = stamps.map((_, n) => this.#choose(forward, n, wanted[n]));
    const heats = await this.#heats(forward, prepared, chosen);
    return stamps.map((_, n) => {
      const { className, probability, score } = chosen[n];
      if (!present[n] || !Number.isFinite(score) || !Number.isFinite(probability)) return null;
      const peak = heats[n].reduce((most, value) => Math.max(most, value), 0);
      const heat = peak > 0 ? heats[n].map((value) => value / peak) : heats[n];
      return { className, probability, score, heat, peak };
    });
  }

  close(): Promise<void> {
    return this.#network.close();
  }

  /** Runs the network on prepared stamps [count, C, H, W]. */
  #run(prepared: Float32Array, count: number): Promise<Forward> {
    return this.#network.forward(feedsOf(this.#description, prepared, count), count);
  }

  /** The class of stamp `n` that is explained, with its score. */
  #choose(forward: Forward, n: number, wanted: string | undefined): Chosen {
    const { classes, output } = this.#description;
    const width = classes.length;
    const logits = Array.from(forward.logits.subarray(n * width, (n + 1) * width));
    const answer = Array.from(forward.output.subarray(n * width, (n + 1) * width));
    const shares = output === 'probability' ? answer : width === 1 ? [logistic(answer[0])] : softmax(answer);
    if (width === 1) shares.push(1 - shares[0]);
    const k = wanted === undefined ? shares.indexOf(Math.max(...shares)) : this.classes.indexOf(wanted);
    if (wanted !== undefined && k < 0) {
      throw new SurveyError(
        'EXPLAIN_CLASS',
        `there is no class "${wanted}"; there are ${this.classes.map((name) => `"${name}"`).join(', ')}`,
      );
    }
    const weights = Float32Array.from({ length: width }, (_, i) =>
      width === 1 ? 1 - 2 * k : i === k ? 1 : 0,
    );
    const score = logits.reduce((sum, logit, i) => (weights[i] === 0 ? sum : sum + weights[i] * logit), 0);
    // An answer that is no number has no likeliest class either.
    const at = Math.max(k, 0);
    return { className: this.classes[at], probability: shares[at], score, weights };
  }

  /** Heat of each stamp at the size of the stamp. */
  async #heats(forward: Forward, prepared: Float32Array, chosen: readonly Chosen[]): Promise<Float32Array[]> {
    const { input } = this.#description;
    const sample = input.channels * input.height * input.width;
    const stampOf = (n: number) => prepared.subarray(n * sample, (n + 1) * sample);
    if (this.method === 'occlusion') {
      const heats: Float32Array[] = [];
      for (const [n, choice] of chosen.entries())
        heats.push(await occlusion(stampOf(n), input, choice.score, this.occlusion, this.#scoring(choice)));
      return heats;
    }
    const layer = this.#network.layer!;
    const size = layer.channels * layer.height * layer.width;
    const mapOf = (values: Float32Array, n: number) => values.subarray(n * size, (n + 1) * size);
    const maps: Float32Array[] = [];
    if (this.method === 'scorecam') {
      for (const [n, choice] of chosen.entries()) {
        const activation = mapOf(forward.activation, n);
        maps.push(await scoreCam(activation, layer, stampOf(n), input, this.#scoring(choice)));
      }
    } else {
      const width = this.#description.classes.length;
      const weights = new Float32Array(chosen.length * width);
      chosen.forEach((choice, n) => weights.set(choice.weights, n * width));
      const gradient = await this.#network.gradient(forward, weights);
      const cam = gradientMethods[this.method];
      chosen.forEach((_, n) => maps.push(cam(mapOf(forward.activation, n), mapOf(gradient, n), layer)));
    }
    return maps.map((map) => resizeHeat(map, layer, input, layer.placement ?? undefined));
  }

  /** Scores of one stamp's changed inputs. */
  #scoring({ weights }: Chosen): ScoreInputs {
    return async (inputs, count) => {
      const { logits } = await this.#run(inputs, count);
      return Float32Array.from({ length: count }, (_, n) =>
        weights.reduce((sum, weight, k) => sum + weight * logits[n * weights.length + k], 0),
      );
    };
  }
}

interface Chosen {
  readonly className: string;
  readonly probability: number;
  readonly score: number;
  /** Of the logits in the score. */
  readonly weights: Float32Array;
}

/** The network's input for prepared stamps [count, C, H, W]. */
export function feedsOf(
  { input, network }: StampBundle['description'],
  prepared: Float32Array,
  count: number,
): Readonly<Record<string, ArrayValue>> {
  const data = input.layout === 'channels-last' ? toChannelsLast(prepared, input) : prepared;
  return { [network.input]: { data, shape: networkShape(count, input) } };
}

/**
 * Opens a model of stamps for explanation.
 * @throws SurveyError MODEL_TASK for an encoder, which decides nothing; MODEL_INVALID, EXPLAIN_UNSUPPORTED, EXPLAIN_LAYER, OPTION_INVALID
 */
export async function openStampExplainer(
  bundle: StampBundle,
  options: ExplainerOptions = {},
): Promise<StampExplainer> {
  const { description, folder: path } = bundle;
  if (description.task !== 'stamp') {
    throw new SurveyError(
      'EXPLAIN_UNSUPPORTED',
      'is an encoder: it decides nothing that heat could explain',
      {
        path,
      },
    );
  }
  const { method = 'gradcam' } = options;
  checkOcclusion(description, options);
  const gradients = method in gradientMethods;
  const { input, output } = description.network;
  const settings = { layer: options.layer, threads: options.threads, gradients };
  const bytes = options.randomise === undefined ? bundle.network : randomised(bundle, options);
  const probe = feedsOf(description, new Float32Array(sampleSize(description)), 1);
  const network = await openExplainedNetwork({ path, bytes, input, output }, probe, settings);
  if (network.layer === null && method !== 'occlusion') {
    await network.close();
    throw new SurveyError('EXPLAIN_UNSUPPORTED', 'has no convolution whose map could be looked at', { path });
  }
  return new StampExplainer(network, description, options);
}

/** Numbers of one stamp. */
export function sampleSize({ input }: StampBundle['description']): number {
  return input.channels * input.height * input.width;
}

/** The bundle's network with weights drawn anew. */
function randomised({ network, description }: StampBundle, options: ExplainerOptions): Uint8Array {
  const { randomise, layer, seed = 0 } = options;
  if (randomise === 'all') return randomiseNetwork(network, seed);
  const graph = readOnnxGraph(network);
  const { input, output } = description.network;
  const list = convolutions(graph, input, output);
  const from = (layer === undefined ? undefined : list.find(({ name }) => name === layer)) ?? list.at(-1);
  const to = logitsOf(graph, output).value;
  return from === undefined
    ? randomiseNetwork(network, seed)
    : randomiseNetwork(network, seed, { from: from.value, to });
}

function checkOcclusion({ input }: StampDescription, { patch, stride }: ExplainerOptions): void {
  const side = Math.min(input.height, input.width);
  if (patch !== undefined && patch > side) {
    throw new SurveyError('OPTION_INVALID', `a patch of ${patch} pixels is larger than the stamp's ${side}`);
  }
  if (stride !== undefined && patch !== undefined && stride > patch) {
    throw new SurveyError(
      'OPTION_INVALID',
      `steps of ${stride} pixels leave gaps between patches of ${patch}: some pixels would never be hidden`,
    );
  }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
