import type { ParameterDefinition } from '../parameter-scope.ts';
import { elementCount } from '../shape.ts';
import { Arena, paddedCount } from '../runtime/memory.ts';
import type { Block } from '../runtime/memory.ts';
import type { WeightArray, Weights } from '../network.ts';
import type { AdamWOptions } from './options.ts';

/** The arrays of one trained parameter. */
export interface TrainedArrays {
  readonly definition: ParameterDefinition;
  readonly value: Block;
  readonly gradient: Block;
  readonly first: Block;
  readonly second: Block;
  readonly average: Block | null;
}

/** Parameters, gradients, moments, averages and running statistics of a network in one memory. */
export class TrainingState {
  readonly trained: readonly TrainedArrays[];
  readonly running: ReadonlyMap<string, { readonly definition: ParameterDefinition; readonly value: Block }>;
  readonly #arena: Arena;
  readonly #gradientStart: number;
  readonly #gradientCount: number;

  constructor(definitions: readonly ParameterDefinition[], averaged: boolean) {
    const size = (definition: ParameterDefinition) => elementCount(definition.shape);
    const trained = definitions.filter((definition) => definition.trained);
    const running = definitions.filter((definition) => !definition.trained);
    const padded = (list: readonly ParameterDefinition[]) =>
      list.reduce((total, definition) => total + paddedCount(size(definition)), 0);
    const arena = new Arena((averaged ? 5 : 4) * padded(trained) + padded(running));
    const blocks = () => trained.map((definition) => arena.allocate(size(definition)));
    const values = blocks();
    // Gradients lie in one stretch, so that their norm is one pass.
    const gradients = blocks();
    const first = blocks();
    const second = blocks();
    const averages = averaged ? blocks() : null;
    this.trained = trained.map((definition, k) => ({
      definition,
      value: values[k],
      gradient: gradients[k],
      first: first[k],
      second: second[k],
      average: averages ? averages[k] : null,
    }));
    this.running = new Map(
      running.map((definition) => [definition.name, { definition, value: arena.allocate(size(definition)) }]),
    );
    this.#arena = arena;
    this.#gradientStart = gradients[0]?.address ?? 0;
    this.#gradientCount = padded(trained);
  }

  gradientNorm(): number {
    return Math.sqrt(this.#arena.kernels.sumOfSquares(this.#gradientStart, this.#gradientCount));
  }

  /** One AdamW step, the `step`-th counting from 1, with gradients times `gradientScale`. */
  update(step: number, gradientScale: number, options: Required<AdamWOptions>): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
    const rate = learningRate / (1 - beta1 ** step);
    const root = 1 / Math.sqrt(1 - beta2 ** step);
    for (const { definition, value, gradient, first, second } of this.trained) {
      this.#arena.kernels.adamw(
        value.address,
        gradient.address,
        first.address,
        second.address,
        paddedCount(value.data.length),
        gradientScale,
        beta1,
        beta2,
        rate,
        root,
        epsilon,
        definition.decay ? learningRate * weightDecay : 0,
      );
    }
  }

  /** Moves the averages towards the parameters. */
  updateAverage(decay: number): void {
    for (const { value, average } of this.trained) {
      if (average) {
        this.#arena.kernels.average(
          average.address,
          value.address,
          paddedCount(value.data.length),
          1 - decay,
        );
      }
    }
  }

  /** Copies weights in: parameters, running statistics and, to start with, the averages. */
  load(weights: Weights): void {
    for (const { definition, value, average } of this.trained) {
      value.data.set(weights[definition.name].data);
      average?.data.set(value.data);
    }
    for (const [name, { value }] of this.running) value.data.set(weights[name].data);
  }

  /** A copy of the weights, the averaged ones on request. */
  weights(averaged: boolean): Weights {
    const entries: [string, WeightArray][] = this.trained.map(({ definition, value, average }) => {
      const source = averaged && average ? average : value;
      return [definition.name, { shape: definition.shape, data: source.data.slice() }];
    });
    for (const [name, { definition, value }] of this.running) {
      entries.push([name, { shape: definition.shape, data: value.data.slice() }]);
    }
    return Object.fromEntries(entries);
  }

  /** Every array by the name a checkpoint gives it, in place. */
  arrays(): Map<string, WeightArray> {
    const arrays = new Map<string, WeightArray>();
    for (const { definition, value, first, second, average } of this.trained) {
      const { name, shape } = definition;
      arrays.set(`weights/${name}`, { shape, data: value.data });
      arrays.set(`first/${name}`, { shape, data: first.data });
      arrays.set(`second/${name}`, { shape, data: second.data });
      if (average) arrays.set(`average/${name}`, { shape, data: average.data });
    }
    for (const [name, { definition, value }] of this.running) {
      arrays.set(`weights/${name}`, { shape: definition.shape, data: value.data });
    }
    return arrays;
  }
}
