import { Builder } from './builder.ts';
import { fillInitial } from './initial.ts';
import type { ParameterDefinition } from './parameter-scope.ts';
import { randomStream } from './random.ts';
import { anyBatch, anySteps, elementCount, formatShape, sameShape } from './shape.ts';
import type { Shape } from './shape.ts';
import type { Leaf, Tensor } from './tensor.ts';

/** Extents as a network declares them: `['N', 9, 512, 256]`, `'N'` being the batch, or `['N', 'T', 36]`, `'T'` steps of sequences. */
export type DeclaredShape = readonly ['N', ...(number | 'T')[]];
export type DeclaredShapes = Readonly<Record<string, DeclaredShape>>;
export type Tensors<K extends string = string> = Readonly<Record<K, Tensor>>;

export interface NetworkDefinition<I extends string = string, O extends string = string> {
  readonly name: string;
  readonly inputs: Readonly<Record<I, DeclaredShape>>;
  /** Lays down the forward pass. It is called anew for each batch size, number of steps and mode and must always build the same layers. */
  build(b: Builder, inputs: Tensors<I>): Tensors<O>;
}

/** Numbers of samples and steps for which a network is built; the latter matters only where it declares `'T'`. */
export interface Extents {
  readonly batch: number;
  readonly steps: number;
}

/** Both left open, as models are exported. */
export const anyExtents: Extents = { batch: anyBatch, steps: anySteps };

/** Values of parameters and running statistics by name. */
export type Weights = Readonly<Record<string, WeightArray>>;
export interface WeightArray {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Declares a network, building it once so that every shape error shows here. Throws ShapeError or RangeError. */
export function defineNetwork<I extends string, O extends string>(
  definition: NetworkDefinition<I, O>,
): NetworkDefinition<I, O> {
  instantiate(definition, anyExtents, 'inference');
  return definition;
}

export interface Instance<I extends string = string, O extends string = string> {
  readonly builder: Builder;
  readonly inputs: Tensors<I>;
  readonly outputs: Tensors<O>;
}

/** Builds the network for a number of samples and steps ({@link anyExtents}: open) and a mode; dropouts drop in training, unless said. */
export function instantiate<I extends string, O extends string>(
  network: NetworkDefinition<I, O>,
  extents: Extents,
  mode: 'training' | 'inference',
  drops?: boolean,
): Instance<I, O> {
  const builder = new Builder(mode, drops);
  const inputs = declare(network.inputs, extents) as Tensors<I>;
  const outputs = network.build(builder, inputs);
  const clash = [...builder.definitions.keys()].find((name) => name in network.inputs);
  if (clash !== undefined) {
    throw new RangeError(`network "${network.name}": "${clash}" names an input and a parameter; rename one`);
  }
  return { builder, inputs, outputs };
}

export function resolveShape(shape: DeclaredShape, { batch, steps }: Extents): number[] {
  return shape.map((extent) => (extent === 'N' ? batch : extent === 'T' ? steps : extent));
}

export function declare(shapes: DeclaredShapes, extents: Extents): Tensors {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const leaf: Leaf = { kind: 'input', name, shape: resolveShape(shape, extents) };
      return [name, leaf];
    }),
  );
}

/** Parameters and state of a network, in the order its layers define them. */
export function networkParameters(network: NetworkDefinition): ParameterDefinition[] {
  return [...instantiate(network, anyExtents, 'inference').builder.definitions.values()];
}

/** Weights to start from. Each parameter has its own random stream from `seed` and its name. */
export function initialWeights(network: NetworkDefinition, seed: number): Weights {
  return Object.fromEntries(
    networkParameters(network).map(({ name, shape, initial }) => {
      const data = new Float32Array(elementCount(shape));
      fillInitial(data, initial, randomStream(seed, name));
      return [name, { shape, data }];
    }),
  );
}

/** Throws RangeError naming every parameter that is missing, unknown or of another shape in `weights`. */
export function checkWeights(network: NetworkDefinition, weights: Weights): void {
  const expected = new Map(
    networkParameters(network).map((definition) => [definition.name, definition.shape]),
  );
  const problems: string[] = [];
  for (const [name, shape] of expected) {
    const found = weights[name];
    if (!found) problems.push(`${name} ${formatShape(shape)} is missing`);
    else if (!sameShape(found.shape, shape)) {
      problems.push(`${name} is ${formatShape(found.shape)}, the network has ${formatShape(shape)}`);
    }
  }
  for (const name of Object.keys(weights))
    if (!expected.has(name)) problems.push(`${name} is not in the network`);
  if (problems.length === 0) return;
  const more = problems.length > 8 ? `; and ${problems.length - 8} more` : '';
  throw new RangeError(
    `weights do not fit network "${network.name}": ${problems.slice(0, 8).join('; ')}${more}. ` +
      'Load weights of the same architecture or change the network.',
  );
}
