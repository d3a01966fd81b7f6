import type { Initial } from './initial.ts';
import { elementCount, formatShape, sameShape, ShapeError } from './shape.ts';
import type { Shape } from './shape.ts';
import { apply } from './tensor.ts';
import type { Leaf, Tensor } from './tensor.ts';

export interface ParameterDefinition {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
  /** Trained by gradient; otherwise state such as running statistics. */
  readonly trained: boolean;
  /** Subject to weight decay (kernels are, biases and normalisation are not). */
  readonly decay: boolean;
}

export type Mode = 'training' | 'inference';

/** What a name that is taken stands for: an error, the parameter that has it, or that parameter's moving average. */
type Naming = 'new' | 'shared' | 'averaged';

/** Name of the leaf that stands for a parameter's moving average. */
export const averageName = (parameter: string): string => `average:${parameter}`;

/** Names and owns what a network reads: parameters, running state, masks, constants. */
export class ParameterScope {
  readonly mode: Mode;
  /** Do dropouts drop? In training they do; in inference where it is asked for. */
  readonly drops: boolean;
  readonly definitions = new Map<string, ParameterDefinition>();
  readonly leaves = new Map<string, Leaf>();
  readonly #scopes: string[] = [];
  #naming: Naming = 'new';
  #masks = 0;

  constructor(mode: Mode, drops: boolean = mode === 'training') {
    this.mode = mode;
    this.drops = drops;
  }

  /** Names made inside `body` begin with `name.`. */
  scope<T>(name: string, body: () => T): T {
    this.#scopes.push(name);
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Layers made inside `body` have the parameters of those layers before it that have their names: one network for several inputs. */
  shared<T>(body: () => T): T {
    return this.#named('shared', body);
  }

  /**
   * As {@link shared}, but with the moving averages of the parameters (`TrainingOptions.averageDecay`), which get no gradient: a teacher
   * of the network that it is made from.
   */
  averaged<T>(body: () => T): T {
    return this.#named('averaged', body);
  }

  /** `name` with the scopes around it. */
  path(name: string): string {
    return [...this.#scopes, name].join('.');
  }

  /** A parameter of the network's own, for what no layer offers. */
  parameter(name: string, shape: Shape, initial: Initial, options: { decay?: boolean } = {}): Tensor {
    return this.define({
      name: this.path(name),
      shape,
      initial,
      trained: true,
      decay: options.decay ?? true,
    });
  }

  constant(values: readonly number[], shape: Shape): Tensor {
    if (elementCount(shape) !== values.length) {
      throw new ShapeError(
        `constant: ${values.length} values do not fill ${formatShape(shape)}; give as many as its elements`,
      );
    }
    return { kind: 'constant', name: this.path('constant'), shape, values };
  }

  scalar(value: number): Tensor {
    return this.constant([value], []);
  }

  /** A random mask, drawn anew each step: a share `rate` of zeros, the others 1 / (1 − rate). */
  mask(shape: Shape, rate: number): Tensor {
    const mask: Leaf = { kind: 'mask', name: `mask:${this.#masks++}`, shape, rate };
    this.leaves.set(mask.name, mask);
    return mask;
  }

  /** For layers: a kernel, `<layer>.<name>`, subject to weight decay. */
  kernel(layer: string, shape: Shape, initial: Initial, name = 'weight'): Tensor {
    return this.define({ name: `${layer}.${name}`, shape, initial, trained: true, decay: true });
  }

  /** For layers: a bias or a normalisation's factor, without weight decay. */
  vector(layer: string, name: string, size: number, initial: Initial | number): Tensor {
    const start: Initial = typeof initial === 'number' ? { kind: 'constant', value: initial } : initial;
    return this.define({
      name: `${layer}.${name}`,
      shape: [size],
      initial: start,
      trained: true,
      decay: false,
    });
  }

  /** For layers: a value kept up beside training, `<layer>.<name>`. */
  state(layer: string, name: string, shape: Shape, value: number): Leaf {
    const initial: Initial = { kind: 'constant', value };
    return this.define({ name: `${layer}.${name}`, shape, initial, trained: false, decay: false });
  }

  /**
   * For layers: adds a definition under its full name, or finds it again inside {@link shared} and {@link averaged}. Throws RangeError where
   * the name is taken, or there is none to be shared.
   */
  define(definition: ParameterDefinition): Leaf {
    if (this.#naming !== 'new') return this.#again(definition);
    const { name, shape, trained } = definition;
    if (this.definitions.has(name)) {
      throw new RangeError(`two layers are named "${name}"; give each its own name or scope`);
    }
    this.definitions.set(name, definition);
    const leaf: Leaf = { kind: trained ? 'parameter' : 'state', name, shape };
    this.leaves.set(name, leaf);
    return leaf;
  }

  #named<T>(naming: Naming, body: () => T): T {
    const before = this.#naming;
    this.#naming = naming;
    try {
      return body();
    } finally {
      this.#naming = before;
    }
  }

  #again({ name, shape }: ParameterDefinition): Leaf {
    const known = this.leaves.get(name);
    if (known === undefined || !sameShape(known.shape, shape)) {
      const found = known === undefined ? 'nothing of this name' : formatShape(known.shape);
      throw new RangeError(
        `"${name}" ${formatShape(shape)} is to be shared, and there is ${found}; build the same layers before`,
      );
    }
    if (this.#naming === 'shared' || known.kind !== 'parameter') return known;
    const average = averageName(name);
    const leaf: Leaf = this.leaves.get(average) ?? { kind: 'average', name: average, shape };
    this.leaves.set(average, leaf);
    return leaf;
  }

  /** For layers: the extent of an axis. Throws ShapeError naming the layer where there is none. */
  extent(x: Tensor, axis: number, layer: string): number {
    const extent = x.shape.at(axis);
    if (extent === undefined) {
      throw new ShapeError(`layer "${layer}": input ${formatShape(x.shape)} has no axis ${axis}; reshape it`);
    }
    return extent;
  }

  /** Applies an operator under its own name, or as part of `layer`. */
  apply<A>(
    operator: Parameters<typeof apply<A>>[0],
    inputs: readonly Tensor[],
    attributes: A,
    layer = this.path(operator.name),
  ): Tensor {
    return apply(operator, inputs, attributes, layer);
  }
}
