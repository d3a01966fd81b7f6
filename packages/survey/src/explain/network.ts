import {
  exposeOutputs,
  loadModel,
  OperatorError,
  openOutputGradient,
  partBetween,
  readOnnxGraph,
  unknownOperators,
} from '@blemish/engine';
import type { ArrayValue, LoadedModel, OnnxGraph, OnnxPart, OutputGradient } from '@blemish/engine';
import { SurveyError } from '../errors.ts';
import { convolutions, logitsOf, penultimate } from './layers.ts';
import type { LayerCandidate } from './layers.ts';
import { receptiveCentres } from './placement.ts';
import type { Placement } from './placement.ts';

/** A network to look into: its bytes, the array that is a picture, and the array of class scores. */
export interface NetworkToExplain {
  /** For messages. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly input: string;
  readonly output: string;
}

export interface OpenNetworkOptions {
  /** A convolution by name; by default the last with an activation whose map has more than one pixel. */
  readonly layer?: string | undefined;
  readonly threads?: number | undefined;
  /** Will gradients be asked for? Then an operator without a rule is refused at once. */
  readonly gradients: boolean;
}

/** The map that is looked at. */
export interface SpatialLayer {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Where its pixels look on the input; null where that is not known. */
  readonly placement: Placement | null;
}

/** What the network made of some samples. */
export interface Forward {
  readonly count: number;
  /** The layer's activation A, [count, channels, height, width]. */
  readonly activation: Float32Array;
  /** Class scores before sigmoid or softmax, [count, classes]. */
  readonly logits: Float32Array;
  /** The network's own output, [count, …]. */
  readonly output: Float32Array;
  /** Input of the last dense layer, or the output where there is none, [count, dimensions]. */
  readonly embedding: Float32Array;
  /** What else the gradient reads. */
  readonly sides: ReadonlyMap<string, ArrayValue>;
}

/** A network that tells an activation inside it beside its answer, and gradients of the one with respect to the other. */
export class ExplainedNetwork {
  /** Null for a network without convolutions: nothing of it is a map. */
  readonly layer: SpatialLayer | null;
  /** Names of the convolutions that can be chosen. */
  readonly layers: readonly string[];
  readonly #network: NetworkToExplain;
  readonly #model: LoadedModel;
  readonly #graph: OnnxGraph;
  readonly #value: string | null;
  readonly #logits: string;
  readonly #embedding: string;
  readonly #part: OnnxPart | null;
  readonly #threads: number;
  readonly #gradients = new Map<number, Promise<OutputGradient>>();

  constructor(parts: {
    network: NetworkToExplain;
    model: LoadedModel;
    graph: OnnxGraph;
    layer: (SpatialLayer & { readonly value: string }) | null;
    layers: readonly string[];
    names: Names;
    part: OnnxPart | null;
    threads: number;
  }) {
    this.layer = parts.layer;
    this.layers = parts.layers;
    this.#network = parts.network;
    this.#model = parts.model;
    this.#graph = parts.graph;
    this.#value = parts.layer?.value ?? null;
    this.#logits = parts.names.logits;
    this.#embedding = parts.names.embedding;
    this.#part = parts.part;
    this.#threads = parts.threads;
  }

  /** Runs the network on `count` samples. */
  async forward(feeds: Readonly<Record<string, ArrayValue>>, count: number): Promise<Forward> {
    const answer = await this.#model.run(feeds);
    return {
      count,
      activation: this.#value === null ? new Float32Array(0) : answer[this.#value].data,
      logits: answer[this.#logits].data,
      output: answer[this.#network.output].data,
      embedding: answer[this.#embedding].data,
      sides: new Map((this.#part?.sides ?? []).map((name) => [name, answer[name]])),
    };
  }

  /**
   * ∂ Σ weights·logits / ∂ activation for each sample: exact, by the engine's rules.
   * @param weights [count, classes]: 1 at the class asked for, −1 for what speaks against it
   * @returns [count, channels, height, width]
   */
  async gradient(forward: Forward, weights: Float32Array): Promise<Float32Array> {
    const compiled = await this.#compiled(forward);
    const feeds = Object.fromEntries(Array.from(forward.sides, ([name, { data }]) => [name, data]));
    return (await compiled.run({ ...feeds, [this.#value!]: forward.activation }, weights)).gradient;
  }

  async close(): Promise<void> {
    await this.#model.close();
    for (const gradient of this.#gradients.values()) await (await gradient).close();
  }

  /** The gradient's graph has every extent fixed: there is one for each number of samples. */
  #compiled({ count, sides }: Forward): Promise<OutputGradient> {
    const known = this.#gradients.get(count);
    if (known !== undefined) return known;
    const { channels, height, width } = this.layer!;
    const shapes = new Map<string, readonly number[]>([
      [this.#value!, [count, channels, height, width]],
      ...Array.from(sides, ([name, { shape }]) => [name, shape] as const),
    ]);
    const compiled = openOutputGradient(this.#graph, this.#part!, shapes, { threads: this.#threads }).catch(
      (cause: unknown) => {
        throw cause instanceof OperatorError ? noGradient(this.#network.path, cause.message, cause) : cause;
      },
    );
    this.#gradients.set(count, compiled);
    return compiled;
  }
}

interface Names {
  readonly logits: string;
  readonly embedding: string;
}

/**
 * Opens a network to look into.
 * @param probe one sample of every input, by which the maps' sizes are found
 * @throws SurveyError MODEL_INVALID; EXPLAIN_LAYER for a layer that is not there; EXPLAIN_UNSUPPORTED where a gradient is wanted and an
 * operator after the layer has no rule
 */
export async function openExplainedNetwork(
  network: NetworkToExplain,
  probe: Readonly<Record<string, ArrayValue>>,
  { layer: wanted, threads = 2, gradients }: OpenNetworkOptions,
): Promise<ExplainedNetwork> {
  const { path, bytes, input, output } = network;
  let graph: OnnxGraph;
  let candidates: LayerCandidate[];
  try {
    graph = readOnnxGraph(bytes);
    candidates = convolutions(graph, input, output);
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path, cause });
  }
  const logits = logitsOf(graph, output).value;
  const names: Names = { logits, embedding: penultimate(graph, logits) ?? output };
  const spatial = await measureMaps(network, graph, candidates, probe);
  const layer = chooseLayer(spatial, wanted, path);
  let part: OnnxPart | null = null;
  if (layer !== null) {
    part = partBetween(graph, layer.value, logits);
    const unknown = unknownOperators(part);
    if (gradients && unknown.length > 0) {
      const what = `${unknown.join(', ')} after layer "${layer.name}" ${unknown.length === 1 ? 'has' : 'have'} no gradient rule here`;
      throw noGradient(path, what);
    }
    if (!gradients) part = { ...part, sides: [] };
  }
  const values = [
    names.logits,
    names.embedding,
    ...(layer === null ? [] : [layer.value]),
    ...(part?.sides ?? []),
  ];
  const model = await load(exposeOutputs(bytes, values), path, threads);
  const layers = spatial.map(({ name }) => name);
  return new ExplainedNetwork({ network, model, graph, layer, layers, names, part, threads });
}

type MeasuredLayer = SpatialLayer & Pick<LayerCandidate, 'value' | 'activated'>;

/** The maps of more than one pixel, by running the network once. */
async function measureMaps(
  { bytes, path, input }: NetworkToExplain,
  graph: OnnxGraph,
  candidates: readonly LayerCandidate[],
  probe: Readonly<Record<string, ArrayValue>>,
): Promise<MeasuredLayer[]> {
  const values = candidates.map(({ value }) => value);
  const model = await load(exposeOutputs(bytes, values), path, 1);
  try {
    const answer = await model.run(probe);
    return candidates.flatMap(({ name, value, activated }) => {
      const { shape } = answer[value];
      const [, channels, height, width] = shape;
      if (shape.length !== 4 || height * width < 2) return [];
      return [
        { name, value, activated, channels, height, width, placement: receptiveCentres(graph, input, value) },
      ];
    });
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path, cause });
  } finally {
    await model.close();
  }
}

function chooseLayer(
  layers: readonly MeasuredLayer[],
  wanted: string | undefined,
  path: string,
): MeasuredLayer | null {
  if (wanted === undefined)
    return layers.filter(({ activated }) => activated).at(-1) ?? layers.at(-1) ?? null;
  const found = layers.find(({ name, value }) => name === wanted || value === wanted);
  if (found !== undefined) return found;
  const list = layers.map(({ name, width, height }) => `${name} (${width} × ${height})`).join(', ');
  throw new SurveyError('EXPLAIN_LAYER', `has no layer "${wanted}"; there are ${list || 'none'}`, { path });
}

async function load(bytes: Uint8Array, path: string, threads: number): Promise<LoadedModel> {
  try {
    return await loadModel(bytes, { threads });
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path, cause });
  }
}

function noGradient(path: string, what: string, cause?: unknown): SurveyError {
  return new SurveyError('EXPLAIN_UNSUPPORTED', what, { path, cause });
}
