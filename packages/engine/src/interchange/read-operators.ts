import type { Builder } from '../builder.ts';
import type { OnnxNode, OnnxTensor } from '../onnx/read-graph.ts';
import { convAttributes } from '../ops/conv-attributes.ts';
import { operators as ops } from '../ops/table.ts';
import type { Shape } from '../shape.ts';
import { normaliseAxes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Whole numbers that a graph computes with: shapes and axes, known because every extent is. */
export interface WholeNumbers {
  readonly kind: 'whole';
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
export type ReadValue = Tensor | WholeNumbers;

/** A node that has no rule here, or uses one in a way that has none. */
export class OperatorError extends RangeError {
  override readonly name = 'OperatorError';
  /** As `Conv`, or `com.microsoft.FusedMatMul`. */
  readonly operator: string;

  constructor(operator: string, what: string) {
    super(`${operator}: ${what}`);
    this.operator = operator;
  }
}

/** One node with what its inputs are. */
export class NodeReader {
  readonly b: Builder;
  readonly node: OnnxNode;
  readonly opset: number;
  readonly #values: readonly (ReadValue | undefined)[];
  readonly #constants: readonly (OnnxTensor | undefined)[];

  constructor(
    b: Builder,
    node: OnnxNode,
    opset: number,
    values: readonly (ReadValue | undefined)[],
    constants: readonly (OnnxTensor | undefined)[],
  ) {
    this.b = b;
    this.node = node;
    this.opset = opset;
    this.#values = values;
    this.#constants = constants;
  }

  fail(what: string): OperatorError {
    return new OperatorError(this.node.operator, what);
  }

  value(k: number): ReadValue {
    const value = this.#values[k];
    if (value === undefined) throw this.fail(`input ${k} is missing`);
    return value;
  }

  has(k: number): boolean {
    return this.#values[k] !== undefined;
  }

  tensor(k: number): Tensor {
    const value = this.value(k);
    return value.kind === 'whole' ? this.b.constant(value.values, value.shape) : value;
  }

  optional(k: number): Tensor | undefined {
    return this.has(k) ? this.tensor(k) : undefined;
  }

  /** Input `k` as whole numbers. */
  whole(k: number): readonly number[] {
    const value = this.value(k);
    if (value.kind !== 'whole') throw this.fail(`input ${k} is no list of known whole numbers`);
    return value.values;
  }

  /** The numbers of input `k`, which must be a constant. */
  numbers(k: number): readonly number[] {
    const constant = this.#constants[k];
    if (constant === undefined) throw this.fail(`input ${k} is no constant`);
    return Array.from(constant.data);
  }

  number(name: string, fallback: number): number {
    const value = this.node.attributes.get(name);
    return typeof value === 'number' ? value : fallback;
  }

  text(name: string, fallback: string): string {
    const value = this.node.attributes.get(name);
    return typeof value === 'string' ? value : fallback;
  }

  list(name: string): readonly number[] | undefined {
    const value = this.node.attributes.get(name);
    return Array.isArray(value) ? (value as readonly number[]) : undefined;
  }

  /** Axes as an attribute in older operator sets, as an input in newer ones; undefined for none. */
  axes(input: number): readonly number[] | undefined {
    return this.list('axes') ?? (this.has(input) ? this.whole(input) : undefined);
  }
}

export type OperatorRule = (r: NodeReader) => ReadValue | readonly ReadValue[];

const pass: OperatorRule = (r) => r.value(0);
const unary =
  (apply: (b: Builder, x: Tensor) => Tensor): OperatorRule =>
  (r) =>
    apply(r.b, r.tensor(0));
const binary =
  (name: 'add' | 'sub' | 'mul' | 'div'): OperatorRule =>
  (r) =>
    r.b[name](r.tensor(0), r.tensor(1));

/** What reads each ONNX operator into the engine's, all with gradient rules. Extents are all fixed, the batch's among them. */
export const operatorRules: Readonly<Record<string, OperatorRule>> = {
  Identity: pass,
  Dropout: pass,
  Cast: pass,
  Relu: unary((b, x) => b.relu(x)),
  Sigmoid: unary((b, x) => b.sigmoid(x)),
  Tanh: unary((b, x) => b.tanh(x)),
  Softplus: unary((b, x) => b.softplus(x)),
  Gelu: (r) => {
    if (r.text('approximate', 'none') !== 'none') throw r.fail('its approximate form has no rule');
    return r.b.gelu(r.tensor(0));
  },
  Erf: unary((b, x) => b.apply(ops.erf, [x], {})),
  Neg: unary((b, x) => b.neg(x)),
  Exp: unary((b, x) => b.exp(x)),
  Log: unary((b, x) => b.log(x)),
  Sqrt: unary((b, x) => b.sqrt(x)),
  Abs: unary((b, x) => b.abs(x)),
  Reciprocal: unary((b, x) => b.div(b.scalar(1), x)),
  Add: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  Div: binary('div'),
  Sum: (r) => r.node.inputs.map((_, k) => r.tensor(k)).reduce((sum, x) => r.b.add(sum, x)),
  LeakyRelu: (r) => r.b.leakyRelu(r.tensor(0), r.number('alpha', 0.01)),
  Elu: (r) => exponentialUnit(r.b, r.tensor(0), r.number('alpha', 1), 1),
  Selu: (r) => {
    const [alpha, scale] = [
      r.number('alpha', 1.67326319217681884765625),
      r.number('gamma', 1.05070102214813),
    ];
    return exponentialUnit(r.b, r.tensor(0), alpha, scale);
  },
  /** x where positive, else slope·x with a slope for each channel: relu(x) − slope·relu(−x). */
  PRelu: (r) => {
    const { b } = r;
    const x = r.tensor(0);
    return b.sub(b.relu(x), b.mul(r.tensor(1), b.relu(b.neg(x))));
  },
  HardSigmoid: (r) => hardSigmoid(r.b, r.tensor(0), r.number('alpha', 0.2), r.number('beta', 0.5)),
  HardSwish: (r) => r.b.mul(r.tensor(0), hardSigmoid(r.b, r.tensor(0), 1 / 6, 0.5)),
  Clip: (r) => {
    const limit = (name: string, k: number, open: number) =>
      r.has(k) ? r.numbers(k)[0] : r.number(name, open);
    return r.b.clip(r.tensor(0), limit('min', 1, -3.4e38), limit('max', 2, 3.4e38));
  },
  Pow: (r) => {
    const [exponent, ...more] = r.numbers(1);
    if (more.length > 0) throw r.fail('has several exponents');
    return r.b.pow(r.tensor(0), exponent);
  },
  Softmax: (r) => r.b.softmax(overLast(r)),
  LogSoftmax: (r) => r.b.logSoftmax(overLast(r)),
  Gemm: readGemm,
  MatMul: (r) => r.b.matmul(r.tensor(0), r.tensor(1)),
  Conv: (r) => {
    const [x, weight] = [spatial(r, 0), r.tensor(1)];
    const inputs = [x, weight, ...(r.has(2) ? [r.tensor(2)] : [])];
    return r.b.apply(ops.conv2d, inputs, readConv(r, x.shape, weight.shape));
  },
  ConvTranspose: (r) => {
    const [x, weight] = [spatial(r, 0), r.tensor(1)];
    if (r.list('output_shape') !== undefined || r.text('auto_pad', 'NOTSET') !== 'NOTSET')
      throw r.fail('states its output instead of its padding');
    const inputs = [x, weight, ...(r.has(2) ? [r.tensor(2)] : [])];
    const outputPadding = pairOf(r.list('output_padding'), 0);
    return r.b.apply(ops.convTranspose2d, inputs, {
      ...readConv(r, x.shape, weight.shape),
      outputPadding,
    });
  },
  MaxPool: (r) => {
    const x = spatial(r, 0);
    if (pairOf(r.list('dilations'), 1).some((step) => step !== 1)) throw r.fail('is dilated');
    return r.b.maxPool(x, readPool(r, x.shape));
  },
  AveragePool: (r) => {
    const x = spatial(r, 0);
    return r.b.averagePool(x, {
      ...readPool(r, x.shape),
      countPadding: r.number('count_include_pad', 0) === 1,
    });
  },
  GlobalAveragePool: (r) => r.b.mean(spatial(r, 0), [2, 3], true),
  GlobalMaxPool: (r) => r.b.max(spatial(r, 0), [2, 3], true),
  ReduceMean: (r) => reduced(r, 'mean'),
  ReduceSum: (r) => reduced(r, 'sum'),
  ReduceMax: (r) => reduced(r, 'max'),
  BatchNormalization: (r) => {
    if (r.number('training_mode', 0) !== 0) throw r.fail('takes the statistics of the batch');
    const inputs = [0, 1, 2, 3, 4].map((k) => r.tensor(k));
    return r.b.apply(ops.frozenBatchNorm, inputs, { epsilon: r.number('epsilon', 1e-5) });
  },
  LayerNormalization: (r) => {
    const x = r.tensor(0);
    if (normaliseAxes([r.number('axis', -1)], x.shape.length)[0] !== x.shape.length - 1)
      throw r.fail('is over several axes');
    const size = x.shape.at(-1)!;
    const bias = r.optional(2) ?? r.b.constant(Array<number>(size).fill(0), [size]);
    return r.b.apply(ops.layerNorm, [x, r.tensor(1), bias], { epsilon: r.number('epsilon', 1e-5) });
  },
  Flatten: (r) => {
    const x = r.tensor(0);
    const axis = r.number('axis', 1);
    const split = axis < 0 ? axis + x.shape.length : axis;
    return r.b.reshape(x, [product(x.shape.slice(0, split)), product(x.shape.slice(split))]);
  },
  Reshape: (r) => {
    const shape = r.list('shape') ?? r.whole(1);
    const from = r.value(0).shape;
    const kept = shape.map((extent, k) =>
      extent === 0 && r.number('allowzero', 0) === 0 ? from[k] : extent,
    );
    const known = product(kept.filter((extent) => extent !== -1));
    const target = kept.map((extent) => (extent === -1 ? product(from) / known : extent));
    return reshaped(r, target);
  },
  Squeeze: (r) => {
    const { shape } = r.value(0);
    const axes = r.axes(1);
    const gone = axes && normaliseAxes(axes, shape.length);
    return reshaped(
      r,
      shape.filter((extent, axis) => !(gone ? gone.includes(axis) : extent === 1)),
    );
  },
  Unsqueeze: (r) => {
    const { shape } = r.value(0);
    const axes = r.axes(1) ?? [];
    const added = normaliseAxes(axes, shape.length + axes.length);
    const rest = [...shape];
    return reshaped(
      r,
      Array.from({ length: shape.length + axes.length }, (_, axis) =>
        added.includes(axis) ? 1 : rest.shift()!,
      ),
    );
  },
  Transpose: (r) => {
    const x = r.tensor(0);
    return r.b.transpose(x, r.list('perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis));
  },
  Concat: (r) => {
    const values = r.node.inputs.map((_, k) => r.value(k));
    if (values.every((value) => value.kind === 'whole')) {
      const all = values.flatMap((value) => [...value.values]);
      return { kind: 'whole', shape: [all.length], values: all };
    }
    const tensors = values.map((_, k) => r.tensor(k));
    return r.b.concat(tensors, normaliseAxes([r.number('axis', 0)], tensors[0].shape.length)[0]);
  },
  Split: readSplit,
  Slice: readSlice,
  Pad: (r) => {
    const x = r.tensor(0);
    const pads = r.list('pads') ?? r.whole(1);
    const fill = r.has(2) ? r.numbers(2)[0] : r.number('value', 0);
    if (r.text('mode', 'constant') !== 'constant' || fill !== 0 || pads.some((count) => count < 0))
      throw r.fail('pads with something else than zeros, or crops');
    if (r.has(3)) throw r.fail('names its axes');
    return r.b.pad(x, pads.slice(0, x.shape.length), pads.slice(x.shape.length));
  },
  Resize: readResize,
  Upsample: readResize,
  Shape: (r) => {
    const { shape } = r.value(0);
    const values = shape.slice(r.number('start', 0), r.number('end', shape.length));
    return { kind: 'whole', shape: [values.length], values };
  },
  Gather: (r) => {
    const [from, at] = [r.whole(0), r.value(1)];
    if (at.kind !== 'whole') throw r.fail('picks by numbers that are not known');
    const values = at.values.map((index) => from[index < 0 ? index + from.length : index]);
    return { kind: 'whole', shape: at.shape, values };
  },
};

/** scale·x where positive, else scale·α·(e^x − 1); e^x is taken of min(x, 0). */
function exponentialUnit(b: Builder, x: Tensor, alpha: number, scale: number): Tensor {
  const below = b.exp(b.neg(b.relu(b.neg(x))));
  const negative = b.mul(b.sub(below, b.scalar(1)), b.scalar(scale * alpha));
  return b.add(b.mul(b.relu(x), b.scalar(scale)), negative);
}

function hardSigmoid(b: Builder, x: Tensor, alpha: number, beta: number): Tensor {
  return b.clip(b.add(b.scale(x, alpha), b.scalar(beta)), 0, 1);
}

/** The input of a softmax, whose axis must be the last. */
function overLast(r: NodeReader): Tensor {
  const x = r.tensor(0);
  const axis = r.number('axis', r.opset >= 13 ? -1 : 1);
  if (normaliseAxes([axis], x.shape.length)[0] !== x.shape.length - 1)
    throw r.fail('is over another axis than the last');
  return x;
}

/** α·A·B + β·C, each of A and B transposed on request. */
function readGemm(r: NodeReader): Tensor {
  const { b } = r;
  const options = {
    transposeA: r.number('transA', 0) === 1,
    transposeB: r.number('transB', 0) === 1,
    alpha: r.number('alpha', 1),
  };
  const product = b.matmul(r.tensor(0), r.tensor(1), options);
  if (!r.has(2)) return product;
  const beta = r.number('beta', 1);
  return b.add(product, beta === 1 ? r.tensor(2) : b.scale(r.tensor(2), beta));
}

/** A tensor [N, C, H, W]. */
function spatial(r: NodeReader, k: number): Tensor {
  const x = r.tensor(k);
  if (x.shape.length !== 4) throw r.fail(`is of ${x.shape.length} axes, not four`);
  return x;
}

function pairOf(list: readonly number[] | undefined, fallback: number): readonly [number, number] {
  return list === undefined ? [fallback, fallback] : [list[0], list[1]];
}

type Sides = readonly [number, number, number, number];

/** Padding of windows of this size over `x`, as stated or as `auto_pad` asks. */
function readPadding(
  r: NodeReader,
  x: Shape,
  window: readonly [number, number],
  stride: readonly [number, number],
): Sides {
  const auto = r.text('auto_pad', 'NOTSET');
  if (auto === 'VALID') return [0, 0, 0, 0];
  if (auto === 'NOTSET') {
    const pads = r.list('pads') ?? [0, 0, 0, 0];
    return [pads[0], pads[1], pads[2], pads[3]];
  }
  const total = ([0, 1] as const).map((axis) => {
    const extent = x[axis + 2];
    return Math.max(0, (Math.ceil(extent / stride[axis]) - 1) * stride[axis] + window[axis] - extent);
  });
  const before = total.map((count) => (auto === 'SAME_UPPER' ? Math.floor(count / 2) : Math.ceil(count / 2)));
  return [before[0], before[1], total[0] - before[0], total[1] - before[1]];
}

function readConv(r: NodeReader, x: Shape, weight: Shape) {
  const stride = pairOf(r.list('strides'), 1);
  const dilation = pairOf(r.list('dilations'), 1);
  const window = [dilation[0] * (weight[2] - 1) + 1, dilation[1] * (weight[3] - 1) + 1] as const;
  return convAttributes({
    stride,
    dilation,
    groups: r.number('group', 1),
    padding: readPadding(r, x, window, stride),
  });
}

function readPool(r: NodeReader, x: Shape) {
  const kernel = pairOf(r.list('kernel_shape'), 1);
  const stride = pairOf(r.list('strides'), 1);
  const padding = readPadding(r, x, kernel, stride);
  const rest = ([0, 1] as const).map(
    (axis) => (x[axis + 2] + padding[axis] + padding[axis + 2] - kernel[axis]) % stride[axis],
  );
  if (r.number('ceil_mode', 0) !== 0 && rest.some((count) => count !== 0))
    throw r.fail('has windows that reach over the edge (ceil_mode)');
  return { kernel, stride, padding };
}

function reduced(r: NodeReader, kind: 'mean' | 'sum' | 'max'): Tensor {
  const x = r.tensor(0);
  const axes = r.axes(1) ?? [];
  if (axes.length === 0 && r.number('noop_with_empty_axes', 0) === 1) return x;
  const over = axes.length === 0 ? x.shape.map((_, axis) => axis) : axes;
  return r.b[kind](x, over, r.number('keepdims', 1) === 1);
}

function reshaped(r: NodeReader, shape: readonly number[]): ReadValue {
  const value = r.value(0);
  return value.kind === 'whole' ? { ...value, shape } : r.b.reshape(value, shape);
}

function readSplit(r: NodeReader): Tensor[] {
  const x = r.tensor(0);
  const [axis] = normaliseAxes([r.number('axis', 0)], x.shape.length);
  const parts = r.node.outputs.length;
  const even = Math.ceil(x.shape[axis] / parts);
  const sizes = r.list('split') ?? (r.has(1) ? r.whole(1) : undefined);
  let start = 0;
  return Array.from({ length: parts }, (_, k) => {
    const end = Math.min(x.shape[axis], start + (sizes?.[k] ?? even));
    const part = r.b.slice(x, axis, start, end);
    start = end;
    return part;
  });
}

function readSlice(r: NodeReader): ReadValue {
  const value = r.value(0);
  const starts = r.list('starts') ?? r.whole(1);
  const ends = r.list('ends') ?? r.whole(2);
  const axes = normaliseAxes(
    r.list('axes') ?? (r.has(3) ? r.whole(3) : starts.map((_, k) => k)),
    value.shape.length,
  );
  if (r.has(4) && r.whole(4).some((step) => step !== 1)) throw r.fail('has steps other than 1');
  const within = (index: number, extent: number) =>
    Math.min(Math.max(index < 0 ? index + extent : index, 0), extent);
  if (value.kind === 'whole') {
    const { length } = value.values;
    const values = value.values.slice(within(starts[0], length), within(ends[0], length));
    return { kind: 'whole', shape: [values.length], values };
  }
  return axes.reduce((x, axis, k) => {
    const extent = x.shape[axis];
    return r.b.slice(x, axis, within(starts[k], extent), within(ends[k], extent));
  }, value);
}

function readResize(r: NodeReader): Tensor {
  const x = spatial(r, 0);
  const size = resizedTo(r, x.shape);
  const mode = r.text('mode', 'nearest');
  const place = r.text(
    'coordinate_transformation_mode',
    r.node.operator === 'Upsample' ? 'asymmetric' : 'half_pixel',
  );
  const isWhole = size.every((extent, axis) => extent % x.shape[axis + 2] === 0);
  if (mode === 'nearest') {
    const rounding = r.text('nearest_mode', r.node.operator === 'Upsample' ? 'floor' : 'round_prefer_floor');
    const floors = place === 'asymmetric' && rounding === 'floor';
    // With a whole factor pixel centres fall inside the pixel they are copied from, however they are rounded.
    const centred = isWhole && place.endsWith('half_pixel') && rounding.startsWith('round');
    if (floors || centred) return r.b.resize(x, size, 'nearest');
  }
  if (mode === 'linear' && place.endsWith('half_pixel')) return r.b.resize(x, size, 'bilinear');
  throw r.fail(`resizes as ${mode}, ${place}`);
}

function resizedTo(r: NodeReader, shape: Shape): readonly [number, number] {
  if (r.has(3)) {
    const sizes = r.whole(3);
    return [sizes[sizes.length - 2], sizes[sizes.length - 1]];
  }
  const scales = r.list('scales') ?? r.numbers(r.node.inputs.length === 2 ? 1 : 2);
  const scaled = (axis: number) => Math.floor(shape[axis] * scales[axis] + 1e-6);
  return [scaled(2), scaled(3)];
}

function product(extents: readonly number[]): number {
  return extents.reduce((total, extent) => total * extent, 1);
}
