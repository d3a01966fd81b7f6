import {
  broadcastShapes,
  divisorNear,
  elementCount,
  normaliseAxes,
  openExtents,
  reducedShape,
  sameShape,
} from '../shape.ts';
import type { Shape } from '../shape.ts';
import { elementTypes, encodeModel } from './model.ts';
import type { Attribute, ElementType, GraphNode, GraphParts, Initializer, Value } from './model.ts';

export interface GraphOptions {
  /** 17 for a model that leaves the engine; 21 for training graphs. */
  readonly opset: number;
  /** Allow ONNX Runtime's own operators (FusedMatMul, …): faster, and not readable elsewhere. */
  readonly contributed: boolean;
  /** Channels to a block of ONNX Runtime's blocked convolutions; none by default. */
  readonly channelBlock?: number;
  /** Gradients will be asked for: operators may keep what these need at the cost of the forward pass. */
  readonly differentiated?: boolean;
  /** What will run it, `cpu` by default; `webgpu` takes only nodes that ONNX Runtime's WebGPU provider has kernels for. */
  readonly target?: Device;
}

/** Where networks run: the processor, or a graphics card through ONNX Runtime's WebGPU provider. */
export type Device = 'cpu' | 'webgpu';

/** What a {@link Graph.scan} goes through: [T, …], from the last step to the first with `reverse`. */
export interface Scanned {
  readonly value: Value;
  readonly reverse: boolean;
}

export interface ScanStep {
  /** The states handed to the next step, of the shapes of the initial ones. */
  readonly states: readonly Value[];
  /** What is kept of every step; `reverse` says that the first step's is the last of the stack. */
  readonly outputs: readonly Scanned[];
}

type Attributes = Readonly<Record<string, Attribute>>;
/** Values reduced to one from which WebGPU gets two steps. */
const longReduction = 1024;
export const contributedDomain = 'com.microsoft';

/**
 * Builds one ONNX graph: every method adds a node and returns its value with its shape. A node asked for twice is added
 * once, and {@link toModel} drops what no output needs, so that gradient rules may simply ask for what they use.
 */
export class Graph {
  readonly options: GraphOptions;
  readonly #nodes: GraphNode[] = [];
  readonly #inputs: Value[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #known = new Map<string, Value[]>();
  /** Names of this graph's values begin with it: those of a loop's body must differ from those around it. */
  readonly #prefix: string;
  #counter = 0;

  constructor(options: GraphOptions, prefix = '') {
    this.options = options;
    this.#prefix = prefix;
  }

  input(name: string, shape: Shape): Value {
    const value: Value = { name, shape, type: 'float32' };
    this.#inputs.push(value);
    return value;
  }

  /** A named constant: a weight of an exported model. */
  weight(name: string, data: Float32Array, shape: Shape): Value {
    return this.#initializer({ name, data, shape, type: 'float32' });
  }

  constant(values: readonly number[], shape: Shape): Value {
    return this.#constant('float32', values, shape);
  }

  scalar(value: number): Value {
    return this.constant([value], []);
  }

  integers(values: readonly number[]): Value {
    return this.#constant('int64', values, [values.length]);
  }

  zeros(shape: Shape): Value {
    return this.node('Expand', [this.scalar(0), this.integers(shape)], {}, shape);
  }

  /** One node with one output. */
  node(
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes,
    shape: Shape,
    options: { domain?: string; type?: ElementType } = {},
  ): Value {
    return this.nodes(type, inputs, attributes, [shape], options)[0];
  }

  /** One node with several outputs, one per shape. */
  nodes(
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes,
    shapes: readonly Shape[],
    options: { domain?: string; type?: ElementType } = {},
  ): Value[] {
    const names = inputs.map((value) => value?.name ?? '');
    const key = JSON.stringify([type, options.domain, names, attributes, shapes.length]);
    const known = this.#known.get(key);
    if (known) return known;
    const outputs = shapes.map((shape) => this.#fresh(shape, options.type ?? 'float32'));
    this.#nodes.push({
      type,
      domain: options.domain ?? '',
      inputs: names,
      outputs: outputs.map((value) => value.name),
      attributes,
    });
    this.#known.set(key, outputs);
    return outputs;
  }

  unary(type: string, x: Value, attributes: Attributes = {}): Value {
    return this.node(type, [x], attributes, x.shape);
  }

  binary(type: string, a: Value, b: Value): Value {
    return this.node(type, [a, b], {}, broadcastShapes(a.shape, b.shape));
  }

  add(a: Value, b: Value): Value {
    return this.binary('Add', a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.binary('Sub', a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.binary('Mul', a, b);
  }

  div(a: Value, b: Value): Value {
    return this.binary('Div', a, b);
  }

  compare(type: 'Equal' | 'Greater' | 'Less', a: Value, b: Value): Value {
    return this.node(type, [a, b], {}, broadcastShapes(a.shape, b.shape), { type: 'bool' });
  }

  where(condition: Value, a: Value, b: Value): Value {
    const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
    return this.node('Where', [condition, a, b], {}, shape);
  }

  /** 1 where true, else 0. */
  indicator(condition: Value): Value {
    return this.node('Cast', [condition], { to: elementTypes.float32 }, condition.shape);
  }

  /** 1 where x > 0, else 0, in one pass: a sigmoid of straight lines so steep that only denormal numbers lie on its slope. */
  positive(x: Value): Value {
    return this.unary('HardSigmoid', x, { alpha: { float: 3e38 }, beta: { float: 0 } });
  }

  reshape(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    return this.node('Reshape', [x, this.#reshapeTarget(x, shape)], {}, shape, { type: x.type });
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    if (permutation.every((axis, index) => axis === index)) return x;
    return this.node(
      'Transpose',
      [x],
      { perm: permutation },
      permutation.map((axis) => x.shape[axis]),
    );
  }

  /** ReduceSum takes its axes as an input since opset 13, the other reductions since 18. */
  reduce(type: 'Sum' | 'Mean' | 'Max', x: Value, axes: readonly number[], keep: boolean): Value {
    const normalised = normaliseAxes(axes, x.shape.length);
    if (normalised.length === 0) return x;
    const shape = reducedShape(x.shape, normalised, keep);
    if (this.options.target === 'webgpu') {
      const staged = this.#stagedReduction(type, x, normalised);
      if (staged) return this.reshape(staged, shape);
    }
    const keepdims = keep ? 1 : 0;
    return type === 'Sum' || this.options.opset >= 18
      ? this.node(`Reduce${type}`, [x, this.integers(normalised)], { keepdims }, shape)
      : this.node(`Reduce${type}`, [x], { keepdims, axes: normalised }, shape);
  }

  /** Σ over rows of x [R, F] → [F]; as a product with ones, which is faster than a reduction on a CPU. */
  sumOfRows(x: Value): Value {
    if (this.options.target === 'webgpu') return this.reduce('Sum', x, [0], false);
    const [count, features] = x.shape;
    const ones = this.constant(Array<number>(count).fill(1), [1, count]);
    return this.reshape(this.gemm(ones, x, null), [features]);
  }

  /** Sums `x` over whatever broadcasting from `shape` repeated: the gradient of a broadcast. */
  sumTo(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const extra = x.shape.length - shape.length;
    const axes = x.shape.flatMap((extent, axis) => {
      const target = axis < extra ? 1 : shape[axis - extra];
      return axis < extra || (target === 1 && extent !== 1) ? [axis] : [];
    });
    return this.reshape(this.reduce('Sum', x, axes, true), shape);
  }

  concat(values: readonly Value[], axis: number): Value {
    if (values.length === 1) return values[0];
    const shape = [...values[0].shape];
    shape[axis] = values.reduce((total, value) => total + value.shape[axis], 0);
    return this.node('Concat', values, { axis }, shape);
  }

  /** Slice along `axes`; every end is exclusive and inside the tensor, steps are positive. */
  slice(
    x: Value,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps: readonly number[] = axes.map(() => 1),
  ): Value {
    const shape = [...x.shape];
    axes.forEach((axis, k) => (shape[axis] = Math.ceil((ends[k] - starts[k]) / steps[k])));
    if (sameShape(shape, x.shape)) return x;
    const inputs = [x, this.integers(starts), this.integers(ends), this.integers(axes), this.integers(steps)];
    return this.node('Slice', inputs, {}, shape);
  }

  /** Parts of these extents along `axis`, which they fill. */
  split(x: Value, axis: number, extents: readonly number[]): readonly Value[] {
    if (extents.length === 1) return [x];
    const shapes = extents.map((extent) => x.shape.map((size, k) => (k === axis ? extent : size)));
    return this.nodes('Split', [x, this.integers(extents)], { axis }, shapes);
  }

  /** Reverses the order along `axes`. */
  flip(x: Value, axes: readonly number[]): Value {
    const flipped = axes.filter((axis) => x.shape[axis] !== 1);
    if (flipped.length === 0) return x;
    const all = (value: number) => this.integers(flipped.map(() => value));
    return this.node('Slice', [x, all(-1), all(-(2 ** 31)), this.integers(flipped), all(-1)], {}, x.shape);
  }

  /** Zeros, or `fill` (or with negative numbers, cropping) before and after each axis. */
  pad(x: Value, before: readonly number[], after: readonly number[], fill?: Value): Value {
    if ([...before, ...after].every((count) => count === 0)) return x;
    const shape = x.shape.map((extent, axis) => {
      const padding = before[axis] + after[axis];
      return padding === 0 ? extent : extent + padding;
    });
    const counts = this.integers([...before, ...after]);
    return this.node('Pad', fill ? [x, counts, fill] : [x, counts], {}, shape);
  }

  /** Batched matrix product, each operand optionally transposed in its last two axes, times `alpha`. */
  matmul(
    a: Value,
    b: Value,
    options: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {},
  ): Value {
    const { transposeA = false, transposeB = false, alpha = 1 } = options;
    const rows = a.shape.at(transposeA ? -1 : -2)!;
    const columns = b.shape.at(transposeB ? -2 : -1)!;
    const shape = [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
    if (!transposeA && !transposeB && alpha === 1) return this.node('MatMul', [a, b], {}, shape);
    if (this.options.contributed) {
      const attributes = {
        transA: transposeA ? 1 : 0,
        transB: transposeB ? 1 : 0,
        alpha: { float: alpha },
      };
      return this.node('FusedMatMul', [a, b], attributes, shape, { domain: contributedDomain });
    }
    const swapped = (x: Value) => {
      const rank = x.shape.length;
      return this.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
    };
    const product = this.node(
      'MatMul',
      [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b],
      {},
      shape,
    );
    return alpha === 1 ? product : this.mul(product, this.scalar(alpha));
  }

  /** Two-dimensional product with optional bias row. */
  gemm(
    a: Value,
    b: Value,
    bias: Value | null,
    options: { transposeA?: boolean; transposeB?: boolean } = {},
  ): Value {
    const { transposeA = false, transposeB = false } = options;
    const shape = [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]];
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return this.node('Gemm', bias ? [a, b, bias] : [a, b], attributes, shape);
  }

  /**
   * ONNX's Scan: goes step by step through the first axis of `inputs`, carrying `states` along. `body` lays down one
   * step in a graph of its own, where it may use any value of this graph too. Gives the last states and, stacked along a
   * new first axis, the outputs of all steps.
   */
  scan(
    states: readonly Value[],
    inputs: readonly Scanned[],
    body: (g: Graph, states: readonly Value[], slices: readonly Value[]) => ScanStep,
  ): { states: Value[]; outputs: Value[] } {
    const inner = new Graph(this.options, `${this.#prefix}s${this.#counter++}.`);
    const declare = (shape: Shape, index: number) => inner.input(`${inner.#prefix}i${index}`, shape);
    const step = body(
      inner,
      states.map((state, k) => declare(state.shape, k)),
      inputs.map(({ value }, k) => declare(value.shape.slice(1), states.length + k)),
    );
    const results = [...step.states, ...step.outputs.map((output) => output.value)];
    const named = results.map((value, k) => [`${inner.#prefix}o${k}`, value] as const);
    const parts = inner.#parts('body', Object.fromEntries(named));
    const [length] = inputs[0].value.shape;
    const shapes = [...states, ...step.outputs.map(({ value }) => ({ shape: [length, ...value.shape] }))];
    const directions = (list: readonly Scanned[]) => list.map(({ reverse }) => (reverse ? 1 : 0));
    const outputs = shapes.map(({ shape }) => this.#fresh(shape, 'float32'));
    const own = new Set([...parts.inputs, ...parts.initializers].map((value) => value.name));
    for (const name of parts.nodes.flatMap((node) => node.outputs)) own.add(name);
    const read = parts.nodes.flatMap((node) => [...node.inputs, ...(node.captures ?? [])]);
    this.#nodes.push({
      type: 'Scan',
      domain: '',
      inputs: [...states, ...inputs.map(({ value }) => value)].map((value) => value.name),
      outputs: outputs.map((value) => value.name),
      attributes: {
        body: { graph: parts },
        num_scan_inputs: inputs.length,
        scan_input_directions: directions(inputs),
        scan_output_directions: directions(step.outputs),
      },
      captures: read.filter((name) => name !== '' && !own.has(name)),
    });
    return { states: outputs.slice(0, states.length), outputs: outputs.slice(states.length) };
  }

  /** The numbers of a constant or weight, or null where a node computes the value or it is fed. */
  dataOf(value: Value): Float32Array | null {
    const data = this.#initializers.get(value.name)?.data;
    return data instanceof Float32Array ? data : null;
  }

  /**
   * The model that computes `outputs`, under their names. Nodes and constants that none of them needs are left out;
   * declared inputs stay.
   */
  toModel(
    name: string,
    outputs: Readonly<Record<string, Value>>,
    metadata: Readonly<Record<string, string>> = {},
  ): Uint8Array {
    return encodeModel({ ...this.#parts(name, outputs), opset: this.options.opset, metadata });
  }

  #parts(name: string, outputs: Readonly<Record<string, Value>>): GraphParts {
    // A value may be wanted under several names, or be an input itself: an Identity gives each output its own.
    const identities = Object.entries(outputs).map(([output, value]): GraphNode => ({
      type: 'Identity',
      domain: '',
      inputs: [value.name],
      outputs: [output],
      attributes: {},
    }));
    const needed = new Set<string>();
    const kept: GraphNode[] = [];
    const captured = new Set<string>();
    for (const node of [...this.#nodes, ...identities].reverse()) {
      if (!identities.includes(node) && !node.outputs.some((output) => needed.has(output))) continue;
      for (const input of node.inputs) needed.add(input);
      for (const input of node.captures ?? []) {
        needed.add(input);
        captured.add(input);
      }
      kept.push(node);
    }
    const fixed = new Set([...this.#inputs.map((value) => value.name), ...captured]);
    return {
      name,
      nodes: renameOutputs(kept.reverse(), fixed),
      initializers: [...this.#initializers.values()].filter((value) => needed.has(value.name)),
      inputs: this.#inputs,
      outputs: Object.entries(outputs).map(([output, value]) => ({ ...value, name: output })),
    };
  }

  /** ONNX can work out one open extent by itself; further ones are read from `x`. */
  #reshapeTarget(x: Value, shape: Shape): Value {
    const open = openExtents(shape);
    if (open.length < 2) return this.integers(shape.map((extent) => (extent < 0 ? -1 : extent)));
    const type = { type: 'int64' } as const;
    const parts = shape.map((extent) => {
      const start = x.shape.indexOf(extent);
      return extent < 0
        ? this.node('Shape', [x], { start, end: start + 1 }, [1], type)
        : this.integers([extent]);
    });
    return this.node('Concat', parts, { axis: 0 }, [shape.length], type);
  }

  #fresh(shape: Shape, type: ElementType): Value {
    return { name: `${this.#prefix}v${this.#counter++}`, shape, type };
  }

  /**
   * WebGPU reduces each result in one group of threads: many values to few results leave the device idle. So the innermost
   * axes go first, and long stretches in two steps. Null where one step does.
   */
  #stagedReduction(type: 'Sum' | 'Mean' | 'Max', x: Value, axes: readonly number[]): Value | null {
    const rank = x.shape.length;
    const innermost = axes.filter((axis, k) => axis === rank - axes.length + k);
    if (innermost.length === 0) return null;
    if (innermost.length < axes.length) {
      const outer = axes.filter((axis) => !innermost.includes(axis));
      return this.reduce(type, this.reduce(type, x, innermost, true), outer, true);
    }
    const kept = x.shape.slice(0, rank - axes.length);
    const count = elementCount(x.shape.slice(rank - axes.length));
    const parts = count < longReduction ? 1 : divisorNear(count, Math.sqrt(count));
    if (parts < 8) return null;
    const split = this.reshape(x, [...kept, parts, count / parts]);
    const partial = this.reduce(type, split, [split.shape.length - 1], false);
    return this.reduce(type, partial, [partial.shape.length - 1], false);
  }

  #constant(type: 'float32' | 'int64', values: readonly number[], shape: Shape): Value {
    if (elementCount(shape) !== values.length)
      throw new RangeError(`${values.length} values for shape [${shape.join()}]`);
    const key = `${type}|${shape.join()}|${values.join()}`;
    const known = this.#known.get(key);
    if (known) return known[0];
    const data = type === 'float32' ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
    const value = this.#initializer({ name: `${this.#prefix}c${this.#counter++}`, data, shape, type });
    this.#known.set(key, [value]);
    return value;
  }

  #initializer(initializer: Initializer): Value {
    this.#initializers.set(initializer.name, initializer);
    return initializer;
  }
}

/**
 * Takes away each Identity at the end whose source is a node's output wanted once: the node writes the output's name
 * itself, so that ONNX Runtime computes straight into memory handed to it instead of copying. Names in `fixed` stay: inputs,
 * and what bodies of loops read.
 */
function renameOutputs(nodes: readonly GraphNode[], fixed: ReadonlySet<string>): GraphNode[] {
  const produced = new Set(nodes.flatMap((node) => (node.type === 'Identity' ? [] : node.outputs)));
  const renamed = new Map<string, string>();
  const kept = nodes.filter((node) => {
    if (node.type !== 'Identity') return true;
    const source = node.inputs[0];
    if (fixed.has(source) || !produced.has(source) || renamed.has(source)) return true;
    renamed.set(source, node.outputs[0]);
    return false;
  });
  const translate = (name: string) => renamed.get(name) ?? name;
  return kept.map((node) => ({
    ...node,
    inputs: node.inputs.map(translate),
    outputs: node.outputs.map(translate),
  }));
}
