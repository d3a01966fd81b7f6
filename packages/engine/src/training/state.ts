import type { ParameterDefinition } from '../parameter-scope.ts';
import { elementCount } from '../shape.ts';
import { Arena, paddedCount } from '../runtime/memory.ts';
import type { Block } from '../runtime/memory.ts';
import type { WeightArray, Weights } from '../network.ts';
import { optimize, optimizerSlots } from './optimizer.ts';
import type { Optimizer } from './optimizer-options.ts';
import { parameterSettings } from './parameter-groups.ts';
import type { ParameterGroup, ParameterSettings } from './parameter-groups.ts';

/** The arrays of one trained parameter. */
export interface TrainedArrays {
  readonly definition: ParameterDefinition;
  readonly value: Block;
  readonly gradient: Block;
  /** What the optimizer remembers; none where frozen. */
  readonly slots: Readonly<Record<string, Block>>;
  readonly average: Block | null;
  readonly settings: ParameterSettings;
}

/** Parameters, gradients, the optimizer's memory, averages and running statistics of a network in one memory. */
export class TrainingState {
  readonly trained: readonly TrainedArrays[];
  readonly running: ReadonlyMap<string, { readonly definition: ParameterDefinition; readonly value: Block }>;
  readonly #arena: Arena;
  readonly #optimizer: Optimizer;
  readonly #gradientStart: number;
  readonly #gradientCount: number;

  constructor(
    definitions: readonly ParameterDefinition[],
    optimizer: Optimizer,
    options: { averaged: boolean; groups?: readonly ParameterGroup[] | undefined },
  ) {
    const { averaged, groups } = options;
    const size = (definition: ParameterDefinition) => elementCount(definition.shape);
    const trained = definitions.filter((definition) => definition.trained);
    const running = definitions.filter((definition) => !definition.trained);
    const settings = parameterSettings(trained, optimizer.weightDecay, groups);
    const moving = trained.filter(({ name }) => !settings.get(name)!.frozen);
    const slots = optimizerSlots(optimizer);
    const padded = (list: readonly ParameterDefinition[]) =>
      list.reduce((total, definition) => total + paddedCount(size(definition)), 0);
    const arena = new Arena(
      (averaged ? 3 : 2) * padded(trained) + slots.length * padded(moving) + padded(running),
    );
    const blocks = (list: readonly ParameterDefinition[]) =>
      new Map(list.map((definition) => [definition.name, arena.allocate(size(definition))]));
    const values = blocks(trained);
    // Gradients lie in one stretch, so that their norm is one pass.
    const gradients = blocks(trained);
    const memories = slots.map((slot) => [slot, blocks(moving)] as const);
    const averages = averaged ? blocks(trained) : null;
    this.trained = trained.map((definition) => {
      const { name } = definition;
      const own = memories.flatMap(([slot, arrays]) => {
        const block = arrays.get(name);
        return block ? [[slot, block] as const] : [];
      });
      return {
        definition,
        value: values.get(name)!,
        gradient: gradients.get(name)!,
        slots: Object.fromEntries(own),
        average: averages?.get(name) ?? null,
        settings: settings.get(name)!,
      };
    });
    this.running = new Map(
      running.map((definition) => [definition.name, { definition, value: arena.allocate(size(definition)) }]),
    );
    this.#arena = arena;
    this.#optimizer = optimizer;
    this.#gradientStart = this.trained[0]?.gradient.address ?? 0;
    this.#gradientCount = padded(trained);
  }

  /** Adds the gradients of L1 and L2 penalties. */
  penalize(): void {
    for (const { value, gradient, settings } of this.trained) {
      const { frozen, l1, l2 } = settings;
      if (frozen || (l1 === 0 && l2 === 0)) continue;
      this.#arena.kernels.penalize(value.address, gradient.address, paddedCount(value.data.length), l1, l2);
    }
  }

  gradientNorm(): number {
    return Math.sqrt(this.#arena.kernels.sumOfSquares(this.#gradientStart, this.#gradientCount));
  }

  /** Every element of the gradients into ±limit. */
  clampGradients(limit: number): void {
    this.#arena.kernels.clamp(this.#gradientStart, this.#gradientCount, limit);
  }

  /** One step of the optimizer, the `step`-th counting from 1, with gradients times `gradientScale` and decay times `decayFactor`. */
  update(step: number, gradientScale: number, learningRate: number, decayFactor = 1): void {
    for (const arrays of this.trained) {
      const { frozen, frozenSteps, rateFactor, weightDecay } = arrays.settings;
      if (frozen) continue;
      optimize(this.#arena.kernels, this.#optimizer, arrays, {
        step,
        gradientScale,
        learningRate: step > frozenSteps ? learningRate * rateFactor : 0,
        weightDecay: weightDecay * decayFactor,
      });
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
    for (const { definition, value, slots, average } of this.trained) {
      const { name, shape } = definition;
      arrays.set(`weights/${name}`, { shape, data: value.data });
      for (const [slot, { data }] of Object.entries(slots)) arrays.set(`${slot}/${name}`, { shape, data });
      if (average) arrays.set(`average/${name}`, { shape, data: average.data });
    }
    for (const [name, { definition, value }] of this.running) {
      arrays.set(`weights/${name}`, { shape: definition.shape, data: value.data });
    }
    return arrays;
  }
}
