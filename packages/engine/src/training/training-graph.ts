import { differentiate, lower } from '../lower.ts';
import { declare, instantiate, resolveShape } from '../network.ts';
import type { DeclaredShape, DeclaredShapes, Extents, NetworkDefinition } from '../network.ts';
import { Graph } from '../onnx/graph.ts';
import type { GraphOptions } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { StateUpdate } from '../operator.ts';
import { checkData } from '../runtime/session.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Leaf, Tensor } from '../tensor.ts';
import type { TrainingOptions } from './options.ts';

/** Inputs and targets of one batch by name, row-major. */
export type Feeds = Readonly<Record<string, Float32Array>>;

/** What a graph is for, and which values it reads for its parameters. */
export type Kind = 'training' | 'evaluation' | 'averaged-evaluation';

/** Forward pass, loss and, for training, backward pass of one size of batch, before anything runs it. */
export interface TrainingGraph {
  readonly graph: Graph;
  /** What every batch feeds: inputs and targets. */
  readonly fed: ReadonlyMap<string, Shape>;
  /** `loss` and its parts. */
  readonly scalars: Readonly<Record<string, Value>>;
  /** ∂loss/∂parameter by the parameter's name; one the loss does not depend on is absent. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** Batch statistics for the running ones. */
  readonly updates: Readonly<Record<string, StateUpdate>>;
}

/**
 * Writes the graph. `bind` gives the value of each parameter, state and mask, and is asked once for each.
 * Throws ShapeError where the loss is not a scalar, RangeError where an input and a target share a name.
 */
export function writeTrainingGraph(
  network: NetworkDefinition,
  options: TrainingOptions,
  extents: Extents,
  kind: Kind,
  graphOptions: GraphOptions,
  bind: (graph: Graph, leaf: Leaf) => Value,
): TrainingGraph {
  const graph = new Graph({ ...graphOptions, differentiated: kind === 'training' });
  const mode = kind === 'training' ? 'training' : 'inference';
  const { builder, inputs, outputs } = instantiate(network, extents, mode);
  const targets = declare(options.targets, extents);
  const clash = Object.keys(targets).find((name) => name in inputs);
  if (clash !== undefined) throw new RangeError(`"${clash}" names an input and a target; rename one`);
  const { loss, parts = {} } = builder.scope('loss', () => options.loss(builder, outputs, targets));
  const reported: Record<string, Tensor> = { loss, ...parts };
  for (const [name, tensor] of Object.entries(reported)) {
    if (elementCount(tensor.shape) !== 1) {
      throw new ShapeError(
        `loss "${name}" has shape ${formatShape(tensor.shape)}; reduce it with mean, sum or weightedMean`,
      );
    }
  }

  const fed = new Map<string, Shape>();
  for (const tensor of Object.values({ ...inputs, ...targets })) {
    fed.set(tensor.name, tensor.shape);
    graph.input(tensor.name, tensor.shape);
  }
  const bound = new Map<string, Value>();
  const lowered = lower(graph, Object.values(reported), (leaf) => {
    if (leaf.kind === 'input') return { name: leaf.name, shape: leaf.shape, type: 'float32' };
    const value = bound.get(leaf.name) ?? bind(graph, leaf);
    bound.set(leaf.name, value);
    return value;
  });
  const scalars = Object.fromEntries(
    Object.entries(reported).map(([name, tensor]) => [name, lowered.get(tensor)!.output]),
  );
  if (kind !== 'training') return { graph, fed, scalars, gradients: new Map(), updates: {} };

  const parameters = [...builder.leaves.values()].filter((leaf) => leaf.kind === 'parameter');
  const gradients = differentiate(graph, lowered, loss, parameters);
  const updates = Object.assign(
    {},
    ...[...lowered.values()].map((emitted) => emitted.updates ?? {}),
  ) as Record<string, StateUpdate>;
  return {
    graph,
    fed,
    scalars,
    gradients: new Map([...gradients].map(([leaf, value]) => [leaf.name, value])),
    updates,
  };
}

/** The arrays of a batch that the graph takes. Throws TypeError or ShapeError where one is missing or does not fit. */
export function checkFeeds(fed: ReadonlyMap<string, Shape>, feeds: Feeds): [string, Float32Array, Shape][] {
  return [...fed].map(([name, shape]) => {
    const data = feeds[name];
    if (!data) throw new TypeError(`"${name}" ${formatShape(shape)} is not fed; give it with each batch`);
    checkData(name, data, shape);
    return [name, data, shape];
  });
}

/**
 * Numbers of samples and steps in a set of feeds: that of samples from the first input (or target) without steps, that of steps
 * from the first with them. Throws TypeError where one of these is not fed, ShapeError where it holds no whole samples or steps.
 */
export function batchExtents(network: NetworkDefinition, targets: DeclaredShapes, feeds: Feeds): Extents {
  const declared = Object.entries({ ...network.inputs, ...targets });
  const plain = declared.find(([, shape]) => !shape.includes('T'));
  const sequence = declared.find(([, shape]) => shape.includes('T'));
  if (!plain) {
    throw new ShapeError(
      `network "${network.name}" has no input or target without steps, from which to tell how many samples a batch has; ` +
        "add one, such as the sequences' lengths ['N']",
    );
  }
  const batch = count(plain, feeds, { batch: 1, steps: 1 }, 'samples');
  const steps = sequence ? count(sequence, feeds, { batch, steps: 1 }, 'steps') : 1;
  return { batch, steps };
}

function count(
  [name, declared]: readonly [string, DeclaredShape],
  feeds: Feeds,
  one: Extents,
  what: string,
): number {
  const data = feeds[name];
  if (!data) throw new TypeError(`input "${name}" is not fed; give it with each batch`);
  const shape = resolveShape(declared, one);
  const number = data.length / elementCount(shape);
  if (!Number.isInteger(number) || number < 1) {
    throw new ShapeError(
      `input "${name}" has ${data.length} values, ${formatShape(shape)} needs ${elementCount(shape)}; give whole ${what}`,
    );
  }
  return number;
}
